"""What candidates for themes share: where they are looked for, what is known, and examples."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from configs.bodies import load_bodies
from configs.gazetteer import load_gazetteer
from configs.labels import fold
from configs.vocabulary import Vocabulary
from extractors.document import Document, Passage, Value
from extractors.entities import EntityMatcher
from extractors.themes import compile_themes
from extractors.themes.terms import Place

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
class Material:
    """The passages by language (null where unknown), the vocabulary, and whether it or anything else knows a phrase."""

    sources: Mapping[str | None, Sequence[Source]]
    vocabulary: Vocabulary
    is_known: Callable[[str], bool]


def papers(places: Sequence[Place], sources: Sequence[Source]) -> set[str]:
    """Return the keys of the papers that have a candidate."""
    return {sources[place.text][0].key for place in places}


def examples(places: Sequence[Place], sources: Sequence[Source]) -> tuple[Example, ...]:
    """Return where a candidate stands and the words around it, of different papers."""
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


def knows(vocabulary: Vocabulary) -> Callable[[str], bool]:
    """Return what tells whether the vocabulary, the gazetteer or the bodies know a phrase."""
    themes, entities, bodies = compile_themes(vocabulary), EntityMatcher(load_gazetteer()), load_bodies()

    def is_known(text: str) -> bool:
        if themes.knows(text) or any(bodies.named_in(text)) or bodies.emblems.search(fold(text)):
            return True
        return entities.knows(text)

    return is_known
