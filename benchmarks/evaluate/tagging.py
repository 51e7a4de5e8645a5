"""`evaluate tagging`: the probabilities of maturity nodes on labelled texts against the labels."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.evaluate.documents import text_document
from configs.maturity import MaturityModel
from configs.settings import Settings
from configs.system.errors import ConfigError, UsageError
from extractors.classifier.scorer import PassageInput
from extractors.classifier.states import Floats
from extractors.classifier.zero_shot import CALIBRATED_ON, FEATURES, chances_of
from extractors.document import Value
from extractors.maturity.fitting import Numbers, fit_logistic, share, sigmoid
from pipelines.fitting.examples import Progress
from pipelines.fitting.measures import THRESHOLD, Chances, TrueNodes, measured
from pipelines.fitting.passages import text_of
from pipelines.stages import components, tagging

_YES, _NO = frozenset({"true", "1", "yes"}), frozenset({"false", "0", "no"})
_PRECISION, _BIAS_PRECISION = 3.0, 1e-6
"""Of the priors of a calibration's weights and of its bias."""
_OWN_PRECISION = 1.0
"""Of the prior of what rows of a node itself change in that."""


@dataclass(frozen=True)
class _Row:
    """A text, the node that it was judged for, and the judgement."""

    text: str
    node: str
    label: bool


class NodeMeasures(Value):
    """How good the probabilities of one node are, as fractions; `auc` is None where all its labels are alike."""

    rows: int
    positives: int
    accuracy: float
    f1: float
    auc: float | None


class TaggingMeasures(Value):
    """The means over nodes (`macro_accuracy`, `macro_f1`, `auc`), and measures over all rows, as fractions.

    `coverage` is the share of rows that a probability decides, `accepted_precision` that of those accepted which are
    right; None where none is accepted.
    """

    macro_accuracy: float
    macro_f1: float
    auc: float | None
    ece: float
    per_node: dict[str, NodeMeasures]
    coverage: float
    accepted_precision: float | None


def evaluate_tagging(
    settings: Settings, labels: Path, *, fit: Path | None = None, progress: Progress = lambda *_: None
) -> TaggingMeasures:
    """Return the measures of the settings' model on labelled texts, each scored alone.

    With `fit`, rows of other nodes calibrate the scorer over statements, and rows of the same node fit a logistic
    regression over its features, but for those that are to be scored. Without it, a node that trained the scorer in use
    is refused. Raises `UnavailableError` for a file that cannot be read, `ConfigError`, naming the line, for a row of
    another shape, and `UsageError` for a node that is refused or that no other node can calibrate the scorer for.
    """
    tools = components.PipelineComponents(settings)
    rows = _read(labels, tools.model)
    if fit is None:
        _refuse_known(tools)
        chances = _by_scorer(tools, rows, progress)
    else:
        chances = _by_fitting(tools, rows, _read(fit, tools.model), fit, progress)
    return _measures(rows, chances)


def _read(path: Path, model: MaturityModel) -> list[_Row]:
    known = {dimension.id for dimension in model.dimensions}
    rows = []
    for line, cells in _read_csv(path, ("text", "node", "label")):
        label, node = cells["label"].strip().lower(), cells["node"].strip()
        if not cells["text"].strip():
            raise ConfigError(path, "the text is empty", line=line, remedy="take the row out")
        if label not in _YES | _NO:
            raise ConfigError(path, f"label is '{label}'", line=line, remedy="write true or false")
        if node not in known:
            raise ConfigError(path, f"the model {model.id} has no node {node}", line=line, remedy="give its model")
        rows.append(_Row(cells["text"], node, label in _YES))
    if not rows:
        raise ConfigError(path, "there is nothing in it", remedy="write one row for each text and node")
    return rows


