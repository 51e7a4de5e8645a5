"""Finds all names of the gazetteer in one pass, with the matcher of themes."""

import re
from collections.abc import Iterator, Mapping, Sequence

from configs.gazetteer import SUBJECTS, Gazetteer
from extractors.document import Entity
from extractors.entities.forms import CONCEPT, label_forms
from extractors.themes.definitions import find_spelled
from extractors.themes.folding import fold, fold_text
from extractors.themes.matcher import LabelMatcher
from extractors.themes.rule_table import Forms


class EntityMatcher:
    """Finds the entities of a gazetteer in texts. Not thread-safe."""

    def __init__(self, gazetteer: Gazetteer, forms: Forms | None = None) -> None:
        """Take a gazetteer, and its `entity_forms` where they are known: to write them takes half a second."""
        self._labels = LabelMatcher(label_forms(gazetteer, forms))
        self.groups = frozenset(one.id for one in gazetteer.groups)
        """The ids of groups of administrations."""
        self.groups_by_instrument = gazetteer.groups_by_instrument
        self._of_titles = {word for _, title in gazetteer.titles.items() for word in fold(title).split()}

    def knows(self, text: str) -> bool:
        """Return whether a text is a form of an entry, regardless of the form's rules, or consists of titled names."""
        if self._labels.knows(text):
            return True
        named = self.find(text)
        starts, ends = [one.start for one in named], [one.end for one in named]
        between = [text[start:end] for start, end in zip([0, *ends], [*starts, len(text)], strict=True)]
        return bool(named) and self._of_titles.issuperset(fold(" ".join(between)).split())

    def find(self, text: str, language: str | None = None) -> tuple[Entity, ...]:
        """Return the entities in a text that is a document by itself, in order and without overlap."""
        return self.find_in_document([(text, language)])[0]

    def find_in_document(self, passages: Sequence[tuple[str, str | None]]) -> list[tuple[Entity, ...]]:
        """Return the entities in each passage (text and language) of one document; the longest of overlapping names.

        An abbreviation that the document gives to something else ("Employee Assistance Centre (EAC)") counts
        only where the gazetteer does not make it depend on a definition. One that it gives to an administration, a
        group or what bears the name of one country ("ASEAN Member States (AMS)", "Thai Customs Department (TCD)")
        names that, everywhere in the document.
        """
        mentions = self._labels.find_in_document(passages)
        found = [tuple(_entity(one.id, one.start, one.end, one.surface) for one in of_one) for of_one in mentions]
        learnt = dict(self._definitions([text for text, _ in passages], found))
        if not learnt:
            return found
        short = re.compile(rf"(?<!\w)({'|'.join(map(re.escape, sorted(learnt, key=len, reverse=True)))})s?(?!\w)")
        return [
            tuple(_with_defined(text, entities, short, learnt))
            for (text, _), entities in zip(passages, found, strict=True)
        ]

    def _definitions(self, texts: Sequence[str], found: Sequence[Sequence[Entity]]) -> Iterator[tuple[str, str]]:
        """Yield the abbreviations that texts define for an administration or a group, each with the concept's name.

        What the gazetteer takes for an organisation or an instrument stays that.
        """
        for text, entities in zip(texts, found, strict=True):
            if not entities or "(" not in text:
                continue
            folded = fold_text(text)
            for short, start, end in find_spelled(folded):
                first, last = folded.span(start, end)
                within = {(one.kind, one.id, one.surface) for one in entities if first <= one.start and one.end <= last}
                if len(within) != 1:
                    continue
                ((kind, name, surface),) = within
                if kind == "country" or (kind in SUBJECTS and len(surface) == last - first):
                    yield short, CONCEPT.format(kind=kind, id=name)


def _entity(concept: str, start: int, end: int, surface: str) -> Entity:
    kind, _, name = concept.partition(":")
    return Entity.model_validate({"kind": kind, "id": name, "start": start, "end": end, "surface": surface})


def _with_defined(
    text: str, entities: Sequence[Entity], short: re.Pattern[str], learnt: Mapping[str, str]
) -> Iterator[Entity]:
    """Yield entities in order, including those of abbreviations that the document defines."""
    found = [(_entity(learnt[one[1]], *one.span(), one[0])) for one in short.finditer(text)]
    longer = [one for one in entities if not any(a.start <= one.start and one.end <= a.end for a in found)]
    free = (one for one in found if not any(one.start < other.end and other.start < one.end for other in longer))
    yield from sorted((*longer, *free), key=lambda one: one.start)
