"""Reads EML by the standard library: visible headers, then the best body; attachments are listed.

Messages of Outlook share how headers become blocks, and the body HTML or text.
"""

import email
import email.policy
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from pathlib import Path

from configs.settings import ReadingLimits
from extractors.document import Reading
from extractors.media import EML
from extractors.readers.charset import decode
from extractors.readers.html.flow import Flow
from extractors.readers.html.reader import parse
from extractors.readers.mail_attachments import attachments
from extractors.readers.reading_builder import ReadingBuilder
from extractors.readers.text import add_text
from extractors.readers.unreadable import UnreadableError

_HEADS = ("From", "To", "Cc", "Date", "Subject")


def read(path: Path, *, passwords: Sequence[str], limits: ReadingLimits) -> Reading:  # noqa: ARG001
    """Return the headers and the text of a mail; its attachments are sources of their own, counted in a warning."""
    data = path.read_bytes()
    message = email.message_from_bytes(data, policy=email.policy.default)
    builder = ReadingBuilder()
    heads = {name: _header(message, name) for name in _HEADS}
    add_heads(heads, builder)
    part = message.get_body(("html", "plain"))
    if part is not None:
        content = part.get_payload(decode=True)
        content = content if isinstance(content, bytes) else b""
        add_body(_decoded(content, part.get_content_charset()), builder, html=part.get_content_subtype() == "html")
    try:
        builder.warn_of_attached(len(attachments(data, EML)))
    except UnreadableError as error:
        builder.warnings.append(f"its attachments are left out: {error.message}")
    return builder.reading(
        EML, properties={"title": heads["Subject"], "author": heads["From"], "created": _date(message)}
    )


def _header(message: EmailMessage, name: str) -> str:
    """Return a header's text; one that breaks the parser is returned as it stands."""
    try:
        return " ".join(str(message.get(name, "")).split())
    except (ValueError, IndexError, AttributeError, TypeError, LookupError):
        raw = next((value for key, value in message.raw_items() if key.lower() == name.lower()), "")
        return " ".join(str(raw).split())


def _date(message: EmailMessage) -> str:
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(_header(message, "Date")).isoformat()
    except (ValueError, TypeError, IndexError):
        return ""


def _decoded(content: bytes, charset: str | None) -> str:
    """Return a body as text: by the charset that it declares where that fits, else by what it looks like."""
    if charset:
        try:
            return content.decode(charset)
        except (LookupError, UnicodeDecodeError):
            pass  # a wrong label: the bytes decide
    return decode(content)


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
