"""Notifications of failures and recoveries: one message to each target, with the health lines whose state changed.

The notified states are stored in a file of the home, as the failure may be that of a cluster.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError

from configs.alerts import AlertTarget
from configs.system.controls import showable
from configs.system.errors import ConfigError, CustomsLensError
from configs.system.files import read_file, write_atomically
from extractors.document import Value
from pipelines.alerts.delivery import deliver
from pipelines.alerts.digest_text import cut
from pipelines.alerts.send_report import TargetReport
from pipelines.maintenance.status import FILES, Event, HealthLine, QuarantinedPaper
from pipelines.storage.errors import storage_errors
from pipelines.workspace import TOLD

MOST_PAPERS = 20
"""Number of quarantined papers of one source in a message."""
AGAIN = dt.timedelta(days=7)
"""Interval of reminders of a lasting state."""
_WORDS: Mapping[Event, str] = {
    "works": "is well again",
    "fails": "fails",
    "hangs": "made no progress, and was ended",
    "unlisted": "cannot be listed",
    "incomplete": "is read in part",
    "refused": "refused to delete what is missing",
    "asks": "asks a question, and waits for an answer",
    "late": "was not run when it was due",
    "stale": "has nothing new",
    "warns": "needs attention",
}
_SURE = ("works", "stale")
"""Events whose reason may change without a new notification."""
_WHY = "The page /status of the portal, 'customs-lens sources list' and 'customs-lens failures' say why."
_NUMBER = re.compile(r"\d+")


class NotifiedLine(Value):
    """The last notified state of a health line and its time (UTC): event, reason without numbers, quarantined papers.

    "18 of 35 are missing" and "19 of 35 are missing" count as the same reason.
    """

    state: Event = "works"
    reason: str = ""
    quarantined: tuple[str, ...] = ()
    at: dt.datetime | None = None

    @property
    def is_ill(self) -> bool:
        """Whether the notified state requires attention."""
        return self.state != "works" or bool(self.quarantined)


class NotifiedState(Value):
    """The notified states of a target by line, and the time of the last message to it about them (UTC)."""

    at: dt.datetime | None = None
    lines: Mapping[str, NotifiedLine] = {}


class _NotifiedFile(Value):
    """The notified states of all targets by name."""

    targets: Mapping[str, NotifiedState] = {}


class Change(Value):
    """The change of a line: a new event or reason (None if unchanged), and papers in quarantine.

    With `lasts`, the state has not changed since a notification a week ago. `cleared` says that the quarantine is empty
    now.
    """

    subject: str
    state: Event | None
    reason: str | None
    quarantined: tuple[QuarantinedPaper, ...] = ()
    lasts: bool = False
    cleared: bool = False


def notify_of_failures(home: Path, target: AlertTarget, now: Sequence[HealthLine], portal: str | None) -> TargetReport:
    """Notify a target of changes, and of states that last for a week, and record the notification once delivered.

    Nothing is sent within `interval_hours` after a message: later changes are in the next one. Raises `ConfigError` if
    the notified states cannot be read, and `UnavailableError` if they cannot be stored.
    """
    at = dt.datetime.now(dt.UTC)
    told = _load_notified(home).targets.get(target.name, NotifiedState())
    news = tuple(changes(told, now, at))
    known = notified_now(told, now, at)
    if not news:
        if known != told.lines:
            _store_notified(home, target.name, told.model_copy(update={"lines": known}))
        return TargetReport(target=target.name, on="failures", status="nothing new")
    next_at = told.at + dt.timedelta(hours=target.interval_hours) if told.at else at
    if next_at > at:
        return TargetReport(target=target.name, on="failures", status="later", next_at=next_at)
    try:
        text = _text(news, at, portal, whole=target.access == "all")
        deliver(target, _title(news), lambda most: text if most is None or len(text) <= most else cut(text, most))
    except CustomsLensError as error:
        return TargetReport(target=target.name, on="failures", status="failed", error=str(error))
    _store_notified(home, target.name, NotifiedState(at=at, lines=known))
    subjects = tuple(one.subject for one in news)
    return TargetReport(target=target.name, on="failures", status="sent", sources=subjects)


def _title(news: Sequence[Change]) -> str:
    return f"Customs Lens: {', '.join(f'{one.subject} {_what(one)}' for one in news)}"


def _what(change: Change) -> str:
    if change.state:
        return ("still " if change.lasts else "") + _WORDS[change.state].partition(",")[0]
    if change.cleared:
        return "has no paper in quarantine any more"
    count = len(change.quarantined)
    return f"has {count} {'' if change.lasts else 'more '}{'paper' if count == 1 else 'papers'} in quarantine"


def _text(news: Sequence[Change], at: dt.datetime, portal: str | None, *, whole: bool) -> str:
    """Return the message; with `whole` it has reasons and names of papers, whose access classes may be unknown."""
    lines = [line for one in news for line in (*_lines(one, whole=whole), "")]
    if not whole:
        lines += [_WHY, ""]
    if portal:
        lines += [f"{portal.rstrip('/')}/status", ""]
    lines.append(f"Customs Lens, {at:%Y-%m-%d %H:%M} UTC")
    return showable("\n".join(lines)) + "\n"


def _lines(change: Change, *, whole: bool) -> Iterator[str]:
    if change.state:
        yield f"{change.subject} {'still ' if change.lasts else ''}{_WORDS[change.state]}."
        if whole and change.reason:
            yield f"  {change.reason}"
    if change.cleared:
        yield f"{change.subject}: no paper is in quarantine any more."
    if count := len(change.quarantined):
        papers = "1 paper failed" if count == 1 else f"{count:,} papers failed"
        yield f"{change.subject}: {papers} so often that {'it is' if count == 1 else 'they are'} in quarantine."
    if whole:
        for paper in change.quarantined[:MOST_PAPERS]:
            yield f"  {paper.source.removeprefix('file://')}: {paper.error}"
        if count > MOST_PAPERS:
            yield f"  and {count - MOST_PAPERS:,} more"


def changes(told: NotifiedState, now: Sequence[HealthLine], at: dt.datetime) -> Iterator[Change]:
    """Yield the changes to notify a target of, and reminders; before the first notification, all counts as well."""
    for one in now:
        before = told.lines.get(one.name, NotifiedLine())
        after = _after(before, one, at)
        is_new = (after.state, after.reason) != (before.state, before.reason)
        papers = tuple(paper for paper in one.quarantined or () if paper.document not in before.quarantined)
        cleared = bool(before.quarantined) and not after.quarantined
        if is_new or papers or cleared:
            is_shown = is_new and not (after.state == "works" and papers)  # attention is required while papers fail
            known = {"state": after.state if is_shown else None, "quarantined": papers, "cleared": cleared}
            yield Change(subject=one.subject, reason=one.reason, **known)
        elif after.at != before.at:
            state = None if after.state == "works" else after.state
            yield Change(
                subject=one.subject, state=state, reason=one.reason, quarantined=one.quarantined or (), lasts=True
            )


def notified_now(told: NotifiedState, now: Sequence[HealthLine], at: dt.datetime) -> Mapping[str, NotifiedLine]:
    """Return the notified states of a target after it was notified of changes; lines of unknown state are unchanged.

    A line whose source no longer exists is deleted, unless a file that lists the sources cannot be read.
    """
    kept = told.lines if any(one.name in FILES and one.event != "works" for one in now) else {}
    return {**kept} | {one.name: _after(told.lines.get(one.name, NotifiedLine()), one, at) for one in now}


def _load_notified(home: Path) -> _NotifiedFile:
    """Return the notified states; raises `ConfigError` for a damaged file: deleting it repeats notifications."""
    try:
        return _NotifiedFile.model_validate_json(read_file(home / TOLD))
    except FileNotFoundError:
        return _NotifiedFile()
    except ValidationError as error:
        raise ConfigError(home / TOLD, "is damaged", remedy="delete it: what is wrong now is told once more") from error


def _store_notified(home: Path, target: str, told: NotifiedState) -> None:
    """Store the notified states of a target; raises `UnavailableError` if the home cannot be written."""
    known = _load_notified(home)
    content = known.model_copy(update={"targets": {**known.targets, target: told}})
    with storage_errors(home):
        write_atomically(home / TOLD, content.model_dump_json() + "\n")


def _after(before: NotifiedLine, now: HealthLine, at: dt.datetime) -> NotifiedLine:
    """Return the notified state of a line after a change; `at` is updated with each notification."""
    state = now.event or before.state
    reason = before.reason if now.event is None else _NUMBER.sub("0", now.reason or "")
    quarantined = before.quarantined
    if now.quarantined is not None:
        quarantined = tuple(paper.document for paper in now.quarantined)
    after = NotifiedLine(state=state, reason="" if state in _SURE else reason, quarantined=quarantined, at=before.at)
    is_due = after.is_ill and before.at is not None and at - before.at >= AGAIN
    is_news = after != before and not set(after.quarantined) < set(before.quarantined)
    return after.model_copy(update={"at": at}) if is_due or is_news else after
