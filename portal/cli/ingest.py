"""`ingest`: taking papers in."""

import json
import logging
import os
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import click

from configs.settings import PASSWORDS, Settings
from configs.system.errors import UsageError
from configs.system.urls import server_parts
from pipelines.ingest.plan import Selection
from pipelines.ingest.report import IngestReport, RunStoppedError
from pipelines.stages.versions import STAGES, Stage
from portal.cli.options import SETTINGS_OPTIONS, common, filters
from portal.cli.output import complain, console, counted, print_json, progress_bar, styled
from portal.cli.stopping import stoppable

STOPPED = "stopped by SIGTERM; what was finished is kept, run the same command again to go on"
"""What a run says that was asked to end."""


@click.command()
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@click.option("--force", is_flag=True, help="Read every document again, changed or not.")
@click.option(
    "--only",
    type=click.Choice(["failed", "changed"]),
    help="Only documents that failed last time or were left by a run that ended early, or whose bytes changed.",
)
@click.option(
    "--from",
    "start",
    type=click.Choice(STAGES),
    help="Do this stage and those after it again, even where nothing changed.",
)
@filters
@click.option("--delete-missing", is_flag=True, help="Take out documents that lay under SOURCE and are gone.")
@click.option(
    "--allow-mass-deletion",
    is_flag=True,
    help="With --delete-missing: also where all of a SOURCE is gone, or more than half of ten documents or more.",
)
@click.option("--workers", type=int, metavar="N", help="Documents read at the same time  [one a core, at most 4]")
@click.option("--password", "passwords", multiple=True, metavar="P", help="Try this on encrypted files (repeatable).")
@click.option(
    "--wait",
    type=click.FloatRange(0),
    default=0.0,
    metavar="SECONDS",
    help="Wait so long for another process that writes the home.",
)
@click.option("--via-prefect", is_flag=True, help="Record the run as a flow run of the server at PREFECT_API_URL.")
@click.option("--dry-run", is_flag=True, help="Say how many documents would be ingested; ingest none.")
@common
def ingest(
    *,
    settings: Settings,
    as_json: bool,
    sources: tuple[str, ...],
    force: bool,
    only: Literal["failed", "changed"] | None,
    start: Stage | None,
    filters: tuple[str, ...],
    delete_missing: bool,
    allow_mass_deletion: bool,
    passwords: tuple[str, ...],
    wait: float,
    via_prefect: bool,
    dry_run: bool,
) -> int:
    """Read, tag and index documents.

    SOURCE is a file, a folder (with all below it), a glob, a ZIP archive, or a URL of any fsspec file system.

    Documents that did not change are skipped, the same bytes in two places are ingested once, and a
    document that fails is listed and does not stop the run. With --filter only documents are taken that the index
    holds and that match; without SOURCE, --from works on what is stored, and --only failed on what failed.

    \b
    Examples:
      customs-lens ingest papers/ minutes.docx
      customs-lens ingest papers/ --only failed --password secret
      customs-lens ingest --from tag --filter body=ptc
    """
    if allow_mass_deletion and not delete_missing:
        raise UsageError("--allow-mass-deletion alone deletes nothing", "give --delete-missing too, or leave it out")
    if filters and delete_missing:
        raise UsageError("--filter: with --delete-missing it does not say what may be deleted", "leave one of them out")
    if via_prefect and (filters or wait or not sources):
        raise UsageError("--via-prefect: takes SOURCEs, and neither --filter nor --wait", "leave it out")
    selection = Selection(force=force, only=only, start=start)
    os.setpriority(os.PRIO_PROCESS, 0, max(os.getpriority(os.PRIO_PROCESS, 0), settings.niceness))  # searches go first
    try:
        with stoppable(STOPPED):
            if via_prefect and not dry_run:  # a dry run is recorded nowhere
                report = _recorded(
                    settings,
                    sources,
                    selection,
                    passwords,
                    delete_missing=delete_missing,
                    allow_mass_deletion=allow_mass_deletion,
                )
            else:
                from pipelines.ingest.runs import ingest as run_ingest

                with progress_bar("looking for documents") as show:
                    report = run_ingest(
                        settings,
                        sources,
                        selection=selection,
                        passwords=passwords,
                        delete_missing=delete_missing,
                        allow_mass_deletion=allow_mass_deletion,
                        filters=filters,
                        wait=wait,
                        dry_run=dry_run,
                        progress=show,
                    )
    except RunStoppedError as stopped:
        _print(stopped.report, settings, as_json=as_json, dry_run=dry_run)
        raise
    _print(report, settings, as_json=as_json, dry_run=dry_run)
    if sources and not (report.found or only or filters):
        complain(f"{', '.join(sources)}: no file lies there (check the path)")
    return 1 if report.failed else 0


