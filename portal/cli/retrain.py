"""`retrain`: what people judged added to the classifier."""

from typing import TYPE_CHECKING

import click
from rich.table import Table

from configs.settings import Settings
from index.filters import EVERY_CLASS
from portal.cli.options import common
from portal.cli.output import console, counted, print_json, progress_bar, styled

if TYPE_CHECKING:
    from pipelines.review.training import Comparison, RetrainReport

_COLUMNS = {"precision": "precision", "recall": "recall", "f1": "F1", "ece": "ECE", "coverage": "coverage"}


@click.command()
@common
def retrain(*, settings: Settings, as_json: bool) -> None:
    """Train the classifier on what was judged under review.

    Judgements on themes and dimensions are added to it; its network stays as it is ('models fit' trains that). The
    result is kept only where it is not worse on papers held out. Then all documents are tagged again; none is read
    again.
    """
    from pipelines.review.training import retrain

    with progress_bar("learning") as show:
        found = retrain(settings, access_classes=EVERY_CLASS, progress=show)
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        _print_report(found)


def _print_report(found: "RetrainReport") -> None:
    out = console()
    table = Table(title=f"By {counted(found.labels, 'judgement')} in {counted(found.papers, 'paper')}, held out")
    for name in ("theme or dimension", "judged", "right", *_COLUMNS.values()):
        table.add_column(name, justify="left" if name == "theme or dimension" else "right", overflow="fold")
    for name, node in found.per_node.items():
        table.add_row(name, *_cells(node))
    table.add_row(styled(("all", "bold")), *_cells(found))
    out.print(table)
    out.print(
        f"On papers held out of the training: macro F1 {found.macro_f1_before:.3f} before, {found.macro_f1_after:.3f}"
        f" after; log loss {found.before.log_loss:.3f} and {found.after.log_loss:.3f}."
    )
    if found.kept:
        out.print(f"Kept as version {found.version}; {counted(found.tagged, 'document')} tagged again.")
    else:
        out.print(styled(("Not kept", "yellow"), f": {found.reason}."))


def _cells(node: "Comparison") -> list[str]:
    values = (getattr(node.after, name) for name in _COLUMNS)
    measures = ("–" if value is None else f"{value:.3f}" for value in values)
    return [str(node.labels), str(node.positives), *measures]
