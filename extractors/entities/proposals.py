"""Candidates for the gazetteer, never facts: names that a statistical pipeline finds and nothing here knows."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from itertools import dropwhile
from typing import TYPE_CHECKING, NamedTuple

from extractors.themes.folding import fold
from extractors.themes.terms import Place

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Span, Token


class Proposal(NamedTuple):
    """A name as it is written most often, its labels in the pipeline, the commonest first, and every place of it."""

    text: str
    labels: tuple[str, ...]
    places: tuple[Place, ...]


@dataclass
class _Name:
    surfaces: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)
    places: list[Place] = field(default_factory=list)


def propose_names(
    texts: Sequence[str], pipeline: "Language", left_out: Collection[str], is_known: Callable[[str], bool]
) -> list[Proposal]:
    """Return the names that a pipeline finds in texts, in the order in which they first stand, without known ones.

    Labels `left_out` are no names. Written forms that differ in case, accents, marks or an article are one name, which
    is known where one of them is. What runs over the end of a line is none.
    """
    names: dict[str, _Name] = defaultdict(_Name)
    for number, document in enumerate(pipeline.pipe(texts)):
        for span in document.ents:
            if span.label_ in left_out or "\n" in span.text or not any(map(str.isalpha, span.text)):
                continue
            shown = _trimmed(span, lambda token: token.is_stop and token.is_lower)
            name = names[" ".join(fold(_trimmed(span, lambda token: token.is_stop).text).split())]
            name.surfaces[" ".join(shown.text.split())] += 1
            name.labels[span.label_] += 1
            name.places.append(Place(number, shown.start_char, shown.end_char))
    return [
        Proposal(_ranked(name.surfaces)[0], _ranked(name.labels), tuple(name.places))
        for name in names.values()
        if not any(map(is_known, name.surfaces))
    ]


def _trimmed(span: "Span", is_aside: "Callable[[Token], bool]") -> "Span":
    """Return a span without the words at its ends that are aside, articles for one; all of it where all words are."""
    kept = list(dropwhile(is_aside, span))
    if not kept:
        return span
    last = next(dropwhile(is_aside, reversed(kept)))
    return span.doc[kept[0].i : last.i + 1]


def _ranked(counts: Counter[str]) -> tuple[str, ...]:
    return tuple(text for text, _ in counts.most_common())
