"""The digest as one HTML page that needs nothing else: no script, no other file, no network; light, dark, on paper."""

from collections.abc import Iterator
from html import escape

from configs.controls import page_text
from pipelines.alerts.digest import Digest, DigestPaper, DigestSection
from pipelines.search.reasons import Quotation

_STYLE = """
:root { color-scheme: light dark; --ink: #1c2733; --dim: #5b6875; --line: #d5dbe1; --mark: #fff0b3; --link: #1d5f8a; }
body { font: 16px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; color: var(--ink); margin: 0 auto;
  max-width: 46rem; padding: 1.5rem 1.25rem 3rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 .25rem; }
h3 { font-size: 1rem; margin: 0; overflow-wrap: anywhere; }
p { margin: .25rem 0; }
ul { list-style: none; padding: 0; margin: .5rem 0; }
li { border-top: 1px solid var(--line); padding: .7rem 0; }
blockquote { margin: .35rem 0; padding-left: .75rem; border-left: 3px solid var(--line); overflow-wrap: anywhere; }
mark { background: var(--mark); color: inherit; }
a { color: var(--link); }
.dim { color: var(--dim); font-size: .9rem; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e9ee; --dim: #9fabb7; --line: #3a4652; --mark: #5a4a10; --link: #8cc4ea; }
  body { background: #14191f; }
}
@media print {
  :root { color-scheme: light; --ink: #000; --dim: #444; --line: #999; --mark: #fff; --link: #000; }
  body { background: none; max-width: none; padding: 0; font-size: 11pt; }
  li { break-inside: avoid; } h2 { break-after: avoid; } mark { font-weight: 600; }
}
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def digest_page(digest: Digest) -> str:
    """Return the page; whatever came from papers, names and queries is text in it."""
    parts = [f"<h1>{_text(_heading(digest))}</h1>"]
    parts.append(f"<p class=dim>Customs Lens, {digest.made:%Y-%m-%d %H:%M} UTC</p>")
    parts += map(_section, digest.sections)
    if digest.quiet:
        parts.append(f"<p class=dim>Nothing new: {_text(', '.join(digest.quiet))}.</p>")
    elif not digest.sections:
        parts.append("<p>No searches are saved.</p>")
    return (
        '<!doctype html><html lang=en><head><meta charset=utf-8><meta name=viewport content="width=device-width">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}"><meta name=referrer content=no-referrer>'
        f"<title>{_text(digest.title)}</title><style>{_STYLE}</style></head><body>{''.join(parts)}</body></html>\n"
    )


def _heading(digest: Digest) -> str:
    if not digest.papers:
        return "Nothing new"
    return "1 new paper" if digest.papers == 1 else f"{digest.papers:,} new papers"


def _section(section: DigestSection) -> str:
    more = f"<p class=dim>and {section.more:,} more</p>" if section.more else ""
    return (
        f"<h2>{_text(section.search)} <span class=dim>{section.total:,} new</span></h2>"
        f"<p class=dim>{_text(section.question)}</p><ul>{''.join(map(_paper, section.papers))}</ul>{more}"
    )


def _paper(paper: DigestPaper) -> str:
    name = _text(" ".join(filter(None, [paper.name, paper.title])))
    title = f'<a href="{_text(paper.link)}">{name}</a>' if paper.link else name
    return f"<li><h3>{title}</h3>{''.join(_about(paper))}</li>"


def _about(paper: DigestPaper) -> Iterator[str]:
    place = _text(" — ".join(filter(None, [paper.citation, paper.reason])))
    if paper.above:
        yield f"<p class=dim>described under {_text(paper.above)}</p><p class=dim>{place}</p>"
        return
    yield f"<p class=dim>{_text(paper.facts)}</p>"
    yield f"<blockquote>{_marked(paper.quote)}</blockquote><p class=dim>{place}</p>"


def _marked(quote: Quotation) -> str:
    parts, done = [], 0
    for start, end in quote.marks:
        parts += [_text(quote.text[done:start]), f"<mark>{_text(quote.text[start:end])}</mark>"]
        done = end
    return "".join([*parts, _text(quote.text[done:])])


def _text(value: str) -> str:
    """Return a value as text of a page: no mark-up, no control characters, nothing that turns the order of the text."""
    return escape(page_text(value))
