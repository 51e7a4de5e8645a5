"""The status of a home: a line for each part that may need attention, shared by pages, metrics and mails.

It does not use the index, models or sources, which may be the failed components. The lines come from files of the home,
and from the ledger as far as that can be read.
"""

import datetime as dt
import logging
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from typing import Literal, TypeAlias

from filelock import FileLock, Timeout
from pydantic import Field

from configs.alerts import FILE, load_alerts
from configs.cron import next_time
from configs.settings import Settings, load_settings
from configs.sources import AnySource, Schedule, load_sources
from configs.system.errors import CustomsLensError
from extractors.document import Value
from index.embedded import schema
from index.encoder import encoder_identity
from index.filters import AccessClasses, may_read_all
from pipelines.ingest.disk import free_mib, short_of_space
from pipelines.ingest.freshness import SourceFreshness, last_known
from pipelines.ingest.heartbeat import run_at_work
from pipelines.ingest.last_runs import BACKUP, DOCTOR, MAILS, SWEEP, Cause, LastRun, last_run
from pipelines.ingest.pending import pending
from pipelines.ingest.source_owners import configured_owners
from pipelines.runs.failures import failures
from pipelines.runs.visible import UNTOLD, visible_reason
from pipelines.stages.components import PipelineComponents
from pipelines.storage.opening import opened_ledger
from pipelines.storage.run_records import RunStatus
from pipelines.storage.tables import SCHEMA_VERSION
from pipelines.workspace import PREFECT, SCHEDULE_LOCK

_log = logging.getLogger(__name__)

HealthState: TypeAlias = Literal["ok", "warning", "failing"]
Event: TypeAlias = Literal[
    "works", "fails", "hangs", "unlisted", "incomplete", "refused", "asks", "late", "stale", "warns"
]
"""What people are told of a line."""
SETTINGS, SOURCES = FILES = ("settings", "sources")
"""The lines of the files that say what there is to look at."""
_SOURCE = "source "
"""How the names of lines about sources begin."""
_SUBJECTS = {
    "certificates": "a certificate",
    "workers": "schedule",
    SETTINGS: "settings.yaml",
    SOURCES: "sources.yaml",
}
_TOLD_AFTER = 2
"""Incomplete runs in a row: one broken paper, or a folder without rights for an hour, is no news."""
_LATE = dt.timedelta(days=1)
"""How long after its time a run may begin: it waits for others, and for a machine that is off at night."""
_CERTIFICATE_DAYS = 21
"""Before a certificate expires: another one may have to be asked for."""
_MOST_CERTIFICATES = 5
"""Certificates that are named, those that expire first."""


class QuarantinedPaper(Value):
    """A paper that failed so often that it is left alone until its bytes change, and why."""

    document: str
    source: str
    error: str


class HealthLine(Value):
    """How one thing is, since when (UTC) it is not well, and what to do.

    One that is `ok` and has a remedy lacks something that may be wanted. `subject`, `event` and `reason` are for who is
    told of it; the event is None where it cannot be known now. `quarantined` are papers of a source, without those that
    somebody accepted; None where the stores cannot be read.
    """

    name: str
    state: HealthState = "ok"
    since: dt.datetime | None = None
    detail: str
    remedy: str | None = None
    event: Event | None = Field(default="works", exclude=True)
    reason: str | None = Field(default=None, exclude=True)
    quarantined: tuple[QuarantinedPaper, ...] | None = Field(default=(), exclude=True)

    @property
    def subject(self) -> str:
        """What it is about, as mails name it."""
        return _SUBJECTS.get(self.name) or self.name.removeprefix(_SOURCE)


class Health(Value):
    """The lines of a home, and the versions of what works on it; it is `ok` where nothing is failing."""

    ok: bool
    lines: tuple[HealthLine, ...]
    versions: Mapping[str, str]


def health(settings: Settings, *, access_classes: AccessClasses) -> Health:
    """Return how a home is, whatever is damaged; no line names a paper where not every class may be read."""
    lines = health_lines(settings, access_classes=access_classes)
    return Health(
        ok=all(line.state != "failing" for line in lines),
        lines=lines,
        versions={
            "program": version("customs-lens"),
            "index": _version_of_index(settings),
            "state": str(SCHEMA_VERSION),
            "model": _version_of_model(settings),
            "encoder": _encoder(settings),
        },
    )


