"""One file read into a document: its bytes by the reader of its format, its cover by the metadata rules."""

from collections.abc import Sequence
from pathlib import Path

from configs.settings import ReadingLimits
from extractors.document import Document, document_id
from extractors.isolation import preload, run_isolated

PRELOADED = ("extractors.readers", "extractors.reading", "extractors.warmed")


def read_document(
    path: Path,
    *,
    source: str,
    sha256: str,
    media_type: str | None = None,
    parent: str | None = None,
    passwords: Sequence[str] = (),
    limits: ReadingLimits,
) -> Document:
    """Return the document in a file, without passages, read in a child process that may die of it.

    `source` is the URI that the document is known by, `parent` the archive that it came in; `media_type`
    overrides what the bytes look like. Bad input never raises: `status` says what came of it and `warnings`
    why. Safe in several threads.
    """
    preload(*PRELOADED)
    outcome = run_isolated(_read_here, str(path), source, sha256, media_type, tuple(passwords), limits, limits=limits)
    if outcome.value is not None:
        return Document.model_validate_json(outcome.value).model_copy(update={"parent": parent})
    identity = document_id(source)
    return Document(
        id=identity,
        key=identity,
        sha256=sha256,
        source=source,
        media_type=media_type or "application/octet-stream",
        status=outcome.status or "crashed",
        parent=parent,
        warnings=(outcome.message or "the process that read it died",),
    )


def _read_here(
    path: str, source: str, sha256: str, media_type: str | None, passwords: tuple[str, ...], limits: ReadingLimits
) -> bytes:
    """Read in this process and return the document as JSON; `MemoryError` says that the limit was met."""
    from configs.bodies import load_bodies
    from configs.kinds import load_kinds
    from extractors.metadata import describe
    from extractors.readers import read

    reading = read(Path(path), media_type=media_type, passwords=passwords, limits=limits)
    document = describe(reading, source=source, sha256=sha256, bodies=load_bodies(), kinds=load_kinds())
    return document.model_dump_json().encode()
