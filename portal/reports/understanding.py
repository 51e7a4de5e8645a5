"""The report of an evaluation of understanding as one HTML page: measures, themes, dimensions, the worst mistakes."""

from collections.abc import Iterable

from pipelines.evaluation.understanding.report import LabelRow, Mistake, SetReport, UnderstandingReport
from portal.reports.page import grid, page, section, text

_TITLE = "Themes and tags on judged passages"
_NAMES = {
    "themes_f1": "Themes shown, micro F1",
    "themes_precision": "Themes shown, precision",
    "themes_recall": "Themes shown, recall",
    "accepted_right": "Accepted tags that are right",
    "stated_accepted": "Stated dimensions that have an accepted tag",
    "stated_shown": "Stated dimensions that are shown",
    "main_first": "A stated dimension comes first",
    "modality_right": "Modality right, where the dimension is",
    "level_right": "Level right, where one is stated",
    "level_invented": "Level given, where none is stated",
    "accepted_without_tag": "Passages without a tag that get an accepted one",
    "surplus_tags": "Tags beyond those that readers gave a dimension",
    "level_most_frequent": "Level right, were it always the most frequent one of the dimension",
    "themes_ece": "Calibration error of themes",
    "tags_ece": "Calibration error of tags",
}
_STYLE = "td.words { white-space: normal; text-align: left; max-width: 40rem; } td.name { text-align: left; }"


def understanding_page(report: UnderstandingReport) -> str:
    """Return the page, set by set."""
    parts = [_head(report)]
    for name, one in report.sets.items():
        parts.append(section(f"{name}: {one.passages} passages", _measures(one)))
        parts.append(section(f"{name}: dimensions", _labels(one.dimensions)))
        parts.append(section(f"{name}: themes", _labels(one.themes)))
        parts.append(section(f"{name}: shown and wrong, the surest first", _mistakes(one.false_positives)))
        parts.append(section(f"{name}: missed, the least expected first", _mistakes(one.false_negatives)))
    return page(_TITLE, parts, style=_STYLE)


def _head(report: UnderstandingReport) -> str:
    if report.folds:
        kind, said = (
            "good",
            f"Each passage was answered by a classifier fitted without its paper ({report.folds} folds).",
        )
    elif report.seen:
        kind, said = "bad", f"{report.seen} of {report.passages} passages trained the classifier: too good to be true."
    else:
        kind, said = "good", "None of the passages trained the classifier."
    return (
        f"<h1>{_TITLE}</h1><div class='verdict {kind}'>{text(said)}</div>"
        "<p class=dim>Passages drawn from papers count by the number of passages that each stands for. Intervals are"
        " those of 95 % by bootstrap over documents.</p>"
    )


def _measures(one: SetReport) -> str:
    rows = (
        f"<tr><td>{text(_NAMES.get(row.name, row.name))}</td><td>{_number(row.value)}</td>"
        f"<td>{_number(row.low)} – {_number(row.high)}</td><td>{row.n}</td></tr>"
        for row in one.measures
    )
    return grid(("measure", "value", "interval", "n"), rows)


def _labels(rows: Iterable[LabelRow]) -> str:
    cells = (
        f"<tr><td>{text(row.id)}</td><td>{_number(row.precision)}</td><td>{_number(row.recall)}</td>"
        f"<td>{_number(row.f1)}</td><td>{row.right:.1f}</td><td>{row.wrong:.1f}</td><td>{row.missed:.1f}</td></tr>"
        for row in rows
    )
    return grid(("id", "precision", "recall", "F1", "right", "wrong", "missed"), cells)


def _mistakes(rows: Iterable[Mistake]) -> str:
    cells = (
        f"<tr><td>{text(row.id)}</td><td>{row.confidence:.2f}</td><td class=words>{text(row.text)}</td>"
        f"<td>{text(row.passage)}</td></tr>"
        for row in rows
    )
    return grid(("theme or dimension", "confidence", "passage", "id"), cells)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
