"""Ingestion: sources in, documents in the index, a row in the ledger for each, and a report."""

import contextlib
import datetime as dt
import errno
import logging
import shutil
import sqlite3
import time
import uuid
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, NoReturn, Self

import numpy as np
from numpy.typing import NDArray

from configs.errors import ConfigError, CustomsLensError, MismatchError, UnavailableError
from configs.settings import Settings
from extractors import isolation
from extractors.document import STORED_STATUSES, Document
from extractors.reading import read_document
from index.embedded.lock import WriterLock
from index.engines import open_engine
from pipelines import stages
from pipelines.blobs import BlobStore
from pipelines.discovery import discover
from pipelines.home import BLOBS, WORKER_LOCK, WORKSPACE, is_own
from pipelines.ledger import Entry, open_ledger
from pipelines.moving import take_over
from pipelines.plan import STAGES, WHAT_IS_NEW, Item, Selection, Stage, plan, plan_from, plan_lost
from pipelines.rehearsal import missing, rehearse
from pipelines.report import UNAVAILABLE, Counts, Failure, RunStoppedError, known_failure
from pipelines.sources import Source, SourceError
from pipelines.unfinished import note, unfinished

log = logging.getLogger(__name__)

ProgressListener = Callable[[int, int, str], None]
"""Called with the documents done, all documents, and what is being worked on."""

BatchWorker = Callable[["Ingestion", Sequence[Item], str, Callable[[Item], None]], Counts]
"""Works on a batch: the ingestion, its items, the run's id, and what to call after each item."""

_Reading = tuple[Document, dict[str, str]]
"""A document as read, and the names of its blobs."""

_READ_AHEAD = 2
"""Documents read ahead for each reading worker: enough to keep the encoder busy, few enough for memory."""
_LOOK_AGAIN_SECONDS = 1.0
"""How long a run waits before it looks again whether other workers are done with what it needs to know of."""


class StageError(CustomsLensError):
    """A stage that failed on one document."""

    def __init__(self, stage: Stage, message: str, status: str = "crashed") -> None:
        super().__init__(message)
        self.stage = stage
        self.status = status


class _TakenError(Exception):
    """A document that another worker has, or wrote meanwhile."""


class _StoppedError(UnavailableError):
    """A batch that the home or a service failed: the counts of what is sure, and the items that are left."""

    def __init__(self, cause: UnavailableError, counts: Counts, left: Sequence[Item]) -> None:
        super().__init__(cause.message, cause.remedy)
        self.counts, self.left = counts, left


