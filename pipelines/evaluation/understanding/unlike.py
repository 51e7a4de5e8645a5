"""How far the papers of a home are from those that trained its classifier: where its answers are to be trusted less."""

import random
from collections import defaultdict

from configs.settings import Settings
from extractors.document import Value
from index.filters import AccessClasses, Filters
from pipelines.evaluation.documents import Progress
from pipelines.search.service import reader
from pipelines.stages.components import PipelineComponents
from pipelines.storage.classifiers import no_classifier

_MOST = 100
"""Passages of one body and kind that are looked at."""
_SEED = 20260


class UnlikeGroup(Value):
    """The papers of one body and kind: so many passages were looked at, and which share of them is unlike training."""

    body: str | None
    kind: str | None
    passages: int
    unlike: float


class UnlikeReport(Value):
    """What was found of a home; `nearest` is the cosine below which a passage is unlike (see `ClassifierNote`)."""

    nearest: float
    passages: int
    unlike: float | None
    groups: tuple[UnlikeGroup, ...]


def unlike_papers(
    settings: Settings, *, access_classes: AccessClasses, progress: Progress = lambda *_: None
) -> UnlikeReport:
    """Return how many passages of the papers that the caller may see are unlike all that trained the classifier.

    At most 100 passages of each body and kind are drawn, always the same ones. Raises `UnavailableError` where there is
    no classifier for encoder and maturity model, and as `reader`.
    """
    tools = PipelineComponents(settings)
    if tools.classifier is None:
        raise no_classifier(tools.identity, tools.model)
    texts: dict[tuple[str | None, str | None], list[str]] = defaultdict(list)
    with reader(settings) as engine:
        for document, passages in engine.passages(Filters(access_classes=access_classes)):
            texts[document.body, document.kind] += [one.text for one in passages if one.is_read]
    chance = random.Random(_SEED)  # noqa: S311 - nothing is secret
    drawn = {group: chance.sample(own, min(_MOST, len(own))) for group, own in texts.items() if own}
    total, done, far = sum(map(len, drawn.values())), 0, 0
    groups = []
    for (body, kind), own in drawn.items():
        unlike = int(tools.classifier.unlike(tools.encoder.passages(own)).sum())
        groups.append(UnlikeGroup(body=body, kind=kind, passages=len(own), unlike=round(unlike / len(own), 3)))
        done, far = done + len(own), far + unlike
        progress(done, total, "passages")
    return UnlikeReport(
        nearest=tools.classifier.note.nearest,
        passages=total,
        unlike=round(far / total, 3) if total else None,
        groups=tuple(sorted(groups, key=lambda one: (-one.unlike, one.body or "", one.kind or ""))),
    )
