"""`sources`: the configured sources, whether they can be read, and runs over them."""

import os
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Literal

import click

from configs.settings import Settings
from configs.system.errors import UsageError
from portal.cli.options import common
from portal.cli.output import Terminal, console, counted, print_json, progress_bar, say, styled

if TYPE_CHECKING:
    from pipelines.ingest.source_overview import SourceOutcome, SourceState

_UNAVAILABLE = 3


@click.group()
def sources() -> None:
    """List, check and run the sources that HOME/sources.yaml configures."""


@sources.command("list")
@common
def list_sources(*, settings: Settings, as_json: bool) -> None:
    """List the configured sources: where each is, when it runs, what its last run left.

    A source is stale where nothing new came from it for its fresh_days.
    """
    from pipelines.ingest.source_overview import source_states

    found = source_states(settings)
    if as_json:
        print_json([one.model_dump(mode="json") for one in found])
    elif not found:
        say(_none(settings))
    out = console()
    for one in () if as_json else found:
        _print_state(out, one)


@sources.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@common
def check(*, settings: Settings, as_json: bool, names: tuple[str, ...]) -> int:
    """Ask each source whether it can be read, and ingest nothing; without NAME, all of them.

    Exit code 3 where one has a problem.
    """
    from pipelines.ingest.source_overview import check_sources

    out, found = console(), []
    for one in check_sources(settings, names):
        found.append(one)
        if as_json:
            continue
        out.print(
            styled((one.name, "bold"), f" ({one.kind}, {one.place}): {'can be read' if not one.problems else ''}")
        )
        for problem in one.problems:
            out.print(styled("  ", ("problem", "red"), f" {problem.message}"), soft_wrap=True)
            out.print(f"    {problem.remedy}", soft_wrap=True)
    if as_json:
        print_json([one.model_dump(mode="json") for one in found])
    elif not found:
        say(_none(settings))
    return _UNAVAILABLE if any(one.problems for one in found) else 0


@sources.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--all", "every", is_flag=True, help="Run over every source, one after the other.")
@click.option(
    "--allow-mass-deletion",
    is_flag=True,
    help="Delete missing documents also where they are all of a source, or more than half of ten or more.",
)
@click.option(
    "--only",
    type=click.Choice(["failed", "changed"]),
    help="Only items that failed before, those in quarantine too, or that changed; what is gone stays.",
)
@click.option("--force", is_flag=True, help="Open and read everything again, changed or not.")
@click.option("--workers", type=int, metavar="N", help="Documents read at the same time  [one a core, at most 4]")
@click.option(
    "--wait",
    type=click.FloatRange(0),
    default=0.0,
    metavar="SECONDS",
    help="Wait so long for another process that writes the home.",
)
@common
def run(
    *,
    settings: Settings,
    as_json: bool,
    names: tuple[str, ...],
    every: bool,
    allow_mass_deletion: bool,
    only: Literal["failed", "changed"] | None,
    force: bool,
    wait: float,
) -> int:
    """Ingest what is new or changed in configured sources, and apply the deletion policy of each to what is missing.

    Of several sources one that is unavailable does not keep the others waiting. Exit code 1 where documents failed, or
    a part of a source could not be listed; 2 or 3 where a source could not be read, or more is missing than is deleted
    without a confirmation.

    \b
    Examples:
      customs-lens sources run ptc-papers
      customs-lens sources run --all
    """
    from pipelines.ingest.plan import Selection
    from pipelines.ingest.source_overview import chosen_sources, run_sources
    from portal.cli.ingest import STOPPED
    from portal.cli.stopping import stoppable

    if bool(names) == every:
        raise UsageError("no source is named" if not every else "--all takes no names", "name sources, or give --all")
    chosen = chosen_sources(settings, names)
    os.setpriority(os.PRIO_PROCESS, 0, max(os.getpriority(os.PRIO_PROCESS, 0), settings.niceness))  # searches go first
    shown = nullcontext(lambda *_: None) if as_json else progress_bar("looking at the source")

    def tell(outcome: "SourceOutcome") -> None:
        if outcome.report and not as_json:
            _print_outcome(outcome, settings)
        if outcome.error:
            say(f"customs-lens: {outcome.source}: {outcome.error}")

    with stoppable(STOPPED), shown as show:
        outcomes = run_sources(
            settings,
            chosen,
            selection=Selection(force=force, only=only),
            allow_mass_deletion=allow_mass_deletion,
            wait=wait,
            progress=show,
            done=tell,
        )
    if as_json:
        print_json([_as_json(one) for one in outcomes])
    elif not outcomes:
        say(_none(settings))
    return max((one.exit_code for one in outcomes), default=0)


def _as_json(outcome: "SourceOutcome") -> dict[str, Any]:
    report = outcome.report.model_dump(mode="json") if outcome.report else {}
    return {"source": outcome.source, **report, "error": outcome.error}


def _print_outcome(outcome: "SourceOutcome", settings: Settings) -> None:
    from portal.cli.ingest import print_report

    report = outcome.report
    if report is None:
        return
    out = console()
    out.print(outcome.source, style="bold")
    print_report(report, settings)
    if report.incomplete:
        out.print(styled(("Incomplete: ", "yellow"), f"{report.incomplete}."), soft_wrap=True)
        if any(one.status == "unlisted" for one in report.failures):
            out.print("Nothing there counts as gone. Check its address and rights, and the recipe of a page.")
    if report.withdrawn:
        out.print(f"Its source no longer has {counted(report.withdrawn, 'document')}: withdrawn for the grace period.")


def _print_state(out: Terminal, one: "SourceState") -> None:
    out.print(styled((one.name, "bold"), f" ({one.kind}, {one.place})"), soft_wrap=True)
    schedule = f"{one.schedule} {one.timezone}" if one.schedule else "no schedule"
    last = f"{one.last_at:%Y-%m-%d %H:%M} UTC, {one.last_status}" if one.last_at else "never"
    news: tuple[str | tuple[str, str], ...] = ("never",)
    if one.new_at:
        news = (f"{one.new_at:%Y-%m-%d}, ", ("fresh", "green") if one.fresh else ("stale", "yellow"))
    out.print(styled(f"  {schedule}; last run: {last}; something new: ", *news), soft_wrap=True)
    if one.last_error:
        out.print(styled("  ", ("problem", "red"), f" {one.last_error}"), soft_wrap=True)
    out.print(f"  {counted(one.items, 'item')}, {one.failed} failed; {counted(one.withdrawn, 'document')} withdrawn")


def _none(settings: Settings) -> str:
    return f"No sources are configured: write {settings.home / 'sources.yaml'}."
