"""`trends`: themes and dimensions over years and sessions."""

from typing import TYPE_CHECKING

import click
from rich.table import Table

from configs.settings import Settings
from index.filters import EVERY_CLASS
from portal.cli.options import common, filters
from portal.cli.output import console, print_json

if TYPE_CHECKING:
    from pipelines.desk.trends import TimeField, Trends


@click.command()
@filters
@click.option("--of", metavar="theme:ID|dimension:ID", multiple=True, help="A series  [the most frequent themes]")
@click.option("--by", type=click.Choice(["year", "session"]), default="year", show_default=True, help="Over what.")
@click.option("--each-body", is_flag=True, help="Series for each of the bodies with the most papers, too.")
@common
def trends(
    *,
    settings: Settings,
    as_json: bool,
    filters: tuple[str, ...],
    of: tuple[str, ...],
    by: "TimeField",
    each_body: bool,
) -> None:
    """Show in how many of all papers of each year or session a theme or dimension stands.

    \b
    Example:
      customs-lens trends --of theme:single-window --of dimension:data_standards --filter body=ptc --by session
    """
    from pipelines.desk import trends as counting
    from pipelines.search.requests import filters_of
    from pipelines.search.service import SearchService

    with SearchService(settings) as service:
        wanted = filters_of(filters, EVERY_CLASS)
        found = counting.trends(settings, service, wanted, of=of, by=by, each_body=each_body)
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        _print(found)


def _print(found: "Trends") -> None:
    table = Table(title="Papers, of all papers of the time")
    table.add_column(found.by, justify="right")
    for one in found.series:
        table.add_column(f"{one.id}\n{one.body}" if one.body else one.id, justify="right")
    for place, time in enumerate(found.times):
        points = [one.points[place] for one in found.series]
        if any(point.of for point in points):
            table.add_row(str(time), *(f"{point.papers} / {point.of}" if point.of else "" for point in points))
    console().print(table)
