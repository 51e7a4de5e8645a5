"""Maturity tags on labelled texts: how likely each text is about a node, beside what people say of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from configs.errors import ConfigError, UsageError
from configs.maturity import MaturityModel
from configs.scorer import LevelRule, Scorer, Weights, load_scorer
from configs.settings import Settings
from extractors.document import Passage, Value
from extractors.maturity.evidence import FEATURES, Floats
from extractors.maturity.fitting import HALFWAY, Numbers, fit_logistic, sigmoid
from extractors.maturity.heads import Examples, Head, fit_heads
from pipelines.evaluation.documents import Progress, text_document
from pipelines.evaluation.judged import read_csv
from pipelines.evaluation.measures import (
    CERTAIN_NO,
    CERTAIN_YES,
    THRESHOLD,
    Chances,
    Labels,
    area_under_curve,
    expected_calibration_error,
    f1_score,
)
from pipelines.stages import components

_YES, _NO = frozenset({"true", "1", "yes"}), frozenset({"false", "0", "no"})
_PRECISION = 1 / 0.3
"""Of the prior of each coefficient of a shared scorer, as `benchmarks/train_scorer.py` has it."""
_ROUNDS = 4
"""Of choosing the sentence of each text that speaks loudest for its node and fitting to these."""


@dataclass(frozen=True)
class _Row:
    """A text, the node that it was judged for, and the judgement."""

    text: str
    node: str
    label: bool


@dataclass(frozen=True)
class _Text:
    """The sentences of a text before any scorer: who encoded them, features `(n, nodes, f)`, vectors `(n, d)`."""

    encoder: str
    features: Floats
    vectors: Floats


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

    With `fit`, rows of other nodes train the shared scorer and rows of the same node its head, but for those that
    are to be scored. Without it, a node that the shipped scorer was trained on is refused. Raises
    `UnavailableError` for a file that cannot be read, `ConfigError`, naming the line, for a row of another shape, and
    `UsageError` for a node that is refused or that no other node can train a scorer for.
    """
    tools = components.PipelineComponents(settings)
    rows = _read(labels, tools.model)
    if fit is None:
        _refuse_known(tools.model, rows)
        chances = _by_tagger(tools, rows, progress)
    else:
        chances = _by_fitting(tools, rows, _read(fit, tools.model), fit, progress)
    return _measures(rows, chances)


def _read(path: Path, model: MaturityModel) -> list[_Row]:
    known = {dimension.id for dimension in model.dimensions}
    rows = []
    for line, cells in read_csv(path, ("text", "node", "label")):
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


def _refuse_known(model: MaturityModel, rows: Sequence[_Row]) -> None:
    trained = set(load_scorer().trained_on)
    seen = sorted({row.node for row in rows if f"{model.id}/{row.node}" in trained})
    if seen:
        raise UsageError(
            f"the shipped scorer was trained on {', '.join(seen)}, so it would score what it knows",
            "give other nodes, or labels to train on with --fit",
        )


def _by_tagger(tools: components.PipelineComponents, rows: Sequence[_Row], progress: Progress) -> Chances:
    """Return the probability of each row by the tagger in use."""
    columns = {dimension.id: place for place, dimension in enumerate(tools.model.dimensions)}
    chances = np.zeros(len(rows))
    for n, (row, passages) in enumerate(_passages(tools, rows, progress)):
        found = tools.tagger.probabilities(passages, components.encode(passages, tools))
        chances[n] = found[:, columns[row.node]].max(initial=0.0)
    return chances


def _passages(
    tools: components.PipelineComponents, rows: Sequence[_Row], progress: Progress
) -> Iterator[tuple[_Row, tuple[Passage, ...]]]:
    """Yield each row with the passages of its text and their themes."""
    for done, row in enumerate(rows, 1):
        document = text_document("text", row.text)
        yield row, components.name_themes(components.split(document, tools), tools).passages
        progress(done, len(rows), "texts")


def _by_fitting(
    tools: components.PipelineComponents, rows: Sequence[_Row], known: Sequence[_Row], fit: Path, progress: Progress
) -> Chances:
    columns = {dimension.id: place for place, dimension in enumerate(tools.model.dimensions)}
    tagger = tools.tagger_with(_blank(load_scorer()))
    texts = {}
    distinct = list({row.text: row for row in (*rows, *known)}.values())
    for row, passages in _passages(tools, distinct, progress):
        if passages:
            texts[row.text] = _text(tagger.examples(passages, components.encode(passages, tools)))
    known = [row for row in known if row.text in texts]
    chances = np.zeros(len(rows))
    for node, column in columns.items():
        asked = [n for n, row in enumerate(rows) if row.node == node and row.text in texts]
        for encoder in sorted({texts[rows[n].text].encoder for n in asked}):
            read_alike = [row for row in known if texts[row.text].encoder == encoder]
            scored = {rows[n].text for n in asked}
            same = [row for row in read_alike if row.node == node and row.text not in scored]
            others = _teachers(node, read_alike, known)
            if not others:
                message = f"{fit}: nothing there can train a scorer for {node}"
                raise UsageError(message, "it needs rows of other nodes, some true and some false")
            weights = _fit_shared([texts[row.text].features[:, columns[row.node]] for row in others], _labels(others))
            head = _fit_head([texts[row.text] for row in same], _labels(same), column, weights)
            for n in asked:
                text = texts[rows[n].text]
                if text.encoder == encoder:
                    shared = _logits(text.features[:, column], weights)
                    logits = head[0].logits(shared, text.vectors.astype(np.float64)) if head else shared
                    chances[n] = sigmoid(logits).max()
    return chances


