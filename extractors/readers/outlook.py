"""MSG by python-oxmsg: the headers of an Outlook message, then its body; attachments are listed."""

from collections.abc import Callable, Sequence
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from configs.settings import ReadingLimits
from extractors.document import Reading
from extractors.media import MSG
from extractors.readers.charset import decode
from extractors.readers.mail import add_body, add_heads
from extractors.readers.mail_attachments import attachments
from extractors.readers.reading_builder import ReadingBuilder
from extractors.readers.unreadable import UnreadableError

if TYPE_CHECKING:
    from oxmsg import Message
    from oxmsg.recipient import Recipient


def read(path: Path, *, passwords: Sequence[str], limits: ReadingLimits) -> Reading:  # noqa: ARG001
    """Return the headers and the text of a message; its attachments are sources of their own."""
    from oxmsg import Message

    message = Message.load(str(path))
    builder = ReadingBuilder()
    sent = message.sent_date.isoformat() if message.sent_date else ""
    sender, subject = (_decoded(_said(part)) for part in (lambda: message.sender, lambda: message.subject))
    names = (_decoded(_said(partial(_name, recipient))) for recipient in message.recipients)
    people = ", ".join(filter(None, names))
    add_heads({"From": sender, "To": people, "Date": sent, "Subject": subject}, builder)
    html = _html(message, builder)
    add_body(html or _said(lambda: message.body), builder, html=bool(html))
    try:
        builder.warn_of_attached(len(attachments(path.read_bytes(), MSG)))
    except UnreadableError as error:
        builder.warnings.append(f"its attachments are left out: {error.message}")
    return builder.reading(MSG, properties={"title": subject, "author": sender, "created": sent})


def _said(read: Callable[[], str | None]) -> str:
    """Return a text of the message, decoded by what it looks like where it is not in the charset that is declared.

    What the message lacks is empty.
    """
    try:
        return read() or ""
    except UnicodeDecodeError as error:
        return decode(error.object)
    except LookupError:
        return ""


def _name(recipient: "Recipient") -> str:
    return recipient.name or recipient.email_address


def _decoded(header: str) -> str:
    """Return a header of a message that came over the internet, where letters may stand coded (RFC 2047)."""
    if "=?" not in header:
        return header
    try:
        return str(make_header(decode_header(header)))
    except (HeaderParseError, LookupError, UnicodeDecodeError):
        return header


def _html(message: "Message", builder: ReadingBuilder) -> str:
    """Return the body in HTML, "" where there is none or where its charset is not what it says."""
    try:
        return message.html_body or ""
    except (UnicodeDecodeError, LookupError) as error:
        builder.warnings.append(f"the HTML of the message cannot be decoded and its plain text is read: {error}")
        return ""