class Ingestion:
    """A writer on one home: plans runs and works on batches of documents.

    Raises `UnavailableError` where the home cannot be written and `MismatchError` where the index was made
    by another version or encoder. Use it as a context manager; one process at a time may hold it on a home. With an
    index in a cluster, those of other homes work beside it.
    """

    def __init__(self, settings: Settings, *, passwords: Sequence[str] = ()) -> None:
        self.settings = settings
        self.tools = stages.Tools(settings)
        self._passwords = tuple(passwords)
        with _storage_errors(settings), contextlib.ExitStack() as undo:
            settings.home.mkdir(parents=True, exist_ok=True)
            if settings.index == "elasticsearch":  # the embedded engine has a lock of its own
                undo.callback(WriterLock(settings.home / WORKER_LOCK).release)
                take_over(settings)
            self._engine = open_engine(settings, self.tools.identity, write=True)
            undo.callback(self._engine.close)
            self.ledger = open_ledger(settings, write=True)
            undo.callback(self.ledger.close)
            self._indexed = {identifier for identifier, _ in self._engine.documents()}
            shutil.rmtree(settings.home / WORKSPACE, ignore_errors=True)  # copies that a killed run left
            self._closing = undo.pop_all()
        self._blobs = BlobStore(str(settings.home / BLOBS))
        self.set_aside: list[Item] = []
        """What other workers had when this one came to it; see `plan_again`."""
        self._overtaken: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        try:
            self.close()
        except UnavailableError as again:
            if not isinstance(error, UnavailableError):
                raise
            log.debug("the home or a service is still not there: %s", again)

    def close(self) -> None:
        """Make everything searchable and let go of the home."""
        try:
            with _storage_errors(self.settings):
                self._closing.close()
        finally:
            isolation.shutdown()

    def plan(self, sources: Sequence[Source], selection: Selection) -> list[Item]:
        """Return what a run over these sources has to do."""
        items = plan(
            sources,
            self.ledger,
            self.tools.versions,
            selection,
            indexed=self._indexed,
            unfinished=unfinished(self.settings.home),
            is_here=self._blobs.has,
        )
        self._tell_what_is_elsewhere(items)
        return items

    def plan_from(self, start: Stage) -> list[Item]:
        """Return what a stage has to make again of what this home has, without looking at the sources."""
        return plan_from(self.ledger, self.tools.versions, start, is_here=self._blobs.has)

    def plan_lost(self) -> list[Item]:
        """Return what puts back the documents that the index lost, without looking at their sources."""
        return plan_lost(self.ledger, self.tools.versions, self._indexed, is_here=self._blobs.has)

    def plan_again(self, plan: Callable[[Sequence[Item]], list[Item]]) -> list[Item]:
        """Return what is left to do of the documents that other workers had, as soon as they are done with some."""
        taken = self.ledger.taken([item.id for item in self.set_aside])
        if len(taken) == len(self.set_aside):
            log.info("waiting for %d documents that other workers have", len(taken))
        while len(taken) == len(self.set_aside):
            time.sleep(_LOOK_AGAIN_SECONDS)
            taken = self.ledger.taken([item.id for item in self.set_aside])
        self._engine.flush()
        self._indexed = {identifier for identifier, _ in self._engine.documents()} - self._overtaken
        items = plan([item for item in self.set_aside if item.id not in taken])
        self.set_aside = [item for item in self.set_aside if item.id in taken]
        self._overtaken = set()
        return items

    def missing(self, names: Sequence[str], sources: Sequence[Source]) -> list[str]:
        """Return the ids of the documents that lie under the named sources and are not there any more."""
        return missing(names, sources, self.ledger, self._engine)

    def delete(self, documents: Sequence[str]) -> None:
        """Take documents out of the index and the ledger, by their ids."""
        with _storage_errors(self.settings):
            for identifier in documents:
                self._take_out(identifier)
            self.ledger.remove(documents)

    def run_batch(self, items: Sequence[Item], run: str, done: Callable[[Item], None] = lambda _: None) -> Counts:
        """Work on the items and return their counts; each document is committed on its own.

        A document that fails is counted and listed and never ends the batch; a home that cannot be written
        any more does, and so does a cluster that is away, with `UnavailableError`. Documents that other workers have
        are not counted: see `plan_again`.
        """
        counts = Counts()
        worked: set[str] = set()
        try:
            with _storage_errors(self.settings), contextlib.closing(self._read_ahead(items)) as readings:
                for item, reading in readings:
                    if self._settle(item, reading, run, counts):
                        worked.add(item.id)
                        done(item)
                self._flush()
        except UnavailableError as error:
            if not self._is_sure():
                worked, counts = set(), Counts()
            elsewhere = worked | {item.id for item in self.set_aside}
            raise _StoppedError(error, counts, [item for item in items if item.id not in elsewhere]) from error
        return counts

    def _flush(self) -> None:
        """Let readers see what was put, and other workers that it is."""
        self._engine.flush()
        self.ledger.release()

    def _is_sure(self) -> bool:
        """Tell whether what was put is there for readers, after something else went wrong."""
        try:
            self._flush()
        except (CustomsLensError, OSError, sqlite3.Error) as error:
            log.debug("what was put last is not sure: %s", error)
            return False
        return True

    def _settle(self, item: Item, reading: Future[_Reading] | None, run: str, counts: Counts) -> bool:
        """Take a document in, or record why not; set it aside, and return False, where another worker has it."""
        try:
            try:
                self._take_in(item, reading, run, counts)
            except StageError as error:
                log.debug("%s failed", item.source.uri, exc_info=True)
                self._fail(item, error.status, error.stage, error.message, run, counts)
        except _TakenError:
            self.set_aside.append(item)
            return False
        return True

    def sweep(self) -> int:
        """Delete the blobs that no document refers to any more; return how many went."""
        return self._blobs.sweep(self.ledger.blobs())

    def _read_ahead(self, items: Sequence[Item]) -> Generator[tuple[Item, Future[_Reading] | None], None, None]:
        """Yield the items in order, each with its reading where that has to be made from the source."""
        waiting: deque[tuple[Item, Future[_Reading] | None]] = deque()
        workers = self.settings.workers
        pool = ThreadPoolExecutor(workers, thread_name_prefix="read")
        try:
            for item in items:
                if item.action == "work" and not self.ledger.claim(item.id):
                    self.set_aside.append(item)
                    continue
                has_to_be_read = item.action == "work" and item.start == "read"
                waiting.append((item, pool.submit(self._read, item) if has_to_be_read else None))
                while len(waiting) > workers * _READ_AHEAD:
                    yield waiting.popleft()
            yield from waiting
        finally:
            pool.shutdown(cancel_futures=True)  # an interrupted run begins no further document

    def _read(self, item: Item) -> _Reading:
        try:
            return self._read_and_keep(item)
        except ConfigError as error:
            raise SourceError(str(error), "malformed") from error  # of its sidecar

    def _read_and_keep(self, item: Item) -> _Reading:
        sidecar = item.source.sidecar
        passwords = self._passwords + (sidecar.passwords() if sidecar else ())
        with item.source.as_file(self.settings.home / WORKSPACE) as path:
            document = read_document(
                path,
                source=item.source.uri,
                sha256=item.sha256,
                parent=item.source.parent,
                passwords=passwords,
                limits=self.settings.reading,
            )
            document = sidecar.apply(document) if sidecar else document
            if document.status not in STORED_STATUSES:
                return document, {}
            original = self._blobs.put_file(path)
        return document, {"original": original, "read": self._blobs.put_text(document.model_dump_json())}

    def _take_in(self, item: Item, reading: Future[_Reading] | None, run: str, counts: Counts) -> None:
        if item.action == "work":
            self._work(item, reading, run, counts)
        elif item.action == "unchanged":
            counts.unchanged += 1
        elif item.action == "duplicate":
            self._note_duplicate(item, run)
            counts.duplicate += 1
        elif item.action == "unreadable":
            self._claim(item)
            self._fail(item, item.status, "read", item.error or "cannot be read", run, counts)
        else:
            self._repeat_failure(item, counts)

    def _work(self, item: Item, reading: Future[_Reading] | None, run: str, counts: Counts) -> None:
        with _at("read"):
            document, blobs = reading.result() if reading else self._restore(item)
        if document.status not in STORED_STATUSES:
            self._fail(item, document.status, "read", "; ".join(document.warnings), run, counts)
            return
        document, vectors = self._understand(item, document, blobs)
        with _at("index"):
            self._engine.put(document, vectors, versions=self.tools.versions)
        self._indexed.add(item.id)
        self._write(
            Entry(
                id=item.id,
                source=item.source.uri,
                key=document.key,
                sha256=item.sha256,
                outcome="indexed",
                status=document.status,
                versions=_with_sidecar(self.tools.versions, item),
                blobs=blobs,
                pages=len(document.pages),
                passages=len(document.passages),
                run=run,
            )
        )
        counts.indexed += 1
        counts.needs_ocr += document.status == "needs_ocr"
        counts.pages += len(document.pages)
        counts.passages += len(document.passages)

    def _restore(self, item: Item) -> _Reading:
        """Return the document as it was read before, from the store."""
        entry = self.ledger.entry(item.id)
        blobs = dict(entry.blobs) if entry else {}
        return Document.model_validate_json(self._blobs.get_text(blobs["read"])), blobs

    def _understand(
        self, item: Item, document: Document, blobs: dict[str, str]
    ) -> tuple[Document, NDArray[np.float32]]:
        """Run the stages after reading from `item.start` on, over what the earlier ones left in the store."""
        if STAGES.index(item.start) <= STAGES.index("tag"):
            with _at("tag"):
                document, vectors = stages.tag(document, self.tools)
            blobs["tag"] = self._blobs.put_text(stages.dump_passages(document.passages))
        else:
            with _at(item.start):
                passages = stages.load_passages(self._blobs.get_text(blobs["tag"]))
                document = document.model_copy(update={"passages": passages})
                if item.start == "index":
                    return document, stages.load_vectors(self._blobs.get(blobs["encode"]))
                vectors = stages.encode(document.passages, self.tools)
        blobs["encode"] = self._blobs.put(stages.dump_vectors(vectors))
        return document, vectors

    def _note_duplicate(self, item: Item, run: str) -> None:
        entry = self.ledger.entry(item.id)
        if entry and entry.outcome == "duplicate" and entry.sha256 == item.sha256:
            return
        self._claim(item)
        self._take_out(item.id)
        self._write(
            Entry(
                id=item.id,
                source=item.source.uri,
                sha256=item.sha256,
                outcome="duplicate",
                status="duplicate",
                error=f"the same bytes as document {item.owner}",
                run=run,
            )
        )

    def _repeat_failure(self, item: Item, counts: Counts) -> None:
        entry = self.ledger.entry(item.id)
        if entry is None:
            msg = f"{item.source.uri}: no row in the ledger for a failed document"
            raise MismatchError(msg, "run 'customs-lens ingest --force' on it")
        counts.fail(known_failure(entry))

    def _fail(self, item: Item, status: str, stage: Stage, error: str, run: str, counts: Counts) -> None:
        """Record a failure. What the index holds of an earlier state of the document stays there."""
        before = self.ledger.entry(item.id)
        row = Entry(
            id=item.id,
            source=item.source.uri,
            sha256=item.sha256,
            outcome="failed",
            status=status,
            stage=stage,
            error=error,
            versions=_with_sidecar({}, item),
            run=run,
        )
        if before and before.blobs and item.id in self._indexed:
            row = replace(row, key=before.key, versions=_with_sidecar(before.versions, item), blobs=before.blobs)
        else:
            self._take_out(item.id)
        self._write(row)
        counts.fail(Failure(item.source.uri, status, stage, error))

    def _claim(self, item: Item) -> None:
        """Keep other workers from a document; raises `_TakenError` where one has it, or has changed its row."""
        if not self.ledger.claim(item.id):
            raise _TakenError

    def _write(self, entry: Entry) -> None:
        """Write a row; raises `_TakenError` where another worker did so meanwhile: it is put once more then."""
        if not self.ledger.write(entry):
            self._overtaken.add(entry.id)
            raise _TakenError

    def _tell_what_is_elsewhere(self, items: Sequence[Item]) -> None:
        """Say which documents are read again only because another home has what was made of them."""
        entries = self.ledger.known([item.id for item in items if item.action == "work" and item.start == "read"])
        elsewhere = 0
        for item in items:
            entry = entries.get(item.id)
            same = entry is not None and (entry.sha256, entry.versions.get("read")) == (
                item.sha256,
                self.tools.versions["read"],
            )
            elsewhere += bool(same and entry and entry.blobs and not self._blobs.has(entry.blobs.get("read", "")))
        if elsewhere:
            log.info(
                "of %d documents this home does not have what was read of them before: they are read again", elsewhere
            )

    def _take_out(self, identifier: str) -> None:
        if identifier in self._indexed:
            self._engine.remove(identifier)
            self._indexed.discard(identifier)


