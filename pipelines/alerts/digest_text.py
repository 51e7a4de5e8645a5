"""The digest as plain text for mails and chats; a length limit of a service reduces the number of listed papers."""

from collections.abc import Iterator

from configs.system.controls import showable
from pipelines.alerts.digest import Digest, DigestPaper, DigestSection
from pipelines.alerts.sessions import DigestSession

_FEWER = (50, 20, 10, 5, 3, 2, 1, 0)
"""Number of listed papers of a search in a shortened text."""


def digest_text(digest: Digest, *, most: int | None = None) -> str:
    """Return the digest within a length limit, if given: then fewer papers are listed, but all are counted.

    A text that is too long even without papers is cut.
    """
    text = _text(digest, None)
    if most is None or len(text) <= most:
        return text
    for papers in _FEWER:
        text = _text(digest, papers)
        if len(text) <= most:
            return text
    return cut(text, most)


def cut(text: str, most: int) -> str:
    """Return the beginning of a text up to a length limit, with an ellipsis if it was cut."""
    return f"{text[: max(most - 2, 0)].rstrip()} …"[:most]


def _text(digest: Digest, papers: int | None) -> str:
    lines = [line for section in digest.sections for line in _section(section, papers)]
    if digest.quiet:
        lines.append(f"Nothing new: {', '.join(digest.quiet)}.")
    elif not digest.sections:
        lines.append("No searches are saved.")
    lines += ["", f"Customs Lens, {digest.made:%Y-%m-%d %H:%M} UTC"]
    return showable("\n".join(lines)) + "\n"


def _section(section: DigestSection, most: int | None) -> Iterator[str]:
    shown = section.papers[:most]
    yield f"{section.search}: {section.total:,} new ({section.question})"
    for paper in shown:
        yield ""
        yield from _paper(paper)
    if more := section.total - len(shown):
        yield ""
        yield f"  and {more:,} more"
    if section.session and most != 0:
        yield ""
        yield from _session(section.session)
    yield ""


def _session(session: DigestSession) -> Iterator[str]:
    yield f"  {session.title}: {session.counts}"
    for text, citation in session.decisions:
        yield f"  - {' '.join(text.split())}"
        yield f"    {citation}"
    yield from (f"  - {one}" for one in session.revisions)
    if session.link:
        yield f"  {session.link}"


def _paper(paper: DigestPaper) -> Iterator[str]:
    yield f"- {' '.join(filter(None, [paper.name, paper.title]))}"
    if paper.above:
        yield f"  described under {paper.above}"
        yield f"  {_place(paper)}"
        return
    yield f"  {paper.facts}"
    yield f"  “{paper.quote.text}”"
    yield f"  {_place(paper)}"
    if paper.link:
        yield f"  {paper.link}"


def _place(paper: DigestPaper) -> str:
    return " — ".join(filter(None, [paper.citation, paper.reason]))
