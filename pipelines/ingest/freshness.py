"""Freshness of sources: the time of the last run over each, and of its last new or changed document."""

import datetime as dt
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing

from configs.settings import Settings
from configs.sources import AnySource, load_sources
from configs.system.errors import CustomsLensError
from extractors.document import RedactedText, Value
from pipelines.ingest.last_runs import INTERRUPTED, Cause, LastRun, last_run
from pipelines.sources.source import uri_of
from pipelines.storage.ledger import Ledger
from pipelines.storage.opening import open_storage, opened_ledger
from pipelines.storage.run_records import RunRecord, RunStatus

_log = logging.getLogger(__name__)

_MOST = 20
"""Number of SOURCEs of commands that are listed besides the configured sources, by their latest runs."""


class SourceFreshness(Value):
    """A configured source, or SOURCEs of a command: its last run, its last complete run, and its latest news.

    Times are in UTC; those of runs are their start. `cause` and `reason` say why the last run over a configured source
    was incomplete. `new_at` is the time of the last new or changed item. `stale` says whether that was more than
    `fresh_days` ago, which applies to configured sources alone; None where it is unknown.
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


def freshness(settings: Settings, *, of_commands: bool = True) -> tuple[SourceFreshness, ...]:
    """Return the configured sources in the order of their file, then, if requested, SOURCEs of commands, latest first.

    For configured sources alone, only the last runs are read, not the whole history. Raises `ConfigError` for an
    invalid file of sources, `UnavailableError` where the ledger cannot be read.
    """
    sources = load_sources(settings.home, settings.blobs)
    with opened_ledger(settings) as ledger:
        found = _last_runs(ledger, of_commands=of_commands) if ledger else {}
        configured = tuple(_of_configured(settings, sources, found))
        for source in sources:
            found.pop(uri_of(source.place), None)  # the folder of a configured source, given in a command
        return configured + (tuple(_of_commands(ledger, found)) if of_commands and ledger else ())


def last_known(settings: Settings) -> tuple[SourceFreshness, ...]:
    """Return the freshness of configured sources; if stores cannot be read, from files of the home alone.

    Raises `ConfigError` for an invalid file of sources.
    """
    sources = load_sources(settings.home, settings.blobs)
    try:
        return freshness(settings, of_commands=False)
    except CustomsLensError as error:
        _log.debug("the ledger or the register cannot be read: %s", error)
    unknown = (SourceFreshness(source=one.name, configured=True, stale=None) for one in sources)
    return tuple(_with_last_run(one, last_run(settings.home, one.source)) for one in unknown)


def _newest(settings: Settings, sources: Sequence[AnySource]) -> dict[str, dt.datetime | None]:
    """Return the time of the latest new or changed item of configured sources, from their register."""
    if not sources:
        return {}
    with closing(open_storage(settings).open_register(write=False)) as register:
        return {source.name: register.newest(source.name) for source in sources}


def _last_runs(ledger: Ledger, *, of_commands: bool) -> dict[str, list[RunRecord]]:
    """Return the last runs by the names of their sources, the latest first."""
    by_source: dict[str, list[RunRecord]] = {}
    for run in ledger.runs() if of_commands else ledger.last_runs():
        by_source.setdefault(run.source, []).append(run)
    return by_source


def _of_configured(
    settings: Settings, sources: Sequence[AnySource], found: dict[str, list[RunRecord]]
) -> Iterator[SourceFreshness]:
    """Yield the freshness of configured sources, and remove their runs from the given ones."""
    now, newest = dt.datetime.now(dt.UTC), _newest(settings, sources)
    for source in sources:
        new_at = newest[source.name]
        state = _with_last_run(_state(source.name, found.pop(source.name, [])), last_run(settings.home, source.name))
        stale = new_at is None or new_at < now - dt.timedelta(days=source.fresh_days)
        known = {"configured": True, "new_at": new_at, "fresh_days": source.fresh_days, "stale": stale}
        yield state.model_copy(update=known)


def _of_commands(ledger: Ledger, found: Mapping[str, Sequence[RunRecord]]) -> Iterator[SourceFreshness]:
    """Yield the freshness of SOURCEs of commands, whose latest news only the ledger records."""
    for source in [name for name in found if name][:_MOST]:
        new_at = next((run.started for run in found[source] if _has_news(ledger, run)), None)
        yield _state(source, found[source]).model_copy(update={"new_at": new_at})


def _state(source: str, runs: Sequence[RunRecord]) -> SourceFreshness:
    if not runs:
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
    )


def _with_last_run(found: SourceFreshness, last: LastRun | None) -> SourceFreshness:
    """Return the freshness with the last run from the file of the home; the ledger may have a run of another home."""
    if last is None:
        if found.last_status == "interrupted":
            return found.model_copy(update={"cause": "fails", "reason": found.reason or INTERRUPTED})
        return found
    done_at = max(filter(None, [found.done_at, last.done_at]), default=None)
    known = last.began if last.status == "running" else last.ended  # the ledger has the end of a run first
    if known and found.last_at and found.last_at > known:
        return found.model_copy(update={"done_at": done_at})
    said = {"last_status": last.status, "cause": last.cause, "reason": last.reason, "done_at": done_at}
    if found.last_at is None or found.last_at < last.began:  # it ended before the ledger recorded it
        said |= {"last_at": last.began, "last_run": None}
    return found.model_copy(update=said)


def _has_news(ledger: Ledger, run: RunRecord) -> bool:
    """Return whether a run indexed a new or changed document."""
    return run.indexed > 0 and any(row.event in ("new", "changed") for row in ledger.run_documents(run.id, "indexed"))
