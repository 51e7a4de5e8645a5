"""The stages that split a document into passages and assign themes and tags to them, as plain functions."""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from configs.paper_kinds import PaperContext, load_paper_kinds
from configs.system.progress import step_done
from configs.vocabulary import Vocabulary
from extractors.classifier.about import merged_themes
from extractors.classifier.classifier import PassageReading
from extractors.document import Document, Passage, PassageTheme
from extractors.text.boilerplate import find_boilerplate
from extractors.text.language import language_of
from extractors.text.passages import LanguageOf, split_passages
from pipelines.stages.components import PipelineComponents


def tag(document: Document, tools: PipelineComponents) -> tuple[Document, NDArray[np.float32]]:
    """Return the document with its passages, themes and maturity tags, and the passages' vectors `(n, d)`."""
    document = name_entities(name_themes(split(document, tools), tools), tools)
    kinds = load_paper_kinds()
    papers = [kinds.of(document.title, " > ".join(one.section), document.source) for one in document.passages]
    read = understand(document.passages, tools, papers)
    document = add_about_themes(document, read.vectors, read.themes, tools)
    subjects = tools.subjects.find(document.passages, document.submitted_by, document.title)
    guiding = guiding_subjects(document.title, document.source, tools)
    found = [tools.tagger.tags(*one, guiding) for one in zip(document.passages, read.nodes, subjects, strict=True)]
    passages = tuple(
        one.model_copy(update={"maturity": tags}) for one, tags in zip(document.passages, found, strict=True)
    )
    return document.model_copy(update={"passages": passages}), read.vectors


def guiding_subjects(title: str | None, source: str | None, tools: PipelineComponents) -> frozenset[str]:
    """Return whose recommendations in a paper bind traders and not themselves: an administration's in a guide."""
    is_guide = load_paper_kinds().of(title, None, source).kind == "guide"
    return frozenset(one.id for one in tools.gazetteer.administrations) if is_guide else frozenset()


class PassagePredictions(NamedTuple):
    """What was read of passages: of their themes, none without a classifier; of dimensions; their vectors `(n, d)`."""

    themes: list[PassageReading]
    nodes: list[PassageReading]
    vectors: NDArray[np.float32]


def understand(
    passages: Sequence[Passage], tools: PipelineComponents, papers: Sequence[PaperContext] = ()
) -> PassagePredictions:
    """Return the predictions of classifier and node scorer for passages with named themes.

    `papers` say what their papers are, nothing where there are none.
    """
    classifier, scorer = tools.classifier, tools.node_scorer
    known = classifier.note.themes if classifier else ()
    themes: list[PassageReading] = []
    nodes: list[PassageReading] = []
    vectors = [np.empty((0, tools.identity.dimension), np.float32)]
    for inputs, encoded in tools.passage_reader.windows(passages, known, papers):
        read = classifier.read(inputs) if classifier else []
        themes += read
        nodes += read if scorer is classifier else scorer.read(inputs)
        vectors.append(encoded)
        step_done()
    return PassagePredictions(themes, nodes, _of_text(passages, np.concatenate(vectors)))


def split(document: Document, tools: PipelineComponents, *, language_of: LanguageOf = language_of) -> Document:
    """Return the document with its passages, without themes and tags."""
    passages = split_passages(
        document,
        tools.encoder.count_tokens,
        language_of=language_of,
        sentences=tools.sentences,
        boilerplate=find_boilerplate(document.blocks, tools.boilerplate),
    )
    return document.model_copy(update={"passages": passages})


def name_themes(document: Document, tools: PipelineComponents) -> Document:
    """Return the document, which has its passages, with the themes that they name.

    Boilerplate names none: a list of contents would count what the paper says as often again, a list of people what
    their offices are called. What it says of abbreviations counts.
    """
    passages = document.passages
    mentions = tools.matcher.find_in_document([(passage.text, passage.language) for passage in passages])
    named = tuple(
        passage.model_copy(update={"themes": tuple(map(PassageTheme.of, found)) if passage.is_read else ()})
        for passage, found in zip(passages, mentions, strict=True)
    )
    return document.model_copy(update={"passages": named})


def add_about_themes(
    document: Document, vectors: NDArray[np.float32], readings: Sequence[PassageReading], tools: PipelineComponents
) -> Document:
    """Return the document with the themes that its passages are about beside those that they name.

    `vectors` are those of all passages, `(n, d)`, `readings` what the classifier makes of them. Boilerplate is about
    nothing.
    """
    scored = tools.theme_scorer.score(document.passages, vectors, readings)
    passages = []
    for passage, about in zip(document.passages, scored, strict=True):
        label_of = partial(_theme_label, tools.vocabulary, passage.language or "en")
        themes = merged_themes(passage.named, about if passage.is_read else (), label_of)
        passages.append(passage.model_copy(update={"themes": themes}))
    return document.model_copy(update={"passages": tuple(passages)})


def name_entities(document: Document, tools: PipelineComponents) -> Document:
    """Return the document, which has its passages, with what they name of the gazetteer."""
    passages = document.passages
    found = tools.entities.find_in_document([(passage.text, passage.language) for passage in passages])
    named = tuple(
        passage.model_copy(update={"entities": entities}) for passage, entities in zip(passages, found, strict=True)
    )
    return document.model_copy(update={"passages": named})


def encode(passages: Sequence[Passage], tools: PipelineComponents) -> NDArray[np.float32]:
    """Return the passages' unit vectors `(n, d)`; zeros for passages that are found by words alone."""
    return _of_text(passages, tools.encoder.passages([passage.text for passage in passages], lambda _: step_done()))


def _of_text(passages: Sequence[Passage], vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return vectors with zeros for notes and lists, which are found by word alone."""
    return vectors * np.array([[passage.kind == "text"] for passage in passages], np.float32).reshape(-1, 1)


def _theme_label(vocabulary: Vocabulary, language: str, theme: str) -> str:
    return vocabulary.concept(theme).name(language)
