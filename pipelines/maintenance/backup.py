"""A backup of a home with an embedded index: one file with everything that cannot be made again.

The text index and the vector file are left out; `pipelines.maintenance.restore` makes them again. A writer may be at
work. The ledger is copied before the index, so it claims no document that the index of the backup does not hold, and no
blob that it names is swept away meanwhile.
"""

import contextlib
import datetime as dt
import os
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from configs.errors import UnavailableError, UsageError
from configs.files import UNFINISHED
from configs.settings import Settings
from extractors.document import Value
from index.annotations.store import LabelStore
from index.copies import was_emptied
from index.database import DamagedError, copy_database
from index.embedded import schema
from index.embedded.failures import is_full
from index.embedded.store import FILE, Store
from index.encoder import EncoderIdentity
from index.replacing import refuse_unfinished
from pipelines.maintenance.archive import FORMAT, ArchiveWriter, Manifest, Progress, is_member, new_archive
from pipelines.sources.source import uri_of
from pipelines.storage.blobs import BlobStore, blob_path
from pipelines.storage.ledger import LocalLedger
from pipelines.workspace import BLOBS, DATABASES, FOLDERS_KEPT, LEDGER, TRUTH, is_own, settings_files


class BackupPart(Value):
    """A part of the home: its files in the backup, and their size unpacked in bytes."""

    name: str
    files: int
    bytes: int


class BackupReport(Value):
    """What a backup holds: see `Manifest`. `bytes` is the size of the file.

    `missing` are the blobs that the ledger names and the home does not hold, or holds damaged.
    """

    file: str
    bytes: int
    program: str
    made: str
    encoder: str
    documents: int
    passages: int
    labels: int
    parts: tuple[BackupPart, ...]
    missing: tuple[str, ...]


def backup(settings: Settings, file: Path, progress: Progress = lambda *_: None) -> BackupReport:
    """Write a backup into a new file and return what it holds.

    Raises `UnavailableError` for a home without an index, one with a damaged file, and a file that cannot be written,
    and `UsageError` for a file that exists, and for one among the home's own, where a sweep would take it. Where it
    fails, nothing is left of the file.
    """
    refuse_unfinished(settings.home)
    if not (settings.home / TRUTH).exists():
        raise schema.no_index(settings.home / TRUTH)
    if file.exists():
        raise UsageError(f"{file}: exists already", "name another file, or remove it")
    if is_own(uri_of(str(file.resolve())), settings.home.resolve()):
        raise UsageError(f"{file}: lies where the home keeps its own files", "name a file outside of the home")
    with _write_errors(file), new_archive(file) as archive:
        manifest, missing = _fill(archive, settings.home, file.parent, progress)
    return BackupReport(
        file=str(file),
        bytes=file.stat().st_size,
        **manifest.model_dump(exclude={"format", "files"}),
        parts=_parts(manifest),
        missing=tuple(missing),
    )


def _fill(archive: ArchiveWriter, home: Path, workspace: Path, progress: Progress) -> tuple[Manifest, list[str]]:
    made = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    blobs = BlobStore(str(home / BLOBS))
    with tempfile.TemporaryDirectory(UNFINISHED, dir=workspace) as folder, blobs.kept():
        copies = Path(folder)
        databases = [name for name in DATABASES if os.path.lexists(home / name)]
        for name in databases:
            _refuse_emptied(home / name)
            copy_database(home / name, copies / name)
        copy_database(home / TRUTH, copies / FILE)
        named = _blobs_of(copies)
        labels = _labels_of(copies)
        encoder, documents, passages = _index_of(copies)

        files = [path for path in _files(home) if is_member(path.relative_to(home).as_posix())]
        total = len(databases) + 1 + len(files) + len(named)
        sources = {name: copies / name for name in databases} | {TRUTH: copies / FILE}
        sources |= {path.relative_to(home).as_posix(): path for path in files}
        for name, path in sources.items():
            with path.open("rb") as stream:
                archive.add(name, stream, path.stat().st_size, compress=True)
            progress(len(archive.files), total)
        missing = []
        for name in named:
            if not blobs.is_sound(name):
                missing.append(name)
                continue
            with blobs.opened(name) as (stream, size):
                archive.add(f"{BLOBS}/{blob_path(name)}", stream, size, compress=False)
            progress(len(archive.files), total)
    manifest = Manifest(
        format=FORMAT,
        program=metadata.version("customs-lens"),
        made=made,
        encoder=encoder,
        documents=documents,
        passages=passages,
        labels=labels,
        files=archive.files,
    )
    archive.finish(manifest)
    return manifest, missing


def _refuse_emptied(path: Path) -> None:
    """Raise `DamagedError` for an emptied database: it would be backed up as one in which nothing was ever stored."""
    if was_emptied(path):
        raise DamagedError(f"{path}: is damaged: it is empty", "run customs-lens doctor --repair")


def _files(home: Path) -> Iterator[Path]:
    yield from settings_files(home)
    for folder in FOLDERS_KEPT:
        yield from sorted(path for path in (home / folder).glob("*.*") if path.is_file())


def _blobs_of(copies: Path) -> list[str]:
    if not (copies / LEDGER).exists():
        return []
    with contextlib.closing(LocalLedger(copies / LEDGER)) as ledger:
        return sorted(ledger.blobs())


def _labels_of(copies: Path) -> int:
    with LabelStore(copies) as labels:
        return len(labels.since(0))


def _index_of(copies: Path) -> tuple[str, int, int]:
    """Return the encoder, the documents and the passages of the copied index."""
    with contextlib.closing(Store(copies, write=False)) as store:
        encoder = EncoderIdentity.model_validate_json(schema.stated(store.connection, copies)["encoder"])
        documents, _, passages = store.totals()
        return encoder.name, documents, passages


def _parts(manifest: Manifest) -> tuple[BackupPart, ...]:
    """Return the number and bytes of the files in each part of the home."""
    files, sizes = Counter[str](), Counter[str]()
    for name, member in manifest.files.items():
        part = name.partition("/")[0]
        files[part] += 1
        sizes[part] += member.bytes
    return tuple(BackupPart(name=part, files=files[part], bytes=sizes[part]) for part in files)


@contextlib.contextmanager
def _write_errors(file: Path) -> Iterator[None]:
    """Say of an archive that cannot be written why."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        if is_full(file.parent, error):
            raise UnavailableError(
                f"{file}: the disk is full", "free some space, or name a file on another disk"
            ) from error
        reason = getattr(error, "strerror", None) or str(error)
        raise UnavailableError(f"{file}: cannot be written: {reason}", "check the folder and its rights") from error