def ingest(
    settings: Settings,
    names: Sequence[str],
    *,
    selection: Selection = WHAT_IS_NEW,
    passwords: Sequence[str] = (),
    delete_missing: bool = False,
    dry_run: bool = False,
    progress: ProgressListener = lambda *_: None,
    work: BatchWorker = Ingestion.run_batch,
) -> dict[str, Any]:
    """Take in every document that the names stand for and return the report of the run.

    `work` runs each batch of `settings.batch_documents` documents; an orchestrator wraps it. A `dry_run`
    leaves the home as it is.

    Raises `UnavailableError` for a source that is not there or a home that cannot be written, and
    `MismatchError` for an index of another version or encoder.
    """
    started = time.monotonic()
    run_id = new_run_id()
    found = discover(names, passwords=passwords, limits=settings.reading)
    sources = [source for source in found if not is_own(source.uri, settings.home)]
    with _storage_errors(settings):
        if dry_run:
            counts = rehearse(settings, names, sources, selection, delete_missing=delete_missing)
            return counts.as_json(run_id, time.monotonic() - started)
        with Ingestion(settings, passwords=passwords) as ingestion, ingestion.ledger.run(run_id) as record:
            gone = ingestion.missing(names, sources) if delete_missing else []
            ingestion.delete(gone)
            after_others = replace(selection, force=False, start=None)  # what they did need not be done once more
            run = _Run(
                ingestion,
                run_id,
                lambda items: ingestion.plan([item.source for item in items], after_others),
                Counts(deleted=len(gone)),
                started,
            )
            report = run.work_through(ingestion.plan(sources, selection), progress, work)
            record.update(report)
    return report


