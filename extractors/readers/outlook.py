"""Reads MSG by python-oxmsg: the headers of an Outlook message, then its body; attachments are listed."""

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
    """Return the headers and the text of a message; its attachments are separate sources."""
    from oxmsg import Message

    message = Message.load(str(path))
    builder = ReadingBuilder()
    sent = message.sent_date.isoformat() if message.sent_date else ""
    sender, subject = (_decoded_header(_text_of(part)) for part in (lambda: message.sender, lambda: message.subject))
    names = (_decoded_header(_text_of(partial(_recipient_name, recipient))) for recipient in message.recipients)
    recipients = ", ".join(filter(None, names))
    add_heads({"From": sender, "To": recipients, "Date": sent, "Subject": subject}, builder)
    html = _html(message, builder)
    add_body(html or _text_of(lambda: message.body), builder, html=bool(html))
    try:
        builder.warn_of_attached(len(attachments(path.read_bytes(), MSG)))
    except UnreadableError as error:
        builder.warnings.append(f"its attachments are left out: {error.message}")
    return builder.reading(MSG, properties={"title": subject, "author": sender, "created": sent})


def _text_of(read: Callable[[], str | None]) -> str:
    """Return a text of the message, empty where there is none.

    Where it is not in the declared charset, the charset is detected.
    """
    try:
        return read() or ""
    except UnicodeDecodeError as error:
        return decode(error.object)
    except LookupError:
        return ""


def _recipient_name(recipient: "Recipient") -> str:
    return recipient.name or recipient.email_address


def _decoded_header(header: str) -> str:
    """Return a header with its encoded words decoded (RFC 2047), which messages from the internet have."""
    if "=?" not in header:
        return header
    try:
        return str(make_header(decode_header(header)))
    except (HeaderParseError, LookupError, UnicodeDecodeError):
        return header


def _html(message: "Message", builder: ReadingBuilder) -> str:
    """Return the body in HTML, "" where there is none or where it is not in its declared charset."""
    try:
        return message.html_body or ""
    except (UnicodeDecodeError, LookupError) as error:
        builder.warnings.append(f"the HTML of the message cannot be decoded and its plain text is read: {error}")
        return ""