def _teachers(node: str, read_alike: Sequence[_Row], known: Sequence[_Row]) -> list[_Row]:
    """Return the rows of other nodes that train the scorer of one: those read by the same encoder, if they are enough.

    Few of them say less than all do: features mean the same for every encoder.
    """
    others = [row for row in read_alike if row.node != node]
    if len(others) < HALFWAY or not _has_both(others):
        others = [row for row in known if row.node != node]
    return others if _has_both(others) else []


def _has_both(rows: Sequence[_Row]) -> bool:
    return {row.label for row in rows} == {True, False}


def _blank(scorer: Scorer) -> Scorer:
    """Return a scorer that prefers nothing and reads each language by the same encoder."""
    return scorer.model_copy(
        update={
            "encoders": {
                name: Weights(languages=own.languages, intercept=0.0, coefficients=(0.0,) * len(FEATURES))
                for name, own in scorer.encoders.items()
            },
            "levels": LevelRule(gap=0.0),
        }
    )


def _text(examples: Sequence[tuple[str, Floats, Floats]]) -> _Text:
    encoder = examples[0][0]
    own = [one for one in examples if one[0] == encoder]
    return _Text(encoder, np.concatenate([one[1] for one in own]), np.concatenate([one[2] for one in own]))


def _labels(rows: Sequence[_Row]) -> Labels:
    return np.array([row.label for row in rows], dtype=np.bool_)


def _fit_shared(features: Sequence[Floats], labels: Labels) -> Numbers:
    """Return coefficients, the intercept last, of the sentences that speak loudest."""
    weights = np.array([float(name.endswith("near_relative")) for name in FEATURES] + [0.0])
    penalties = np.array([_PRECISION] * len(FEATURES) + [1e-6])
    for _ in range(_ROUNDS):
        loudest = np.stack([one[_logits(one, weights).argmax()] for one in features]).astype(np.float64)
        weights = fit_logistic(
            np.hstack([loudest, np.ones((len(loudest), 1))]), labels, penalties=penalties, offset=np.zeros(len(labels))
        )
    return weights


def _fit_head(texts: Sequence[_Text], labels: Labels, column: int, weights: Numbers) -> tuple[Head, ...]:
    """Return the head of one node, none where its labels are all alike."""
    if not len(labels):
        return ()
    scores = [_logits(text.features[:, column], weights) for text in texts]
    best = [int(score.argmax()) for score in scores]
    names = np.full(len(labels), "node")
    shared = np.array([score[place] for score, place in zip(scores, best, strict=True)])
    vectors = np.stack([text.vectors[place] for text, place in zip(texts, best, strict=True)]).astype(np.float64)
    return fit_heads(Examples(names, names, labels, shared, vectors))


def _logits(features: Floats, weights: Numbers) -> Numbers:
    logits: Numbers = features.astype(np.float64) @ weights[:-1] + weights[-1]
    return logits


def _measures(rows: Sequence[_Row], chances: Chances) -> TaggingMeasures:
    labels, nodes = _labels(rows), np.array([row.node for row in rows])
    per_node = {node: _of_node(chances[nodes == node], labels[nodes == node]) for node in sorted(set(nodes.tolist()))}
    accepted = chances >= CERTAIN_YES
    aucs = [one.auc for one in per_node.values() if one.auc is not None]
    return TaggingMeasures(
        macro_accuracy=float(np.mean([one.accuracy for one in per_node.values()])),
        macro_f1=float(np.mean([one.f1 for one in per_node.values()])),
        auc=float(np.mean(aucs)) if aucs else None,
        ece=expected_calibration_error(chances, labels),
        per_node=per_node,
        coverage=float((accepted | (chances <= CERTAIN_NO)).mean()),
        accepted_precision=float(labels[accepted].mean()) if accepted.any() else None,
    )


def _of_node(chances: Chances, labels: Labels) -> NodeMeasures:
    said = chances >= THRESHOLD
    hits, wrong, missed = (int(one.sum()) for one in (said & labels, said & ~labels, ~said & labels))
    return NodeMeasures(
        rows=len(labels),
        positives=int(labels.sum()),
        accuracy=float((said == labels).mean()),
        f1=f1_score(hits, wrong, missed),
        auc=area_under_curve(chances, labels),
    )
