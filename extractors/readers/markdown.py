"""Reads Markdown, with the HTML, tables and front matter in it, as the page that it stands for."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from configs.settings import ReadingLimits
from extractors.document import Reading
from extractors.media import MARKDOWN
from extractors.readers.charset import decode
from extractors.readers.front_matter import split_front_matter
from extractors.readers.html.reader import read_page
from extractors.text.numbering import split_number

if TYPE_CHECKING:
    from markdown_it.token import Token


def read(path: Path, *, passwords: Sequence[str], limits: ReadingLimits) -> Reading:  # noqa: ARG001
    """Return the blocks and tables of Markdown in any charset; title, author and date are those of its front matter.

    As in plain text, a number at the beginning of a line is that of a paragraph.
    """
    from markdown_it import MarkdownIt

    fields, text = split_front_matter(decode(path.read_bytes()).replace("\r\n", "\n"))
    markdown = MarkdownIt("commonmark").enable(["table", "strikethrough"]).disable("code")  # what is indented is text
    tokens = markdown.parse("\n".join(f"\n{line}" if split_number(line)[0] else line for line in text.split("\n")))
    _number_paragraphs(tokens)
    body = markdown.renderer.render(tokens, markdown.options, {})
    page = f'<!doctype html><html><head><meta charset="utf-8"></head><body>{body}</body></html>'
    reading = read_page(page.encode(), MARKDOWN)
    return reading.model_copy(update={"properties": reading.properties | fields})


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
