"""Alerts on their way: look, make a digest for each target, send it, note what was sent; failures are told first.

Each target has its own mark for each search. It rises when the target has taken a digest, and only then: what failed is
sent the next time, with what came since, and what was taken is not sent again, whatever became of other targets.
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
from pipelines.alerts.check import Alert, named, new_since, there
from pipelines.alerts.delivery import DeliveryError, deliver
from pipelines.alerts.digest import Digest, digest_of
from pipelines.alerts.digest_text import digest_text
from pipelines.alerts.failures import tell_of_failures
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
    """Send each target of `HOME/alerts.yaml` what came for its saved searches since it was last sent something.

    With `names` only what is new for these searches. A target that was never sent a search begins where somebody last
    saw it. No target gets papers of access classes beyond its own and `access_classes`. A target that fails is in the
    report and stops no other.

    Targets that want to be told of failures are told first, which needs no index and no model; `names` leave them out.
    `subjects` are those that somebody is told of now.

    Raises `UnavailableError` where there is no file, another process is sending, or a target waits for papers and there
    is no index, `ConfigError` for a file that does not fit, and `UsageError` for a name that no search has.
    """
    config = load_alerts(settings.home)
    with _alone(settings.home):
        told = _told_of_failures(settings, config, access_classes) if "failures" in subjects and not names else {}
        sent = _sent_papers(settings, config, names, access_classes) if "papers" in subjects else {}
        found = [report for one in config.targets for rows in (sent, told) if (report := rows.get(one.name))]
        for subject in subjects:
            _note_sent(settings.home, subject, [one for one in found if one.on == subject])
    return SendReport(at=dt.datetime.now(dt.UTC), targets=tuple(found))


def tell_of_settings(home: Path, error: CustomsLensError) -> SendReport:
    """Tell targets of failures that the settings of a home do not fit, so that no run begins: nothing else is known.

    Raises as `send_alerts` does.
    """
    config, line = load_alerts(home), faulty_file(SETTINGS, error)
    with _alone(home):
        targets = [one for one in config.targets if "failures" in one.on]
        found = tuple(tell_of_failures(home, one, [line], config.portal) for one in targets)
        _note_sent(home, "failures", found)
    return SendReport(at=dt.datetime.now(dt.UTC), targets=found)


def _note_sent(home: Path, subject: Subject, reports: Sequence[TargetReport]) -> None:
    """Note whether those who are told of a subject could be."""
    failed = [one for one in reports if one.status == "failed"]
    if reports:
        with noted_run(home, MAILS[subject]) as note:
            if failed:
                listed = "; ".join(str(one.error) for one in failed)
                message = f"{len(failed)} of {len(reports)} targets were not reached: {listed}"
                note.failure = DeliveryError(message, "correct alerts.yaml, or what it names")


def _told_of_failures(
    settings: Settings, config: AlertSettings, access_classes: AccessClasses
) -> Mapping[str, TargetReport]:
    targets = [one for one in config.targets if "failures" in one.on]
    now = health_lines(settings, access_classes=access_classes) if targets else ()
    return {one.name: tell_of_failures(settings.home, one, now, config.portal) for one in targets}


def _sent_papers(
    settings: Settings, config: AlertSettings, names: Sequence[str], access_classes: AccessClasses
) -> Mapping[str, TargetReport]:
    targets = [one for one in config.targets if "papers" in one.on]
    if not targets and not names:
        return {}
    with closing(open_storage(settings).open_searches()) as store, Collection(settings) as collection:
        named(store.all(), names)
        with collection.engine() as engine:
            store.arrive(there(engine, access_classes=access_classes))
        wanted = frozenset(one.strip() for one in names)
        sending = _Sending(collection, store, config, store.arrivals(), wanted, access_classes)
        return {one.name: sending.report(one) for one in targets}


class _Sending(NamedTuple):
    """One round over the targets; `arrivals` are those of the documents that it is about."""

    collection: Collection
    store: SavedSearches
    config: AlertSettings
    arrivals: Mapping[str, Arrival]
    names: frozenset[str]
    access_classes: AccessClasses

    def report(self, target: AlertTarget) -> TargetReport:
        """Send a target what is new for it; return what became of that."""
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
        """Return what is new for a target; what comes while alerts are sent is for the next time."""
        searches = self._searches_of(target)
        marks = self._marks_of(target, searches)
        held = self._held_by(target)
        with self.collection.engine() as engine:
            visible = there(engine, access_classes=held) & self.arrivals.keys()
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
        """Return the marks of a target; where it has none yet, one is noted, as others move that of the search."""
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
def _alone(home: Path) -> Iterator[None]:
    """Keep other processes from sending for this home: both would send the same."""
    try:
        with FileLock(home / SENDING_LOCK, timeout=0):
            yield
    except Timeout as error:
        message = f"{home}: another process is sending alerts"
        raise UnavailableError(message, "wait until it has ended") from error
