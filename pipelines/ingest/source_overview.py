"""The configured sources of a home: their state, checks of their availability, and runs over several of them."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing

from configs.settings import Settings
from configs.sources import SOURCES_FILE, AnySource, load_sources
from configs.system.errors import CustomsLensError, UsageError
from extractors.document import Value
from pipelines.ingest.freshness import freshness
from pipelines.ingest.plan import WHAT_IS_NEW, Selection
from pipelines.ingest.report import IngestReport, RunStoppedError
from pipelines.ingest.run import ProgressListener
from pipelines.ingest.source_runs import run_source
from pipelines.ingest.source_state import is_lost_member
from pipelines.sources.connectors.contract import CheckProblem
from pipelines.sources.connectors.opening import open_connector
from pipelines.storage.opening import open_storage
from pipelines.storage.run_records import RunStatus
from pipelines.storage.source_register import SourceRegister


class SourceState(Value):
    """A configured source: where it is, when it runs, how its last run ended and what it left.

    `last_error` is what ended the last run early, or what it lacks, `done_at` when a run that was done last began.
    `items` are what lies in it under an id of its own, `failed` those of them that could not be ingested, `withdrawn`
    the documents that it no longer has. `fresh` is None before anything came from it. Times are in UTC.
    """

    name: str
    kind: str
    place: str
    schedule: str | None
    timezone: str | None
    last_run: str | None
    last_at: dt.datetime | None
    last_status: RunStatus | None
    last_error: str | None
    done_at: dt.datetime | None
    new_at: dt.datetime | None
    fresh_days: int
    fresh: bool | None
    items: int
    failed: int
    withdrawn: int


class SourceCheck(Value):
    """A configured source, and the problem that makes it unavailable, if any."""

    name: str
    kind: str
    place: str
    problems: tuple[CheckProblem, ...] = ()


class SourceOutcome(Value):
    """The outcome of a run over one of several sources: its report, if any, and the error that ended it early.

    `exit_code` is that of a separate run over this source.
    """

    source: str
    exit_code: int
    report: IngestReport | None = None
    error: str | None = None


def chosen_sources(settings: Settings, names: Sequence[str] = ()) -> tuple[AnySource, ...]:
    """Return the configured sources of these names in file order, or all; raises `UsageError` for an unknown name."""
    found = {source.name: source for source in load_sources(settings.home, settings.blobs)}
    if unknown := [name for name in names if name not in found]:
        there = f"there are {', '.join(found)}" if found else "none is configured"
        path = settings.home / SOURCES_FILE
        raise UsageError(f"{path}: has no source '{unknown[0]}': {there}", "check the name, or add it to the file")
    return tuple(found[name] for name in dict.fromkeys(names)) if names else tuple(found.values())


def source_states(settings: Settings) -> tuple[SourceState, ...]:
    """Return the state of each configured source, in the order of the file, without contacting it.

    Raises `ConfigError` for an invalid file of sources, `UnavailableError` where ledger or register cannot be read.
    """
    sources = chosen_sources(settings)
    if not sources:
        return ()
    with closing(open_storage(settings).open_register(write=False)) as register:
        return tuple(_states(settings, sources, register))


def check_sources(settings: Settings, names: Sequence[str] = ()) -> Iterator[SourceCheck]:
    """Yield the availability of each source, checked one after the other without ingesting."""
    for source in chosen_sources(settings, names):
        described = {"name": source.name, "kind": source.kind, "place": source.place}
        try:
            with closing(open_connector(source, settings)) as connector:
                problems = tuple(connector.check())
        except CustomsLensError as error:
            problems = (CheckProblem(message=error.message, remedy=error.remedy or "correct it"),)
        yield SourceCheck(**described, problems=problems)


def run_sources(
    settings: Settings,
    sources: Sequence[AnySource],
    *,
    selection: Selection = WHAT_IS_NEW,
    allow_mass_deletion: bool = False,
    wait: float = 0.0,
    progress: ProgressListener = lambda *_: None,
    done: Callable[[SourceOutcome], None] = lambda _: None,
) -> list[SourceOutcome]:
    """Run over sources one after the other, and return the outcomes; `done` is called after each.

    The others still run if one is unavailable; if another process writes the home, each run waits up to `wait` seconds.
    """
    outcomes = []
    for source in sources:
        outcome = _outcome(settings, source, selection, progress, allow_mass_deletion=allow_mass_deletion, wait=wait)
        done(outcome)
        outcomes.append(outcome)
    return outcomes


def _outcome(
    settings: Settings,
    source: AnySource,
    selection: Selection,
    progress: ProgressListener,
    *,
    allow_mass_deletion: bool,
    wait: float,
) -> SourceOutcome:
    try:
        report = run_source(
            settings, source, selection=selection, allow_mass_deletion=allow_mass_deletion, progress=progress, wait=wait
        )
    except RunStoppedError as stopped:
        return SourceOutcome(source=source.name, exit_code=stopped.exit_code, report=stopped.report, error=str(stopped))
    except CustomsLensError as error:
        return SourceOutcome(source=source.name, exit_code=error.exit_code, error=str(error))
    return SourceOutcome(source=source.name, exit_code=1 if report.failed or report.incomplete else 0, report=report)


def _states(settings: Settings, sources: Sequence[AnySource], register: SourceRegister) -> Iterator[SourceState]:
    runs = {one.source: one for one in freshness(settings, of_commands=False)}
    for source in sources:
        last, unsettled = runs[source.name], register.unsettled(source.name)
        there = [row for row in unsettled if row.withdrawn is None and not is_lost_member(row)]
        yield SourceState(
            name=source.name,
            kind=source.kind,
            place=source.place,
            schedule=source.schedule.cron if source.schedule else None,
            timezone=source.schedule.timezone if source.schedule else None,
            last_run=last.last_run,
            last_at=last.last_at,
            last_status=last.last_status,
            last_error=last.reason,
            done_at=last.done_at,
            new_at=last.new_at,
            fresh_days=source.fresh_days,
            fresh=None if last.new_at is None else not last.stale,
            items=register.count_items(source.name) - len(unsettled) + len(there),
            failed=sum(row.failed > 0 for row in there),
            withdrawn=sum(len(row.documents) for row in unsettled if row.withdrawn),
        )
