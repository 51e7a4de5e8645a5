"""Passages of a home that people judged, as examples for training: what they accepted is true, the rest is not."""

from collections import defaultdict
from collections.abc import Iterator

from configs.errors import UnavailableError
from configs.settings import Settings
from extractors.document import Document, Passage
from index.filters import AccessClasses
from pipelines.evaluation.understanding.passages import JudgedPassage, JudgedTag
from pipelines.search.service import reader


def annotated_passages(settings: Settings, *, access_classes: AccessClasses) -> list[JudgedPassage]:
    """Return the passages on which the home has annotations that a reader may see; none where nothing was ingested.

    A passage is taken as its annotations leave it, with what the machine accepted beside them.
    """
    try:
        with reader(settings) as engine:
            judged: dict[str, set[str]] = defaultdict(set)
            for one in engine.labels(access_classes=access_classes):
                if one.passage is not None:
                    judged[one.label.document].add(one.passage)
            documents = (engine.document(name, access_classes=access_classes, full=True) for name in judged)
            return [row for document in documents if document for row in _rows(document, judged[document.id])]
    except UnavailableError:
        return []


def _rows(document: Document, wanted: set[str]) -> Iterator[JudgedPassage]:
    for passage in document.passages:
        if passage.id in wanted:
            yield _judged(document, passage)


def _judged(document: Document, passage: Passage) -> JudgedPassage:
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
    )
