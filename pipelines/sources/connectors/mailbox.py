"""The connector for a folder of a mailbox: each message is an item, and the container of its attachments.

A message is identified by its Message-ID instead of its UID: the UID changes when a mailbox moves to another server, or
a message to another folder and back, and all its papers would count as missing and new.
"""

import email
import email.policy
import email.utils
import hashlib
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from email.message import EmailMessage
from typing import IO
from urllib.parse import quote

from configs.settings import Settings
from configs.sources import MailboxConfig
from configs.system.controls import storable
from pipelines.sources.connectors.contract import (
    Changes,
    CheckProblem,
    CursorExpiredError,
    ItemError,
    SourceAwayError,
    SourceItem,
)
from pipelines.sources.connectors.imap_session import Head, ImapSession
from pipelines.sources.connectors.selection import Selection

_PAGE = 500
_CURSOR = re.compile(r"(\d+):(\d+):(\d+)")
_NO_SUBJECT, _WITHOUT_ID = "no subject", "without-id-"


class MailboxConnector:
    """The messages of a folder of a mailbox, of all senders or some; the path of one is `SUBJECT/MESSAGE-ID.eml`.

    The cursor holds UIDVALIDITY, the last UID, and the number of messages up to it: if there are fewer, some were
    removed, and everything is listed.
    """

    def __init__(self, config: MailboxConfig, settings: Settings) -> None:
        self._config, self._most_mib = config, settings.reading.file_mib
        self._selection = Selection(config)
        self._senders = tuple(sender.lower().removeprefix("*").removeprefix("@") for sender in config.senders)
        self._session = ImapSession(config, settings)
        self._uids: dict[str, Head] = {}
        self._validity = 0

    def __repr__(self) -> str:
        """Return the user and the folder."""
        return f"MailboxConnector({self._session.place!r})"

    def check(self) -> list[CheckProblem]:
        """Return the reason why the folder cannot be opened."""
        try:
            self._refresh()
        except SourceAwayError as error:
            return [CheckProblem(message=error.message, remedy=error.remedy or "")]
        return []

    def changes(self, cursor: str | None) -> Iterator[Changes]:
        """Yield the messages since a cursor, or all messages if some before it were removed."""
        match = _CURSOR.fullmatch(cursor or "")
        if cursor and not match:
            raise CursorExpiredError("the cursor is none of this version: everything is listed")
        self._refresh()
        validity, last, count = map(int, match.groups()) if match else (self._session.validity, 0, 0)
        if validity != self._session.validity:
            message = (
                f"{self._session.place}: the server gave all messages new numbers (UIDVALIDITY): everything is listed"
            )
            raise CursorExpiredError(message)
        uids = self._session.uids()
        is_listing = not match or sum(uid <= last for uid in uids) != count
        wanted = uids if is_listing else [uid for uid in uids if uid > last]
        listed: set[str] = set()
        for start in range(0, len(wanted) or 1, _PAGE):
            some = wanted[start : start + _PAGE]
            items = {item.id: item for item in self._items(some) if item.id not in listed}
            listed |= set(items)
            last = max(last, *some) if some else last
            after = f"{validity}:{last}:{sum(uid <= last for uid in uids)}"
            yield Changes(items=tuple(items.values()), cursor=after, is_listing=is_listing)

    def ids(self) -> set[str]:
        """Return the ids of all existing messages."""
        self._refresh()
        return {item.id for item in self._items(self._session.uids())}

    @contextmanager
    def open(self, item: SourceItem) -> Iterator[IO[bytes]]:
        """Yield a message as stored, without marking it as read."""
        head = self._uid_of(item)
        if head.size > self._most_mib << 20:
            remedy = "see 'reading.file_mib' in settings.yaml"
            raise ItemError(f"{item.uri}: it is larger than {self._most_mib} MiB", remedy)
        content = self._session.message(head.uid)
        if self._session.validity != self._validity:  # the session was replaced by a new one
            raise ItemError(f"{item.uri}: the server gave all messages new numbers meanwhile", "the next run reads it")
        yield io.BytesIO(content)

    def close(self) -> None:
        """End the session."""
        self._session.close()

    def _refresh(self) -> None:
        self._session.refresh()
        if self._session.validity != self._validity:
            self._uids.clear()
            self._validity = self._session.validity

    def _items(self, uids: Sequence[int]) -> Iterator[SourceItem]:
        """Yield the selected messages; of copies with one id, the first."""
        seen: set[str] = set()
        for head in self._session.heads(uids):
            message = _parsed(head)
            name = _message_id(message, head)
            if name in seen or not self._is_of_a_sender(message):
                continue
            seen.add(name)
            path = f"{_subject(message)}/{name.replace('/', '-')}.eml"
            if self._selection.takes(path):
                self._uids[name] = head._replace(content=b"")
                mark = hashlib.sha256(head.content).hexdigest()[:16]
                yield SourceItem(id=name, uri=self._uri(name), path=path, etag=mark)

    def _uri(self, name: str) -> str:
        """Return the URI of a message, without its folder, which may change."""
        return f"imap://{self._config.host.lower()}/{quote(self._config.username, safe='')}/{quote(name, safe='')}.eml"

    def _uid_of(self, item: SourceItem) -> Head:
        """Return the UID of a message; raises `ItemError` if it was deleted."""
        if item.id not in self._uids:
            self._refresh()
            without_id = item.id.startswith(_WITHOUT_ID)
            for _ in self._items(self._session.uids() if without_id else self._session.with_message_id(item.id)):
                pass
        if item.id not in self._uids:
            raise ItemError(f"{item.uri}: the message is not in the folder any more", "it may have been moved")
        return self._uids[item.id]

    def _is_of_a_sender(self, message: EmailMessage) -> bool:
        if not self._senders:
            return True
        address = email.utils.parseaddr(_header(message, "From"))[1].lower()
        return any(sender in (address, address.rpartition("@")[2]) for sender in self._senders)


def _parsed(head: Head) -> EmailMessage:
    message = email.message_from_bytes(head.content, policy=email.policy.default)
    return message if isinstance(message, EmailMessage) else EmailMessage()


def _message_id(message: EmailMessage, head: Head) -> str:
    """Return the id of a message: its Message-ID, else a digest of its headers."""
    name = "".join(_header(message, "Message-ID").split()).strip("<>")
    return storable(name) or f"{_WITHOUT_ID}{hashlib.sha256(head.content).hexdigest()[:32]}"


def _subject(message: EmailMessage) -> str:
    return " ".join(storable(_header(message, "Subject")).split()).replace("/", "-") or _NO_SUBJECT


def _header(message: EmailMessage, name: str) -> str:
    try:
        return str(message.get(name, ""))
    except (ValueError, LookupError, AttributeError, TypeError):  # headers that the library cannot parse
        return ""
