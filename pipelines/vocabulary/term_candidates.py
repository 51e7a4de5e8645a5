"""Candidates for new themes: terms that papers use and the vocabulary lacks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from configs.bodies import load_bodies
from configs.gazetteer import load_gazetteer
from configs.labels import fold
from configs.settings import Settings
from configs.stopwords import load_stopwords
from configs.terms import load_terms
from configs.vocabulary import Concept, Vocabulary
from extractors.document import Document, Passage, Value
from extractors.entities import EntityMatcher
from extractors.themes import compile_themes
from extractors.themes.terms import Place, Term, discover_terms
from index.encoder import Encoder, open_encoder
from index.results import Vector

_EXAMPLES = 3
_AROUND = 60
"""Characters of an example before and after the candidate."""

Source: TypeAlias = tuple[Document, Passage]


class Example(Value):
    """A place of a candidate: the document by id, its symbol and title, the passage, and the words around it."""

    document: str
    symbol: str | None
    title: str | None
    passage: str
    pages: tuple[int, ...]
    paragraphs: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class DiscoveryInput:
    """The passages by language (null where unknown), the vocabulary, and whether it or anything else knows a phrase."""

    sources: Mapping[str | None, Sequence[Source]]
    vocabulary: Vocabulary
    is_known: Callable[[str], bool]


class TermCandidate(Value):
    """A phrase that may be a new theme: how often and in how many documents it stands, with examples.

    `score` is the C-value of its language, `theme` the nearest one of the vocabulary, `similarity` their cosine.
    """

    term: str
    language: str
    score: float
    occurrences: int
    documents: int
    theme: str
    similarity: float
    examples: tuple[Example, ...]


def discover(settings: Settings, material: DiscoveryInput, *, limit: int = 50) -> tuple[TermCandidate, ...]:
    """Return the best candidates for new themes in passages, best first."""
    stopwords = load_stopwords().languages
    found: list[tuple[str, Term, Sequence[Source]]] = []
    for language, rules in load_terms().languages.items():
        sources = material.sources.get(language, ())
        texts = [passage.text for _, passage in sources]
        terms = discover_terms(texts, rules, stopwords[language], material.is_known)
        found += [(language, term, sources) for term in terms]
    best = sorted((one for one in found if _in_several_papers(*one[1:])), key=lambda one: -one[1].score)[:limit]
    spoken = [(language, term.text) for language, term, _ in best]
    nearest = _nearest(open_encoder(settings), material.vocabulary, spoken)
    return tuple(_candidate(*one, *near) for one, near in zip(best, nearest, strict=True))


def papers(places: Sequence[Place], sources: Sequence[Source]) -> set[str]:
    """Return the keys of the papers that have a candidate."""
    return {sources[place.text][0].key for place in places}


def examples(places: Sequence[Place], sources: Sequence[Source]) -> tuple[Example, ...]:
    """Return occurrences of a candidate with context, from different papers."""
    shown: dict[str, Example] = {}
    for place in places:
        document, passage = sources[place.text]
        if document.key in shown or len(shown) == _EXAMPLES:
            continue
        start, end = max(0, place.start - _AROUND), place.end + _AROUND
        shown[document.key] = Example(
            document=document.id,
            symbol=document.symbol.raw if document.symbol else None,
            title=document.title,
            passage=passage.id,
            pages=passage.pages,
            paragraphs=passage.paragraphs,
            text=" ".join(passage.text[start:end].split()),
        )
    return tuple(shown.values())


def known_phrases(vocabulary: Vocabulary) -> Callable[[str], bool]:
    """Return a predicate: whether the vocabulary, the gazetteer or the bodies have a phrase."""
    themes, entities, bodies = compile_themes(vocabulary), EntityMatcher(load_gazetteer()), load_bodies()

    def is_known(text: str) -> bool:
        if themes.knows(text) or any(bodies.named_in(text)) or bodies.emblems.search(fold(text)):
            return True
        return entities.knows(text)

    return is_known


def _in_several_papers(term: Term, sources: Sequence[Source]) -> bool:
    """Whether more than one paper has a term; terms of a single paper are left out."""
    return len(papers(term.places, sources)) > 1


def _nearest(encoder: Encoder, vocabulary: Vocabulary, terms: Sequence[tuple[str, str]]) -> list[tuple[str, float]]:
    """Return the nearest theme of each term, by its name and definition in the term's language, and their cosine.

    What all themes have in common, their mean, is taken away on both sides: it would be most of every cosine.
    """
    if not terms:
        return []
    found: list[tuple[str, float]] = [("", 0.0)] * len(terms)
    for language in sorted({language for language, _ in terms}):
        places = [number for number, (spoken, _) in enumerate(terms) if spoken == language]
        themes = encoder.passages([_described(concept, language) for concept in vocabulary.concepts])
        own = encoder.passages([terms[number][1] for number in places])
        centre = themes.mean(axis=0)
        cosines = _unit(own - centre) @ _unit(themes - centre).T
        for number, row in zip(places, cosines, strict=True):
            found[number] = (vocabulary.concepts[int(np.argmax(row))].id, float(row.max()))
    return found


def _unit(vectors: Vector) -> Vector:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Vector = vectors / np.maximum(lengths, np.finfo(np.float32).tiny)
    return unit


def _described(concept: Concept, language: str) -> str:
    return f"{concept.name(language)}. {concept.definition.get(language, '')}"


def _candidate(language: str, term: Term, sources: Sequence[Source], theme: str, cosine: float) -> TermCandidate:
    return TermCandidate(
        term=term.text,
        language=language,
        score=round(term.score, 3),
        occurrences=len(term.places),
        documents=len(papers(term.places, sources)),
        theme=theme,
        similarity=round(cosine, 4),
        examples=examples(term.places, sources),
    )
