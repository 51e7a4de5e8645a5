"""`schedule`: the configured sources, each at its times."""

import os
import signal
import threading

import click

from configs.settings import Settings
from portal.cli.ingest import given_flags, prefect_url
from portal.cli.options import common
from portal.cli.output import say


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address that the Prefect server listens on.")
@click.option("--port", type=click.IntRange(1, 65535), default=4200, show_default=True, help="Port of the server.")
@click.option("--pool", default="customs-lens", show_default=True, metavar="NAME", help="Work pool of the flow runs.")
@click.option("--worker-only", is_flag=True, help="Only a worker: another machine makes the deployments.")
@common
def schedule(
    *,
    settings: Settings,
    as_json: bool,  # noqa: ARG001 - it answers nothing itself
    host: str,
    port: int,
    pool: str,
    worker_only: bool,
) -> None:
    """Run the sources of HOME/sources.yaml, each at its times, until this is stopped.

    Starts a Prefect server, unless PREFECT_API_URL names one, makes a deployment for each source, and works on their
    runs. What a worker left that was killed is found and begun again. The file of sources may be changed meanwhile.

    \b
    Examples:
      customs-lens schedule
      PREFECT_API_URL=http://SERVER:4200/api customs-lens schedule --worker-only
    """
    from pipelines.flows.scheduling import ScheduleOptions, run_schedule

    if "PREFECT_API_URL" in os.environ:
        os.environ["PREFECT_API_URL"] = prefect_url("schedule")
    options = ScheduleOptions(host=host, port=port, pool=pool, deploys=not worker_only, flow_settings=given_flags())
    stop = threading.Event()
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        run_schedule(settings, options, stop, say)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
