"""Terms that the papers use and the vocabulary lacks."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from configs.bodies import load_bodies
from configs.labels import fold
from configs.settings import Settings
from configs.stopwords import load_stopwords
from configs.terms import load_terms
from configs.vocabulary import Concept, Vocabulary, load_vocabulary
from extractors.document import Document, Passage
from extractors.themes import compile_themes
from extractors.themes.terms import Term, discover_terms
from index.encoder import Encoder, open_encoder
from index.protocol import Engine, Vector
from pipelines.asking import filters_of, reader

_EXAMPLES = 3
_AROUND = 60
"""Characters of an example before and after the term."""

Source = tuple[Document, Passage]


def discover(settings: Settings, filters: Sequence[str] = (), *, limit: int = 50) -> list[dict[str, Any]]:
    """Return the best candidates for new themes in the indexed passages, best first.

    Each has the languages' own C-value as `score`, examples of different documents, and the theme that it is nearest
    to with their cosine. Raises `UnavailableError` where there is no index.
    """
    vocabulary = load_vocabulary(settings.vocabulary)
    knows = compile_themes(vocabulary).knows
    bodies = load_bodies()

    def is_known(text: str) -> bool:
        return knows(text) or any(bodies.named_in(text)) or bool(bodies.emblems.search(fold(text)))

    stopwords = load_stopwords().languages
    found: list[tuple[str, Term, list[Source]]] = []
    with reader(settings) as engine:
        sources = _by_language(engine, filters)
    for language, rules in load_terms().languages.items():
        texts = [passage.text for _, passage in sources[language]]
        terms = discover_terms(texts, rules, stopwords[language], is_known)
        found += [(language, term, sources[language]) for term in terms]
    best = sorted((one for one in found if _in_several_papers(*one[1:])), key=lambda one: -one[1].score)[:limit]
    nearest = _nearest(open_encoder(settings), vocabulary, [(language, term.text) for language, term, _ in best])
    return [_row(*one, *near) for one, near in zip(best, nearest, strict=True)]


def _by_language(engine: Engine, filters: Sequence[str]) -> dict[str | None, list[Source]]:
    sources: dict[str | None, list[Source]] = defaultdict(list)
    for document, passages in engine.passages(filters_of(filters)):
        for passage in passages:
            if not passage.boilerplate:
                sources[passage.language].append((document, passage))
    return sources


def _in_several_papers(term: Term, sources: Sequence[Source]) -> bool:
    """Whether more than one paper has a term: what one alone says again and again is its own matter."""
    return len({sources[place.text][0].key for place in term.places}) > 1


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


def _row(language: str, term: Term, sources: Sequence[Source], theme: str, cosine: float) -> dict[str, Any]:
    papers = {sources[place.text][0].key for place in term.places}
    return {
        "term": term.text,
        "language": language,
        "score": round(term.score, 3),
        "occurrences": len(term.places),
        "documents": len(papers),
        "theme": theme,
        "similarity": round(cosine, 4),
        "examples": _examples(term, sources),
    }


def _examples(term: Term, sources: Sequence[Source]) -> list[dict[str, Any]]:
    shown: dict[str, dict[str, Any]] = {}
    for place in term.places:
        document, passage = sources[place.text]
        if document.key in shown or len(shown) == _EXAMPLES:
            continue
        start, end = max(0, place.start - _AROUND), place.end + _AROUND
        shown[document.key] = {
            "document": document.id,
            "symbol": document.symbol.raw if document.symbol else None,
            "title": document.title,
            "passage": passage.id,
            "pages": list(passage.pages),
            "paragraphs": list(passage.paragraphs),
            "text": " ".join(passage.text[start:end].split()),
        }
    return list(shown.values())
