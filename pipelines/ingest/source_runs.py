"""A run over a configured source: ingests new and changed items, and applies the deletion policy to missing ones.

A run is a loop over the pages of the connector. An item whose fingerprint is known is not opened; the state of the
source is in its `SourceLedger`.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import replace

from configs.bodies import load_bodies
from configs.settings import Settings
from configs.sources import SOURCES_FILE, AnySource, load_sources
from configs.system.errors import UnavailableError, UsageError
from configs.system.progress import step_done
from extractors.document import document_id
from pipelines.ingest.deletion import MassDeletionError, Refusal
from pipelines.ingest.disk import refuse_full_disk
from pipelines.ingest.duplicates import bytes_of
from pipelines.ingest.last_runs import Cause, Lack, noted_run
from pipelines.ingest.plan import WHAT_IS_NEW, Selection
from pipelines.ingest.planners import SourcePlanner
from pipelines.ingest.recorded import recorded_run
from pipelines.ingest.report import UNAVAILABLE, UNLISTED, Counts, Failure, IngestReport, RunStoppedError
from pipelines.ingest.run import BatchRunner, ProgressListener, Run
from pipelines.ingest.source_gone import DeletionDecision, decide_deletions
from pipelines.ingest.source_items import ItemOpener
from pipelines.ingest.source_ledger import SourceLedger
from pipelines.ingest.source_listing import Listing
from pipelines.sources.connectors.contract import Changes, Connector, SourceAwayError, SourceItem
from pipelines.sources.connectors.opening import open_connector
from pipelines.sources.given import Found
from pipelines.sources.web.certificates import certificate_expires
from pipelines.storage.errors import storage_errors
from pipelines.storage.opening import open_storage
from pipelines.workspace import COPIES_OF_ITEMS

_log = logging.getLogger(__name__)

_LIST_REMEDY = (
    "check its address and rights, and the recipe where a page was redesigned; nothing there counts as gone, and the "
    "next run lists it again"
)
_FAILED_REMEDY = "customs-lens failures says why, and what to do about each"


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
    """Ingest new and changed items of a configured source, withdraw or delete missing ones, and return the report.

    With `selection.only`, only known items are ingested, and missing ones are left to another run. `connector` is an
    open connector of the source, if any; it is closed at the end. `call_helpers` is that of `recorded_run`. If another
    process writes the home, this waits up to `wait` seconds for it.

    Raises `RunStoppedError`, which has the report, if the source or the home is unavailable or ends the run,
    `MassDeletionError` if too many items are missing, after everything else is done, `UsageError` for a source that is
    not fully configured, and as `recorded_run` does.
    """
    began = time.monotonic()
    with noted_run(settings.home, config.name) as note:
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
            ledger = SourceLedger(register, config, run.session.state, run.id, selection, settings.quarantine_after)
            opener = ItemOpener(opened, config, settings, settings.home / COPIES_OF_ITEMS, settings.document_passwords)
            work = _SourceRun(run, ledger, opener, config, selection, allow_mass=allow_mass_deletion)
            report, refusal = work.execute(opened)
            if refusal:  # raised inside the run, which is then not recorded as completed
                raise MassDeletionError([refusal], report)
            note.lack, note.certificate = work.lack, certificate_expires(config, settings.home) or note.certificate
            return report


class _SourceRun:
    """Processes the items of a source page by page, and the missing ones at the end."""

    def __init__(
        self,
        run: Run,
        ledger: SourceLedger,
        opener: ItemOpener,
        config: AnySource,
        selection: Selection,
        *,
        allow_mass: bool,
    ) -> None:
        self._run, self._ledger, self._opener, self._config = run, ledger, opener, config
        self._selection, self._allow_mass = selection, allow_mass
        self._settings, self._listing = run.session.settings, Listing()
        self.lack: Lack | None = None
        """What makes the run incomplete, once it has ended."""

    def execute(self, connector: Connector) -> tuple[IngestReport, Refusal | None]:
        try:
            with storage_errors(self._settings.home):
                for page in self._ledger.changes(connector):
                    self._process_page(page)
                if not self._listing.is_listing:
                    self._open_changed(deque(self._ledger.items_to_retry(self._listing)))
                self._flush()
                return self._finish_partial() if self._selection.only else self._apply_deletions()
        except SourceAwayError as error:
            raise self._source_unavailable(error) from error
        except RunStoppedError:
            raise
        except UnavailableError as error:
            raise self._run.stopped(error) from error
        finally:
            self._opener.empty()

    def _process_page(self, page: Changes) -> None:
        """Process a page; after one that lists changes, commit the changes and then store its cursor."""
        listing = self._listing
        listing.add(page)
        for problem in page.problems:
            _log.warning("%s: %s: cannot be listed: %s", self._config.name, problem.place, problem.reason)
        self._open_changed(listing.unprocessed)
        listing.end(page)
        self._run.count(_failures_of(((one.place, one.reason) for one in page.problems if not one.skipped), UNLISTED))
        if not (page.cursor is None or listing.is_listing or self._selection.only or listing.gone):
            self._flush()
            self._ledger.store_cursor(listing)

    def _open_changed(self, items: deque[SourceItem]) -> None:
        """Open the items that are new or have changed, and count the others; each is removed once processed."""
        unopened, seen, opener = Counts(), self._listing.seen, self._opener
        try:
            while items:
                step_done()
                item = items[0]
                again = item.id in seen and not opener.opened.pop(item.id, None)
                seen.add(item.id)
                if self._ledger.needs_opening(item, unopened, again=again):
                    opener.add(item)
                    if opener.is_full(self._run.opens_at_once):
                        self._flush()
                items.popleft()
        finally:
            self._run.count(unopened)

    def _flush(self) -> None:
        """Ingest the content of the open items, and commit the state of all processed items."""
        selection = replace(self._selection, only=None, retry=True)
        if opened := list(self._opener.opened.values()):
            self._ledger.ingest_opened(
                opened, lambda found, moved: self._run.work(SourcePlanner(found, selection, gone=moved))
            )
        self._ledger.commit()
        self._opener.empty()

    def _finish_partial(self) -> tuple[IngestReport, None]:
        """End a run over known items alone, which leaves missing ones to another run."""
        if left_out := self._ledger.left_out:
            words = "%s: %d items were never ingested, and --only %s leaves them out"
            _log.warning(words, self._config.name, left_out, self._selection.only)
        self._run.count(Counts(withdrawn=len(self._ledger.withdrawn())))
        return self._complete(), None

    def _complete(self) -> IngestReport:
        """End the run, which is incomplete where parts could not be listed or items failed that did not before."""
        problems, failed, listing = self._listing.unlisted, self._ledger.newly_failed, self._listing
        nothing = listing.is_listing and not listing.seen
        parts = "1 part of it" if len(problems) == 1 else f"{len(problems)} parts of it"
        items = "1 item" if failed == 1 else f"{failed} items"
        unlisted = "nothing of it could be listed" if nothing else f"{parts} could not be listed"
        found = [unlisted] * bool(problems)
        found += [f"{items} failed that did not fail before"] * bool(failed)
        if found:
            detail = "; ".join(found)
            named = f"{detail}: {problems[0].place}: {problems[0].reason}" if problems else detail
            cause: Cause = "unlisted" if problems and nothing else "incomplete"
            self.lack = Lack(cause, detail, named, _LIST_REMEDY if problems else _FAILED_REMEDY)
        return self._run.complete(self.lack)

    def _apply_deletions(self) -> tuple[IngestReport, Refusal | None]:
        """Apply the deletion policy to missing items, end the run, and store the cursor unless that was refused."""
        name, ledger, listing = self._config.name, self._ledger, self._listing
        gone, counts = ledger.missing_items(listing)
        self._run.count(counts)
        sources = load_sources(self._settings.home, self._settings.blobs) if gone else ()
        missing = ledger.missing(gone, [one.name for one in sources if one.name != name])
        decision = decide_deletions(
            missing, self._config, self._run.session.ledger, now=ledger.now, allow_mass=self._allow_mass
        )
        ledger.withdraw(decision.withdrawn, missing)
        deleted = self._replace_moved(decision)
        if deleted:
            self._run.delete(sorted(deleted))
        withdrawn = len(ledger.withdrawn() - deleted)
        self._run.count(Counts(withdrawn=withdrawn, kept=decision.refusal.missing if decision.refusal else 0))
        report = self._complete()
        if decision.refusal is None:
            ledger.forget(missing, deleted)
            ledger.store_cursor(listing)
        return report, decision.refusal

    def _replace_moved(self, decision: DeletionDecision) -> set[str]:
        """Ingest the duplicates that replace moved documents with the same bytes; return the documents to delete."""
        deleted, ledger = set(decision.deleted), self._run.session.ledger
        owners = {bytes_of(entry): name for name, entry in ledger.known(sorted(deleted)).items()}
        replaced = {twin: owners[sha256] for sha256, twin in decision.twins.items() if sha256 in owners}
        duplicates = [name for name, entry in ledger.known(sorted(replaced)).items() if entry.outcome == "duplicate"]
        most = self._settings.batch_documents
        for start in range(0, len(duplicates), most):
            sources = []
            for name in duplicates[start : start + most]:
                item = self._ledger.item_of(name)
                found = self._opener.open(item).sources if item else ()
                sources += [one for one in found if document_id(one.uri) == name and not one.refusal]
                if item and not any(document_id(one.uri) == name for one in sources):
                    deleted.discard(replaced[name])  # the next run tries again
            self._run.count(Counts(duplicate=-len(sources)))
            selection = Selection(retry=True)
            self._run.work(SourcePlanner(Found(sources=sources), selection, gone=frozenset(deleted)))
            self._opener.empty()
        return deleted

    def _source_unavailable(self, error: SourceAwayError) -> RunStoppedError:
        """Ingest what was copied before the source became unavailable, and return the error that ends the run."""
        with storage_errors(self._settings.home):
            self._flush()
        unprocessed = self._listing.unprocessed
        self._run.count(_failures_of((item.uri, "its source went away before it was read") for item in unprocessed))
        return self._run.ended(error)


def _failures_of(missed: Iterable[tuple[str, str]], status: str = UNAVAILABLE) -> Counts:
    """Return the places that a run could not read as failures, each with its reason."""
    counts = Counts()
    for place, reason in missed:
        counts.fail(Failure(source=place, status=status, stage="read", error=reason))
    return counts
