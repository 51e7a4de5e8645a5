"""Briefings: what a reader gathered, each quotation compared again, and how it is given as a file."""

import datetime as dt
import io
from collections.abc import Callable, Sequence

from extractors.document import Value
from pipelines.access.keys import Reader
from pipelines.collection import Collection
from pipelines.desk.briefings import CheckedBriefing, CheckedPin
from pipelines.quotations.verify import Verdict
from pipelines.search.cells import Value as Cell


class ListedBriefing(Value):
    """A briefing of the key."""

    name: str
    owner: str | None
    pins: int


class ListedBriefings(Value):
    """The briefings of the key, those changed last first."""

    briefings: tuple[ListedBriefing, ...]


def listed(collection: Collection, reader: Reader) -> ListedBriefings:
    """Return the briefings that a reader may change."""
    found = collection.briefings.listed(reader)
    rows = (ListedBriefing(name=one.name, owner=one.owner, pins=len(one.pins)) for one in found)
    return ListedBriefings(briefings=tuple(rows))


def answer(
    collection: Collection, name: str, reader: Reader, check: Callable[[], None] = lambda: None
) -> CheckedBriefing:
    """Return a briefing by its stored name, as far as the reader may see it; see `Collection.verifier`."""
    return collection.briefings.checked(reader, name, collection.verifier(reader, check))


_INNER = str.maketrans('“”«»"', "‘’‘’'")
"""Quotation marks inside of others."""
COLUMNS = ("number", "kind", "text", "status", "paper", "difference", "citation", "link")


def rows_of(checked: CheckedBriefing, portal: str = "") -> Sequence[Sequence[Cell]]:
    """Return a briefing as a table with its header."""
    rows: list[Sequence[Cell]] = [COLUMNS]
    for one in checked.entries:
        found = one.verdict
        said = (found.status, found.paper, found.difference, found.citation) if found else (None,) * 4
        rows.append((one.number, one.pin.kind, one.pin.text, *said, _link(one, portal)))
    return rows


def docx_of(checked: CheckedBriefing, portal: str = "") -> bytes:
    """Return a briefing as a Word document: quotations with numbered notes at the end, each a citation.

    A citation has a link where the portal has an address that others reach.
    """
    import docx

    written = docx.Document()
    written.add_heading(checked.briefing.short_name, level=0)
    for one in checked.entries:
        if one.pin.kind == "heading":
            written.add_heading(one.pin.text, level=1)
        elif one.verdict is None:
            written.add_paragraph(one.pin.text)
        else:
            paragraph = written.add_paragraph(f"“{one.pin.text.translate(_INNER)}”", style="Quote")
            paragraph.add_run(str(one.number)).font.superscript = True
            if one.is_flagged:
                paragraph.paragraph_format.keep_with_next = paragraph.paragraph_format.keep_together = True
                written.add_paragraph().add_run(f"[{_flag(one.verdict)}]").bold = True
    numbered = [one for one in checked.entries if one.verdict]
    if numbered:
        written.add_heading("Notes", level=1)
        written.add_paragraph(
            f"✓ verified: compared letter by letter with the paper on {dt.datetime.now(dt.UTC):%Y-%m-%d}."
        )
    for one in numbered:
        note = written.add_paragraph()
        note.add_run(str(one.number)).font.superscript = True
        cited = one.verdict.citation if one.verdict else None
        sign = "" if one.is_flagged else "✓ verified"
        note.add_run(" ".join(filter(None, (f" {cited or one.pin.citation}.", sign, _link(one, portal)))))
    out = io.BytesIO()
    written.save(out)
    return out.getvalue()


def _flag(found: Verdict) -> str:
    """Return in words why a quotation is flagged."""
    said = {
        "repaired": "these words stand elsewhere now",
        "differs": f"the paper says it differently: {found.difference}",
        "not_found": "no paper says this any more",
    }.get(found.status)
    paper = {
        "changed": "the paper changed since",
        "superseded": "there is a newer version of the paper",
        "withdrawn": "the paper was withdrawn",
    }.get(found.paper or "")
    return "; ".join(filter(None, (said, paper)))


def _link(entry: CheckedPin, portal: str) -> str | None:
    path = entry.verdict.url if entry.verdict else entry.pin.address
    return f"{portal}{path}" if path and portal else None  # that of a machine leads others nowhere
