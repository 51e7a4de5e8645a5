"""Judged passages of a home as training examples: accepted labels are positive, others negative."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from configs.maturity import load_model
from configs.settings import Settings
from extractors.document import Document, Passage
from extractors.judgements import AnchoredJudgement, in_force
from extractors.maturity.judgements import TagJudgement, judgements
from extractors.themes.judgements import ThemeJudgement
from index.filters import AccessClasses
from index.results import PlacedJudgement
from pipelines.fitting.passages import JudgedPassage, JudgedTag
from pipelines.search.service import reader


def judged_passages(settings: Settings, *, access_classes: AccessClasses) -> list[JudgedPassage]:
    """Return the passages on which the home has judgements that a reader may see.

    A passage is taken as its judgements leave it, with what the machine accepted beside them; `judged` names what the
    judgements speak of. Raises `UnavailableError` where nothing was ingested.
    """
    with reader(settings) as engine:
        model = load_model(settings.model).id
        said: dict[str, dict[str, list[PlacedJudgement]]] = defaultdict(lambda: defaultdict(list))
        for one in engine.judgements(access_classes=access_classes):
            if one.passage is not None:
                said[one.judgement.document][one.passage].append(one)
        documents = (engine.document(name, access_classes=access_classes, full=True) for name in said)
        return [row for document in documents if document for row in _rows(document, said[document.id], model)]


def _rows(document: Document, said: Mapping[str, Sequence[PlacedJudgement]], model: str) -> Iterator[JudgedPassage]:
    for passage in document.passages:
        if passage.id in said:
            yield _judged(document, passage, frozenset(_judged_labels(passage, said[passage.id], model)))


def _judged_labels(passage: Passage, said: Sequence[PlacedJudgement], model: str) -> Iterator[str]:
    """Yield the dimensions of a model and the themes on which there are judgements."""
    tags = [
        (one.judgement, one) for one in said if isinstance(one.judgement, TagJudgement) and one.judgement.model == model
    ]
    themes = [(one.judgement, one) for one in said if isinstance(one.judgement, ThemeJudgement)]
    for judged in judgements(
        [AnchoredJudgement(judgement, passage.ordinal, one.start, one.end) for judgement, one in tags]
    ):
        yield judged.span[0]
    for placed in in_force(
        [AnchoredJudgement(judgement, passage.ordinal, one.start, one.end) for judgement, one in themes]
    ):
        yield placed.judgement.theme


def _judged(document: Document, passage: Passage, spoken_of: frozenset[str]) -> JudgedPassage:
    themes = tuple(dict.fromkeys(one.id for one in passage.themes if one.kind == "about" and one.status == "accepted"))
    tags = tuple(
        JudgedTag(
            dimension=one.dimension, level=one.level, modality=one.modality, evidence=passage.text[one.start : one.end]
        )
        for one in passage.maturity
        if one.status == "accepted"
    )
    return JudgedPassage(
        id=passage.id,
        language=passage.language or "en",
        text=passage.text,
        about="customs-digital" if themes or tags else "none",
        themes=themes,
        tags=tags,
        source=document.key,
        judged=spoken_of,
    )
