"""Reads one file into a document: its bytes by the reader of its format, its cover by the metadata rules."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from configs.settings import ReadingLimits
from extractors.document import STORED_STATUSES, Document, document_id
from extractors.isolation import Outcome, run_isolated
from extractors.ocr import why_not

_WALL_PER_CPU = 1.5  # seconds on the clock for a second of recognition; other work shares the processor


def read_document(
    path: Path,
    *,
    source: str,
    sha256: str,
    media_type: str | None = None,
    parent: str | None = None,
    passwords: Sequence[str] = (),
    limits: ReadingLimits,
    alone: bool = False,
) -> Document:
    """Return the document in a file, without passages, read in a child process that may die of it.

    `source` is the URI that the document is known by, `parent` the archive that it came in; `media_type`
    overrides what the bytes look like. Bad input never raises: `status` has the outcome and `warnings`
    why. Safe in several threads. `alone` is for a process that reads one file and has one thread: see `run_isolated`.
    """
    read = partial(run_isolated, _read_here, str(path), source, sha256, media_type, tuple(passwords), alone=alone)
    plain = limits.model_copy(update={"ocr": limits.ocr.model_copy(update={"enabled": "off"})})
    outcome = read(plain, limits=plain)
    if outcome.value is not None:
        document = Document.model_validate_json(outcome.value).model_copy(update={"parent": parent})
        return _recognised(document, read, limits)
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


def _recognised(document: Document, read: Callable[..., Outcome], limits: ReadingLimits) -> Document:
    """Return the document read again with text recognition where its pages need that, else as it is.

    The second reading has limits of its own, for recognition takes seconds a page; if it fails, the first counts.
    """
    waiting = sum(page.status == "needs_ocr" for page in document.pages)
    if not waiting:
        return document
    reason = why_not(limits.ocr)
    if reason is None:
        seconds = limits.ocr.seconds_per_page * min(waiting, limits.ocr.pages)
        more = limits.model_copy(
            update={
                "cpu_seconds": limits.cpu_seconds + seconds,
                "wall_seconds": limits.wall_seconds + _WALL_PER_CPU * seconds,
            }
        )
        outcome = read(more, limits=more)
        message = outcome.message
        if outcome.value is not None:
            again = Document.model_validate_json(outcome.value).model_copy(update={"parent": document.parent})
            if again.status in STORED_STATUSES:
                return again
            message = "; ".join(again.warnings)
        reason = f"text recognition failed: {message}"
    return document.model_copy(update={"warnings": (*document.warnings, reason)})


def _read_here(
    path: str, source: str, sha256: str, media_type: str | None, passwords: tuple[str, ...], limits: ReadingLimits
) -> bytes:
    """Read in this process and return the document as JSON; `MemoryError` says that the limit was met."""
    from configs.bodies import load_bodies
    from configs.kinds import load_kinds
    from extractors.metadata.describe import describe
    from extractors.readers import read

    reading = read(Path(path), media_type=media_type, passwords=passwords, limits=limits)
    document = describe(reading, source=source, sha256=sha256, bodies=load_bodies(), kinds=load_kinds())
    return document.model_dump_json().encode()
