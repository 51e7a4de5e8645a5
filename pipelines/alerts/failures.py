"""Who is told that something fails, or is well again: one message for all, of those lines alone whose state changed.

What each target was told is a file of the home, for a cluster may be what failed.
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
"""Papers in quarantine of one source that a message names."""
AGAIN = dt.timedelta(days=7)
"""How long after it was told somebody is reminded of what lasts."""
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
"""Events of which no reason is another news."""
_WHY = "The page /status of the portal, 'customs-lens sources list' and 'customs-lens failures' say why."
_NUMBER = re.compile(r"\d+")


class NotifiedLine(Value):
    """What a target was told of a line, and when (UTC): the event, why without numbers, ids of papers in quarantine.

    "18 of 35 are missing" and "19 of 35 are missing" are the same reason.
    """

    state: Event = "works"
    reason: str = ""
    quarantined: tuple[str, ...] = ()
    at: dt.datetime | None = None

    @property
    def is_ill(self) -> bool:
        """Whether it was told that a person is needed."""
        return self.state != "works" or bool(self.quarantined)


class NotifiedState(Value):
    """What a target was told of the lines, by their names, and when it was sent a message about them last (UTC)."""

    at: dt.datetime | None = None
    lines: Mapping[str, NotifiedLine] = {}


class _NotifiedFile(Value):
    """What all targets were told, by their names."""

    targets: Mapping[str, NotifiedState] = {}


class Change(Value):
    """What is new of a line: another event or reason (None where it is as it was), and papers in quarantine.

    With `lasts` it is as it was told a week ago. `cleared` says that no paper is in quarantine any more.
    """

    subject: str
    state: Event | None
    reason: str | None
    quarantined: tuple[QuarantinedPaper, ...] = ()
    lasts: bool = False
    cleared: bool = False


def tell_of_failures(home: Path, target: AlertTarget, now: Sequence[HealthLine], portal: str | None) -> TargetReport:
    """Tell a target what changed since it was told last, or lasts for a week, and note it where it took that.

    Nothing is sent within `interval_hours` after a message: what changes meanwhile is in the next one. Raises
    `ConfigError` where what was told cannot be read, and `UnavailableError` where it cannot be noted.
    """
    at = dt.datetime.now(dt.UTC)
    told = _load_notified(home).targets.get(target.name, NotifiedState())
    news = tuple(changes(told, now, at))
    known = notified_now(told, now, at)
    if not news:
        if known != told.lines:
            _note_notified(home, target.name, told.model_copy(update={"lines": known}))
        return TargetReport(target=target.name, on="failures", status="nothing new")
    next_at = told.at + dt.timedelta(hours=target.interval_hours) if told.at else at
    if next_at > at:
        return TargetReport(target=target.name, on="failures", status="later", next_at=next_at)
    try:
        text = _text(news, at, portal, whole=target.access == "all")
        deliver(target, _title(news), lambda most: text if most is None or len(text) <= most else cut(text, most))
    except CustomsLensError as error:
        return TargetReport(target=target.name, on="failures", status="failed", error=str(error))
    _note_notified(home, target.name, NotifiedState(at=at, lines=known))
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
    """Return the message; with `whole` it says why, and names papers: nobody knows the class of one without a text."""
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
    """Yield what a target does not know yet, or has to be reminded of; all was well before it was told anything."""
    for one in now:
        before = told.lines.get(one.name, NotifiedLine())
        after = _after(before, one, at)
        is_new = (after.state, after.reason) != (before.state, before.reason)
        papers = tuple(paper for paper in one.quarantined or () if paper.document not in before.quarantined)
        cleared = bool(before.quarantined) and not after.quarantined
        if is_new or papers or cleared:
            is_shown = is_new and not (after.state == "works" and papers)  # it is not well as long as papers fail
            known = {"state": after.state if is_shown else None, "quarantined": papers, "cleared": cleared}
            yield Change(subject=one.subject, reason=one.reason, **known)
        elif after.at != before.at:
            state = None if after.state == "works" else after.state
            yield Change(
                subject=one.subject, state=state, reason=one.reason, quarantined=one.quarantined or (), lasts=True
            )


def notified_now(told: NotifiedState, now: Sequence[HealthLine], at: dt.datetime) -> Mapping[str, NotifiedLine]:
    """Return what a target knows of each line once it was told what changed; what is unknown stays as it was.

    A line of which there is no source any more is forgotten, but not while a file cannot be read that says which there
    are.
    """
    kept = told.lines if any(one.name in FILES and one.event != "works" for one in now) else {}
    return {**kept} | {one.name: _after(told.lines.get(one.name, NotifiedLine()), one, at) for one in now}


def _load_notified(home: Path) -> _NotifiedFile:
    """Return what was told; raises `ConfigError` for a file that is damaged: who deletes it is told once more."""
    try:
        return _NotifiedFile.model_validate_json(read_file(home / TOLD))
    except FileNotFoundError:
        return _NotifiedFile()
    except ValidationError as error:
        raise ConfigError(home / TOLD, "is damaged", remedy="delete it: what is wrong now is told once more") from error


def _note_notified(home: Path, target: str, told: NotifiedState) -> None:
    """Note what a target was told; raises `UnavailableError` where the home cannot be written."""
    known = _load_notified(home)
    content = known.model_copy(update={"targets": {**known.targets, target: told}})
    with storage_errors(home):
        write_atomically(home / TOLD, content.model_dump_json() + "\n")


def _after(before: NotifiedLine, now: HealthLine, at: dt.datetime) -> NotifiedLine:
    """Return what a target knows of a line then: `at` moves on with each thing that it is told."""
    state = now.event or before.state
    reason = before.reason if now.event is None else _NUMBER.sub("0", now.reason or "")
    quarantined = before.quarantined
    if now.quarantined is not None:
        quarantined = tuple(paper.document for paper in now.quarantined)
    after = NotifiedLine(state=state, reason="" if state in _SURE else reason, quarantined=quarantined, at=before.at)
    is_due = after.is_ill and before.at is not None and at - before.at >= AGAIN
    is_news = after != before and not set(after.quarantined) < set(before.quarantined)
    return after.model_copy(update={"at": at}) if is_due or is_news else after
