"""Sending of alerts: finds new papers, sends a digest to each target, and records the sent state; failures come first.

Each target has its own mark for each search, which advances when a digest was delivered to the target. So a failed
digest is repeated with later papers the next time, and a delivered one is not, independently of other targets.
"""

import datetime as dt
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple, get_args

from filelock import FileLock, Timeout

from configs.alerts import AlertSettings, AlertTarget, Subject, load_alerts
from configs.settings import Settings
from configs.system.errors import CustomsLensError, UnavailableError, UsageError
from extractors.access import PUBLIC
from index.filters import AccessClasses, may_read_all
from pipelines.access.keys import Reader
from pipelines.alerts.check import Alert, named, new_since, visible_ids
from pipelines.alerts.delivery import DeliveryError, deliver
from pipelines.alerts.digest import Digest, digest_of
from pipelines.alerts.digest_text import digest_text
from pipelines.alerts.failures import notify_of_failures
from pipelines.alerts.send_report import SearchCount, SendReport, TargetReport
from pipelines.alerts.sessions import sessions_of
from pipelines.collection import Collection
from pipelines.ingest.last_runs import MAILS, noted_run
from pipelines.maintenance.status import SETTINGS, faulty_file, health_lines
from pipelines.pages.environment import single_page
from pipelines.storage.opening import open_storage
from pipelines.storage.saved_searches import Arrival, SavedSearch, SavedSearches, SentMark
from pipelines.workspace import SENDING_LOCK

_log = logging.getLogger(__name__)


def send_alerts(
    settings: Settings,
    names: Sequence[str] = (),
    *,
    access_classes: AccessClasses,
    subjects: Iterable[Subject] = get_args(Subject),
) -> SendReport:
    """Send each target of `HOME/alerts.yaml` the papers that arrived for its saved searches since its last digest.

    With `names`, only these searches count. A search that is new for a target begins at the checkpoint where it was
    last seen. No target receives papers of access classes beyond its own and `access_classes`. A failing target is in
    the report and does not stop the others.

    Targets for failures are notified first, which needs no index and no model; `names` skips this. `subjects` limits
    the kinds of notifications.

    Raises `UnavailableError` without a file, if another process is sending, or if a target expects papers and there is
    no index, `ConfigError` for an invalid file, and `UsageError` for a name without a search.
    """
    config = load_alerts(settings.home)
    with _exclusive(settings.home):
        told = _failure_reports(settings, config, access_classes) if "failures" in subjects and not names else {}
        sent = _paper_reports(settings, config, names, access_classes) if "papers" in subjects else {}
        found = [report for one in config.targets for rows in (sent, told) if (report := rows.get(one.name))]
        for subject in subjects:
            _note_sent(settings.home, subject, [one for one in found if one.on == subject])
    return SendReport(at=dt.datetime.now(dt.UTC), targets=tuple(found))


def notify_of_settings(home: Path, error: CustomsLensError) -> SendReport:
    """Notify targets for failures that the settings of a home are invalid, so that no run can start.

    Other states are unknown then. Raises as `send_alerts` does.
    """
    config, line = load_alerts(home), faulty_file(SETTINGS, error)
    with _exclusive(home):
        targets = [one for one in config.targets if "failures" in one.on]
        found = tuple(notify_of_failures(home, one, [line], config.portal) for one in targets)
        _note_sent(home, "failures", found)
    return SendReport(at=dt.datetime.now(dt.UTC), targets=found)


def _note_sent(home: Path, subject: Subject, reports: Sequence[TargetReport]) -> None:
    """Record whether the targets of a subject were reached."""
    failed = [one for one in reports if one.status == "failed"]
    if reports:
        with noted_run(home, MAILS[subject]) as note:
            if failed:
                listed = "; ".join(str(one.error) for one in failed)
                message = f"{len(failed)} of {len(reports)} targets were not reached: {listed}"
                note.failure = DeliveryError(message, "correct alerts.yaml, or what it names")


def _failure_reports(
    settings: Settings, config: AlertSettings, access_classes: AccessClasses
) -> Mapping[str, TargetReport]:
    targets = [one for one in config.targets if "failures" in one.on]
    now = health_lines(settings, access_classes=access_classes) if targets else ()
    return {one.name: notify_of_failures(settings.home, one, now, config.portal) for one in targets}


