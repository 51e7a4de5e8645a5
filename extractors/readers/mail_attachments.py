"""Extracts the files attached to a mail in the formats EML and MSG (Outlook)."""

import email
import email.policy
import io
import logging
import re
from collections.abc import Iterator
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from typing import TYPE_CHECKING

from extractors import media
from extractors.readers.unreadable import UnreadableError

if TYPE_CHECKING:
    from oxmsg.attachment import Attachment

_log = logging.getLogger(__name__)

KINDS = (media.EML, media.MSG)
_HIDDEN = 0x7FFE  # PidTagAttachmentHidden: a picture in the text of the message
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_EMBEDDED = 5  # PidTagAttachMethod: a message kept as a message


def is_whole(data: bytes) -> bool:
    """Return, by its header and end mark, whether an EML file is complete, so that all attachments are found."""
    try:
        head = BytesHeaderParser(policy=email.policy.default).parsebytes(data)
        boundary = head.get_boundary()
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - as below
        _log.debug("the head of a mail cannot be read", exc_info=True)
        return False
    if boundary is not None:
        return f"--{boundary}--".encode("utf-8", "replace") in data
    return bool(head.keys()) and _END_OF_HEAD.search(data) is not None


def attachments(data: bytes, kind: str) -> list[tuple[str, bytes | None]]:
    """Return name and bytes of every file attached to a mail; the pictures shown in its text are none.

    The bytes are None for an Outlook message that is attached as a message. Raises `UnreadableError` for a mail
    that cannot be parsed.
    """
    try:
        return list(_of_outlook(data) if kind == media.MSG else _of_internet(data))
    except MemoryError:
        raise
    except Exception as error:  # third-party parsers raise arbitrary errors on a broken file
        _log.debug("a mail cannot be parsed", exc_info=True)
        raise UnreadableError("malformed", f"the mail is broken: {type(error).__name__}: {error}") from error


def _of_internet(data: bytes) -> Iterator[tuple[str, bytes]]:
    message = email.message_from_bytes(data, policy=email.policy.default)
    for place, part in enumerate(_attached_parts(message), start=1):
        name = part.get_filename()
        if part.get_content_type() == media.EML:
            inner = part.get_payload(0) if part.is_multipart() else part
            assert isinstance(inner, EmailMessage)
            subject = " ".join(str(inner.get("subject", "")).split()).replace("/", "-")
            yield name or f"{subject or f'part {place}'}.eml", inner.as_bytes()
        else:
            payload = part.get_payload(decode=True)
            yield name or f"part {place}", payload if isinstance(payload, bytes) else b""


def _attached_parts(message: EmailMessage) -> Iterator[EmailMessage]:
    if message.get_content_maintype() != "multipart" or not message.is_multipart():
        return
    for part in message.iter_attachments():
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            yield from _attached_parts(part)
        else:
            yield part


def _of_outlook(data: bytes) -> Iterator[tuple[str, bytes | None]]:
    from oxmsg import Message
    from oxmsg.domain import constants

    for place, attachment in enumerate(Message.load(io.BytesIO(data)).attachments):
        if _is_hidden(attachment):
            continue
        method = attachment.properties.int_prop_value(constants.PID_ATTACH_METHOD)
        name = attachment.file_name or attachment.properties.str_prop_value(constants.PID_ATTACH_FILENAME)
        yield name or f"part {place + 1}", None if method == _EMBEDDED else attachment.file_bytes or b""


def _is_hidden(attachment: "Attachment") -> bool:
    return any(prop.pid == _HIDDEN and bool(prop.value) for prop in attachment.properties)
