"""`matrix` and `themes`: the collection as a whole."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import click
from rich.table import Table

from configs.settings import Settings
from configs.system.folders import usual_rights
from index.results import Matrix, MatrixCell, TrendCell, TrendField, TrendMatrix
from pipelines.access.keys import LOCAL
from pipelines.collection import Collection
from pipelines.questions.matrix import MatrixParameters, answer, write
from portal.cli.options import ask, common, filters, parameter
from portal.cli.output import console, print_json, say, styled

_NOT_OFFICIAL = " Its levels and dimensions are ours, not a table of the World Customs Organization."


@click.command()
@filters
@parameter(MatrixParameters, "by", "--by")
@click.option(
    "--export",
    type=click.Path(readable=False, path_type=Path, dir_okay=False),
    help="Write the counts to a .xlsx, .csv or .json file instead.",
)
@common
def matrix(
    *, settings: Settings, as_json: bool, filters: tuple[str, ...], by: TrendField | None, export: Path | None
) -> None:
    """Count documents by dimension and level of the maturity model.

    Language versions of one paper count once. Only accepted tags count, unless --filter status=... says otherwise.
    """
    counts = ask(settings, answer, MatrixParameters(by=by), LOCAL, filters)
    if export:
        with usual_rights():
            write(counts, export)
        say(f"wrote {export}")
    if as_json:
        print_json(counts.model_dump(mode="json"))
    elif not export:
        print_matrix(counts)


@click.command()
@filters
@common
def themes(*, settings: Settings, as_json: bool, filters: tuple[str, ...]) -> None:
    """Count documents and passages by theme: those that are about it by their meaning.

    Suggested themes count, unless --filter theme.status=accepted leaves them out. JSON also has the counts by year and
    by body, and the themes that no document has.
    """
    from pipelines.search.requests import filters_of

    with Collection(settings) as collection:
        found = collection.service.themes(filters_of(filters, LOCAL.access_classes))
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    total = found.total
    table = Table(title=f"Themes in {total.documents} documents, {total.passages} passages")
    for name, align in (("theme", "left"), ("documents", "right"), ("passages", "right"), ("years", "left")):
        table.add_column(name, justify=align)  # type: ignore[arg-type]
    for theme in found.themes:
        if theme.documents:
            years = sorted(theme.by_year)
            span = f"{years[0]}–{years[-1]}" if years else ""
            table.add_row(theme.label, str(theme.documents), str(theme.passages), span)
    console().print(table)


def print_matrix(found: Matrix | TrendMatrix) -> None:
    """Print a matrix for people: in each cell the documents of each modality, by its first letter."""
    out = console()
    groups: dict[object, list[MatrixCell]] = defaultdict(list)
    for cell in found.cells:
        groups[cell.value if isinstance(cell, TrendCell) else None].append(cell)
    for group, cells in groups.items():
        title = f"{found.by} {group or 'not known'}" if isinstance(found, TrendMatrix) else None
        out.print(_table(found, cells, title))
    letters = (("a", "bold"), "chieved, ", ("p", "bold"), "lanned, ", ("r", "bold"), "ecommended or ", ("l", "bold"))
    out.print(styled("Documents that state it as ", *letters, "acking."))
    note = "" if found.provenance == "official" else _NOT_OFFICIAL
    out.print(styled(f"Model {found.model}, provenance: ", (found.provenance, "bold"), f".{note}"))


def _table(found: Matrix | TrendMatrix, cells: Sequence[MatrixCell], title: str | None) -> Table:
    levels = [*found.levels, None]
    texts: dict[tuple[str, str | None], list[str]] = defaultdict(list)
    for cell in cells:
        if cell.documents:
            texts[cell.dimension, cell.level].append(f"{cell.documents}{cell.modality[0]}")
    table = Table(title=title)
    table.add_column("dimension")
    for level in levels:
        table.add_column(level or "no level", justify="right")
    for dimension in found.dimensions:
        table.add_row(dimension, *(" ".join(texts[dimension, level]) or "·" for level in levels))
    return table
