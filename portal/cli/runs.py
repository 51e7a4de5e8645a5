"""`runs` and `failures`: what runs did, and what failed and why."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.table import Table

from configs.settings import Settings
from configs.system.errors import UsageError
from configs.system.json_text import json_text
from index.filters import EVERY_CLASS
from portal.cli.options import common, writable
from portal.cli.output import console, counted, print_json, styled, write_page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.runs.failures import RunFailure
    from pipelines.runs.history import RunDetails
    from pipelines.storage.run_records import ParagraphChanges, RunDocument, RunSummary

_STYLES = {
    "done": "green",
    "running": "cyan",
    "incomplete": "yellow",
    "failed": "red",
    "hanging": "red",
    "interrupted": "yellow",
}
_RUNS, _DOCUMENTS = 25, 50
_REPORTS = (".html", ".json")


@click.group(invoke_without_command=True)
@click.option("-k", "most", type=click.IntRange(1), default=_RUNS, show_default=True, help="Runs to show.")
@common
@click.pass_context
def runs(context: click.Context, *, settings: Settings, as_json: bool, most: int) -> None:
    """List what runs did, the latest first; 'runs show ID' tells of one.

    \b
    Examples:
      customs-lens runs
      customs-lens runs show last
    """
    if context.invoked_subcommand is not None:
        _refuse_options_before(context)
        return
    from pipelines.runs import history

    found = history.runs(settings, most=most)
    if as_json:
        print_json([one.model_dump(mode="json") for one in found])
    elif not found:
        console().print("There are no runs yet.")
    else:
        console().print(_runs_table(found))


@runs.command()
@click.argument("run", metavar="ID")
@click.option(
    "-k", "most", type=click.IntRange(1), default=_DOCUMENTS, show_default=True, help="Documents to show of each kind."
)
@click.option(
    "--report",
    type=click.Path(readable=False, path_type=Path, dir_okay=False),
    callback=writable,
    metavar="FILE.html|FILE.json",
    help="Write a report: also what the collection lacks, and terms that the vocabulary lacks.",
)
@common
def show(*, settings: Settings, as_json: bool, run: str, most: int, report: Path | None) -> None:
    """Tell what one run did with which documents, and what failed and why.

    ID is that of a run, how it begins, or 'last'. Documents that the run left unchanged are not listed.
    """
    from pipelines.runs import history

    if report and report.suffix not in _REPORTS:
        raise UsageError(f"--report {report}: its name ends in none of {', '.join(_REPORTS)}", "give it such a name")
    found = history.run_details(settings, run)
    if report:
        _write_report(settings, found.run.id, report)
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        _print_run(found, most)


@click.group(invoke_without_command=True)
@click.option("--quarantined", is_flag=True, help="Only those that 'ingest --only failed' leaves out.")
@common
@click.pass_context
def failures(context: click.Context, *, settings: Settings, as_json: bool, quarantined: bool) -> None:
    """List the documents that failed and were not ingested since: why, how often, and what to do.

    \b
    Examples:
      customs-lens failures
      customs-lens failures accept /srv/papers/damaged.pdf
    """
    if context.invoked_subcommand is not None:
        _refuse_options_before(context)
        return
    from pipelines.runs.failures import failures as find

    found = find(settings, quarantined=quarantined)
    if as_json:
        print_json([one.model_dump(mode="json") for one in found])
        return
    out = console()
    out.print(counted(len(found), "quarantined document" if quarantined else "failed document"), style="bold")
    for one in found:
        _print_failure(one)


@failures.command()
@click.argument("document")
@click.option("--undo", is_flag=True, help="Count it as failed again.")
@common
def accept(*, settings: Settings, as_json: bool, document: str, undo: bool) -> None:
    """Accept that a document fails: until its bytes change it counts as unchanged, and is not tried again.

    DOCUMENT is its id or its source, as 'failures' lists them. The audit log has it.
    """
    from pipelines.runs.failures import accept_failure

    found = accept_failure(settings, document, "command line", undo=undo)
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        console().print(f"{'Counts as failed again' if undo else 'Accepted'}: {_shown(found.source)}", soft_wrap=True)


def _refuse_options_before(context: click.Context) -> None:
    """Raise `UsageError` for an option of a group where one of its commands is given, which has its own."""
    if given := [name for name, value in context.params.items() if value and name != "most"]:
        behind = f"{context.info_name} {context.invoked_subcommand}"
        raise UsageError(f"--{given[0].removeprefix('as_')}: does not count there", f"put it behind '{behind}'")


def _write_report(settings: Settings, run_id: str, path: Path) -> None:
    from pipelines.pages.environment import single_page
    from pipelines.runs.report import run_report

    report = run_report(settings, run_id, access_classes=EVERY_CLASS)
    if path.suffix == ".json":
        write_page(path, json_text(report.model_dump(mode="json"), indent=2) + "\n")
    else:
        write_page(path, single_page("run_report.html", report=report))


def _runs_table(found: "Sequence[RunSummary]") -> Table:
    table = Table()
    table.add_column("run (its time in UTC)", no_wrap=True)
    table.add_column("source", overflow="fold")
    table.add_column("status")
    for column in ("found", "indexed", "failed", "time"):
        table.add_column(column, justify="right")
    for run in found:
        numbers = map(str, (run.found, run.indexed, run.failed))
        status = styled((run.status, _STYLES[run.status]))
        table.add_row(run.id, _source(run), status, *numbers, duration(run.seconds))
    return table


def _print_run(found: "RunDetails", most: int) -> None:
    out, run = console(), found.run
    ended = f", ended {run.ended:%H:%M:%S}" if run.ended else ""
    out.print(styled(("Run ", "bold"), (run.id, "bold"), " ", (run.status, _STYLES[run.status])))
    out.print(f"{_source(run)}: started {run.started:%Y-%m-%d %H:%M:%S} UTC{ended}, {duration(run.seconds)}")
    out.print(
        f"Found {counted(run.found, 'document')}: {run.indexed} indexed, {run.unchanged} unchanged,"
        f" {run.duplicate} duplicate, {run.failed} failed; {run.deleted} deleted, {run.withdrawn} withdrawn,"
        f" {run.needs_ocr} of the indexed without usable text."
    )
    if found.failures:
        out.print("Failed:", style="bold")
        for failure in found.failures[:most]:
            _print_failure(failure)
        _print_rest(len(found.failures) - most)
    done = [one for one in found.documents if one.outcome != "failed"]
    if done:
        out.print("Documents:", style="bold")
        for one in done[:most]:
            out.print(styled("  ", (_event(one), "cyan"), f" {_shown(one.source)}{_changes(one.paragraphs)}"))
        _print_rest(len(done) - most)


def _print_failure(failure: "RunFailure") -> None:
    out = console()
    quarantined = ", quarantined" if failure.quarantined else ""
    if accepted := failure.accepted:
        quarantined += f", accepted by {accepted.by} on {accepted.at:%Y-%m-%d}"
    often = f"{counted(failure.attempts, 'attempt')} since {failure.first_at:%Y-%m-%d %H:%M}{quarantined}"
    out.print(styled("  ", (failure.status, "red"), f" {failure.source}: {failure.error}"))
    out.print(f"    {often} · {failure.remedy}", style="dim")


def _print_rest(count: int) -> None:
    if count > 0:
        console().print(f"  and {count} more: -k shows more, --json all", style="dim")


def _event(document: "RunDocument") -> str:
    return document.event or document.outcome


def _changes(paragraphs: "ParagraphChanges | None") -> str:
    if paragraphs is None:
        return ""
    kinds = (("added", paragraphs.added), ("removed", paragraphs.removed), ("reworded", paragraphs.changed))
    parts = [f"§ {', '.join(numbers)} {kind}" for kind, numbers in kinds if numbers]
    parts += [f"{paragraphs.more} more"] * bool(paragraphs.more)
    parts += [f"{counted(paragraphs.unnumbered, 'paragraph')} without a number"] * bool(paragraphs.unnumbered)
    return f": {'; '.join(parts) or 'no paragraph differs'}"


def _source(run: "RunSummary") -> str:
    return _shown(run.source) if run.source else f"({run.flow})"


def _shown(source: str) -> str:
    """Return the name of a source for people: a file on this machine by its path."""
    return source.replace("file://", "")


def duration(seconds: float) -> str:
    """Return a duration for people: `4.2 s`, `3 min 20 s`, `2 h 05 min`."""
    if seconds < dt.timedelta(minutes=1).total_seconds():
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"
