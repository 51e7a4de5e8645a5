"""Reports as web pages that need nothing else: no script, no other file, no network."""

from collections.abc import Iterable, Sequence
from html import escape

from configs.controls import page_text

_STYLE = """
:root { color-scheme: light; --line: #d5dbe1; --soft: #f3f5f7; --ink: #1c2733; --dim: #5b6875; --accent: #1d5f8a; }
body { font: 16px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; color: var(--ink); margin: 0 auto;
  max-width: 62rem; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: 1.15rem; margin: 2.25rem 0 .5rem; }
p { margin: .4rem 0; max-width: 46rem; }
.dim { color: var(--dim); font-size: .9rem; }
.verdict { border-left: 5px solid; padding: .6rem 1rem; margin: 1.25rem 0; background: var(--soft); }
.good { border-color: #2c7a4b; } .bad { border-color: #b4690e; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .35rem .6rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { white-space: normal; }
th:first-child, td:first-child { text-align: left; white-space: normal; overflow-wrap: anywhere; min-width: 8rem; }
thead th { color: var(--dim); font-weight: 600; border-bottom: 2px solid var(--line); vertical-align: bottom; }
ol { padding: 0; list-style: none; } li { border-bottom: 1px solid var(--line); padding: .7rem 0; }
blockquote { margin: .2rem 0; padding: 0; max-width: 52rem; }
"""


def page(title: str, parts: Iterable[str], *, style: str = "") -> str:
    """Return a whole page of parts that are HTML; `style` adds to the common one."""
    return (
        "<!doctype html><html lang=en><head><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>{text(title)}</title><style>{_STYLE}{style}</style></head><body>{''.join(parts)}</body></html>\n"
    )


def section(title: str, content: str) -> str:
    """Return a part under a heading."""
    return f"<h2>{text(title)}</h2>{content}"


def grid(head: Sequence[str], rows: Iterable[str]) -> str:
    """Return a table with the names of its columns and rows of HTML; a wide one scrolls by itself."""
    names = "".join(f"<th scope=col>{text(name)}</th>" for name in head)
    return f"<div class=wide><table><thead><tr>{names}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"


def text(value: object) -> str:
    """Return a value as text of a page: no mark-up, no control characters, nothing that turns the order of the text."""
    return escape(page_text(str(value)))
