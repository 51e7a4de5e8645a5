"""`sweep`: what nothing refers to any more is deleted."""

import click

from configs.settings import Settings
from portal.cli.options import common
from portal.cli.output import counted, print_json, say


@click.command()
@click.option(
    "--wait",
    type=click.FloatRange(min=0.0),
    default=0.0,
    metavar="SECONDS",
    help="Wait so long for another process that writes the home  [0]",
)
@common
def sweep(*, settings: Settings, as_json: bool, wait: float) -> None:
    """Delete what nothing in the home refers to any more; for once a night.

    These are the blobs of papers that changed or were deleted, and what runs did with documents longer ago than
    history_days.
    """
    from pipelines.ingest.last_runs import SWEEP, noted_run
    from pipelines.maintenance.sweep import sweep as delete

    with noted_run(settings.home, SWEEP):
        swept = delete(settings, wait=wait)
    if as_json:
        print_json(swept.model_dump(mode="json"))
    else:
        rows = counted(swept.run_rows + swept.source_rows, "row")
        say(f"deleted {counted(swept.blobs, 'blob')} and {rows} of history")