def tag_again(
    settings: Settings, *, progress: ProgressListener = lambda *_: None, work: BatchWorker = Ingestion.run_batch
) -> dict[str, Any]:
    """Tag every document again whose tags an older tagger made, from what was read before; return the report.

    The sources are not looked at, and need not be there any more. Raises as `ingest` does.
    """
    started, run_id = time.monotonic(), new_run_id()
    with _storage_errors(settings), Ingestion(settings) as ingestion, ingestion.ledger.run(run_id) as record:
        run = _Run(
            ingestion,
            run_id,
            lambda items: [one for one in ingestion.plan_from("tag") if one.id in {item.id for item in items}],
            Counts(),
            started,
        )
        report = run.work_through(ingestion.plan_from("tag"), progress, work)
        record.update(report)
    return report


def put_back(
    settings: Settings, *, progress: ProgressListener = lambda *_: None, work: BatchWorker = Ingestion.run_batch
) -> dict[str, Any]:
    """Put back the documents that the ledger knows and the index lost, from what was kept; return the report.

    The blobs that no document refers to are deleted. Raises as `ingest` does.
    """
    started, run_id = time.monotonic(), new_run_id()
    with _storage_errors(settings), Ingestion(settings) as ingestion, ingestion.ledger.run(run_id) as record:
        run = _Run(ingestion, run_id, lambda _: ingestion.plan_lost(), Counts(), started)
        report = run.work_through(ingestion.plan_lost(), progress, work)
        ingestion.sweep()
        record.update(report)
    return report