def health_lines(settings: Settings, *, access_classes: AccessClasses) -> tuple[HealthLine, ...]:
    """Return the lines alone; see `health`."""
    whole = may_read_all(access_classes)
    upkeep = (
        _settings(settings),
        _of_job(settings, BACKUP, "write 'backups' into settings.yaml, or run customs-lens backup", whole=whole),
        _of_job(settings, DOCTOR, "run customs-lens doctor", whole=whole),
        _of_job(settings, SWEEP, "run customs-lens sweep", whole=whole),
        disk := _disk(settings),
    )
    try:
        sources = load_sources(settings.home, settings.blobs)
        read = HealthLine(name=SOURCES, detail=f"{len(sources)} configured")
        of_sources = (
            read,
            *_sources(settings, sources, whole=whole, is_full=disk.event == "fails"),
            _certificates(settings, sources),
        )
    except CustomsLensError as error:
        of_sources = (faulty_file(SOURCES, error),)
    return (*upkeep, *of_sources, _workers(settings), _queue(settings), _mails(settings))


def faulty_file(name: str, error: CustomsLensError) -> HealthLine:
    """Return the line of a file that does not fit."""
    return _alert(name, "failing", "fails", error.message, error.remedy)


def _settings(settings: Settings) -> HealthLine:
    """Return whether the next command can read the settings, which may have changed since they were loaded."""
    try:
        load_settings(settings.home, index=settings.index)
    except CustomsLensError as error:
        return faulty_file(SETTINGS, error)
    return HealthLine(name=SETTINGS, detail="can be read")


def _alert(
    name: str,
    state: HealthState,
    event: Event | None,
    detail: str,
    remedy: str | None,
    *,
    since: dt.datetime | None = None,
    reason: str | None = None,
) -> HealthLine:
    """Return a line that needs attention; without a separate reason, notifications have the detail."""
    reason = reason or (f"{detail} ({remedy})" if remedy else detail)
    return HealthLine(name=name, state=state, since=since, detail=detail, remedy=remedy, event=event, reason=reason)


def _of_job(settings: Settings, job: str, remedy: str, *, whole: bool) -> HealthLine:
    """Return how an upkeep job stands, which is late where a schedule has it and it did not run."""
    name, last = job.lstrip("_"), last_run(settings.home, job)
    if last is None:
        return HealthLine(name=name, detail="there was none so far", remedy=remedy)
    if last.times:
        event: Event | None = None if last.status == "running" else "fails"
        told = last.detail if not whole and (last.detail or job == DOCTOR) else last.reason
        why = _without_remedy(told, last.remedy)
        remedy = (last.remedy if whole or job != DOCTOR else None) or remedy
        detail = f"{last.began:%Y-%m-%d %H:%M} UTC: {why}"
        return _alert(name, "failing", event, detail, remedy, since=last.since, reason=last.reason)
    schedule = settings.backups.schedule if job == BACKUP and settings.backups else None
    return _late(name, last.began, schedule) or HealthLine(name=name, detail=f"done, {last.began:%Y-%m-%d %H:%M} UTC")


def _without_remedy(reason: str | None, remedy: str | None) -> str:
    return (reason or UNTOLD).removesuffix(f" ({remedy})")


def _late(name: str, began: dt.datetime, schedule: Schedule | None) -> HealthLine | None:
    """Return the line of a job that did not run when it was due, None if that is unknown."""
    due = next_time(schedule, began) if schedule else None
    if due is None or dt.datetime.now(dt.UTC) - due < _LATE:
        return None
    detail = f"was due at {due:%Y-%m-%d %H:%M} UTC, and did not run since {began:%Y-%m-%d %H:%M}"
    return _alert(name, "failing", "late", detail, "check that customs-lens schedule runs", since=due)


def _disk(settings: Settings) -> HealthLine:
    try:
        free = free_mib(settings.home)
    except OSError as error:
        return HealthLine(name="disk", state="warning", event=None, detail=f"cannot be looked at: {error.strerror}")
    least = settings.disk_free_mib
    if free >= 2 * least:
        return HealthLine(name="disk", detail=f"{free:,} MiB are free")
    message, remedy = short_of_space(settings.home, free, least)
    return _alert("disk", *(("failing", "fails") if free < least else ("warning", "warns")), message, remedy)


