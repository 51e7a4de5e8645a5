"""`watch`: ingestion as papers arrive."""

import os
from pathlib import Path

import click

from configs.settings import Settings
from pipelines.ingest.report import IngestReport
from portal.cli.ingest import print_report
from portal.cli.options import common
from portal.cli.output import console, counted, print_json, say
from portal.cli.stopping import TerminatedError, leave, stoppable

STOPPED = "stopped by SIGTERM; what was finished is kept, and the rest is ingested when the folder is watched again"
"""What is said where it could not end in order."""


@click.command()
@click.argument("folder", type=click.Path(readable=False, path_type=Path))
@click.option(
    "--quiet",
    type=click.FloatRange(0.1, 3600),
    default=2.0,
    show_default=True,
    metavar="SECONDS",
    help="A paper is complete when neither its size nor its time changed for so long.",
)
@click.option(
    "--polling", is_flag=True, help="Poll FOLDER instead of waiting for notifications; always so on SMB and NFS."
)
@click.option(
    "--every",
    type=click.FloatRange(0.1, 86_400),
    default=5.0,
    show_default=True,
    metavar="SECONDS",
    help="Interval of polling.",
)
@click.option(
    "--delete-missing", is_flag=True, help="Take out papers that vanish from FOLDER, unless they are too many."
)
@click.option("--workers", type=int, metavar="N", help="Documents read at the same time  [one a core, at most 4]")
@click.option("--password", "passwords", multiple=True, metavar="P", help="Try this on encrypted files (repeatable).")
@common
def watch(
    *,
    settings: Settings,
    as_json: bool,
    folder: Path,
    quiet: float,
    polling: bool,
    every: float,
    delete_missing: bool,
    passwords: tuple[str, ...],
) -> None:
    """Ingest what is in FOLDER, then papers as they arrive, until Ctrl-C or SIGTERM.

    A paper that is still being written is left alone until it is complete. One that changes is read again; one that
    vanishes stays in the index, unless --delete-missing is given.

    \b
    Example:
      customs-lens watch /srv/papers
    """
    from pipelines.watching.watch import WatchOptions, poll_seconds, watched_folder
    from pipelines.watching.watch import watch as run_watch

    folder = watched_folder(folder)
    poll = poll_seconds(folder, forced=polling, every=every)
    os.setpriority(os.PRIO_PROCESS, 0, max(os.getpriority(os.PRIO_PROCESS, 0), settings.niceness))  # searches go first

    def ingested(report: IngestReport) -> None:
        if not as_json and report.found + report.deleted > report.unchanged:
            print_report(report, settings)

    how = f"by polling every {poll:g} s" if poll else "by notifications of the system"
    say(f"watching {folder} {how} (stop it with Ctrl-C)")
    with stoppable(STOPPED):
        summary = run_watch(
            settings,
            folder,
            WatchOptions(quiet=quiet, poll=poll, delete_missing=delete_missing),
            passwords=passwords,
            ingested=ingested,
            notify=say,
            until=(KeyboardInterrupt, TerminatedError),
        )
    if as_json:
        print_json(summary.model_dump(mode="json"))
    else:
        console().print(
            f"Watched for {summary.seconds:.0f} s: {counted(summary.runs, 'run')}, {summary.indexed} indexed,"
            f" {summary.failed} failed, {summary.deleted} deleted."
        )
    leave(0)
