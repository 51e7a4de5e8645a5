"""What all mails share: their headers as blocks, their body as HTML or as text."""

from collections.abc import Mapping

from extractors.readers.html.flow import Flow
from extractors.readers.html.reader import parse
from extractors.readers.reading_builder import ReadingBuilder
from extractors.readers.text import add_text
from extractors.readers.unreadable import UnreadableError


def add_heads(heads: Mapping[str, str], builder: ReadingBuilder) -> None:
    """Add the headers: the subject as a heading, each other one as a paragraph."""
    for name, value in heads.items():
        if value and name != "Subject":
            builder.block("paragraph", f"{name}: {value}")
    builder.block("heading", heads.get("Subject", ""), level=1)


def add_body(text: str, builder: ReadingBuilder, *, html: bool) -> None:
    """Add the blocks of a body; what is called HTML and holds none is read as text."""
    if html:
        try:
            root = parse(text.encode("utf-8", "replace"))
        except UnreadableError as error:
            if error.status != "empty":
                builder.warnings.append(f"its text is left out: {error.message}")
            return
        body = root.find("body")
        Flow(builder).walk(root if body is None else body)
    else:
        add_text(text, builder)
