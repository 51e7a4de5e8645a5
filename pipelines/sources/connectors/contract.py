"""The contract of a connector: it checks a configured source, lists its changes, and opens the bytes of an item.

An *item* is an entry of a source with an id: a file, a message, an entry of a list. It may be a container (an archive,
a mail) of several documents.
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

    `id` is constant for the life of the item; `uri` identifies its document (`Document.source`) and contains no
    secrets; `path` is its path within the source, which globs match, and ends with the file name. `etag`, `size`
    (bytes) and `modified` (UTC) tell a changed item from an unchanged one, as far as the source reports them. `sidecar`
    has the fields of the Document that the source provides; the sidecar of a file is a `SidecarFile`, which is read on
    access (`sidecar_file.as_sidecar` converts either for the ingestion).
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
        """A text that changes with the item, as far as its listing shows changes; "" without any information.

        It is stored, so it excludes the content of the sidecar, which may contain a password.
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
"""The reasons for skipping an item."""


class ListingProblem(Value):
    """A part of a source that could not be listed, or a deferred item: its content does not count as missing.

    `place` is the shown name, and `reason` the cause. With `within`, the problem concerns only this id and ids below it
    after a slash; without it, any unlisted item. A part that is `skipped` on purpose, such as a link that is not
    followed or a file that is being changed, is not a failure of the run.
    """

    place: str
    reason: str
    within: str | None = None
    skipped: bool = False

    def leaves_unknown(self, item: str) -> bool:
        """Return whether an item, by its id, may exist although it was not listed."""
        return not self.within or item == self.within or item.startswith(f"{self.within}/")


class Changes(Value):
    """A page of the items of a source, or of the changes in it since a cursor.

    `items` exist now, whether new, changed or unchanged; `gone` are the ids of items that the source reports as
    deleted. `cursor` is to be stored once the whole page is in the ledger. If `is_listing`, the pages of this call
    together list everything, and an item on none of them is missing, unless there are `problems`.
    """

    items: tuple[SourceItem, ...] = ()
    gone: tuple[str, ...] = ()
    cursor: str | None = None
    is_listing: bool = True
    problems: tuple[ListingProblem, ...] = ()


class CheckProblem(Value):
    """A problem of a source that prevents reading it, and the remedy."""

    message: str
    remedy: str


class CursorExpiredError(CustomsLensError):
    """The source no longer accepts the cursor: everything has to be listed."""


class ItemError(CustomsLensError):
    """An item that its source does not deliver: a failure of that item alone (deleted, locked, forbidden)."""


class UnstableItemError(ItemError):
    """An item that is being changed while it is read: it is left to the next run."""

    @classmethod
    def of(cls, uri: str) -> Self:
        """Return the error of an item that differs from its listing."""
        return cls(f"{uri}: was changed since it was listed", "the next run takes it as it is then")


class SourceAwayError(UnavailableError):
    """A source that does not respond, or refuses the login: the run over it ends, and nothing counts as missing."""


@contextmanager
def item_errors() -> Iterator[None]:
    """Turn a failed request for an item into `ItemError` or `SourceAwayError`."""
    try:
        yield
    except RequestError as error:
        if error.is_away:
            raise SourceAwayError(error.message, error.remedy, may_pass=error.may_pass) from None
        raise ItemError(error.message, error.remedy) from None


@contextmanager
def source_errors() -> Iterator[None]:
    """Turn a failed request that the whole source depends on into `SourceAwayError`."""
    try:
        yield
    except RequestError as error:
        raise SourceAwayError(error.message, error.remedy, may_pass=error.may_pass) from None


class Connector(Protocol):
    """A configured source. Creating a connector does not contact the source; `close` releases its resources."""

    def check(self) -> list[CheckProblem]:
        """Return the problems that prevent reading the source; none if it responds and its top can be listed."""

    def changes(self, cursor: str | None) -> Iterator[Changes]:
        """Yield all items, or the changes since a cursor; None asks for all items.

        Raises `CursorExpiredError` before the first page, and `SourceAwayError`.
        """

    def ids(self) -> set[str]:
        """Return the ids of all existing items; raises `SourceAwayError` if any part cannot be listed."""

    def open(self, item: SourceItem) -> AbstractContextManager[IO[bytes]]:
        """Yield the bytes of an item as a stream; raises `ItemError` for the item alone, or `SourceAwayError`."""

    def close(self) -> None:
        """Close connections."""
