"""The commands of `python -m benchmarks.evaluate`: how good search and tagging are on judged data."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.table import Table

from configs.settings import Settings
from configs.system.errors import UsageError
from index.filters import EVERY_CLASS
from index.results import Mode
from portal.cli import app
from portal.cli.options import common, page_file, search_mode, writable
from portal.cli.output import console, counted, print_json, progress_bar, styled, write_page

if TYPE_CHECKING:
    from benchmarks.evaluate.decisions import DecisionReport
    from benchmarks.evaluate.report import MeasureRow, UnderstandingReport
    from benchmarks.evaluate.themes import SpanMistake

_FILE = click.Path(readable=False, path_type=Path)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and exit the process as the command line of the product does."""
    app.main(arguments, commands=evaluate, name="python -m benchmarks.evaluate")


@click.group(context_settings=app.cli.context_settings)
def evaluate() -> None:
    """Measure search and tagging on judged data.

    Nothing is stored, and the home is not changed.
    """


@evaluate.command()
@click.argument("folder", metavar="DIR", type=_FILE)
@search_mode
@common
def retrieval(*, settings: Settings, as_json: bool, folder: Path, mode: Mode) -> None:
    """Search a judged collection and score the rankings.

    DIR holds corpus.jsonl, queries.jsonl and qrels.tsv in the form of BEIR. The documents are indexed in a temporary
    home, and each query is answered alone, as search would answer it.
    """
    from benchmarks.evaluate.retrieval import evaluate_retrieval

    with progress_bar("reading the collection") as show:
        measures = evaluate_retrieval(settings, folder, mode=mode, progress=show)
    found = measures.model_dump(mode="json", by_alias=True)
    if as_json:
        print_json(found)
    else:
        _print_measures(f"{folder.name} ({mode})", found)


@evaluate.command()
@click.argument("labels", metavar="LABELS.csv", type=_FILE)
@click.option("--fit", metavar="LABELS2.csv", type=_FILE, help="Labels to train on, in place of the shipped scorer.")
@common
def tagging(*, settings: Settings, as_json: bool, labels: Path, fit: Path | None) -> None:
    """Tag labelled texts and score the probabilities.

    LABELS.csv has the columns text, node and label (true or false); nodes are dimensions of the model that --model
    names. Each text is scored alone.
    """
    from benchmarks.evaluate.tagging import evaluate_tagging

    with progress_bar("reading the labels") as show:
        found = evaluate_tagging(settings, labels, fit=fit, progress=show)
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    _print_measures(labels.name, found.model_dump(exclude={"per_node"}))
    for node, measures in found.per_node.items():
        _print_measures(node, dict(measures))


@evaluate.command()
@click.argument("labels", metavar="LABELS.jsonl", type=_FILE)
@common
def themes(*, settings: Settings, as_json: bool, labels: Path) -> None:
    """Find the themes of labelled texts and score the spans.

    LABELS.jsonl has one object a line: text, language, and spans of start, end and theme. A span is right where all
    three are.
    """
    from benchmarks.evaluate.themes import evaluate_themes

    found = evaluate_themes(settings, labels)
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    _print_measures(labels.name, found.model_dump(include={"precision", "recall", "f1"}))
    _print_spans("Found and not labelled", found.false_positives)
    _print_spans("Labelled and not found", found.false_negatives)


@evaluate.command()
@click.argument("folder", metavar="[DIR]", type=_FILE, required=False)
@click.option("--folds", type=int, metavar="N", help="Fit the classifier again for each of N parts of the passages.")
@click.option(
    "--figures",
    metavar="FILE",
    type=click.Path(readable=False, path_type=Path, dir_okay=False),
    callback=writable,
    help="Write the figures that pages quote, with --folds.",
)
@page_file
@common
def understanding(
    *,
    settings: Settings,
    as_json: bool,
    folder: Path | None,
    folds: int | None,
    figures: Path | None,
    page: Path | None,
) -> None:
    """Tag passages that people judged and score themes and tags; without DIR, say where not to trust them.

    DIR holds committee.jsonl, papers.jsonl, hard.jsonl or several of them: a passage a line with what a reader found in
    it. With --folds no passage is answered by a classifier that was trained or calibrated on its paper; that takes some
    minutes a fold. Without, the output says how many of the passages trained the classifier in use.

    Without DIR, it looks at the papers of the home: which share of their passages, by body and kind, is unlike all that
    trained the classifier. What was measured on judged passages says little of those.
    """
    if folder is None:
        if folds is not None or figures or page:
            raise UsageError("--folds, --figures and --html are of judged passages", "name their folder")
        _print_unlike(settings, as_json=as_json)
        return
    from benchmarks.evaluate.report import figures_of
    from benchmarks.evaluate.understanding import evaluate_understanding

    if figures and folds is None:
        raise UsageError("figures are written of papers that the classifier was not trained on", "add --folds 5")
    with progress_bar("reading the passages") as show:
        found = evaluate_understanding(settings, folder, folds=folds, progress=show)
    if figures:
        figures_of(found).write(figures)
    if page:
        from benchmarks.evaluate.report import page_of

        write_page(page, page_of(found))
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        _print_understanding(found)


