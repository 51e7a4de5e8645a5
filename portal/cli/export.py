"""`export`: what is stored and the vocabulary in use, for other programs."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from configs.settings import Settings
from configs.system.errors import UsageError
from configs.system.files import beside, write_atomically
from configs.system.folders import usual_rights
from pipelines.access.keys import LOCAL
from pipelines.collection import Collection
from pipelines.questions.matrix import MatrixParameters
from pipelines.questions.trends import TrendParameters
from portal.cli.options import common, filters, parameter
from portal.cli.output import counted, echo, print_json, say

if TYPE_CHECKING:
    from pipelines.questions.export import Exported, SplitField
    from pipelines.search.export_files import ExportFormat

_FILE = click.Path(readable=False, path_type=Path, dir_okay=False)
_FORMATS = ("csv", "jsonl", "xlsx")


@click.group()
def export() -> None:
    """Export what is stored, for other programs.

    \b
    Examples:
      customs-lens export passages --format jsonl --filter theme=single-window > passages.jsonl
      customs-lens export tags --format xlsx --filter dimension=data_standards --output tags.xlsx
    """


def _table(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of the tables."""
    form = click.option(
        "--format", "form", type=click.Choice(_FORMATS), default="csv", show_default=True, help="As what."
    )
    output = click.option("--output", metavar="FILE", type=_FILE, help="Write into this file instead.")
    return form(filters(output(common(command))))


@export.command()
@_table
def documents(**given: Any) -> None:  # noqa: ANN401 - the options of `_table`
    """Give the documents that have a passage which the filters leave, a row each; versions of a paper stand apart."""
    _give_table("documents", **given)


@export.command()
@_table
def passages(**given: Any) -> None:  # noqa: ANN401
    """Give the passages that the filters leave, a row each, with their themes."""
    _give_table("passages", **given)


@export.command()
@_table
def tags(**given: Any) -> None:  # noqa: ANN401
    """Give the maturity tags that the filters ask for, a row each, with their evidence.

    Only accepted ones, unless --filter status=... says otherwise.
    """
    _give_table("tags", **given)


@export.command()
@parameter(MatrixParameters, "by", "--by")
@_table
def matrix(**given: Any) -> None:  # noqa: ANN401
    """Give the counts of the maturity matrix, a row a cell."""
    _give_table("matrix", **given)


@export.command()
@_table
def decisions(**given: Any) -> None:  # noqa: ANN401
    """Give the register of decisions, a row each, with what later papers say of it; versions of a paper count once."""
    _give_table("decisions", **given)


@export.command()
@parameter(TrendParameters, "of", "--of", metavar="theme:ID|dimension:ID")
@parameter(TrendParameters, "by", "--by")
@_table
def trends(**given: Any) -> None:  # noqa: ANN401
    """Give the papers of each year or session with a theme or dimension, of all papers of that time, a row a point."""
    _give_table("trends", **given)


@export.command(name="vocabulary")
@click.option(
    "--format", "form", type=click.Choice(["ttl", "jsonl", "csv"]), default="ttl", show_default=True, help="As what."
)
@click.option("--output", metavar="FILE", type=_FILE, help="Write into this file instead.")
@common
def vocabulary_(*, settings: Settings, as_json: bool, form: str, output: Path | None) -> None:  # noqa: ARG001
    """Print the vocabulary in use: SKOS in Turtle, a JSON object a concept, or a row a label."""
    give_vocabulary(settings, form, output)


def give_vocabulary(settings: Settings, form: str, output: Path | None) -> None:
    """Print the vocabulary in use, or write it into a file."""
    from pipelines.vocabulary import vocabularies

    text = vocabularies.export(settings, form)
    if output is None:
        echo(text, end="")
        return
    with usual_rights():
        write_atomically(output, text)
    say(f"wrote {output}")


def _give_table(
    what: "Exported",
    *,
    settings: Settings,
    form: "ExportFormat",
    filters: tuple[str, ...],
    output: Path | None,
    as_json: bool,
    by: "SplitField | None" = None,
    of: tuple[str, ...] = (),
) -> None:
    """Print a table, or write it into a file and say how much of it; with `--json` as a JSON object."""
    from pipelines.questions.export import answer
    from pipelines.search.export_files import export_lines, write_export

    if form == "xlsx" and output is None:
        raise UsageError("--format xlsx: a spreadsheet is no text to print", "name a file with --output")
    with Collection(settings) as collection:
        table = answer(collection, what, LOCAL, filters, by=by, of=of)
        if output is None:
            for line in export_lines(table, "jsonl" if form == "jsonl" else "csv"):
                echo(line, end="")
            return
        with usual_rights(), beside(output) as unfinished, unfinished.open("xb") as file:
            written = write_export(table, form, file)
    more = ": there are more, csv and jsonl hold all of them" if written.truncated else ""
    say(f"wrote {output} ({counted(written.rows, 'row')}{more})")
    if as_json:
        print_json({"what": what, "file": str(output), "format": form, **written._asdict()})