def _sources(settings: Settings, sources: tuple[AnySource, ...], *, whole: bool, is_full: bool) -> Iterator[HealthLine]:
    quarantined = _quarantined(settings)
    for config, one in zip(sources, last_known(settings), strict=True):
        line = _of_source(config, one, last_run(settings.home, one.source), whole=whole, is_full=is_full)
        papers = None if quarantined is None else quarantined.get(one.source, ())
        if papers:
            were = "1 paper is" if len(papers) == 1 else f"{len(papers):,} papers are"
            state = "warning" if line.state == "ok" else line.state
            remedy = line.remedy or "customs-lens failures says why: repair or accept them"
            update = {"detail": f"{line.detail}; {were} in quarantine", "state": state, "remedy": remedy}
            line = line.model_copy(update=update)
        yield line.model_copy(update={"quarantined": papers})


def _of_source(
    config: AnySource, one: SourceFreshness, last: LastRun | None, *, whole: bool, is_full: bool
) -> HealthLine:
    """Return how the last run over a source ended; a full disk has a line of its own, of which people are told."""
    name, status = f"{_SOURCE}{one.source}", one.last_status
    if one.last_at is None or status is None:
        remedy = f"run customs-lens sources run {one.source}, or wait for its schedule"
        return HealthLine(name=name, detail="never run over", remedy=remedy, event=None)
    ended = f"{status}, {one.last_at:%Y-%m-%d %H:%M} UTC"
    since, times = (last.since, last.times) if last else (None, _TOLD_AFTER)
    if status == "running":
        return HealthLine(name=name, state="warning" if since else "ok", event=None, since=since, detail=ended)
    if status == "done":
        return _late(name, one.last_at, config.schedule) or _of_done(name, one, ended)
    reason = one.reason if whole else visible_reason(one.reason, last, config.place)
    known = last.remedy if last and reason else None
    detail = f"{ended}: {_without_remedy(reason, known)}"
    remedy = known or f"customs-lens runs says more; correct it, then run customs-lens sources run {one.source}"
    event = _event(status, "fails" if one.cause == "full" and not is_full else one.cause)
    is_told = event != "incomplete" or times >= _TOLD_AFTER
    state: HealthState = "failing" if is_told else "warning"
    return _alert(name, state, event if is_told else None, detail, remedy, since=since, reason=one.reason)


def _of_done(name: str, one: SourceFreshness, ended: str) -> HealthLine:
    if one.stale and one.new_at:
        reason = f"nothing new for more than {one.fresh_days} days, since {one.new_at:%Y-%m-%d}"
        remedy = "check that the source still gets papers, or raise its fresh_days in sources.yaml"
        return _alert(name, "warning", "stale", f"{ended}: {reason}", remedy, since=one.new_at, reason=reason)
    return HealthLine(name=name, detail=ended, event=None if one.stale is None else "works")


def _event(status: RunStatus, cause: Cause | None) -> Event | None:
    """Return what people are told of a source whose last run was not done."""
    if status == "hanging":
        return "hangs"
    if cause == "full":
        return None
    return cause or ("incomplete" if status == "incomplete" else "fails")


def _quarantined(settings: Settings) -> Mapping[str, tuple[QuarantinedPaper, ...]] | None:
    """Return the papers in quarantine by their configured source; None where the stores cannot be read."""
    found: dict[str, tuple[QuarantinedPaper, ...]] = {}
    try:
        papers = [one for one in failures(settings, quarantined=True) if not one.accepted]
        owners = configured_owners(settings) if papers else {}
    except CustomsLensError as error:
        _log.debug("what is in quarantine is not known: %s", error)
        return None
    for one in papers:
        if owner := owners.get(one.document):
            paper = QuarantinedPaper(document=one.document, source=one.source, error=one.error)
            found[owner.name] = (*found.get(owner.name, ()), paper)
    return found


def certificates(settings: Settings, sources: tuple[AnySource, ...]) -> Mapping[str, dt.datetime]:
    """Return the expiry of the certificates of sources' servers (UTC), as of the last runs, sorted by date."""
    known = {one.name: last.certificate for one in sources if (last := last_run(settings.home, one.name))}
    return dict(sorted(((name, at) for name, at in known.items() if at), key=lambda one: one[1]))