def _read_csv(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows of a CSV file with a header that names the columns, each with the line (from 1) it begins in.

    Raises `UnavailableError` where the file cannot be read and `ConfigError` where the header lacks a column or a
    row has more or fewer cells than the header.
    """
    reader = csv.reader(io.StringIO(text_of(path), newline=""), strict=True)
    remedy = f"the first line has to name the columns {', '.join(columns)}"
    try:
        header = [name.strip() for name in next(reader, [])]
        if missing := [name for name in columns if name not in header]:
            raise ConfigError(path, f"there is no column {missing[0]}", line=1, remedy=remedy)
        done = reader.line_num
        for cells in reader:
            line, done = done + 1, reader.line_num
            if not cells:
                continue
            if len(cells) != len(header):
                message = f"{len(cells)} cells, the header names {len(header)}"
                raise ConfigError(path, message, line=line, remedy="put quotes around a cell that holds a comma")
            yield line, dict(zip(header, cells, strict=True))
    except csv.Error as error:
        raise ConfigError(path, f"broken CSV: {error}", line=reader.line_num, remedy="correct the quotes") from error


def _refuse_known(tools: components.PipelineComponents) -> None:
    if tools.node_scorer is tools.classifier or tools.model.id == CALIBRATED_ON:
        raise UsageError(
            f"the scorer in use was trained on the model {tools.model.id}, so it would score what it knows",
            "give nodes of another model, or labels to train on with --fit",
        )


def _by_scorer(tools: components.PipelineComponents, rows: Sequence[_Row], progress: Progress) -> Chances:
    """Return the probability of each row by the scorer in use: that of the passage that is likeliest."""
    chances = np.zeros(len(rows))
    for n, inputs in enumerate(_inputs(tools, rows, progress)):
        found = (one.dimensions[rows[n].node].about for one in tools.node_scorer.read(inputs))
        chances[n] = max(found, default=0.0)
    return chances


def _inputs(
    tools: components.PipelineComponents, rows: Sequence[_Row], progress: Progress
) -> Iterator[list[PassageInput]]:
    """Yield the passages of each row's text, ready for a scorer."""
    for done, row in enumerate(rows, 1):
        passages = tagging.split(text_document("text", row.text), tools).passages
        yield [one for inputs, _ in tools.passage_reader.windows(passages, ()) for one in inputs]
        progress(done, len(rows), "texts")


def _by_fitting(
    tools: components.PipelineComponents, rows: Sequence[_Row], known: Sequence[_Row], fit: Path, progress: Progress
) -> Chances:
    columns = {dimension.id: place for place, dimension in enumerate(tools.model.dimensions)}
    distinct = list({row.text: row for row in (*rows, *known)}.values())
    texts: dict[str, Floats] = {}
    for row, inputs in zip(distinct, _inputs(tools, distinct, progress), strict=True):
        if inputs:
            texts[row.text] = np.stack([tools.statement_scorer.features(one) for one in inputs])

    def features(chosen: Sequence[_Row]) -> Numbers:
        """Return those of the passage of each row that speaks loudest for its node, `(n, f + 1)`, 1 last."""
        found = [texts[row.text][:, columns[row.node]] for row in chosen]
        loudest = [one[chances_of(one).argmax()] for one in found]
        return np.array([[*one, 1.0] for one in loudest], np.float64).reshape(len(found), len(FEATURES) + 1)

    known = [row for row in known if row.text in texts]
    chances = np.zeros(len(rows))
    for node in columns:
        asked = [n for n, row in enumerate(rows) if row.node == node and row.text in texts]
        if not asked:
            continue
        scored = {rows[n].text for n in asked}
        others = [row for row in known if row.node != node]
        if not _has_both(others):
            message = f"{fit}: nothing there can train a scorer for {node}"
            raise UsageError(message, "it needs rows of other nodes, some true and some false")
        same = [row for row in known if row.node == node and row.text not in scored]
        weights = _calibrated(features(others), _labels(others))
        weights += _learnt(features(same), _labels(same), weights)
        chances[asked] = sigmoid(features([rows[n] for n in asked]) @ weights)
    return chances


def _calibrated(features: Numbers, labels: TrueNodes) -> Numbers:
    """Return the weights of a logistic regression, the bias last."""
    penalties = np.array([_PRECISION] * len(FEATURES) + [_BIAS_PRECISION])
    return fit_logistic(features, labels, penalties=penalties, offset=np.zeros(len(labels)))


def _learnt(features: Numbers, labels: TrueNodes, weights: Numbers) -> Numbers:
    """Return the adjustment of the weights by rows of the node itself, which grows with their number; 0 without any."""
    penalties = np.full(len(weights), _OWN_PRECISION)
    return share(len(labels)) * fit_logistic(features, labels, penalties=penalties, offset=features @ weights)


def _has_both(rows: Sequence[_Row]) -> bool:
    return {row.label for row in rows} == {True, False}


def _labels(rows: Sequence[_Row]) -> TrueNodes:
    return np.array([row.label for row in rows], dtype=np.bool_)


def _measures(rows: Sequence[_Row], chances: Chances) -> TaggingMeasures:
    labels, nodes = _labels(rows), np.array([row.node for row in rows])
    per_node = {node: _of_node(chances[nodes == node], labels[nodes == node]) for node in sorted(set(nodes.tolist()))}
    aucs = [one.auc for one in per_node.values() if one.auc is not None]
    total = measured(chances, labels)
    return TaggingMeasures(
        macro_accuracy=float(np.mean([one.accuracy for one in per_node.values()])),
        macro_f1=float(np.mean([one.f1 for one in per_node.values()])),
        auc=float(np.mean(aucs)) if aucs else None,
        ece=total.ece,
        per_node=per_node,
        coverage=total.coverage,
        accepted_precision=total.accepted_precision,
    )


def _of_node(chances: Chances, labels: TrueNodes) -> NodeMeasures:
    return NodeMeasures(
        rows=len(labels),
        positives=int(labels.sum()),
        accuracy=float(((chances >= THRESHOLD) == labels).mean()),
        f1=measured(chances, labels).f1,
        auc=area_under_curve(chances, labels),
    )


def area_under_curve(chances: Chances, labels: TrueNodes) -> float | None:
    """Return the chance that a positive row has a higher probability than a negative one, equals counting half.

    None where all rows have the same label.
    """
    positive, negative = chances[labels], np.sort(chances[~labels])
    if not len(positive) or not len(negative):
        return None
    below = np.searchsorted(negative, positive, side="left") + np.searchsorted(negative, positive, side="right")
    return float(below.sum() / (2 * len(positive) * len(negative)))
