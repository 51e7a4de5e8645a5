"""`metrics`: what a monitor wants to know of a home."""

from pathlib import Path

import click

from configs.settings import Settings
from configs.system.files import write_atomically
from configs.system.folders import usual_rights
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
    from prometheus_client import generate_latest

    from pipelines.maintenance.metrics import HomeMetrics

    home = HomeMetrics(settings)
    if file:
        with usual_rights():
            write_atomically(file, generate_latest(home))
        say(f"wrote {file}")
    if as_json:
        samples = (sample for metric in home.collect() for sample in metric.samples)
        rows = [{"name": one.name, "labels": one.labels, "value": one.value} for one in samples]
        print_json({"metrics": rows})
    elif not file:
        echo(generate_latest(home).decode(), end="")