@dataclass
class _Run:
    """One run: its counts so far, and when it began (seconds of a clock that only goes forward).

    `plan_again` says what is left to do of items that other workers had.
    """

    ingestion: Ingestion
    id: str
    plan_again: Callable[[Sequence[Item]], list[Item]]
    counts: Counts
    started: float

    def work_through(self, items: Sequence[Item], progress: ProgressListener, work: BatchWorker) -> dict[str, Any]:
        """Work on the items in batches, sweep up after them, and return the report.

        Raises `RunStoppedError` where the home or a service fails; what is left then is noted for the next run.
        """
        ingestion, waiting = self.ingestion, deque(items)
        while waiting or ingestion.set_aside:
            batch = [waiting.popleft() for _ in range(min(len(waiting), ingestion.settings.batch_documents))]
            try:
                if batch:
                    self.counts.add([work(ingestion, batch, self.id, _reporter(progress, self.counts, len(items)))])
                else:
                    waiting.extend(ingestion.plan_again(self.plan_again))
            except UnavailableError as error:
                if isinstance(error, _StoppedError):
                    self.counts.add([error.counts])
                    batch = list(error.left)
                raise self._stopped(error, items, [*batch, *waiting, *ingestion.set_aside]) from error
        note(ingestion.settings.home, of=[item.id for item in items], left=())
        if self.counts.indexed or self.counts.deleted:
            ingestion.sweep()
        return self._report()

    def _stopped(self, error: UnavailableError, items: Sequence[Item], left: Sequence[Item]) -> RunStoppedError:
        """Return the error of a run that ends before all items are taken in; list what is left, and note it."""
        missing = [item for item in left if item.action != "unchanged"]
        self.counts.unchanged += len(left) - len(missing)
        for item in missing:
            why = "the run ended before this document was sure to be taken in"
            self.counts.fail(Failure(item.source.uri, UNAVAILABLE, item.start, why))
        home = self.ingestion.settings.home
        noted = note(home, of=[item.id for item in items], left=[item.id for item in missing])
        message = f"{error.message}: {len(missing)} of {len(items)} documents are not taken in"
        again = "then run the same command again" + (", or with --only failed" if noted else "")
        return RunStoppedError(message, f"{error.remedy or 'mend that'}; {again}", self._report())

    def _report(self) -> dict[str, Any]:
        return self.counts.as_json(self.id, time.monotonic() - self.started)


