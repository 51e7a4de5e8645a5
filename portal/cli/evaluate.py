"""`evaluate`: what experts expect of a search, put to the index of a home."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from configs.settings import Settings
from index.filters import EVERY_CLASS
from portal.cli.options import common, page_file
from portal.cli.output import console, counted, print_json, progress_bar, styled, write_page

if TYPE_CHECKING:
    from pipelines.evaluation.relevance import RelevanceReport


@click.group()
def evaluate() -> None:
    """Measure search on your own cases.

    Nothing is stored, and the home is not changed.
    """


@evaluate.command()
@click.argument("cases", metavar="CASES.yaml", type=click.Path(readable=False, path_type=Path))
@page_file
@common
def relevance(*, settings: Settings, as_json: bool, cases: Path, page: Path | None) -> int:
    """Ask the index of the home what experts expect of it.

    CASES.yaml says for each query which papers the first ones have to contain, which they may not, and in which order.
    Every case that fails comes with the reason. Exit code 1 where one does.
    """
    from pipelines.evaluation.relevance import evaluate_relevance

    with progress_bar("asking") as show:
        found = evaluate_relevance(settings, cases, access_classes=EVERY_CLASS, progress=show)
    if page:
        from pipelines.pages.environment import single_page

        write_page(page, single_page("relevance_report.html", report=found))
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        _print_cases(found)
    return int(found.failed > 0)


def _print_cases(found: "RelevanceReport") -> None:
    out = console()
    for case in found.results:
        if case.passed:
            continue
        out.print(styled("\n", (case.name, "bold"), f"  “{case.query}” ({case.mode})"))
        out.print(f"  why expected: {case.why}", style="dim")
        for finding in (one for one in case.findings if one.diagnosis):
            out.print(styled("  ", ("not met", "red"), f": {finding.expected}"))
            out.print(f"    {finding.diagnosis}")
    out.print(f"\n{found.passed} of {counted(found.cases, 'case')} passed ({found.index} index).")
