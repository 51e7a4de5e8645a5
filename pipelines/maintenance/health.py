"""Health checks of a home: whether the store, the index, the ledger, the models and the settings agree."""

import os
import shlex
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import NoReturn

from configs.settings import Settings
from configs.sources import UPLOADS
from configs.system.errors import BEFORE_0_1_0, CustomsLensError, UnavailableError
from configs.system.folders import is_open_to_everybody, is_private, open_to_others
from configs.system.packages import PROGRAM, modules_of_others
from configs.system.redaction import redact
from configs.system.sqlite.database import damage
from configs.system.sqlite.failures import storage_errors
from extractors.document import document_id
from index.encoder import encoder_identity
from index.filters import EVERY_CLASS
from index.protocol import Engine
from index.results import Check
from pipelines.access.actors import shown_name
from pipelines.access.keys import REMEDY_GONE, KeyStore
from pipelines.ingest.duplicates import orphans
from pipelines.ingest.follow.members import MemberAccess
from pipelines.ingest.run import ProgressListener
from pipelines.review.unlogged import unlogged
from pipelines.search.service import reader
from pipelines.stages import components
from pipelines.storage.blobs import BlobStore
from pipelines.storage.checksums import damaged_rows
from pipelines.storage.entries import LedgerRow
from pipelines.storage.opening import open_storage
from pipelines.storage.said import damage_of_state
from pipelines.storage.state import State
from pipelines.workspace import AUDIT, BLOBS, DATABASES_BEFORE_0_1_0, INDEX, STATE, home_name

_OF_PAPERS = (BLOBS, INDEX, UPLOADS)
"""What of a home holds papers."""
_SHOWN = 10
"""Judgements that a finding names."""

_READ_BYTES = 1 << 30
"""Of the blobs, what is read and compared: all in most homes, in a few seconds; in a larger one others each time."""
_MOST_NAMED = 3
"""Files that a finding names."""


class ChecksFailedError(CustomsLensError):
    """Failed health checks of a home (exit code 3); `detail` lists the parts without names of papers."""

    exit_code = 3
    detail = ""


def failed_checks(found: Iterable[Check]) -> ChecksFailedError | None:
    """Return the error for findings with a failed check."""
    wrong = [one for one in found if not one.ok]
    remedies = "; ".join(dict.fromkeys(one.remedy for one in wrong if one.remedy))
    listed = "; ".join(f"{one.name}: {one.detail}" for one in wrong)
    error = ChecksFailedError(listed, remedies or None)
    error.detail = f"not as they should be: {', '.join(one.name for one in wrong)}"
    return error if wrong else None


def checks(settings: Settings, progress: ProgressListener = lambda *_: None) -> tuple[Check, ...]:
    """Return one finding for each part. An `ok` finding with a remedy is a warning about a possibly intended state.

    To read the index takes longest: `progress` is called with the steps of that which are done, all, and a name.
    """
    found = (
        _attempt("installation", _installation),
        *data_files(settings),
        *_index(settings, progress),
        *_ledger(settings),
        *_input_of_people(settings),
        *_home(settings.home),
    )
    return tuple(
        one.model_copy(update={"detail": redact(one.detail), "remedy": one.remedy and redact(one.remedy)})
        for one in found
    )


def _finding(name: str, detail: str, *, ok: bool = True, remedy: str | None = None) -> Check:
    return Check(name=name, ok=ok, detail=detail, remedy=None if ok else remedy)


def _attempt(name: str, work: Callable[[], str]) -> Check:
    try:
        return _finding(name, work())
    except CustomsLensError as error:
        detail = error.message.removeprefix(f"{name}: ")
        return _finding(name, detail, ok=False, remedy=error.remedy or "repair what is named")


def _installation() -> str:
    if others := modules_of_others():
        remedy = "install customs-lens into a virtual environment of its own: one of the two has files of the other"
        raise UnavailableError(f"a module has a name of the program's: {', '.join(others)}", remedy)
    return f"{PROGRAM} {version(PROGRAM)}, no other package has modules of its names"


def data_files(settings: Settings) -> Iterator[Check]:
    """Yield a finding for each data file and model that the settings name."""
    tools = components.PipelineComponents(settings)
    yield _attempt("vocabulary", lambda: f"{tools.vocabulary.id}: {len(tools.vocabulary.concepts)} themes")
    yield _attempt("maturity model", lambda: f"{tools.model.id} {tools.model.version} ({tools.model.provenance})")
    yield _attempt("bodies", lambda: f"{len(tools.bodies.bodies)} bodies")
    yield _attempt("encoder", lambda: _encoder(settings))
    yield _attempt("classifier", lambda: _classifier(tools))


