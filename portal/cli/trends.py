"""`trends`: themes and dimensions over years and sessions."""

from typing import Any

import click
from rich.table import Table

from configs.settings import Settings
from pipelines.access.keys import LOCAL
from pipelines.questions.trends import TrendParameters, Trends, answer
from portal.cli.options import ask, common, filters, parameter
from portal.cli.output import console, print_json


@click.command()
@filters
@parameter(TrendParameters, "of", "--of", metavar="theme:ID|dimension:ID")
@parameter(TrendParameters, "by", "--by")
@parameter(TrendParameters, "each_body", "--each-body")
@common
def trends(*, settings: Settings, as_json: bool, filters: tuple[str, ...], **given: Any) -> None:  # noqa: ANN401
    """Show in how many of all papers of each year or session a theme or dimension stands.

    \b
    Example:
      customs-lens trends --of theme:single-window --of dimension:data_standards --filter body=ptc --by session
    """
    found = ask(settings, answer, TrendParameters(**given), LOCAL, filters)
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        _print(found)


def _print(found: Trends) -> None:
    table = Table(title="Papers, of all papers of the time")
    table.add_column(found.by, justify="right")
    for one in found.series:
        table.add_column(f"{one.id}\n{one.body}" if one.body else one.id, justify="right")
    for place, time in enumerate(found.times):
        points = [one.points[place] for one in found.series]
        if any(point.of for point in points):
            table.add_row(str(time), *(f"{point.papers} / {point.of}" if point.of else "" for point in points))
    console().print(table)
