"""Backups of a home with an embedded index: one file with everything that cannot be rebuilt.

The text index and the vector file are left out; `pipelines.maintenance.restore` rebuilds them. A writer may be at
work. The state is copied before the index, so its ledger claims no document that the index of the backup does not hold,
and no blob that it names is swept away meanwhile.
"""

import contextlib
import datetime as dt
import os
import re
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from configs.named_files import named_files, named_variables
from configs.settings import Settings
from configs.sources import UPLOADS
from configs.system.errors import CustomsLensError, UnavailableError, UsageError
from configs.system.files import UNFINISHED
from configs.system.sqlite.copies import copies
from configs.system.sqlite.database import DamagedError, copy_database, copy_pages, not_a_file
from configs.system.sqlite.failures import is_full
from configs.system.sqlite.replacing import refuse_unfinished
from extractors.document import Value
from index.embedded import schema
from index.embedded.damage import store_damage
from index.embedded.engine import EmbeddedEngine
from index.embedded.store import FILE, Store
from index.encoder import EncoderIdentity
from pipelines.maintenance.archive import (
    FORMAT,
    LONGEST_NAME,
    ArchiveWriter,
    Manifest,
    Outside,
    Progress,
    is_member,
    new_archive,
)
from pipelines.sources.source import is_own, uri_of
from pipelines.storage.blobs import BlobStore, blob_path
from pipelines.storage.judgements import Judgements
from pipelines.storage.opening import open_storage
from pipelines.storage.said import damage_of_state
from pipelines.storage.salvage import salvage
from pipelines.storage.state import State
from pipelines.workspace import BLOBS, DATABASES, FOLDERS_KEPT, PRIMARY_STORE, kept_files

_BLOB = re.compile(r"[0-9a-f]{64}")
_MOST_NAMED = 10
"""What is damaged that a message names: a mail is read by a person."""


class BackupPart(Value):
    """A part of the home: its files in the backup, and their size unpacked in bytes."""

    name: str
    files: int
    bytes: int