def _encoder(settings: Settings) -> str:
    return encoder_identity(settings).described()


def _classifier(tools: components.PipelineComponents) -> str:
    if tools.classifier is None:
        return (
            f"none for the encoder {tools.identity.name}: themes are suggested where they are named, tags by the "
            "model's statements; 'customs-lens models fit' makes one"
        )
    new = set(tools.theme_ids) - set(tools.classifier.note.themes)
    themes = f", {len(new)} new themes by their definitions" if new else ""
    tags = "" if tools.node_scorer is tools.classifier else f"; {tools.model.id} is tagged by its statements"
    note = tools.classifier.note
    by = f"calibrated on {note.of_papers} passages of real papers" if note.of_papers else "calibrated on no real paper"
    return f"{tools.classifier.version}, {len(note.seen)} training passages, {by}{themes}{tags}"


def _index(settings: Settings, progress: ProgressListener) -> Iterator[Check]:
    try:
        with reader(settings) as engine:
            yield _finding("index encoder", engine.encoder.described())
            yield from engine.checks(lambda done, total: progress(done, total, "reading the index"))
    except CustomsLensError as error:
        yield _finding("index", error.message, ok=False, remedy=error.remedy)


def _ledger(settings: Settings) -> Iterator[Check]:
    if old := _before_0_1_0(settings.home):
        yield _finding("ledger", f"{', '.join(old)}: of a program of before 0.1.0", ok=False, remedy=BEFORE_0_1_0)
        return
    if not open_storage(settings).has_ledger():
        remedy = f"run 'customs-lens ingest' with --home {settings.home}"
        yield _finding("ledger", f"{settings.home / STATE}: no ledger yet", ok=False, remedy=remedy)
        return
    yield _attempt("ledger", lambda: _compare(settings))
    yield _attempt("duplicates", lambda: _duplicates(settings))
    yield _attempt("access", lambda: _access(settings))
    yield _attempt("blobs", lambda: _blobs(settings))


def _before_0_1_0(home: Path) -> list[str]:
    """Return the databases of a home that no released program made."""
    return [str(home / name) for name in DATABASES_BEFORE_0_1_0 if (home / name).exists()]


def _input_of_people(settings: Settings) -> Iterator[Check]:
    """Check the judgements and other input of people, which only backups can restore."""
    if old := _before_0_1_0(settings.home):
        detail = f"{', '.join(old)}: what people judged there is not read by this program"
        yield _finding("judgements", detail, ok=False, remedy=BEFORE_0_1_0)
        return
    yield _attempt("judgements", lambda: _judgements(settings))
    if os.path.lexists(path := settings.home / STATE):
        yield _attempt("state", lambda: _sound(path, damage_of_state))
    if settings.database:
        yield _attempt("state", lambda: _sound_rows(State(settings)))
    yield from _audited(settings)
    yield _attempt("access keys", lambda: _keys(settings.home))


def _home(home: Path) -> Iterator[Check]:
    """Check the permissions of the home: its files contain papers of every access class."""
    if not home.exists():
        return
    if is_private(home):
        yield _finding("home", f"{home}: only its owner can look into it")
        return
    everybody = is_open_to_everybody(home)
    who = "every user of this machine" if everybody else "its group"
    files = [path.relative_to(home) for path in open_to_others(home) if not path.is_dir()]
    papers = ", papers of every access class among them" if any(one.parts[0] in _OF_PAPERS for one in files) else ""
    what = f"can read {len(files)} files of it{papers}" if files else "can read its names"
    remedy = f"run chmod -R go= {shlex.quote(str(home))}: what it holds is for its owner, others read by the portal"
    yield Check(name="home", ok=not everybody, detail=f"{home}: {who} {what}", remedy=remedy)


