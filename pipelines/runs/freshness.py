"""How fresh sources are: when each was looked at last, and when something new came of it last."""

import datetime as dt
import logging
from collections.abc import Iterator, Sequence
from contextlib import closing

from configs.errors import CustomsLensError
from configs.settings import Settings
from configs.sources import AnySource, load_sources
from extractors.document import RedactedText, Value
from pipelines.ingest.last_runs import INTERRUPTED, Cause, LastRun, last_run
from pipelines.runs.opening import opened_ledger
from pipelines.storage.ledger import Ledger
from pipelines.storage.opening import open_storage
from pipelines.storage.run_records import RunRecord, RunStatus

_log = logging.getLogger(__name__)

_MOST = 20
"""SOURCEs of commands that are listed besides the configured sources, those of the latest runs."""


class SourceFreshness(Value):
    """A source, or SOURCEs of a command: its last run, its last run that came to its end, and when something was new.

    Times are in UTC, of runs when they started. `cause` and `reason` say why the last run over a configured source did
    not do all that it was to do. `new_at` is when something new or changed came last. `stale`: that was more than
    `fresh_days` ago, which is known of configured sources alone; None where it is not known.
    """

    source: str
    configured: bool
    last_run: str | None = None
    last_at: dt.datetime | None = None
    last_status: RunStatus | None = None
    cause: Cause | None = None
    reason: RedactedText | None = None
    done_at: dt.datetime | None = None
    new_at: dt.datetime | None = None
    fresh_days: int | None = None
    stale: bool | None = False


def freshness(settings: Settings, *, now: dt.datetime | None = None) -> tuple[SourceFreshness, ...]:
    """Return the configured sources in the order of their file, then SOURCEs of commands, the latest first.

    Raises `ConfigError` for a file of sources that does not fit, `UnavailableError` where the ledger cannot be read.
    """
    now = now or dt.datetime.now(dt.UTC)
    sources = load_sources(settings.home)
    with opened_ledger(settings) as ledger:
        return tuple(_freshness(settings, sources, ledger, now))


def last_known(settings: Settings) -> tuple[SourceFreshness, ...]:
    """Return the same of configured sources alone; where stores cannot be read, what files of the home say.

    Raises `ConfigError` for a file of sources that does not fit.
    """
    sources = load_sources(settings.home)
    try:
        return tuple(one for one in freshness(settings) if one.configured)
    except CustomsLensError as error:
        _log.debug("the ledger or the register cannot be read: %s", error)
    unknown = (SourceFreshness(source=one.name, configured=True, stale=None) for one in sources)
    return tuple(_with_last_run(one, last_run(settings.home, one.source)) for one in unknown)


def _newest(settings: Settings, sources: Sequence[AnySource]) -> dict[str, dt.datetime | None]:
    """Return when something new or changed last came from configured sources, as far as their register knows."""
    if not sources:
        return {}
    with closing(open_storage(settings).open_register(write=False)) as register:
        return {source.name: register.newest(source.name) for source in sources}


def _freshness(
    settings: Settings, sources: Sequence[AnySource], ledger: Ledger | None, now: dt.datetime
) -> Iterator[SourceFreshness]:
    newest = _newest(settings, sources)
    by_source: dict[str, list[RunRecord]] = {}
    for run in ledger.runs() if ledger else ():
        by_source.setdefault(run.source, []).append(run)
    for source in sources:
        runs = by_source.pop(source.name, [])
        found = _with_last_run(_of_source(ledger, source.name, runs), last_run(settings.home, source.name))
        if at := newest[source.name]:
            found = found.model_copy(update={"new_at": at})
        oldest = now - dt.timedelta(days=source.fresh_days)
        stale = found.new_at is None or found.new_at < oldest
        yield found.model_copy(update={"configured": True, "fresh_days": source.fresh_days, "stale": stale})
    named = [name for name in by_source if name]
    yield from (_of_source(ledger, name, by_source[name]) for name in named[:_MOST])


def _of_source(ledger: Ledger | None, source: str, runs: Sequence[RunRecord]) -> SourceFreshness:
    if not runs or ledger is None:
        return SourceFreshness(source=source, configured=False)
    return SourceFreshness(
        source=source,
        configured=False,
        last_run=runs[0].id,
        last_at=runs[0].started,
        last_status=runs[0].status,
        cause=runs[0].counts.get("cause"),
        reason=runs[0].counts.get("reason"),
        done_at=next((run.started for run in runs if run.status == "done"), None),
        new_at=next((run.started for run in runs if _has_news(ledger, run)), None),
    )


def _with_last_run(found: SourceFreshness, last: LastRun | None) -> SourceFreshness:
    """Return how a source stands with what the home knows of its last run; the ledger may know of one elsewhere."""
    if last is None:
        if found.last_status == "interrupted":
            return found.model_copy(update={"cause": "fails", "reason": found.reason or INTERRUPTED})
        return found
    done_at = max(filter(None, [found.done_at, last.done_at]), default=None)
    if last.ended and found.last_at and found.last_at > last.ended:
        return found.model_copy(update={"done_at": done_at})
    said = {"last_status": last.status, "cause": last.cause, "reason": last.reason, "done_at": done_at}
    if found.last_at is None or found.last_at < last.began:  # it ended before the ledger knew of it
        said |= {"last_at": last.began, "last_run": None}
    return found.model_copy(update=said)


def _has_news(ledger: Ledger, run: RunRecord) -> bool:
    """Return whether a run indexed something new; what an earlier version of the program indexed counts as that."""
    if not run.indexed:
        return False
    events = {row.event for row in ledger.run_documents(run.id, "indexed")}
    return not events or bool(events & {"new", "changed", None})
