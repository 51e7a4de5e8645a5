"""Who is told that sources fail, or work again: one message for all of them, of those alone whose state changed.

What each target was told is a file of the home, for a cluster may be what failed.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError

from configs.alerts import AlertTarget
from configs.settings import Settings
from configs.system.controls import showable
from configs.system.errors import ConfigError, CustomsLensError
from configs.system.files import read_file, write_atomically
from extractors.document import Value
from pipelines.alerts.delivery import deliver
from pipelines.alerts.digest_text import cut
from pipelines.alerts.send_report import TargetReport
from pipelines.alerts.standings import QuarantinedPaper, Standing, State
from pipelines.storage.errors import storage_errors
from pipelines.workspace import TOLD

MOST_PAPERS = 20
"""Papers in quarantine of one source that a message names."""
_STATES = {
    "works": "works again",
    "fails": "fails",
    "refused": "refused to delete what is missing",
    "asks": "asks a question, and waits for an answer",
    "stale": "has nothing new",
}
_WHY = "'customs-lens sources list' and 'customs-lens failures' say why."
_NUMBER = re.compile(r"\d+")


class ToldSource(Value):
    """What a target was told of a source: its state, why without numbers, and the ids of papers in quarantine.

    "18 of 35 are missing" and "19 of 35 are missing" are the same reason.
    """

    state: State = "works"
    reason: str = ""
    quarantined: tuple[str, ...] = ()


class Told(Value):
    """What a target was told of sources, and when it was sent a message about them last (UTC)."""

    at: dt.datetime | None = None
    sources: Mapping[str, ToldSource] = {}


class _ToldFile(Value):
    """What all targets were told, by their names."""

    targets: Mapping[str, Told] = {}


class Change(Value):
    """What is new of a source: another state or reason (None where it is as it was), and papers in quarantine."""

    source: str
    state: State | None
    reason: str | None
    quarantined: tuple[QuarantinedPaper, ...]


def tell_of_failures(
    settings: Settings, target: AlertTarget, now: Sequence[Standing], portal: str | None
) -> TargetReport:
    """Tell a target what changed of the sources since it was told of them last, and note it where it took that.

    Nothing is sent within `interval_hours` after a message: what changes meanwhile is in the next one. Raises
    `ConfigError` where what was told cannot be read, and `UnavailableError` where it cannot be noted.
    """
    at, told = dt.datetime.now(dt.UTC), _load_told(settings.home).targets.get(target.name, Told())
    news = tuple(changes(told, now))
    known = told_now(told, now)
    if not news:
        if known != told.sources:
            _note_told(settings.home, target.name, told.model_copy(update={"sources": known}))
        return TargetReport(target=target.name, on="failures", status="nothing new")
    next_at = told.at + dt.timedelta(hours=target.interval_hours) if told.at else at
    if next_at > at:
        return TargetReport(target=target.name, on="failures", status="later", next_at=next_at)
    try:
        text = _text(news, at, portal, whole=target.access == "all")
        deliver(target, _title(news), lambda most: text if most is None or len(text) <= most else cut(text, most))
    except CustomsLensError as error:
        return TargetReport(target=target.name, on="failures", status="failed", error=str(error))
    _note_told(settings.home, target.name, Told(at=at, sources=known))
    return TargetReport(target=target.name, on="failures", status="sent", sources=tuple(one.source for one in news))


def _title(news: Sequence[Change]) -> str:
    return f"Customs Lens: {', '.join(f'{one.source} {_what(one)}' for one in news)}"


def _what(change: Change) -> str:
    if change.state:
        return _STATES[change.state].partition(",")[0]
    count = len(change.quarantined)
    return f"has {count} more {'paper' if count == 1 else 'papers'} in quarantine"


def _text(news: Sequence[Change], at: dt.datetime, portal: str | None, *, whole: bool) -> str:
    """Return the message; with `whole` it says why, and names papers: nobody knows the class of one without a text."""
    lines = [line for one in news for line in (*_lines(one, whole=whole), "")]
    if not whole:
        lines += [_WHY, ""]
    if portal:
        lines += [f"{portal.rstrip('/')}/runs", ""]
    lines.append(f"Customs Lens, {at:%Y-%m-%d %H:%M} UTC")
    return showable("\n".join(lines)) + "\n"


def _lines(change: Change, *, whole: bool) -> Iterator[str]:
    if change.state:
        yield f"{change.source} {_STATES[change.state]}."
        if whole and change.reason:
            yield f"  {change.reason}"
    if count := len(change.quarantined):
        papers = "1 paper failed" if count == 1 else f"{count:,} papers failed"
        yield f"{change.source}: {papers} so often that {'it is' if count == 1 else 'they are'} in quarantine."
    if whole:
        for paper in change.quarantined[:MOST_PAPERS]:
            yield f"  {paper.source.removeprefix('file://')}: {paper.error}"
        if count > MOST_PAPERS:
            yield f"  and {count - MOST_PAPERS:,} more"


def changes(told: Told, now: Sequence[Standing]) -> Iterator[Change]:
    """Yield the sources of which a target does not know yet how they stand; all worked before it was told anything."""
    for one in now:
        before = told.sources.get(one.source, ToldSource())
        after = _after(before, one)
        is_new = (after.state, after.reason) != (before.state, before.reason)
        papers = tuple(paper for paper in one.quarantined or () if paper.document not in before.quarantined)
        if is_new or papers:
            yield Change(
                source=one.source, state=after.state if is_new else None, reason=one.reason, quarantined=papers
            )


def told_now(told: Told, now: Sequence[Standing]) -> Mapping[str, ToldSource]:
    """Return what a target knows of each source once it was told what changed; what is unknown stays as it was."""
    return {one.source: _after(told.sources.get(one.source, ToldSource()), one) for one in now}


def _load_told(home: Path) -> _ToldFile:
    """Return what was told; raises `ConfigError` for a file that is damaged: who deletes it is told once more."""
    try:
        return _ToldFile.model_validate_json(read_file(home / TOLD))
    except FileNotFoundError:
        return _ToldFile()
    except ValidationError as error:
        raise ConfigError(home / TOLD, "is damaged", remedy="delete it: what is wrong now is told once more") from error


def _note_told(home: Path, target: str, told: Told) -> None:
    """Note what a target was told; raises `UnavailableError` where the home cannot be written."""
    known = _load_told(home)
    content = known.model_copy(update={"targets": {**known.targets, target: told}})
    with storage_errors(home):
        write_atomically(home / TOLD, content.model_dump_json() + "\n")


def _after(before: ToldSource, now: Standing) -> ToldSource:
    state = now.state or before.state
    reason = before.reason if now.state is None else _NUMBER.sub("0", now.reason or "")
    quarantined = before.quarantined
    if now.quarantined is not None:
        quarantined = tuple(paper.document for paper in now.quarantined)
    return ToldSource(state=state, reason="" if state in ("works", "stale") else reason, quarantined=quarantined)
