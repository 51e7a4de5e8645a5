"""Facets as the search page shows them: each value with the count after the click, and where the click leads."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from configs.bodies import load_bodies
from configs.vocabulary import Vocabulary
from index.fields import FieldName
from index.results import FacetValue
from portal.web.names import Names
from portal.web.question import Question

SHOWN_FACETS: tuple[FieldName, ...] = (
    "body", "year", "session", "language", "kind", "theme", "dimension", "level", "modality", "subject",
)  # fmt: skip
NOT_STATED = "null"


class Choice(NamedTuple):
    """One value of a facet: `papers` after the click, and where the click leads; a selected one leads back.

    `question` is the one that the page answers.
    """

    question: Question
    field: FieldName
    value: str
    label: str
    papers: int
    selected: bool
    depth: int = 0

    @property
    def address(self) -> str:
        """Where the click leads. It holds all other filters, so it is made for the choices that a page shows alone."""
        narrow = self.question.without if self.selected else self.question.only
        return narrow(self.field, self.value).address()


class Facet(NamedTuple):
    """One field with its values, the most frequent first; years and levels in their order."""

    field: FieldName
    choices: tuple[Choice, ...]

    @property
    def selected(self) -> tuple[Choice, ...]:
        """The values that the question is filtered by."""
        return tuple(one for one in self.choices if one.selected)

    @property
    def most(self) -> int:
        """The largest count."""
        return max((one.papers for one in self.choices), default=0)


def shown_facets(
    question: Question, counts: Mapping[str, tuple[FacetValue, ...]], names: Names, language: str
) -> Iterator[Facet]:
    """Yield the facets that have a value, in the order of the page."""
    for field in SHOWN_FACETS:
        values = {NOT_STATED if one.value is None else str(one.value): one.count for one in counts.get(field, ())}
        for value in question.values(field):
            values.setdefault(value, 0)
        if values:
            yield Facet(field, tuple(_choices(field, values, question, names, language)))


def _choices(
    field: FieldName, values: Mapping[str, int], question: Question, names: Names, language: str
) -> Iterator[Choice]:
    chosen = {value.casefold() for value in question.values(field)}
    for value, count, depth in ordered_values(field, values, names):
        selected = value.casefold() in chosen
        yield Choice(question, field, value, names.of(field, value, language), count, selected, depth)


def ordered_values(field: FieldName, values: Mapping[str, int], names: Names) -> Iterable[tuple[str, int, int]]:
    """Return the values with their counts and depths: trees from the top, years and levels as they follow."""
    if field == "body":
        return _tree(values, {body.id: body.parent for body in load_bodies().bodies}, summed=True)
    if field == "theme":
        return _tree(values, _broader(names.vocabulary), summed=False)
    flat = [(value, count, 0) for value, count in values.items()]
    if field in ("year", "session"):
        return sorted(flat, key=lambda one: -int(one[0]) if one[0].isdecimal() else 0)
    if field == "level":
        return sorted(flat, key=lambda one: (one[0] == NOT_STATED, one[0]))
    return flat


def _tree(
    values: Mapping[str, int], parents: Mapping[str, str | None], *, summed: bool
) -> Iterator[tuple[str, int, int]]:
    """Yield a tree from its roots down, at each level the largest first.

    `summed` counts what is below with what is above, as the filter by a body does; a paper has one body.
    """
    counts = Counter(values)
    present = set(values)
    for value, count in values.items():
        above = parents.get(value)
        while above is not None:
            if summed:
                counts[above] += count
                present.add(above)
            above = parents.get(above)
    below: dict[str | None, list[str]] = {}
    for value in present:
        above = parents.get(value)
        while above is not None and above not in present:
            above = parents.get(above)
        below.setdefault(above, []).append(value)

    def walk(parent: str | None, depth: int) -> Iterator[tuple[str, int, int]]:
        for value in sorted(below.get(parent, ()), key=lambda one: (-counts[one], one)):
            yield value, counts[value], depth
            yield from walk(value, depth + 1)

    return walk(None, 0)


def _broader(vocabulary: Vocabulary) -> dict[str, str | None]:
    return {concept.id: concept.broader for concept in vocabulary.concepts}
