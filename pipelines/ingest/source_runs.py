"""A run over a configured source: what is new or changed there is ingested, what is gone goes as its policy says.

A run is a loop over the pages of the connector. An item whose fingerprint is known is not opened; what is known of the
source is in its `SourceLedger`.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from itertools import chain

from configs.bodies import load_bodies
from configs.settings import Settings
from configs.sources import SOURCES_FILE, AnySource, load_sources
from configs.system.errors import UnavailableError, UsageError
from extractors.document import document_id
from pipelines.ingest.deletion import MassDeletionError, Refusal
from pipelines.ingest.disk import refuse_full_disk
from pipelines.ingest.duplicates import bytes_of
from pipelines.ingest.last_runs import noted_run
from pipelines.ingest.plan import WHAT_IS_NEW, Selection
from pipelines.ingest.planners import SourcePlanner
from pipelines.ingest.report import UNAVAILABLE, Counts, Failure, IngestReport, RunStoppedError
from pipelines.ingest.run import BatchRunner, ProgressListener, Run, recorded_run
from pipelines.ingest.session import SHOW_SECONDS
from pipelines.ingest.source_gone import Verdict, judge
from pipelines.ingest.source_items import ItemOpener, OpenedItem
from pipelines.ingest.source_ledger import SourceLedger
from pipelines.ingest.source_state import is_lost_member, is_unchanged
from pipelines.sources.connectors.contract import (
    Changes,
    Connector,
    CursorExpiredError,
    ListingProblem,
    SourceAwayError,
    SourceItem,
)
from pipelines.sources.connectors.opening import open_connector
from pipelines.sources.given import Found
from pipelines.storage.errors import storage_errors
from pipelines.storage.opening import open_storage
from pipelines.storage.source_register import ItemSummary, SourceRegister
from pipelines.workspace import COPIES_OF_ITEMS

_log = logging.getLogger(__name__)

_MOST_BYTES = 1 << 30
"""What the copies of a batch take on the disk at most, but for its last one."""


def run_source(
    settings: Settings,
    config: AnySource,
    *,
    selection: Selection = WHAT_IS_NEW,
    allow_mass_deletion: bool = False,
    progress: ProgressListener = lambda *_: None,
    run_batch: BatchRunner | None = None,
    call_helpers: Callable[[], None] = lambda: None,
    connector: Connector | None = None,
    wait: float = 0.0,
) -> IngestReport:
    """Ingest what is new or changed in a configured source, let go of what it lost, and return the report of the run.

    `selection.only` takes known items alone and leaves what is gone to another run. `connector` is that of the source
    where it is open already; it is closed in the end. `call_helpers` is that of `recorded_run`. Another process that
    writes the home is waited for, for `wait` seconds.

    Raises `RunStoppedError`, which has the report, where the source or the home is away or ends the run,
    `MassDeletionError` where too much is missing, after everything else was done, `UsageError` for a source that is not
    configured fully, and as `recorded_run` does.
    """
    began = time.monotonic()
    with noted_run(settings.home, config.name):
        refuse_full_disk(settings)
        if config.body and load_bodies().get(config.body) is None:
            message = f"{settings.home / SOURCES_FILE}: {config.name}: body: there is no body '{config.body}'"
            raise UsageError(message, "take one that configs/bodies.yaml has")
        with (
            closing(connector or open_connector(config, settings)) as opened,
            recorded_run(
                settings,
                source=config.name,
                flow="ingest-source",
                began=began,
                passwords=settings.document_passwords,
                run_batch=run_batch,
                progress=progress,
                call_helpers=call_helpers,
                wait=wait,
            ) as run,
            closing(open_storage(settings).open_register(write=True)) as register,
        ):
            work = _SourceRun(run, register, opened, config, selection, allow_mass=allow_mass_deletion)
            report, refusal = work.execute()
            if refusal:  # inside the run: one that did not do what it was to do is not done
                raise MassDeletionError([refusal], report)
            return report


class _SourceRun:
    """The pages of a source, from where the last run left it, and what is done with their items."""

    def __init__(
        self,
        run: Run,
        register: SourceRegister,
        connector: Connector,
        config: AnySource,
        selection: Selection,
        *,
        allow_mass: bool,
    ) -> None:
        self._run, self._connector, self._config = run, connector, config
        self._selection, self._allow_mass = selection, allow_mass
        self._settings = settings = run.session.settings
        self._ledger = SourceLedger(register, config, run.session.state, run.id)
        self._opener = ItemOpener(
            connector, config, settings, settings.home / COPIES_OF_ITEMS, settings.document_passwords
        )
        self._opened: dict[str, OpenedItem] = {}
        """The items that were opened since the last commit."""
        self._opening_began = 0.0
        """When the first of them was asked for: a slow source does not keep what it gave from readers."""
        self._page: deque[SourceItem] = deque()
        self._cursor: str | None = None
        self._kinds: set[bool] = set()
        """Whether the pages so far are of a listing, or of changes."""
        self._problems: list[ListingProblem] = []
        self._seen: set[str] = set()
        self._gone: set[str] = set()
        self._left_out = 0

    def execute(self) -> tuple[IngestReport, Refusal | None]:
        try:
            with storage_errors(self._settings.home):
                return self._execute()
        except SourceAwayError as error:
            raise self._away(error) from error
        except RunStoppedError:
            raise
        except UnavailableError as error:
            raise self._run.stopped(error) from error
        finally:
            self._opener.empty()

    def _execute(self) -> tuple[IngestReport, Refusal | None]:
        for page in self._changes():
            self._take(page)
        if not self._is_listing:
            self._take_up_again()
        self._flush()
        if self._selection.only:
            if self._left_out:
                words = "%s: %d items were never ingested, and --only %s leaves them out"
                _log.warning(words, self._config.name, self._left_out, self._selection.only)
            self._run.count(Counts(withdrawn=len(self._withdrawn_documents())))
            return self._run.complete(), None
        return self._settle()

    @property
    def _is_listing(self) -> bool:
        """Whether the pages so far list what there is; without any page nothing is said of what is there."""
        return self._kinds == {True}

    def _leaves_unknown(self, item: str) -> bool:
        """Return whether an item, by its id, may lie where the source could not be listed."""
        return any(problem.leaves_unknown(item) for problem in self._problems)

    def _changes(self) -> Iterator[Changes]:
        """Yield the pages since the last run, or, where the source does not know that any more, all of them."""
        has_to_list = self._ledger.must_be_listed(self._selection, self._settings.quarantine_after)
        if not has_to_list and (cursor := self._ledger.cursor) is not None:
            pages = self._connector.changes(cursor)
            try:
                first = next(pages, None)
            except CursorExpiredError:
                _log.info("%s: no longer knows what was listed before: everything is listed", self._config.name)
            else:
                yield from chain([first] if first else [], pages)
                return
        yield from self._connector.changes(None)

    def _take(self, page: Changes) -> None:
        """Process a page; where it is one of changes, all that it says is done and its cursor stored after that."""
        self._kinds.add(page.is_listing)
        self._problems += page.problems
        self._cursor = page.cursor if page.cursor is not None else self._cursor
        for problem in page.problems:
            _log.warning("%s: %s: cannot be listed: %s", self._config.name, problem.place, problem.reason)
        self._page = deque(page.items)
        self._ledger.look_up([item.id for item in page.items])
        self._meet_all(self._page)
        self._gone.update(page.gone)
        self._gone.difference_update(item.id for item in page.items)
        self._seen.difference_update(page.gone)
        self._run.count(_unavailable((one.place, one.reason) for one in page.problems if not one.skipped))
        if not (page.cursor is None or self._is_listing or self._selection.only or self._gone):
            self._flush()
            self._store_cursor()

    def _take_up_again(self) -> None:
        """Open items that failed or were being changed, which a source that tells changes alone does not name again."""
        left = (row for row in self._ledger.unsettled() if row.item and not row.withdrawn)
        self._meet_all(deque(row.item for row in left if row.item and row.id not in self._seen | self._gone))

    def _meet_all(self, items: deque[SourceItem]) -> None:
        """Meet items, which are taken out one by one."""
        kept = Counts()
        try:
            while items:
                self._meet(items[0], kept)
                items.popleft()
        finally:
            self._run.count(kept)

    def _meet(self, item: SourceItem, kept: Counts) -> None:
        if item.id in self._seen and self._opened.pop(item.id, None) is None:
            before = self._ledger.get(item.id)
            if before is None or not item.fingerprint or is_unchanged(item, before):
                return  # it was listed twice
        self._seen.add(item.id)
        is_opened = self._ledger.is_opened(item, self._selection, self._settings.quarantine_after)
        if is_opened is None:
            self._left_out += self._ledger.get(item.id) is None
        elif is_opened:
            self._opening_began = self._opening_began if self._opened else time.monotonic()
            self._opened[item.id] = self._opener.open(item)
            is_late = time.monotonic() - self._opening_began >= SHOW_SECONDS
            if is_late or len(self._opened) >= self._run.opens_at_once or self._opener.size > _MOST_BYTES:
                self._flush()
        else:
            self._ledger.seen(item, kept)

    def _flush(self) -> None:
        """Ingest what the open items hold, and write down what is known of all that were met."""
        selection = replace(self._selection, only=None, retry=True)
        opened, self._opened = list(self._opened.values()), {}
        if opened:
            self._ledger.opened(
                opened, lambda found, moved: self._run.work(SourcePlanner(found, selection, gone=moved))
            )
        self._ledger.commit()
        self._opener.empty()

    def _store_cursor(self) -> None:
        """Let the next run begin after the pages so far, unless a part of them could not be listed."""
        if self._kinds and all(problem.skipped for problem in self._problems):
            self._ledger.store_cursor(self._cursor)

    def _settle(self) -> tuple[IngestReport, Refusal | None]:
        """Do with what is gone as the policy says, end the run, and move on the cursor where nothing was refused."""
        name, ledger = self._config.name, self._ledger
        gone = self._gone | {row.id for row in ledger.unsettled() if is_lost_member(row)}
        unseen = (one for one in ledger.unseen(self._seen) if one.id not in gone)
        if self._is_listing:
            gone = gone.union([one.id for one in unseen if not self._leaves_unknown(one.id)])
            if not self._seen and (known := ledger.count_items()):
                _log.warning("%s: lists nothing, and %d items of it are known", name, known)
        else:
            gone = gone.union(self._left_by_changes(unseen))
        sources = load_sources(self._settings.home, self._settings.blobs) if gone else ()
        others = [one.name for one in sources if one.name != name]
        missing = ledger.missing(gone, others)
        documents = self._run.session.ledger
        verdict = judge(missing, self._config, documents, now=ledger.now, allow_mass=self._allow_mass)
        ledger.withdraw(verdict.withdrawn, missing)
        deleted = self._replace(verdict)
        if deleted:
            self._run.delete(sorted(deleted))
        withdrawn = len(self._withdrawn_documents() - deleted)
        self._run.count(Counts(withdrawn=withdrawn, kept=verdict.refusal.missing if verdict.refusal else 0))
        report = self._run.complete()
        if verdict.refusal is None:
            ledger.forget(missing, deleted)
            self._store_cursor()
        return report, verdict.refusal

    def _replace(self, verdict: Verdict) -> set[str]:
        """Let documents take the place of moved ones that have the same bytes; return the documents that go then."""
        deleted, ledger = set(verdict.deleted), self._run.session.ledger
        heirs: dict[str, str] = {}
        for name, entry in ledger.known(sorted(deleted)).items():
            if heir := verdict.twins.get(bytes_of(entry)):
                heirs[heir] = name
        waiting = [name for name, entry in ledger.known(sorted(heirs)).items() if entry.outcome == "duplicate"]
        most = self._settings.batch_documents
        for start in range(0, len(waiting), most):
            sources = []
            for name in waiting[start : start + most]:
                item = self._ledger.item_of(name)
                found = self._opener.open(item).sources if item else ()
                sources += [one for one in found if document_id(one.uri) == name and not one.refusal]
                if item and not any(document_id(one.uri) == name for one in sources):
                    deleted.discard(heirs[name])  # the next run tries again
            self._run.count(Counts(duplicate=-len(sources)))
            selection = Selection(retry=True)
            self._run.work(SourcePlanner(Found(sources=sources), selection, gone=frozenset(deleted)))
            self._opener.empty()
        return deleted

    def _away(self, error: SourceAwayError) -> RunStoppedError:
        """Return the error of a run whose source went away, after what was copied before is ingested."""
        with storage_errors(self._settings.home):
            self._flush()
        self._run.count(_unavailable((item.uri, "its source went away before it was read") for item in self._page))
        return self._run.ended(error)

    def _left_by_changes(self, unseen: Iterable[ItemSummary]) -> list[str]:
        """Count the items of which a source that tells changes alone said nothing; return those that stay withdrawn."""
        counts, gone = Counts(), []
        for one in unseen:
            if not one.withdrawn:
                counts.add([self._ledger.counted.get(one.id) or Counts(unchanged=one.documents)])
            elif not self._leaves_unknown(one.id):
                gone.append(one.id)
        self._run.count(counts)
        return gone

    def _withdrawn_documents(self) -> set[str]:
        return {name for row in self._ledger.unsettled() if row.withdrawn for name in row.documents}


def _unavailable(missed: Iterable[tuple[str, str]]) -> Counts:
    """Return the counts of what a run could not have, each by its place and why."""
    counts = Counts()
    for place, why in missed:
        counts.fail(Failure(source=place, status=UNAVAILABLE, stage="read", error=why))
    return counts