def new_run_id() -> str:
    """Return an id for a run that sorts by time."""
    return f"{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:6]}"


def _with_sidecar(versions: Mapping[str, str], item: Item) -> dict[str, str]:
    """Return what a row notes of the versions that made a document: those of the stages, and of its sidecar."""
    return {**versions, "sidecar": item.sidecar}


def _reporter(progress: ProgressListener, counts: Counts, total: int) -> Callable[[Item], None]:
    before, done = counts.found, 0

    def report(item: Item) -> None:
        nonlocal done
        done += 1
        progress(before + done, total, item.source.name)

    return report


@contextlib.contextmanager
def _at(stage: Stage) -> Iterator[None]:
    """Let a fault of one document end that document alone; faults of the home and of services end the run."""
    try:
        yield
    except (OSError, sqlite3.Error, MismatchError, UnavailableError):
        raise
    except SourceError as error:
        raise StageError(stage, str(error), error.status) from error
    except CustomsLensError as error:
        raise StageError(stage, str(error)) from error
    except Exception as error:
        raise StageError(stage, f"{type(error).__name__}: {error}") from error


@contextlib.contextmanager
def _storage_errors(settings: Settings) -> Iterator[None]:
    """Turn the errors of a full or unwritable home into one sentence that says so."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        _refuse(settings, str(error), error)
    except BrokenPipeError:
        raise  # whoever watched the progress went away: nothing of the home
    except OSError as error:
        _refuse(settings, error.strerror or str(error), error)


def _refuse(settings: Settings, reason: str, error: Exception) -> NoReturn:
    if isinstance(error, CustomsLensError):
        raise error
    full = getattr(error, "errno", None) == errno.ENOSPC or "disk is full" in reason
    remedy = "free some space and run the same command again" if full else "check the folder and its rights"
    message = f"{settings.home}: {'the disk is full' if full else f'cannot be written: {reason}'}"
    raise UnavailableError(message, remedy) from error
