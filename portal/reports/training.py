"""The report of a retraining as one HTML page that needs nothing else."""

from collections.abc import Iterable, Sequence

from pipelines.access.actors import shown_name
from pipelines.review.training_report import Comparison, Group, RetrainReport, TagMistake
from portal.reports.page import grid, page, section, text

_MEASURES = (
    ("precision", "Precision", "of the tags that it gives, the share that people call right"),
    ("recall", "Recall", "of the tags that people call right, the share that it gives"),
    ("f1", "F1", "precision and recall in one number"),
    ("ece", "Calibration error", "how far its confidence is from what comes true; less is better"),
    ("coverage", "Coverage", "share of the tags that it decides alone: confidence of .8 and more, or .2 and less"),
    ("accepted_precision", "Precision of accepted", "of the tags with a confidence of .8 and more, the share right"),
    ("log_loss", "Log loss", "what wrong confidence costs; less is better"),
)
_LESS_IS_BETTER = ("ece", "log_loss")
_STYLE = """
.better { color: #23653d; } .worse { color: #a3470b; }
.bar { display: inline-block; width: 5.5rem; height: .6rem; background: var(--line); margin-right: .5rem; }
.bar i { display: block; height: 100%; background: var(--accent); }
"""
_SHOWN = ("precision", "recall", "f1", "ece", "coverage")


def training_page(report: RetrainReport) -> str:
    """Return the page."""
    parts = (
        _head(report),
        section("In all", _totals(report)),
        section("By dimension", _table("Dimension", report.per_node.items())),
        section("By body", _by_value("Body", report.by_body)),
        section("By language", _by_value("Language", report.by_language)),
        section("By year", _by_value("Year", report.by_year)),
        _mistakes("Surest of the wrong tags", report.false_positives, "No tag that people reject is given."),
        _mistakes("Least seen of the right tags", report.false_negatives, "No tag that people accept is missed."),
        section("What the measures mean", _legend()),
    )
    return page(f"Retraining {report.model}", parts, style=_STYLE)


def _head(report: RetrainReport) -> str:
    kept = report.kept
    verdict = "The retrained tagger is in use." if kept else "The tagger stays as it was."
    reason = f"{report.tagged} documents were tagged again." if kept else f"Why: {report.reason}."
    loose = f" {report.loose} more are loose: their words are not in a document now." if report.loose else ""
    at = report.at[:16].replace("T", " ")
    return (
        "<h1>The tagger trained on judgements</h1>"
        f"<p class=dim>Maturity model {text(report.model)} ({text(report.provenance)}) · {text(at)} UTC</p>"
        f"<div class='verdict {'good' if kept else 'bad'}'><strong>{verdict}</strong> {text(reason)}</div>"
        f"<p>{report.labels} judgements on sentences of {report.documents} documents; {report.positives} say"
        f" that the tag is right.{loose} Each paper was scored by a tagger that had not been trained on it"
        f" ({report.folds} groups of papers, language versions together). The tags that are listed for review are"
        " the doubtful ones, so these figures are lower than those over all tags would be.</p>"
    )


def _totals(report: RetrainReport) -> str:
    before, after = dict(report.before), dict(report.after)
    macro = ("macro_f1", "F1, mean over dimensions", "")
    rows = [
        f"<tr><td>{name}</td><td>{_number(before[field])}</td>"
        f"<td class={_change(field, before[field], after[field])}>{_number(after[field])}</td></tr>"
        for field, name, _ in (macro, *_MEASURES)
    ]
    return grid(("Measure", "Before", "After"), rows)


def _by_value(name: str, groups: Iterable[Group]) -> str:
    return _table(name, ((one.value, one) for one in groups))


def _table(name: str, groups: Iterable[tuple[str | None, Comparison]]) -> str:
    names = [label for field, label, _ in _MEASURES if field in _SHOWN]
    rows = []
    for value, one in groups:
        cells = [_cell(field, one) for field in _SHOWN]
        known = "not known" if value is None else text(value)
        rows.append(f"<tr><td>{known}</td><td>{one.labels}</td><td>{one.positives}</td>{''.join(cells)}</tr>")
    return grid((name, "Judged", "Right", *names, "F1 before"), rows)


def _cell(field: str, one: Comparison) -> str:
    value = getattr(one, field)
    bar = f"<span class=bar><i style='width:{100 * value:.0f}%'></i></span>" if field == "f1" else ""
    cell = f"<td>{bar}{_number(value)}</td>"
    return cell if field != _SHOWN[-1] else f"{cell}<td>{_number(one.before.f1)}</td>"


def _mistakes(title: str, rows: Sequence[TagMistake], nothing: str) -> str:
    if not rows:
        return section(title, f"<p class=dim>{nothing}</p>")
    items = []
    for row in rows:
        pages = f" · page {', '.join(map(str, row.pages))}" if row.pages else ""
        paper = row.symbol or row.title or row.source.rsplit("/", maxsplit=1)[-1]
        items.append(
            f"<li><strong>{text(row.dimension)}</strong> {row.confidence:.2f}"
            f" <span class=dim>(before {row.before:.2f}, after {row.after:.2f})</span>"
            f"<blockquote>“{text(' '.join(row.text.split()))}”</blockquote>"
            f"<span class=dim>{text(paper)}{pages} · judged by {text(shown_name(row.author))}"
            f" · {text(row.passage)}</span>"
            "</li>"
        )
    return section(title, f"<ol>{''.join(items)}</ol>")


def _legend() -> str:
    rows = (f"<p><strong>{name}</strong>: {meaning}.</p>" for _, name, meaning in _MEASURES)
    return "".join(rows)


def _change(field: str, before: float | None, after: float | None) -> str:
    if before is None or after is None or f"{before:.3f}" == f"{after:.3f}":
        return "same"
    return "better" if (after > before) != (field in _LESS_IS_BETTER) else "worse"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
