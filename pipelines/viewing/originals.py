"""The original file of a document, stored in the home, under a file name that is safe on every system."""

import mimetypes
import unicodedata
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from configs.settings import Settings
from configs.system.errors import NotFoundError, UnavailableError
from extractors.document import Document, DocumentHeader
from index.filters import AccessClasses, may_read_all
from pipelines.search.service import SearchService
from pipelines.sources.source import Source, printable
from pipelines.storage.blobs import BlobStore
from pipelines.storage.opening import open_storage

_FORBIDDEN = frozenset('/\\:*?"<>|;%$`')
"""Characters that a file system, a shell or a header field gives a meaning."""
_DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{name}{n}" for name in ("com", "lpt") for n in range(1, 10))})
"""Names that Windows takes for devices, whatever their extension."""
_LONGEST_STEM, _LONGEST_EXTENSION = 100, 10
"""Characters; of four bytes each they are within the 255 bytes that file systems allow."""


@dataclass(frozen=True)
class Original:
    """The bytes of a document's file: its `sha256`, `size` in bytes, media type, and a file name for a download."""

    document: str
    sha256: str
    size: int
    media_type: str
    file_name: str
    _blobs: BlobStore

    def pieces(self) -> Iterator[bytes]:
        """Yield the bytes, about a megabyte at a time; raises `BlobMissingError` where they went meanwhile."""
        return self._blobs.pieces(self.sha256)


def original(settings: Settings, service: SearchService, name: str, *, access_classes: AccessClasses) -> Original:
    """Return the file of the document of an id, symbol or source.

    Raises `NotFoundError` for a document that the reader does not see, and for a file in which something lies that the
    reader does not see, such as an attachment; `UnavailableError` where the home does not have the file: another
    machine of the cluster read it.
    """
    document = visible(service, name, access_classes=access_classes)
    if not _is_open_inside(settings, service, document, access_classes):
        message = f"{file_name(document)}: something in this file is of an access class that the key does not hold"
        raise NotFoundError(message, "read the text of the paper instead")
    blobs = open_storage(settings).blobs()
    blob = stored_blob(settings, document)
    with blobs.opened(blob) as (_, size):
        return Original(document.id, blob, size, document.media_type, file_name(document), blobs)


def visible(service: SearchService, name: str, *, access_classes: AccessClasses) -> Document:
    """Return a document without blocks, tables and passages; raises `NotFoundError` where the reader sees none."""
    name = printable(name)
    with service.engine() as engine:
        document = engine.document(name, access_classes=access_classes)
    if document is None:
        raise NotFoundError(f"'{name}': no document of this id, symbol or source is in the index", "try a search")
    return document


def original_file(settings: Settings, document: Document) -> AbstractContextManager[Path]:
    """Yield the file of a document that the reader may see; raises `UnavailableError` as `original`."""
    return open_storage(settings).blobs().as_file(stored_blob(settings, document))


def _is_open_inside(
    settings: Settings, service: SearchService, document: Document, access_classes: AccessClasses
) -> bool:
    """Return whether a reader may see all documents inside the file of one, at any depth."""
    if may_read_all(access_classes):
        return True
    with closing(open_storage(settings).open_ledger(write=False)) as ledger, service.engine() as engine:
        containers = [document.source]
        while containers:
            inside = list(ledger.members(containers))
            holding = ledger.owners({row.sha256 for row in inside if row.outcome == "duplicate"}).values()
            shown = {row.id for row in (*inside, *holding) if row.outcome == "indexed"}
            if any(engine.document(name, access_classes=access_classes) is None for name in shown):
                return False
            containers = [row.source for row in inside]
    return True


def stored_blob(settings: Settings, document: Document) -> str:
    """Return the name of the blob of a document's file.

    It is the sha256 of the bytes that were read. Where these changed while they were read, the ledger knows it.
    """
    storage = open_storage(settings)
    blobs = storage.blobs()
    if blobs.has(document.sha256):
        return document.sha256
    with closing(storage.open_ledger(write=False)) as ledger:
        entry = ledger.entry(document.id)
    blob = entry.blobs.get("original", "") if entry else ""
    if not blobs.has(blob):
        raise UnavailableError(
            f"{file_name(document)}: the original file is not in this home",
            "run 'customs-lens ingest --force' on its source here",
        )
    return blob


def file_name(document: DocumentHeader) -> str:
    """Return the name of a document's file: that of its source, without what systems or browsers take for more.

    It has no separators, control characters or marks of direction, which may show another extension than there is.
    """
    source = document.source
    given = Source(urlsplit(source).path if source.startswith(("http://", "https://")) else source).name
    path = PurePosixPath(given)
    stem, extension = _safe(path.stem), _safe(path.suffix.removeprefix("."))
    if not extension or len(extension) > _LONGEST_EXTENSION:
        extension = (mimetypes.guess_extension(document.media_type) or ".bin").removeprefix(".")
    stem = stem or _safe(document.symbol.raw if document.symbol else "") or document.id
    if stem.casefold() in _DEVICES:
        stem = f"_{stem}"
    return f"{stem[:_LONGEST_STEM]}.{extension}"


def _safe(text: str) -> str:
    """Return a part of a file name with unsafe characters replaced by `_`."""
    letters = (
        "_" if letter in _FORBIDDEN or unicodedata.category(letter)[0] == "C" else letter
        for letter in unicodedata.normalize("NFC", text)
    )
    return " ".join("".join(letters).split()).strip(". ")
