"""`retrain`: the tagger trained on what people said of its tags."""

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.table import Table

from configs.settings import Settings
from index.filters import EVERY_CLASS
from portal.cli.options import common, page_file
from portal.cli.output import console, counted, print_json, progress_bar, styled, write_page

if TYPE_CHECKING:
    from pipelines.review.training_report import Comparison, RetrainReport

_COLUMNS = {
    "labels": "judged",
    "positives": "right",
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
    "ece": "ECE",
    "coverage": "coverage",
}


@click.command()
@page_file("--report", "the report")
@common
def retrain(*, settings: Settings, as_json: bool, page: Path | None) -> None:
    """Train the tagger on what was judged under review.

    Each dimension with judged tags gets a head of its own, which counts the more the more tags were judged. Heads
    are kept only where they are not worse on papers that they were not trained on. Then all documents are tagged
    again; none is read again.
    """
    from pipelines.review.training import retrain

    with progress_bar("learning") as show:
        found = retrain(settings, access_classes=EVERY_CLASS, progress=show)
    if page:
        from pipelines.pages.environment import single_page

        write_page(page, single_page("retraining_report.html", report=found))
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        _print_report(found)


def _print_report(found: "RetrainReport") -> None:
    out = console()
    before, after = found.before, found.after
    table = Table(title=f"By {counted(found.labels, 'judged sentence')} of {counted(found.documents, 'document')}")
    for name in ("dimension", *_COLUMNS.values()):
        table.add_column(name, justify="left" if name == "dimension" else "right", overflow="fold")
    for name, node in found.per_node.items():
        table.add_row(name, *_cells(node))
    table.add_row(styled(("all", "bold")), *_cells(found))
    out.print(table)
    out.print(
        f"On papers held out of the training: macro F1 {before.macro_f1:.3f} before, {after.macro_f1:.3f} after;"
        f" log loss {before.log_loss:.3f} and {after.log_loss:.3f}."
    )
    if found.kept:
        out.print(f"Kept as version {found.version}; {counted(found.tagged, 'document')} tagged again.")
    else:
        out.print(styled(("Not kept", "yellow"), f": {found.reason}."))


def _cells(node: "Comparison") -> list[str]:
    values = (getattr(node, name) for name in _COLUMNS)
    return ["–" if value is None else str(value) if isinstance(value, int) else f"{value:.3f}" for value in values]
