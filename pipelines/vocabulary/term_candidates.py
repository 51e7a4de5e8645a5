"""Terms that the papers use and the vocabulary lacks."""

from collections.abc import Sequence

import numpy as np

from configs.settings import Settings
from configs.stopwords import load_stopwords
from configs.terms import load_terms
from configs.vocabulary import Concept, Vocabulary
from extractors.document import Value
from extractors.themes.terms import Term, discover_terms
from index.encoder import Encoder, open_encoder
from index.results import Vector
from pipelines.vocabulary.candidates import Example, Material, Source, examples, papers


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


def discover(settings: Settings, material: Material, *, limit: int = 50) -> tuple[TermCandidate, ...]:
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


def _in_several_papers(term: Term, sources: Sequence[Source]) -> bool:
    """Whether more than one paper has a term: what one alone says again and again is its own matter."""
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
