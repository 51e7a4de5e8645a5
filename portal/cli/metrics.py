"""`metrics`: what a monitor wants to know of a home."""

from pathlib import Path

import click

from configs.files import write_atomically
from configs.folders import usual_rights
from configs.settings import Settings
from portal.cli.options import common
from portal.cli.output import echo, print_json, say


@click.command()
@click.option(
    "--file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.prom",
    help="Write them into this file, for node-exporter's textfile collector, whole or not at all.",
)
@common
def metrics(*, settings: Settings, as_json: bool, file: Path | None) -> None:
    """Print metrics of the home for Prometheus: documents, failures, runs, sizes.

    The portal has the same at /metrics. A timer writes them into a file after each run where no portal is.
    """
    from pipelines.maintenance.metrics import home_metrics
    from pipelines.maintenance.prometheus import exposition

    found = home_metrics(settings)
    if file:
        with usual_rights():
            write_atomically(file, exposition(found))
        say(f"wrote {file}")
    if as_json:
        rows = [
            {"name": one.full_name, "labels": dict(sample.labels), "value": sample.value}
            for one in found
            for sample in one.samples
        ]
        print_json({"metrics": rows})
    elif not file:
        echo(exposition(found), end="")
