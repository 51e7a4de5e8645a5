"""Labels laid over the passages of one document; how an engine keeps passages and tags is its own business."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from extractors.document import MaturityTag, Passage
from extractors.maturity.labels import Label, Placed, Texts, tags_as_labelled


class Laid(NamedTuple):
    """Where the labels stand that have a place, and the tags of the passages that they change, by place."""

    placed: tuple[Placed, ...]
    tags: Mapping[int, tuple[MaturityTag, ...]]


def lay(labels: Iterable[Label], texts: Sequence[str], passage: Callable[[int], Passage], model: str | None) -> Laid:
    """Lay labels over a document with these passages' texts; `passage` gives one with the machine's tags.

    `model` is the id of the maturity model that it was tagged with, None where that is not known: labels of another
    model change nothing.
    """
    joined = Texts(texts)
    placed = tuple(one for one in map(joined.place, labels) if one)
    by_passage: dict[int, list[Placed]] = defaultdict(list)
    for one in placed:
        if model in (None, one.label.model):
            by_passage[one.passage].append(one)
    return Laid(placed, {place: tags_as_labelled(passage(place), own) for place, own in by_passage.items()})
