"""Reads Markdown, with the HTML, tables and front matter in it, as the page that it stands for."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from configs.settings import ReadingLimits
from extractors.document import Reading
from extractors.media import MARKDOWN
from extractors.readers.charset import decode
from extractors.readers.html.reader import read_page
from extractors.text.numbering import split_number

if TYPE_CHECKING:
    from markdown_it.token import Token

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?\n)---[ \t]*\n", re.DOTALL)
_FIELDS = ("title", "author", "date")


def read(path: Path, *, passwords: Sequence[str], limits: ReadingLimits) -> Reading:  # noqa: ARG001
    """Return the blocks and tables of Markdown in any charset; title, author and date are those of its front matter.

    As in plain text, a number at the beginning of a line is that of a paragraph.
    """
    from markdown_it import MarkdownIt

    text = decode(path.read_bytes()).replace("\r\n", "\n")
    front = _FRONT_MATTER.match(text)
    lines = (text[front.end() :] if front else text).split("\n")
    markdown = MarkdownIt("commonmark").enable(["table", "strikethrough"]).disable("code")  # what is indented is text
    tokens = markdown.parse("\n".join(f"\n{line}" if split_number(line)[0] else line for line in lines))
    _number_paragraphs(tokens)
    head = "".join(
        f"<title>{value}</title>" if name == "title" else f'<meta name="{name}" content="{value}">'
        for name, value in _fields(front[1] if front else "")
    )
    body = markdown.renderer.render(tokens, markdown.options, {})
    page = f'<!doctype html><html><head><meta charset="utf-8">{head}</head><body>{body}</body></html>'
    return read_page(page.encode(), MARKDOWN)


def _number_paragraphs(tokens: "Iterable[Token]") -> None:
    """Write the numbers of ordered lists before the text of their entries, and make these divisions of the page."""
    from markdown_it.token import Token

    number = ""
    for token in tokens:
        if token.type.startswith("ordered_list"):
            token.tag = "div"
        elif token.type.startswith("list_item") and token.markup in (".", ")"):
            token.tag, number = "div", f"{token.info}{token.markup} " if token.nesting > 0 else ""
        elif token.type == "inline" and token.children:
            token.children.insert(0, Token("text", "", 0, content=number))
            number = ""


def _fields(front_matter: str) -> Iterator[tuple[str, str]]:
    """Yield the fields of front matter that readers of pages know, and their values as HTML."""
    try:
        found = yaml.safe_load(front_matter)
    except (yaml.YAMLError, ValueError):  # the latter of a date such as 2014-13-45
        return
    for name in _FIELDS:
        if isinstance(found, dict) and isinstance(value := found.get(name), str | date):
            yield name, escape(str(value))
