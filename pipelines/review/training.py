"""Retraining: adds judgements to the classifier, tests it on held-out papers, and keeps it if it is no worse."""

import datetime as dt
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from configs.settings import Settings
from configs.system.errors import UsageError
from configs.system.folders import make_home
from extractors.classifier.weights import text_hash
from extractors.document import Value
from extractors.maturity.fitting import sigmoid
from index.filters import AccessClasses, may_read_all
from pipelines.fitting.examples import Example, examples_of
from pipelines.fitting.judged import judged_passages
from pipelines.fitting.measures import Measures, measured
from pipelines.fitting.quick import Trial, add_judgements
from pipelines.ingest.run import ProgressListener
from pipelines.ingest.runs import tag_again
from pipelines.search.service import reader
from pipelines.stages import components
from pipelines.storage.classifiers import load_base, no_classifier, retrained_path

_MOST_FOLDS = 5
_ROUNDING = 1e-9
"""Smaller differences do not count."""


class Comparison(Value):
    """The quality of predicted probabilities on judgements, before and after a retraining.

    A judgement concerns one theme or dimension of a passage; `positives` counts those where it holds. The language
    versions of a paper count as one.
    """

    labels: int
    positives: int
    papers: int
    before: Measures
    after: Measures


class RetrainReport(Comparison):
    """The result of a retraining for a maturity model and its provenance.

    `kept` says whether the retrained classifier is in use, as `version`, or else `reason` why not; `at` is a time in
    UTC. The papers were in `folds` groups. `macro_f1` are the means of F1 over the judged themes and dimensions,
    `per_node` has each of them. `tagged` documents were tagged again.
    """

    model: str
    provenance: str
    version: str | None
    at: str
    kept: bool
    reason: str | None
    folds: int
    macro_f1_before: float
    macro_f1_after: float
    per_node: dict[str, Comparison]
    tagged: int


def retrain(
    settings: Settings, *, access_classes: AccessClasses, progress: ProgressListener = lambda *_: None
) -> RetrainReport:
    """Add the judgements of the home to its classifier; if it is no worse, keep it and tag all documents again.

    Only judgements on papers that the caller may see are used, and only documents that the caller may see are counted
    as tagged. The classifier is kept where log loss and macro F1 on held-out papers are not worse than before. Raises
    `UsageError` where there are no judgements that it was not trained on, `UnavailableError` where
    there is no classifier for encoder and maturity model, and as `ingest` does.
    """
    judged = judged_passages(settings, access_classes=access_classes)
    if not judged:
        raise UsageError("nothing was judged yet", "begin on the page /review of the portal")
    pipeline = components.PipelineComponents(settings)
    base = load_base(settings, pipeline.identity)
    if base is None or pipeline.classifier is None or not pipeline.classifier.knows(pipeline.model):
        raise no_classifier(pipeline.identity, pipeline.model)
    known, seen = {*base.note.themes, *base.note.dimensions}, frozenset(base.note.seen)
    rows = [row for row in judged if row.judged and row.judged & known and text_hash(row.text) not in seen]
    if not rows:
        message = "nothing was judged that the classifier does not know"
        raise UsageError(message, "judge more on the page /review of the portal")
    examples = examples_of(rows, pipeline)
    folds = min(_MOST_FOLDS, len({row.group for row in rows}))
    trial = add_judgements(base, examples, folds)
    names = np.array([pair.name for pair in trial.pairs])
    by_node = {name: _comparison(trial, examples, names == name) for name in dict.fromkeys(names.tolist())}
    total = _comparison(trial, examples, np.ones(len(names), bool))
    before, after = ([getattr(one, when).f1 for one in by_node.values()] for when in ("before", "after"))
    macro = float(np.mean(before)), float(np.mean(after))
    reason = _refusal(total, *macro) if folds > 1 else "all that was judged is of one paper; judge some of another"
    if reason is None:
        path = retrained_path(settings.home, pipeline.identity)
        make_home(settings.home)
        path.parent.mkdir(exist_ok=True)
        trial.weights.write(path)
    return RetrainReport(
        **dict(total),
        model=pipeline.model.id,
        provenance=pipeline.model.provenance,
        version=trial.weights.version if reason is None else None,
        at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        kept=reason is None,
        reason=reason,
        folds=folds,
        macro_f1_before=macro[0],
        macro_f1_after=macro[1],
        per_node=by_node,
        tagged=_tag_again(settings, access_classes, progress) if reason is None else 0,
    )


def _comparison(trial: Trial, examples: Sequence[Example], chosen: NDArray[np.bool_]) -> Comparison:
    own = [pair for pair, keep in zip(trial.pairs, chosen, strict=True) if keep]
    before, after = (measured(sigmoid(odds[chosen]), trial.labels[chosen]) for odds in (trial.before, trial.after))
    return Comparison(
        labels=len(own),
        positives=sum(pair.holds for pair in own),
        papers=len({examples[pair.place].judged.group for pair in own}),
        before=before,
        after=after,
    )


def _refusal(found: Comparison, macro_before: float, macro_after: float) -> str | None:
    """Return why the retrained classifier is not kept, None where it is."""
    before, after = found.before.log_loss, found.after.log_loss
    if after > before + _ROUNDING:
        return f"log loss on unknown papers would rise from {before:.4f} to {after:.4f}"
    if macro_after < macro_before - _ROUNDING:
        return f"macro F1 on unknown papers would fall from {macro_before:.4f} to {macro_after:.4f}"
    return None


def _tag_again(settings: Settings, access_classes: AccessClasses, progress: ProgressListener) -> int:
    """Tag all documents again; return how many of those that a reader may see have changed.

    The progress names documents, so only a reader who may see every paper gets it.
    """
    before = _tagged_by(settings, access_classes)
    tag_again(settings, progress=progress if may_read_all(access_classes) else lambda *_: None)
    return len(_tagged_by(settings, access_classes) - before)


def _tagged_by(settings: Settings, access_classes: AccessClasses) -> set[tuple[str, str | None]]:
    """Return the id of each document that a reader may see, with the version of the tagger that tagged it."""
    with reader(settings) as engine:
        return {(name, versions.get("tag")) for name, versions in engine.documents(access_classes=access_classes)}
