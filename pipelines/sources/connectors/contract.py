"""The contract of a configured source: whether it can be reached, what changed in it, and the bytes of an item.

An *item* is what lies in a source under an id of its own: a file, a message, an entry of a list. It may be a container
(an archive, a mail) of several documents.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import IO, Any, Protocol, Self

from pydantic import Field, SkipValidation, field_serializer

from configs.system.errors import CustomsLensError, UnavailableError
from extractors.document import Value
from pipelines.sources.connectors.sidecar_file import SidecarFile
from pipelines.sources.web.request_errors import RequestError


class SourceItem(Value):
    """An item as its source lists it.

    `id` stays the same for the life of the item; `uri` is what its document is known by (`Document.source`), without
    secrets; `path` is where it lies within the source, by which globs choose it, and its last part the file's name.
    `etag`, `size` (bytes) and `modified` (UTC) tell a changed item from an unchanged one, as far as the source gives
    them. `sidecar` has the fields of the Document that the source knows; that of a file beside the item is a
    `SidecarFile`, which is not read before it is asked for (`sidecar_file.as_sidecar` gives either to the ingestion).
    """

    id: str = Field(min_length=1)
    uri: str
    path: str
    etag: str = ""
    size: int | None = None
    modified: dt.datetime | None = None
    sidecar: SkipValidation[Mapping[str, Any]] = Field(default_factory=dict)

    @field_serializer("sidecar")
    def _fields(self, sidecar: Mapping[str, Any]) -> dict[str, Any]:
        return dict(sidecar)

    @property
    def fingerprint(self) -> str:
        """What changes when the item does, as far as that is known without opening it; "" where nothing is.

        It is stored, so it holds nothing that a sidecar says: a password may be among it.
        """
        if not (self.etag or self.size or self.modified):
            return ""
        size = "" if self.size is None else self.size
        modified = self.modified.isoformat() if self.modified else ""
        return f"{self.etag}|{size}|{modified}|{_version(self.sidecar)}"


def _version(sidecar: Mapping[str, Any]) -> str:
    if isinstance(sidecar, SidecarFile):
        return sidecar.version
    return hashlib.sha256(repr(sorted(sidecar.items())).encode()).hexdigest()[:16] if sidecar else ""


LINK, IRREGULAR = "is a link, which is not followed", "is neither a file nor a folder"
"""Why something is skipped."""


class ListingProblem(Value):
    """A part of a source that could not be listed, or an item left out for now: what lies there does not count as gone.

    `place` is shown, and `reason` says why. Where `within` is given, only ids that are it, or lie below it behind a
    slash, are not known; without it that may be any item that is not listed. What is `skipped` on purpose, as a link
    that is not followed or a file that is being changed, is no failure of the run.
    """

    place: str
    reason: str
    within: str | None = None
    skipped: bool = False

    def leaves_unknown(self, item: str) -> bool:
        """Return whether an item, by its id, may be there although it was not listed."""
        return not self.within or item == self.within or item.startswith(f"{self.within}/")


class Changes(Value):
    """A page of what a source has, or of what changed in it since a cursor.

    `items` are there now, new, changed or as they were; `gone` are the ids of items that the source says are not there
    any more. `cursor` is to be stored once everything on the page is in the ledger. Where `is_listing`, the pages of
    this call together list everything, and an item on none of them is gone too, unless there are `problems`.
    """

    items: tuple[SourceItem, ...] = ()
    gone: tuple[str, ...] = ()
    cursor: str | None = None
    is_listing: bool = True
    problems: tuple[ListingProblem, ...] = ()


class CheckProblem(Value):
    """What is wrong with a source before anything is read from it, and what to do about it."""

    message: str
    remedy: str


class CursorExpiredError(CustomsLensError):
    """A source does not know the cursor any more: everything has to be listed."""


class ItemError(CustomsLensError):
    """One item that its source does not give: a failure of that item alone (gone meanwhile, locked, not allowed)."""


class UnstableItemError(ItemError):
    """An item that is being changed while it is read: it is left for the next run."""

    @classmethod
    def of(cls, uri: str) -> Self:
        """Return the error of an item that is not as it was listed."""
        return cls(f"{uri}: was changed since it was listed", "the next run takes it as it is then")


class SourceAwayError(UnavailableError):
    """A source that does not answer, or lets nobody in: the run over it ends, and nothing counts as gone."""


@contextmanager
def item_errors() -> Iterator[None]:
    """Turn a failed request for an item inside the block into `ItemError`, or `SourceAwayError`."""
    try:
        yield
    except RequestError as error:
        if error.is_away:
            raise SourceAwayError(error.message, error.remedy, may_pass=error.may_pass) from None
        raise ItemError(error.message, error.remedy) from None


@contextmanager
def source_errors() -> Iterator[None]:
    """Turn a failed request for what the whole source depends on, inside the block, into `SourceAwayError`."""
    try:
        yield
    except RequestError as error:
        raise SourceAwayError(error.message, error.remedy, may_pass=error.may_pass) from None


class Connector(Protocol):
    """A configured source. It is made without reaching the source; `close` lets go of what was opened."""

    def check(self) -> list[CheckProblem]:
        """Return what keeps the source from being read; nothing where it answers and its top can be listed."""

    def changes(self, cursor: str | None) -> Iterator[Changes]:
        """Yield what is there, or what changed since a cursor; None asks for everything.

        Raises `CursorExpiredError` before the first page, and `SourceAwayError`.
        """

    def ids(self) -> set[str]:
        """Return the ids of all items that are there now; raises `SourceAwayError` where any part is not known."""

    def open(self, item: SourceItem) -> AbstractContextManager[IO[bytes]]:
        """Give the bytes of an item as a stream; raises `ItemError` for the item alone, or `SourceAwayError`."""

    def close(self) -> None:
        """Close connections."""