def _compare(settings: Settings) -> str:
    with closing(open_storage(settings).open_ledger(write=False)) as ledger:
        stored = {entry.id: entry for entry in ledger.entries() if entry.outcome == "indexed" or entry.blobs}
        failed = sum(1 for _ in ledger.entries("failed"))
    with _index_of(settings) as engine:
        indexed = {identifier for identifier, _ in engine.documents(access_classes=EVERY_CLASS)}
        differing = [entry.source for entry in stored.values() if entry.id in indexed and not _agrees(entry, engine)]
    lost, unknown = stored.keys() - indexed, indexed - stored.keys()
    if differing:
        message = f"{len(differing)} documents of the ledger have another source or sha256 than in the index"
        raise CustomsLensError(
            f"{message}, such as {differing[0]}", _repair(settings, "on the folders of their sources")
        )
    if lost or unknown:
        message = f"{len(lost)} documents of the ledger are not in the index, {len(unknown)} of the index not in it"
        raise CustomsLensError(message, _repair(settings, "on the folders of their sources"))
    return f"{len(stored)} documents agree with the index, {failed} failed ones are listed"


def _agrees(entry: LedgerRow, engine: Engine) -> bool:
    """Return whether a row agrees with its source, its original and the index."""
    document = engine.document(entry.id, access_classes=EVERY_CLASS)
    stored = {entry.blobs.get("original", entry.sha256)} | ({entry.sha256} if entry.outcome == "indexed" else set())
    is_its_id = entry.id == document_id(entry.source)
    return is_its_id and document is not None and (document.source, {document.sha256}) == (entry.source, stored)


def _duplicates(settings: Settings) -> str:
    with closing(open_storage(settings).open_ledger(write=False)) as ledger:
        count = sum(1 for _ in ledger.entries("duplicate"))
        orphaned = orphans(ledger)
    if orphaned:
        message = (
            f"the document that held the bytes of {len(orphaned)} duplicates is gone, such as of {orphaned[0].source}:"
            " they cannot be found"
        )
        storage = open_storage(settings)
        remedy = f"run 'customs-lens {storage.repairing}'{' on any source' if storage.shared else ''}"
        raise CustomsLensError(message, remedy)
    return f"{count} documents have the same bytes as others, which are there"


def _access(settings: Settings) -> str:
    """Check the access classes of files inside others, which include those of their containers."""
    with closing(open_storage(settings).open_ledger(write=False)) as ledger, _index_of(settings) as engine:
        wrong = MemberAccess(engine, ledger).with_wrong_class()
    if wrong:
        shown = ", ".join(wrong[:_MOST_NAMED]) + (", …" if wrong[_MOST_NAMED:] else "")
        message = f"{len(wrong)} files inside others do not have the access class of these: {shown}"
        remedy = "run 'customs-lens ingest' on the files that they lie in, or 'sources run' on their sources"
        raise CustomsLensError(message, remedy)
    return "files inside others are closed by all that closes these"


def _blobs(settings: Settings) -> str:
    with closing(open_storage(settings).open_ledger(write=False)) as ledger:
        named = {entry.source: entry.blobs.values() for entry in ledger.entries() if entry.blobs}
    blobs = open_storage(settings).blobs()
    gone = [source for source, names in named.items() if not all(map(blobs.has, names))]
    kept = {name for names in named.values() for name in names}
    if gone and open_storage(settings).shared and not settings.blobs:
        return _in_other_homes(settings, {source: named[source] for source in gone})
    if gone:
        message = f"the store lacks artefacts of {len(gone)} documents, such as {gone[0]}"
        raise CustomsLensError(message, _repair(settings, "with --force on them"))
    with storage_errors(settings.home):
        damaged, read = blobs.damaged(kept, most=_READ_BYTES)
    if damaged:
        _tell_damaged(settings, blobs, named, damaged)
    loose = len(blobs.loose(kept))
    return f"{len(kept)} blobs of {len(named)} documents, {read} of them read, {loose} that no document names"


def _tell_damaged(
    settings: Settings, blobs: BlobStore, named: Mapping[str, Collection[str]], damaged: Sequence[str]
) -> NoReturn:
    wrong = [source for source, names in named.items() if not set(damaged).isdisjoint(names)]
    files = ", ".join(str(blobs.local_path(name)) for name in damaged[:_MOST_NAMED])
    files += ", …" if damaged[_MOST_NAMED:] else ""
    message = f"artefacts of {len(wrong)} documents are not what was stored, such as of {wrong[0]}: {files}"
    remedy = _repair(settings, "with --force on them")
    raise CustomsLensError(message, f"delete these files, then {remedy}" if open_storage(settings).shared else remedy)


