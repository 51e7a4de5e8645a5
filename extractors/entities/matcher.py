"""All names of the gazetteer looked up in one pass, with the machinery of the themes."""

from collections.abc import Sequence

from configs.gazetteer import Gazetteer
from extractors.document import Entity
from extractors.entities.forms import label_forms
from extractors.themes.folding import fold
from extractors.themes.matcher import LabelMatcher
from extractors.themes.rule_table import Forms


def compile_entities(gazetteer: Gazetteer, forms: Forms | None = None) -> "EntityMatcher":
    """Return the matcher of a gazetteer. Keep it: `entity_forms` takes half a second, unless they are given."""
    return EntityMatcher(gazetteer, forms)


class EntityMatcher:
    """Finds what a gazetteer names. Not for several threads at once."""

    def __init__(self, gazetteer: Gazetteer, forms: Forms | None = None) -> None:
        """Take a gazetteer, and its `entity_forms` where they are known."""
        self._labels = LabelMatcher(label_forms(gazetteer, forms))
        self._of_titles = {word for _, title in gazetteer.titles.items() for word in fold(title).split()}

    def knows(self, text: str) -> bool:
        """Whether a text is a form of an entry, whatever the form's rules, or names with a title and nothing else."""
        if self._labels.knows(text):
            return True
        named = self.find(text)
        starts, ends = [one.start for one in named], [one.end for one in named]
        between = [text[start:end] for start, end in zip([0, *ends], [*starts, len(text)], strict=True)]
        return bool(named) and self._of_titles.issuperset(fold(" ".join(between)).split())

    def find(self, text: str, language: str | None = None) -> tuple[Entity, ...]:
        """Return what a text that is a document of its own names, in order and without overlap."""
        return self.find_in_document([(text, language)])[0]

    def find_in_document(self, passages: Sequence[tuple[str, str | None]]) -> list[tuple[Entity, ...]]:
        """Return what each passage (text and language) of one document names; of overlapping names the longest.

        An abbreviation that the document gives to something else ("Employee Assistance Centre (EAC)") counts
        only where the gazetteer does not make it depend on a definition.
        """
        found = self._labels.find_in_document(passages)
        return [
            tuple(
                Entity.model_validate(
                    {"kind": kind, "id": name, "start": one.start, "end": one.end, "surface": one.surface}
                )
                for one in mentions
                for kind, _, name in (one.id.partition(":"),)
            )
            for mentions in found
        ]
