"""How fresh sources are: when each was looked at last, and when something new came of it last."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing

from configs.settings import Settings
from configs.sources import AnySource, load_sources
from extractors.document import Value
from pipelines.runs.opening import opened_ledger
from pipelines.storage.ledger import Ledger
from pipelines.storage.opening import open_storage
from pipelines.storage.run_records import RunRecord, RunStatus

_MOST = 20
"""SOURCEs of commands that are listed besides the configured sources, those of the latest runs."""


class SourceFreshness(Value):
    """A source, or SOURCEs of a command: its last run, its last run that came to its end, and when something was new.

    Times are in UTC, of runs when they started. `new_at` is when something new or changed came last. `stale`: that was
    more than `fresh_days` ago, which is known of configured sources alone.
    """

    source: str
    configured: bool
    last_run: str | None = None
    last_at: dt.datetime | None = None
    last_status: RunStatus | None = None
    done_at: dt.datetime | None = None
    new_at: dt.datetime | None = None
    fresh_days: int | None = None
    stale: bool = False


def freshness(settings: Settings, *, now: dt.datetime | None = None) -> tuple[SourceFreshness, ...]:
    """Return the configured sources in the order of their file, then SOURCEs of commands, the latest first.

    Raises `ConfigError` for a file of sources that does not fit, `UnavailableError` where the ledger cannot be read.
    """
    now = now or dt.datetime.now(dt.UTC)
    sources = load_sources(settings.home)
    with opened_ledger(settings) as ledger:
        return tuple(_freshness(sources, ledger, _newest(settings, sources), now))


def _newest(settings: Settings, sources: Sequence[AnySource]) -> dict[str, dt.datetime | None]:
    """Return when something new or changed last came from configured sources, as far as their register knows."""
    if not sources:
        return {}
    with closing(open_storage(settings).open_register(write=False)) as register:
        return {source.name: register.newest(source.name) for source in sources}


def _freshness(
    sources: Sequence[AnySource],
    ledger: Ledger | None,
    newest: Mapping[str, dt.datetime | None],
    now: dt.datetime,
) -> Iterator[SourceFreshness]:
    by_source: dict[str, list[RunRecord]] = {}
    for run in ledger.runs() if ledger else ():
        by_source.setdefault(run.source, []).append(run)
    for source in sources:
        found = _of_source(ledger, source.name, by_source.pop(source.name, []))
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
        done_at=next((run.started for run in runs if run.status == "done"), None),
        new_at=next((run.started for run in runs if _has_news(ledger, run)), None),
    )


def _has_news(ledger: Ledger, run: RunRecord) -> bool:
    """Return whether a run indexed something new; what an earlier version of the program indexed counts as that."""
    if not run.indexed:
        return False
    events = {row.event for row in ledger.run_documents(run.id, "indexed")}
    return not events or bool(events & {"new", "changed", None})
