"""`profile`: what the papers say of administrations, by dimension and modality."""

from typing import TYPE_CHECKING

import click
from rich.table import Table

from configs.settings import Settings
from configs.system.errors import UsageError
from extractors.document import MODALITIES
from pipelines.access.keys import LOCAL
from pipelines.collection import Collection
from pipelines.questions.profile import MOST_MEMBERS, ProfileParameters, answer
from portal.cli.options import common, filters
from portal.cli.output import console, counted, print_json, styled

if TYPE_CHECKING:
    from pipelines.desk.profile import Profile


@click.command()
@click.argument("codes", metavar="CODE…", nargs=-1, required=True)
@filters
@common
def profile(*, settings: Settings, as_json: bool, codes: tuple[str, ...], filters: tuple[str, ...]) -> None:
    """Show what the papers state of administrations or groups: achieved, planned, recommended, lacking.

    CODE is a code of ISO 3166-1, or a name. Accepted tags count, unless --filter status=... says otherwise. JSON is a
    list with one profile for each CODE.

    \b
    Example:
      customs-lens profile SG MY --filter year=2015..
    """
    if len(codes) > MOST_MEMBERS:
        raise UsageError(f"{len(codes)} codes: at most {MOST_MEMBERS} stand side by side", "name fewer")
    with Collection(settings) as collection:
        found = [answer(collection, ProfileParameters(member=code), LOCAL, filters) for code in codes]
    if as_json:
        print_json([one.model_dump(mode="json") for one in found])
        return
    for one in found:
        _print(one)


def _print(found: "Profile") -> None:
    out = console()
    counts = f" ({found.code}): {counted(len(found.statements), 'statement')}, {counted(found.papers, 'paper')}"
    out.print(styled((found.name, "bold"), counts))
    table = Table()
    table.add_column("dimension")
    for modality in MODALITIES:
        table.add_column(modality, justify="right")
    cells = {(cell.dimension, cell.modality): cell for cell in found.cells}
    for dimension in dict.fromkeys(cell.dimension for cell in found.cells):
        there = (cells.get((dimension, modality)) for modality in MODALITIES)
        table.add_row(dimension, *(f"{one.papers}" if one else "·" for one in there))
    if found.cells:
        out.print(table)
    for one in found.statements:
        level = f" {one.level}" if one.level else ""
        out.print(styled((f"{one.dimension}{level}", "bold"), f" {one.modality}"))
        out.print(f"  “{one.text}”")
        out.print(f"  {one.citation}{f', {one.date}' if one.date else ''}", style="dim", soft_wrap=True)