def _in_other_homes(settings: Settings, lacking: Mapping[str, Collection[str]]) -> str:
    """Search the other homes of this machine for the blobs of documents; other machines cannot be checked."""
    with closing(open_storage(settings).open_ledger(write=False)) as ledger:
        homes = ledger.homes()
    homes.pop(home_name(settings.home), None)
    here = {name: Path(name.partition(":")[2]) for name in homes if home_name(Path(name.partition(":")[2])) == name}
    stores = [BlobStore(str(path / BLOBS)) for path in (settings.home, *here.values()) if path.is_dir()]
    lost = [
        source
        for source, names in lacking.items()
        if not all(any(store.has(name) for store in stores) for name in names)
    ]
    away = [f"{name} (at work {at[:10]})" for name, at in sorted(homes.items()) if name not in here]
    gone = sorted(name for name, path in here.items() if not path.is_dir())
    if not lost:
        return f"what was made of {len(lacking)} documents is in other homes of this machine"
    if away and not gone:
        return f"what was made of {len(lost)} documents is in homes of other machines: {', '.join(away)}"
    where = f"{', '.join(gone)} is gone" if gone else "no other home is known"
    beside = f", unless it is in {', '.join(away)}" if away else ""
    message = f"what was made of {len(lost)} documents, such as {lost[0]}, is in no home: {where}{beside}"
    remedy = (
        "run 'customs-lens ingest --force' on their sources here; with CUSTOMS_LENS_BLOBS all homes share one store"
    )
    raise CustomsLensError(message, remedy)


def _judgements(settings: Settings) -> str:
    with closing(open_storage(settings).open_judgements(write=False)) as store:
        if not store.revision().last:
            return "none yet"
    with _index_of(settings) as engine:
        judgements = engine.judgements(access_classes=EVERY_CLASS)
    loose = sum(one.is_unanchored for one in judgements)
    return f"{len(judgements)} in all, {loose} of them on words that are not in the index"


def _audited(settings: Settings) -> Iterator[Check]:
    """List the judgements and corrections without a line in the audit log: a warning, as they are valid."""
    try:
        found = unlogged(settings)
    except OSError as error:
        detail = f"{settings.home / AUDIT}: cannot be read: {error.strerror}"
        yield _finding("audit log", detail, ok=False, remedy="check its rights: nothing is judged without it")
    except CustomsLensError:
        return  # the findings of judgements and review say so
    else:
        shown = "; ".join(f"{one.item} by {shown_name(one.author)} at {one.at}" for one in found[:_SHOWN])
        more = f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        detail = f"no line says that these {len(found)} judgements and corrections were stored: {shown}{more}"
        remedy = "a process was killed before it could: 'customs-lens doctor --repair' adds the lines"
        sound = _finding("audit log", "no judgement or correction is missing in it since it begins")
        yield Check(name="audit log", ok=True, detail=detail, remedy=remedy) if found else sound


def _keys(home: Path) -> str:
    store = KeyStore(home)
    found = store.all()
    if not found and store.was_keyed:
        raise CustomsLensError("there were some and are none any more: the portal answers nobody", REMEDY_GONE)
    return f"{len(found)} keys" if found else "none: the portal answers on this machine alone, to everybody on it"


@contextmanager
def _index_of(settings: Settings) -> Iterator[Engine]:
    """Yield the index for comparison with another part; errors of opening it are not findings of that part."""
    try:
        with reader(settings) as engine:
            yield engine
    except CustomsLensError as error:
        message = f"cannot be compared with the index: {error.message}"
        raise CustomsLensError(message, error.remedy) from error


def _sound(path: Path, wrong: Callable[[Path], str | None] = damage) -> str:
    if found := wrong(path):
        raise CustomsLensError(f"{path}: is damaged: {found}", "run customs-lens doctor --repair, or restore a backup")
    return "sound"


def _sound_rows(state: State) -> str:
    """Look at the rows of a database, of which its server keeps copies."""
    with closing(state), state.reading() as connection:
        found = list(damaged_rows(connection))
    if found:
        message = f"{len(found)} rows of the database, not what was stored: {', '.join(found[:_SHOWN])}"
        raise CustomsLensError(message, "restore a backup of the database")
    return "every row is what was stored"


def _repair(settings: Settings, ingest: str) -> str:
    if open_storage(settings).shared:
        return f"run 'customs-lens ingest --delete-missing' {ingest}"
    return f"run 'customs-lens doctor --repair', then 'customs-lens ingest' {ingest}"
