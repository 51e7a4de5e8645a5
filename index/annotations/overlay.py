"""Labels applied to the passages of one document; how an engine keeps passages and tags is its own business."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from extractors.annotations import Placed, Texts
from extractors.document import MaturityTag, Passage, PassageTheme
from extractors.maturity.labels import Label, tags_as_labelled
from extractors.themes.annotated import ThemeLabel, themes_as_annotated
from index.annotations.store import AnyLabel


class Laid(NamedTuple):
    """Where the labels stand that have a place, and the tags and themes of the passages that they change, by place."""

    placed: tuple[Placed[AnyLabel], ...]
    tags: Mapping[int, tuple[MaturityTag, ...]]
    themes: Mapping[int, tuple[PassageTheme, ...]]

    @property
    def places(self) -> list[int]:
        """The places of the passages that labels change, ascending."""
        return sorted(self.tags.keys() | self.themes.keys())

    def over(self, place: int, passage: Passage) -> Passage:
        """Return the passage at a place as the labels leave it."""
        changed = {"maturity": self.tags.get(place), "themes": self.themes.get(place)}
        known = {name: value for name, value in changed.items() if value is not None}
        return passage.model_copy(update=known) if known else passage


def apply_annotations(
    labels: Iterable[AnyLabel], texts: Sequence[str], passage: Callable[[int], Passage], model: str | None
) -> Laid:
    """Apply labels to a document with these passages' texts; `passage` gives one as the machine left it.

    `model` is the id of the maturity model that it was tagged with, None where that is not known: labels of another
    model change nothing.
    """
    joined = Texts(texts)
    placed = tuple(one for one in map(joined.place, labels) if one)
    of_tags: dict[int, list[Placed[Label]]] = defaultdict(list)
    of_themes: dict[int, list[Placed[ThemeLabel]]] = defaultdict(list)
    for label, place, start, end in placed:
        if isinstance(label, ThemeLabel):
            of_themes[place].append(Placed(label, place, start, end))
        elif model in (None, label.model):
            of_tags[place].append(Placed(label, place, start, end))
    return Laid(
        placed,
        {place: tags_as_labelled(passage(place), own) for place, own in of_tags.items()},
        {place: themes_as_annotated(passage(place), own) for place, own in of_themes.items()},
    )
