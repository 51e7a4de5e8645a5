"""Flows over configured sources: one ingests a source, another reports a stale one."""

import datetime as dt
from functools import partial
from typing import Any, Literal

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.exceptions import Pause
from prefect.runtime import flow_run

from configs.settings import Settings
from configs.sources import SOURCES_FILE, AnySource, load_sources
from configs.system.errors import CustomsLensError, NotFoundError
from configs.system.redaction import redact_logs
from extractors.document import Value
from pipelines.flows.ingest import batch_tasks, flow_settings, start_helpers
from pipelines.flows.outcomes import begun, counts_of, outcome
from pipelines.flows.questions import ask_before_mass_deletion
from pipelines.flows.reporting import RunReporting, emit_recovered
from pipelines.ingest.last_runs import LastRun, last_run, note_question
from pipelines.ingest.plan import Selection
from pipelines.ingest.report import IngestReport
from pipelines.stages.versions import Stage


def _run_name() -> str:
    source = flow_run.parameters.get("source")
    return f"{source} {dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M}"


@flow(name="ingest-source", flow_run_name=_run_name, persist_result=False)
def ingest_source(
    source: str,
    *,
    home: str | None = None,
    settings: dict[str, Any] | None = None,
    force: bool = False,
    only: Literal["failed", "changed"] | None = None,
    start: Stage | None = None,
    allow_mass_deletion: bool = False,
) -> State[Any]:
    """Ingest a source of `HOME/sources.yaml` by its name; the result is the report of the run as JSON.

    A run that would delete too much does everything else and asks for confirmation (`pipelines.flows.questions`).
    """
    from pipelines.ingest.source_runs import run_source

    redact_logs()
    reporting = RunReporting(source)
    selection = Selection(force=force, only=only, start=start)
    before: list[LastRun | None] = []  # the last run before the first attempt of this run

    def work() -> IngestReport:
        loaded = flow_settings(home, settings)
        config = configured_source(loaded, source)
        with begun(loaded) as note:
            bring_in = partial(
                reporting.watch,
                run_source,
                loaded,
                config,
                selection=selection,
                progress=reporting.progress,
                run_batch=batch_tasks(note),
                call_helpers=partial(start_helpers, loaded.helpers),
            )
            if not before:
                before.append(last_run(loaded.home, source))
            try:
                report = ask_before_mass_deletion(bring_in, allowed=allow_mass_deletion)
            except Pause:
                note_question(loaded.home, source)
                raise
            if before[0] and before[0].status != "done" and not report.incomplete:
                emit_recovered(source)
            return report

    return outcome(work, counts_of, reporting.give_up)


class Freshness(Value):
    """The time of the latest news of a source, by the ledger."""

    source: str
    new_at: dt.datetime | None


class StaleError(CustomsLensError):
    """A source without news for longer than its `fresh_days`."""

    exit_code = 1


@flow(name="stale-source", flow_run_name="{source} is stale", persist_result=False)
def stale_source(
    source: str, *, days: int, home: str | None = None, settings: dict[str, Any] | None = None
) -> State[Any]:
    """End as Failed if a source has had no news for this many days. An automation of the server runs it then.

    The ledger decides: events may have been lost, and documents may also come from commands.
    """

    def work() -> Freshness:
        from pipelines.ingest.freshness import freshness

        loaded = flow_settings(home, settings)
        found = next((one for one in freshness(loaded, of_commands=False) if one.source == source), None)
        if found is None or found.stale:
            remedy = f"check that the source still gets papers, or raise its fresh_days in {SOURCES_FILE}"
            raise StaleError(f"{source}: nothing new for {days} days", remedy)
        return Freshness(source=source, new_at=found.new_at)

    return outcome(work, lambda found: f"{found.source} is fresh: something new came at {found.new_at}")


def configured_source(settings: Settings, name: str) -> AnySource:
    """Return a source of the home by its name; raises `NotFoundError` for an unknown one."""
    found = {source.name: source for source in load_sources(settings.home, settings.blobs)}
    if name not in found:
        known = ", ".join(sorted(found)) or "none"
        raise NotFoundError(f"{settings.home / SOURCES_FILE}: has no source {name}", f"it has {known}")
    return found[name]
