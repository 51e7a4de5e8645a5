"""Who is told that sources fail, or work again: one message for all of them, of those alone whose state changed."""

import datetime as dt
from collections.abc import Iterator, Sequence

from configs.alerts import AlertTarget
from configs.settings import Settings
from configs.system.controls import showable
from configs.system.errors import CustomsLensError
from pipelines.alerts.delivery import deliver
from pipelines.alerts.digest_text import cut
from pipelines.alerts.send_report import TargetReport
from pipelines.alerts.standings import Standing
from pipelines.alerts.told import Change, Told, changes, load_told, note_told, told_now

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


def tell_of_failures(
    settings: Settings, target: AlertTarget, now: Sequence[Standing], portal: str | None
) -> TargetReport:
    """Tell a target what changed of the sources since it was told of them last, and note it where it took that.

    Nothing is sent within `interval_hours` after a message: what changes meanwhile is in the next one. Raises
    `ConfigError` where what was told cannot be read, and `UnavailableError` where it cannot be noted.
    """
    at, told = dt.datetime.now(dt.UTC), load_told(settings.home).targets.get(target.name, Told())
    news = tuple(changes(told, now))
    known = told_now(told, now)
    if not news:
        if known != told.sources:
            note_told(settings.home, target.name, told.model_copy(update={"sources": known}))
        return TargetReport(target=target.name, on="failures", status="nothing new")
    next_at = told.at + dt.timedelta(hours=target.interval_hours) if told.at else at
    if next_at > at:
        return TargetReport(target=target.name, on="failures", status="later", next_at=next_at)
    try:
        text = _text(news, at, portal, whole=target.access == "all")
        deliver(target, _title(news), lambda most: text if most is None or len(text) <= most else cut(text, most))
    except CustomsLensError as error:
        return TargetReport(target=target.name, on="failures", status="failed", error=str(error))
    note_told(settings.home, target.name, Told(at=at, sources=known))
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