def _certificates(settings: Settings, sources: tuple[AnySource, ...]) -> HealthLine:
    found, now = certificates(settings, sources), dt.datetime.now(dt.UTC)
    soon = {name: at for name, at in found.items() if at - now < dt.timedelta(days=_CERTIFICATE_DAYS)}
    shown = ", ".join(
        f"that of {name} {'expired' if at < now else 'expires'} on {at:%Y-%m-%d}"
        for name, at in list((soon or found).items())[:_MOST_CERTIFICATES]
    )
    if not soon:
        return HealthLine(name="certificates", detail=shown or "no source has one that is known")
    state: HealthState = "failing" if min(soon.values()) < now else "warning"
    return _alert("certificates", state, "warns", shown, "ask those who run the servers for new ones")


def _workers(settings: Settings) -> HealthLine:
    """Return whether `schedule` is at work on this home, and how many workers share its state."""
    lock, is_scheduled = settings.home / SCHEDULE_LOCK, False
    try:
        if lock.exists():
            FileLock(lock, timeout=0).acquire().lock.release()
    except (OSError, Timeout) as error:
        is_scheduled = isinstance(error, Timeout)
    detail = "schedule is at work" if is_scheduled else "no schedule is at work here"
    try:
        with opened_ledger(settings) as ledger:
            alive = ledger.living_workers() if ledger else None
    except CustomsLensError as error:
        return _alert("workers", "failing", "fails", error.message, error.remedy)
    if alive is not None:
        detail += f"; workers that share the state: {alive}; up to {settings.helpers} help a run"
    if is_scheduled or not (settings.home / PREFECT).is_dir():
        return HealthLine(name="workers", detail=detail)
    remedy = "start customs-lens schedule again, or, where cron took its place, delete the folder prefect of the home"
    return _alert("workers", "failing", "fails", detail, remedy)


def _queue(settings: Settings) -> HealthLine:
    """Return the waiting documents: of the current run, and pending ones of earlier runs."""
    if run := run_at_work(settings.home):
        detail = f"a run is at work since {run.started:%Y-%m-%d %H:%M} UTC: {run.done:,} of {run.total:,} documents"
        return HealthLine(name="queue", detail=detail)
    try:
        left = len(pending(settings.home))
    except CustomsLensError as error:
        return _alert("queue", "failing", "fails", error.message, error.remedy)
    if not left:
        return HealthLine(name="queue", detail="nothing waits")
    remedy = "run customs-lens ingest --only failed on their sources"
    return _alert("queue", "warning", "works", f"{left:,} documents wait: a run ended before it came to them", remedy)


def _mails(settings: Settings) -> HealthLine:
    """Return whether the targets of notifications can be reached."""
    try:
        targets = load_alerts(settings.home).targets if (settings.home / FILE).exists() else ()
    except CustomsLensError as error:
        return _alert("mails", "failing", "works", error.message, error.remedy)
    lasts = [last for job in MAILS.values() if (last := last_run(settings.home, job))]
    for last in lasts:
        if last.times:
            detail = _without_remedy(last.reason, last.remedy)
            return _alert("mails", "failing", "works", detail, last.remedy, since=last.since)
    if not any("failures" in one.on for one in targets):
        remedy = "write a target with 'on: failures' into alerts.yaml"
        return HealthLine(name="mails", detail="nobody is told of what fails", remedy=remedy)
    at = max((one.began for one in lasts), default=None)
    return HealthLine(name="mails", detail=f"looked after, {at:%Y-%m-%d %H:%M} UTC" if at else "none was sent so far")


def _version_of_index(settings: Settings) -> str:
    if settings.index == "elasticsearch":
        from index.elastic.schema import SCHEMA_VERSION as OF_CLUSTER

        return str(OF_CLUSTER)
    return str(schema.SCHEMA_VERSION)


def _version_of_model(settings: Settings) -> str:
    try:
        model = PipelineComponents(settings).model
    except CustomsLensError:
        return "cannot be read"
    return f"{model.id} {model.version}"


def _encoder(settings: Settings) -> str:
    try:
        return encoder_identity(settings).name
    except CustomsLensError:
        return "cannot be read"