def _print(report: IngestReport, settings: Settings, *, as_json: bool, dry_run: bool = False) -> None:
    if as_json:
        print_json(report.model_dump(mode="json"))
    else:
        print_report(report, settings, dry_run=dry_run)


def _recorded(
    settings: Settings,
    sources: Sequence[str],
    selection: Selection,
    passwords: Sequence[str],
    *,
    delete_missing: bool,
    allow_mass_deletion: bool,
) -> IngestReport:
    """Run the ingestion as a flow run on the Prefect server that the environment names.

    The server stores what the flow is given: no setting but the flags that were typed, and no passwords. The flow runs
    in this process and finds them in its environment.
    """
    from pipelines.sources.source import refuse_secrets, uri_of

    refuse_secrets(sources)
    os.environ["PREFECT_API_URL"] = prefect_url("--via-prefect")  # before Prefect is imported, which reads it then
    if not logging.getLogger().isEnabledFor(logging.DEBUG):
        for handler in logging.getLogger().handlers:  # Prefect logs each traceback, and that it waits
            handler.addFilter(lambda record: not is_of_prefect(record))
    from pipelines.flows.ingest import ingest as run_ingest
    from pipelines.flows.ingest import server_errors

    if passwords:
        os.environ[PASSWORDS] = json.dumps([*passwords, *settings.document_passwords])
    with server_errors():
        report = run_ingest(
            [uri_of(source) for source in sources],
            home=str(settings.home),
            settings=given_flags(),
            force=selection.force,
            only=selection.only,
            start=selection.start,
            delete_missing=delete_missing,
            allow_mass_deletion=allow_mass_deletion,
        )
    return IngestReport.model_validate(report)


def prefect_url(purpose: str) -> str:
    """Return the URL of the Prefect server, as Prefect and its libraries take it; raises `UsageError` for none."""
    try:
        return server_parts(os.environ.get("PREFECT_API_URL", ""), ("http", "https")).geturl()
    except ValueError as error:
        raise UsageError(f"PREFECT_API_URL: {error}", f"set it to http://HOST:4200/api for {purpose}") from None


def given_flags() -> dict[str, Any]:
    """Return the settings that were given as options of this command."""
    given = click.get_current_context().params
    return {name: given[name] for name in SETTINGS_OPTIONS if given.get(name) is not None}


def is_of_prefect(record: logging.LogRecord) -> bool:
    """Tell whether Prefect logs something; what sends its events has loggers that do not bear its name."""
    package = find_spec("prefect")
    home = Path(package.origin).parent if package and package.origin else None
    return record.name.startswith("prefect") or home in Path(record.pathname).parents


def print_report(report: IngestReport, settings: Settings, *, dry_run: bool = False) -> None:
    """Print the report of a run for people."""
    out = console()
    out.print(
        f"{'Would find' if dry_run else 'Found'} {counted(report.found, 'document')}: {report.indexed} indexed"
        f" ({counted(report.pages, 'page')}, {counted(report.passages, 'passage')}),"
        f" {report.unchanged} unchanged,"
        f" {report.duplicate} duplicate, {report.failed} failed, {report.deleted} deleted"
        f" in {report.seconds:.1f} s."
    )
    if report.needs_ocr:
        out.print(_of_illegible(report.needs_ocr, settings))
    if report.quarantined:
        out.print(_of_quarantined(report.quarantined))
    for failure in report.failures:
        out.print(styled("  ", (failure.status, "red"), f" {failure.source}: {failure.error}"))
    if report.has_failed_papers:
        out.print("Fix these and run again with --only failed.")


def _of_quarantined(count: int) -> str:
    """Return what is to be said of documents that were left alone because they failed too often."""
    were = "was" if count == 1 else "were"
    return f"{counted(count, 'quarantined document')} {were} left out: --force takes them too, and so do changed bytes."


def _of_illegible(count: int, settings: Settings) -> str:
    """Return what is to be said of documents without usable text, and what to do about them on this machine."""
    from extractors.ocr import why_not

    need, listed = ("needs", "it is") if count == 1 else ("need", "they are")
    reason = why_not(settings.reading.ocr)
    remedy = f"{reason}, and run again with --force" if reason else "the warnings that customs-lens show lists say why"
    return f"{count} of them {need} text recognition; {listed} listed, not searchable: {remedy}."
