"""A run over a configured source: what is new or changed there is ingested, what is gone goes as its policy says.

An item whose fingerprint is known is not opened. What a batch of items holds is in the ledger before the items are in
the register, and that before the cursor moves on: a run that ends at any point is made good by the next one.
"""

import logging
import time
from collections import deque
from collections.abc import Iterable
from contextlib import closing

from configs.bodies import load_bodies
from configs.errors import UnavailableError, UsageError
from configs.settings import Settings
from configs.sources import SOURCES_FILE, AnySource, load_sources
from extractors.document import document_id
from pipelines.ingest.deletion import MassDeletionError, Refusal
from pipelines.ingest.disk import refuse_full_disk
from pipelines.ingest.duplicates import bytes_of
from pipelines.ingest.last_runs import noted_run
from pipelines.ingest.plan import WHAT_IS_NEW, Selection
from pipelines.ingest.planners import SourcePlanner
from pipelines.ingest.report import UNAVAILABLE, Counts, Failure, IngestReport, RunStoppedError
from pipelines.ingest.run import BatchRunner, ProgressListener, Run, recorded_run
from pipelines.ingest.source_batch import SourceBatch
from pipelines.ingest.source_gone import Verdict, judge, missing_of
from pipelines.ingest.source_items import ItemOpener
from pipelines.ingest.source_pages import SourcePages
from pipelines.ingest.source_state import is_lost_member, is_unchanged, know_source
from pipelines.sources.connectors.contract import Changes, Connector, SourceAwayError, SourceItem
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
    connector: Connector | None = None,
) -> IngestReport:
    """Ingest what is new or changed in a configured source, let go of what it lost, and return the report of the run.

    `selection.only` takes known items alone and leaves what is gone to another run. `connector` is that of the source
    where it is open already; it is closed in the end.

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
                settings, source=config.name, flow="ingest-source", began=began, run_batch=run_batch, progress=progress
            ) as run,
            closing(open_storage(settings).open_register(write=True)) as register,
        ):
            work = _SourceRun(run, register, opened, config, selection, allow_mass=allow_mass_deletion)
            report, refusal = work.execute()
            if refusal:  # inside the run: one that did not do what it was to do is not done
                raise MassDeletionError([refusal], report)
            return report


class _SourceRun:
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
        self._run, self._register, self._config = run, register, config
        self._selection, self._allow_mass = selection, allow_mass
        self._settings = settings = run.session.settings
        self._known = know_source(register, run.session.state, config)
        folder = settings.home / COPIES_OF_ITEMS
        self._opener = ItemOpener(connector, config, settings, folder, settings.document_passwords)
        self._batch = SourceBatch(run, self._known, config.name, selection)
        has_to_list = self._known.must_be_listed(selection, settings.quarantine_after)
        self._pages = SourcePages(connector, register, config, from_the_start=has_to_list)
        self._seen: set[str] = set()
        self._gone: set[str] = set()
        self._left_out = 0
        self._page: deque[SourceItem] = deque()

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
        for page in self._pages:
            self._take(page)
        if not self._pages.is_listing:
            self._take_up_again()
        self._flush()
        if self._selection.only:
            if self._left_out:
                words = "%s: %d items were never ingested, and --only %s leaves them out"
                _log.warning(words, self._config.name, self._left_out, self._selection.only)
            self._run.count(Counts(withdrawn=len(self._withdrawn_documents())))
            return self._run.complete(), None
        return self._settle()

    def _take(self, page: Changes) -> None:
        """Take in a page; where it is one of changes, all that it says is done and its cursor stored after that."""
        self._page = deque(page.items)
        self._known.look_up([item.id for item in page.items])
        try:
            while self._page:
                self._meet(self._page[0])
                self._page.popleft()
        finally:
            self._batch.count_kept()
        self._gone.update(page.gone)
        self._gone.difference_update(item.id for item in page.items)
        self._seen.difference_update(page.gone)
        self._run.count(_unavailable((one.place, one.reason) for one in page.problems if not one.skipped))
        if not (page.cursor is None or self._pages.is_listing or self._selection.only or self._gone):
            self._flush()
            self._pages.store_cursor()

    def _take_up_again(self) -> None:
        """Open items that failed or were being changed, which a source that tells changes alone does not name again."""
        for row in self._known.unsettled():
            if row.item and row.id not in self._seen | self._gone and not row.withdrawn:
                self._meet(row.item)
        self._batch.count_kept()

    def _meet(self, item: SourceItem) -> None:
        if item.id in self._seen and not self._batch.drop(item.id):
            before = self._known.get(item.id)
            if before is None or not item.fingerprint or is_unchanged(item, before):
                return  # it was listed twice
        self._seen.add(item.id)
        is_opened = self._known.is_opened(item, self._selection, self._settings.quarantine_after)
        if is_opened is None:
            self._left_out += self._known.get(item.id) is None
        elif is_opened:
            self._batch.add(self._opener.open(item))
            most = self._settings.batch_documents
            if len(self._batch) >= most or self._opener.size > _MOST_BYTES:
                self._flush()
        else:
            self._batch.keep(item)

    def _flush(self) -> None:
        self._batch.commit()
        self._opener.empty()

    def _settle(self) -> tuple[IngestReport, Refusal | None]:
        """Do with what is gone as the policy says, end the run, and move on the cursor where nothing was refused."""
        name = self._config.name
        gone = self._gone | {row.id for row in self._known.unsettled() if is_lost_member(row)}
        unseen = (one for one in self._known.unseen(self._seen) if one.id not in gone)
        if self._pages.is_listing:
            gone = gone.union([one.id for one in unseen if self._pages.lack(one.id)])
            if not self._seen and (known := self._register.count_items(name)):
                _log.warning("%s: lists nothing, and %d items of it are known", name, known)
        else:
            gone = gone.union(self._left_by_changes(unseen))
        others = [one.name for one in load_sources(self._settings.home) if one.name != name] if gone else []
        missing, ledger = missing_of(self._register, name, gone, others), self._run.session.ledger
        verdict = judge(missing, self._config, ledger, now=self._batch.now, allow_mass=self._allow_mass)
        self._batch.withdraw(verdict.withdrawn, missing)
        deleted = self._replace(verdict)
        if deleted:
            self._run.delete(sorted(deleted))
        withdrawn = len(self._withdrawn_documents() - deleted)
        self._run.count(Counts(withdrawn=withdrawn, kept=verdict.refusal.missing if verdict.refusal else 0))
        report = self._run.complete()
        if verdict.refusal is None:
            self._batch.forget(missing, deleted)
            self._pages.store_cursor()
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
                item = self._batch.item_of(name)
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
                counts.add([self._known.counted.get(one.id) or Counts(unchanged=one.documents)])
            elif not self._pages.leave_unknown(one.id):
                gone.append(one.id)
        self._run.count(counts)
        return gone

    def _withdrawn_documents(self) -> set[str]:
        return {name for row in self._known.unsettled() if row.withdrawn for name in row.documents}


def _unavailable(missed: Iterable[tuple[str, str]]) -> Counts:
    """Return the counts of what a run could not have, each by its place and why."""
    counts = Counts()
    for place, why in missed:
        counts.fail(Failure(source=place, status=UNAVAILABLE, stage="read", error=why))
    return counts