class BackupReport(Value):
    """What a backup holds: see `Manifest`. `bytes` is the size of the file.

    `damaged` are the documents, rows and blobs that were damaged or missing in the home: without any it is whole.
    `missing` are the blobs among them, which the ledger names. `outside` is what settings and sources name and the
    backup does not hold: files outside of the home, keys, certificates, encoders and folders of papers; `variables` are
    those of the environment that they name.
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
    damaged: tuple[str, ...]
    missing: tuple[str, ...]
    outside: tuple[Outside, ...]
    variables: tuple[str, ...]


class NotWholeError(CustomsLensError):
    """A backup of a home in which something is damaged (exit code 1); `detail` counts it, and names no paper."""

    exit_code = 1
    detail = ""


def incomplete_backup(made: BackupReport) -> NotWholeError | None:
    """Return the error of a backup that is not whole, None of one that is."""
    named = "; ".join(made.damaged[:_MOST_NAMED]) + ("; …" if made.damaged[_MOST_NAMED:] else "")
    remedy = "run customs-lens doctor --repair, then back up again"
    error = NotWholeError(f"{made.file}: is not whole: {named}", remedy)
    error.detail = f"{made.file}: is not whole: {len(made.damaged)} documents, rows or blobs are damaged or gone"
    return error if made.damaged else None


def backup(settings: Settings, file: Path, progress: Progress = lambda *_: None) -> BackupReport:
    """Write a backup into a new file and return what it holds.

    What is damaged in the home is named, and left out or copied as it is. Raises `ConfigError` for sources that do not
    fit, `UnavailableError` for a home without an index, and a file that cannot be written, and `UsageError` for a file
    that exists, and for one among the home's own, where a sweep would take it. Where it fails, nothing is left of the
    file.
    """
    refuse_unfinished(settings.home)
    if not (settings.home / PRIMARY_STORE).exists():
        raise schema.no_index(settings.home / PRIMARY_STORE)
    if file.exists():
        raise UsageError(f"{file}: exists already", "name another file, or remove it")
    if is_own(uri_of(str(file.resolve())), settings.home.resolve()):
        raise UsageError(f"{file}: lies where the home keeps its own files", "name a file outside of the home")
    with _write_errors(file), new_archive(file) as archive:
        manifest, missing = _fill(archive, settings, file.parent, progress)
    return BackupReport(
        file=str(file),
        bytes=file.stat().st_size,
        **manifest.model_dump(exclude={"format", "files"}),
        parts=_parts(manifest),
        missing=tuple(missing),
    )


def _fill(
    archive: ArchiveWriter, settings: Settings, workspace: Path, progress: Progress
) -> tuple[Manifest, list[str]]:
    made, home = dt.datetime.now(dt.UTC).isoformat(timespec="seconds"), settings.home
    plain, outside = _plain_files(settings)
    blobs = BlobStore(str(home / BLOBS))
    with tempfile.TemporaryDirectory(UNFINISHED, dir=workspace) as folder, blobs.kept():
        copies = Path(folder)
        databases = [name for name in DATABASES if os.path.lexists(home / name)]
        damaged = [f"{name}: {what}" for name in databases for what in _copy_state(home / name, copies / name)]
        damaged += [f"{PRIMARY_STORE}: {what}" for what in _copy_store(home / PRIMARY_STORE, copies / FILE)]
        named = _blobs_of(settings, copies)
        if damaged:  # what is re-created of it may need others
            named = sorted({*named, *(name for path in blobs.loose(named) if _BLOB.fullmatch(name := Path(path).name))})
        labels = judgements_of(settings, copies)
        encoder, documents, passages = _index_of(copies)

        sources = {name: copies / name for name in databases} | {PRIMARY_STORE: copies / FILE} | plain
        total = len(sources) + len(named)
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
        damaged=tuple(map(_printable, (*damaged, *(f"{BLOBS}/{blob_path(name)}" for name in missing)))),
        outside=outside,
        variables=named_variables(home),
    )
    archive.finish(manifest)
    return manifest, missing


def _copy_state(path: Path, target: Path) -> list[str]:
    """Copy the state, from a damaged one the intact rows; return the damaged ones."""
    try:
        if not (found := damage_of_state(path)):
            copy_database(path, target)
            found = damage_of_state(target)
    except DamagedError as error:
        found = error.message
    if not found:
        return []
    target.unlink(missing_ok=True)
    made = salvage(path, target, copies(path))
    return [found, *made.from_copies, *made.lost, *made.left_out]


def _copy_store(path: Path, target: Path) -> list[str]:
    """Copy the primary store, also a damaged one; return the damaged documents, and other damage."""
    try:
        copy_database(path, target)
    except DamagedError:
        if not_a_file(path):
            raise
        target.unlink(missing_ok=True)
        copy_pages(path, target)
    found = store_damage(path.parent) or store_damage(target.parent)  # the copy has its indexes rebuilt
    names = [name or "a document whose id cannot be read" for _, name in found.documents]
    return [*([found.file] if found.file else []), *names] or _derived_damage(path.parent)


def _derived_damage(index: Path) -> list[str]:
    """Return the damage of text index and vectors beside an intact store: backups leave them out."""
    try:
        with contextlib.closing(EmbeddedEngine(index, None, write=False)) as engine:
            wrong = [f"{check.name}: {check.detail}" for check in engine.derived_checks() if not check.ok]
    except CustomsLensError as error:
        wrong = [error.message]
    return [f"beside it, and re-created by a restore: {one}" for one in wrong]


def _printable(text: str) -> str:
    """Return a text without characters that a manifest must not contain."""
    return "".join(one if one.isprintable() else " " for one in text)[:LONGEST_NAME]


def _plain_files(settings: Settings) -> tuple[dict[str, Path], tuple[Outside, ...]]:
    """Return the files to copy unchanged, by their names in the archive, and the references to missing ones.

    A data file that is named by its whole path is in both: it may lie elsewhere when the home is restored.
    """
    home, outside = settings.home, []
    found = kept_files(home)
    found += sorted(path for path in (home / UPLOADS).rglob("*") if path.is_file() and path.suffix != UNFINISHED)
    for folder in FOLDERS_KEPT:
        found += sorted(path for path in (home / folder).glob("*.*") if path.is_file())
    plain = {name: path for path in found if is_member(name := path.relative_to(home).as_posix())}
    for one in named_files(settings):
        name = one.path.relative_to(home).as_posix() if one.path.is_relative_to(home) else ""
        copied = one.kept and is_member(name) and one.path.is_file()
        if copied:
            plain[name] = one.path
        if not copied or Path(one.text) == one.path:
            shown = str(one.path) if str(one.path).isprintable() else ascii(str(one.path))
            outside.append(Outside(path=shown, field=one.field))
    return plain, tuple(outside)


def _blobs_of(settings: Settings, copies: Path) -> list[str]:
    storage = open_storage(settings.model_copy(update={"home": copies}))
    with contextlib.closing(storage.open_ledger(write=False)) as ledger:
        return sorted(ledger.blobs())


def judgements_of(settings: Settings, folder: Path) -> int:
    """Return how many judgements the file of a state in a folder holds."""
    inside = settings.model_copy(update={"home": folder, "database": None})
    with contextlib.closing(Judgements(State(inside))) as judgements:
        return len(judgements.since(0))


def _index_of(copies: Path) -> tuple[str, int, int]:
    """Return the encoder, the documents and the passages of the copied index, as far as they can be read."""
    with (
        contextlib.suppress(sqlite3.Error, CustomsLensError, ValueError),
        contextlib.closing(Store(copies, write=False)) as store,
    ):
        encoder = EncoderIdentity.model_validate_json(schema.stated(store.connection, copies)["encoder"])
        documents, _, passages = store.totals()
        return encoder.name, documents, passages
    return "unknown", 0, 0


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
    """Explain errors of writing the archive."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        if is_full(file.parent, error):
            raise UnavailableError(
                f"{file}: the disk is full", "free some space, or name a file on another disk"
            ) from error
        reason = getattr(error, "strerror", None) or str(error)
        raise UnavailableError(f"{file}: cannot be written: {reason}", "check the folder and its rights") from error