@evaluate.command()
@click.argument("folder", metavar="DIR", type=_FILE)
@click.option("--papers", metavar="DIR", type=_FILE, help="Where the papers are; without it DIR/papers.")
@common
def decisions(*, settings: Settings, as_json: bool, folder: Path, papers: Path | None) -> None:
    """Find the decisions of papers and compare them with those that people listed.

    DIR holds decisions.jsonl, a decision a line, and, if there are papers without any, papers.json, the list of all
    papers. Minutes and resolutions are measured apart and together.
    """
    from benchmarks.evaluate.decisions import evaluate_decisions

    with progress_bar("reading the papers") as show:
        found = evaluate_decisions(settings, folder, papers=papers, progress=show)
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        _print_decisions(found)


def _print_decisions(found: "DecisionReport") -> None:
    out = console()
    out.print(
        _measure_table(
            f"decisions ({counted(found.papers, 'paper')})", {str(name): rows for name, rows in found.measures.items()}
        )
    )
    for mistake in found.mistakes:
        place = f"{mistake.paper}, line {mistake.line}" if mistake.line else mistake.paper
        differs = f": {mistake.judged or '–'}, found {mistake.given or '–'}"
        out.print(styled("\n", (mistake.kind, "bold"), f"  {place}{differs}"))
        out.print(f"  {mistake.text}", style="dim")


def _print_unlike(settings: Settings, *, as_json: bool) -> None:
    from benchmarks.evaluate.understanding import unlike_papers

    with progress_bar("reading the papers") as show:
        found = unlike_papers(settings, access_classes=EVERY_CLASS, progress=show)
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    table = Table(title=f"Unlike the training passages ({counted(found.passages, 'passage')} looked at)")
    for name in ("body", "kind"):
        table.add_column(name)
    for name in ("passages", "unlike"):
        table.add_column(name, justify="right")
    for one in found.groups:
        table.add_row(one.body or "–", one.kind or "–", str(one.passages), _value(one.unlike))
    table.add_row("all", "", str(found.passages), _value(found.unlike), style="bold")
    out = console()
    out.print(table)
    out.print(
        "Of judged passages .05 are, by definition. Where many more are, read what is tagged before you trust it."
    )


def _print_understanding(found: "UnderstandingReport") -> None:
    out = console()
    sets = {name: own.measures for name, own in found.sets.items()}
    out.print(_measure_table(f"understanding ({counted(found.passages, 'passage')})", sets))
    if found.folds:
        out.print(f"Each passage was answered by a classifier fitted without its paper ({found.folds} folds).")
    elif found.seen:
        out.print(f"{found.seen} of the passages were seen in training: these figures are too good. Use --folds 5.")
    else:
        out.print("None of the passages was seen in training.")


def _measure_table(title: str, sets: "Mapping[str, Sequence[MeasureRow]]") -> Table:
    """Return a table of measures, a row each, with value, interval and n for each set."""
    table = Table(title=title)
    table.add_column("measure")
    for name in sets:
        table.add_column(name, justify="right")
        table.add_column("95 % interval", justify="right")
        table.add_column("n", justify="right")
    for rows in zip(*sets.values(), strict=True):
        cells = [cell for row in rows for cell in (_value(row.value), _interval(row.low, row.high), str(row.n))]
        table.add_row(rows[0].name, *cells)
    return table


def _interval(low: float | None, high: float | None) -> str:
    return "–" if low is None or high is None else f"{low:.3f} to {high:.3f}"


def _print_measures(title: str, measures: Mapping[str, float | None]) -> None:
    table = Table(title=title)
    table.add_column("measure")
    table.add_column("value", justify="right")
    for name, value in measures.items():
        table.add_row(name, _value(value))
    console().print(table)


def _value(value: float | None) -> str:
    if value is None:
        return "–"
    return str(value) if isinstance(value, int) else f"{value:.3f}"


def _print_spans(title: str, spans: "Sequence[SpanMistake]") -> None:
    out = console()
    for number, span in enumerate(spans):
        if number == 0:
            out.print(f"\n{title}", style="bold")
        out.print(styled(f"  line {span.line}  ", (span.theme, "cyan"), f"  “{span.surface}”"))
        out.print(f"    {span.text}", style="dim")