def _paper_reports(
    settings: Settings, config: AlertSettings, names: Sequence[str], access_classes: AccessClasses
) -> Mapping[str, TargetReport]:
    targets = [one for one in config.targets if "papers" in one.on]
    if not targets and not names:
        return {}
    with closing(open_storage(settings).open_searches()) as store, Collection(settings) as collection:
        named(store.all(), names)
        with collection.engine() as engine:
            store.arrive(visible_ids(engine, access_classes=access_classes))
        wanted = frozenset(one.strip() for one in names)
        sending = _SendingRound(collection, store, config, store.arrivals(), wanted, access_classes)
        return {one.name: sending.report(one) for one in targets}


class _SendingRound(NamedTuple):
    """One round over the targets; `arrivals` are the arrivals of the documents in it."""

    collection: Collection
    store: SavedSearches
    config: AlertSettings
    arrivals: Mapping[str, Arrival]
    names: frozenset[str]
    access_classes: AccessClasses

    def report(self, target: AlertTarget) -> TargetReport:
        """Send a target its new papers; return the result."""
        try:
            alerts = self._new_for(target)
            portal, held = self.config.portal, self._held_by(target)
            reader = Reader(name=target.name, role="reader", access_classes=held, actor=f"alerts:{target.name}")
            told = sessions_of(self.collection, alerts, reader, portal)
            digest = digest_of(alerts, dt.datetime.now(dt.UTC), portal=portal, sessions=told)
            if digest.papers or target.send_empty:
                text, page = partial(digest_text, digest), partial(single_page, "digest.html", digest=digest)
                deliver(target, digest.title, lambda most: text(most=most), page)
        except CustomsLensError as error:
            _log.debug("alerts were not sent to %s: %s", target.name, error)
            return TargetReport(target=target.name, status="failed", error=str(error))
        self._note(target, alerts)
        return _report(target, digest, alerts)

    def _new_for(self, target: AlertTarget) -> list[Alert]:
        """Return the new papers for a target; papers that arrive during sending are left to the next time."""
        searches = self._searches_of(target)
        marks = self._marks_of(target, searches)
        held = self._held_by(target)
        with self.collection.engine() as engine:
            visible = visible_ids(engine, access_classes=held) & self.arrivals.keys()
        numbers = {name: one.number for name, one in self.arrivals.items()}
        settings, service = self.collection.settings, self.collection.service
        return [
            new_since(settings, service, one, marks[one.name].arrival, numbers, visible, access_classes=held)
            for one in searches
        ]

    def _searches_of(self, target: AlertTarget) -> list[SavedSearch]:
        try:
            found = named([one for one in self.store.all() if target.searches or not one.owner], target.searches)
        except UsageError as error:
            raise UsageError(f"{target.name}: {error.message}", "correct its searches in alerts.yaml") from error
        return [one for one in found if not self.names or one.name in self.names]

    def _marks_of(self, target: AlertTarget, searches: Sequence[SavedSearch]) -> Mapping[str, SentMark]:
        """Return the marks of a target; a new mark is stored immediately, as others may advance that of the search."""
        known = {(mark.search, mark.saved): mark for mark in self.store.sent() if mark.target == target.name}
        marks = {}
        for one in searches:
            mark = known.get((one.name, one.saved))
            if mark is None:
                seen = (came.number for came in self.arrivals.values() if came.at <= one.seen)
                mark = SentMark(
                    target=target.name, search=one.name, saved=one.saved, arrival=max(seen, default=0), at=one.seen
                )
                self.store.note_sent(mark)
            marks[one.name] = mark
        return marks

    def _held_by(self, target: AlertTarget) -> AccessClasses:
        if target.access == "all":
            return self.access_classes
        own = frozenset({PUBLIC, *target.access})
        return own if may_read_all(self.access_classes) else own.intersection(self.access_classes)

    def _note(self, target: AlertTarget, alerts: Sequence[Alert]) -> None:
        at, arrival = dt.datetime.now(dt.UTC), max((one.number for one in self.arrivals.values()), default=0)
        for alert in alerts:
            search = alert.search
            self.store.note_sent(
                SentMark(target=target.name, search=search.name, saved=search.saved, arrival=arrival, at=at)
            )


def _report(target: AlertTarget, digest: Digest, alerts: Sequence[Alert]) -> TargetReport:
    return TargetReport(
        target=target.name,
        status="sent" if digest.papers or target.send_empty else "nothing new",
        papers=digest.papers,
        searches=tuple(SearchCount(search=one.search.name, papers=len(one.hits)) for one in alerts),
    )


@contextmanager
def _exclusive(home: Path) -> Iterator[None]:
    """Exclude other processes that send for this home: both would send the same."""
    try:
        with FileLock(home / SENDING_LOCK, timeout=0):
            yield
    except Timeout as error:
        message = f"{home}: another process is sending alerts"
        raise UnavailableError(message, "wait until it has ended") from error
