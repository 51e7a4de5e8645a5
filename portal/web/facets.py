"""Facets of the search page: values to select or exclude, each with its number of papers; the years as an axis."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from configs.bodies import load_bodies
from configs.vocabulary import Vocabulary
from index.fields import FieldName
from index.results import FacetValue
from portal.web.charts import Columns, columns_of
from portal.web.names import Names
from portal.web.question import EXCLUDED, Question

SHOWN_FACETS: tuple[FieldName, ...] = (
    "body", "year", "session", "language", "kind", "theme", "dimension", "level", "claim", "modality", "subject",
)  # fmt: skip
NOT_STATED = "null"
_OPEN = 6
"""Values of a facet that are shown before it is opened."""


class Choice(NamedTuple):
    """One value of a facet: the number of its papers, regardless of other selected values, and its state."""

    value: str
    label: str
    papers: int
    selected: bool
    excluded: bool
    depth: int = 0


class YearAxis(NamedTuple):
    """The chart of the years, its columns within the filter (`inside`), and the ends of the selected range.

    `is_range` says whether a range, open or not, is the filter; `low` and `high` are empty where it is open.
    """

    chart: Columns | None
    inside: frozenset[int]
    low: str
    high: str
    is_range: bool


class Facet(NamedTuple):
    """One field with its values, the most frequent first; years and levels in their order."""

    field: FieldName
    choices: tuple[Choice, ...]

    @property
    def first(self) -> tuple[Choice, ...]:
        """The values that are always shown; one more than these is shown as well."""
        return self.choices[: _OPEN + (len(self.choices) == _OPEN + 1)]

    @property
    def further(self) -> tuple[Choice, ...]:
        """All others."""
        return self.choices[len(self.first) :]

    @property
    def is_open(self) -> bool:
        """Whether one of the further values is ticked or excluded."""
        return any(one.selected or one.excluded for one in self.further)


def shown_facets(
    question: Question, counts: Mapping[str, tuple[FacetValue, ...]], names: Names, language: str
) -> Iterator[Facet]:
    """Yield the facets with values, in the order of the page, without the range of years (see `year_axis`)."""
    for field in facets_of(question):
        values = {NOT_STATED if one.value is None else str(one.value): one.count for one in counts.get(field, ())}
        known = {value.casefold() for value in values}
        chosen = [value for value in question.values(field) if field != "year" or ".." not in value]
        for value in (*chosen, *question.values(f"{field}{EXCLUDED}")):
            if value.casefold() not in known:
                values[value] = 0
        if values or (field == "year" and question.values(field)):
            yield Facet(field, tuple(_choices(field, values, question, names, language)))


def facets_of(question: Question) -> tuple[FieldName, ...]:
    """Return the facet fields; sessions only for a selected body, as each body counts its own."""
    has_sessions = question.values("body") or question.values("session") or question.values(f"session{EXCLUDED}")
    return tuple(field for field in SHOWN_FACETS if field != "session" or has_sessions)


def year_axis(facet: Facet, question: Question) -> YearAxis:
    """Return the histogram of a facet of years with the range that the question asks for."""
    ranges = [value for value in question.values("year") if ".." in value]
    low, high = (end.strip() for end in ranges[0].split("..", 1)) if len(ranges) == 1 else ("", "")
    papers = {int(one.value): one.papers for one in facet.choices if one.value.isdecimal()}
    chosen = {int(one.value) for one in facet.choices if one.selected and one.value.isdecimal()}
    first, last = int(low) if low.isdecimal() else 0, int(high) if high.isdecimal() else 9999
    chart = columns_of({"papers": papers})
    times = [one.time for one in chart.columns] if chart else []
    inside = frozenset(time for time in times if (time in chosen if chosen else first <= time <= last))
    return YearAxis(chart, inside, low, high, is_range=bool(ranges))


def carried_by_filters(question: Question, facets: Iterable[Facet]) -> list[tuple[str, str]]:
    """Return the hidden fields of the form of the facets: query, mode, order, and other filters.

    It has fields for one range of years.
    """
    shown = {facet.field for facet in facets}
    carried = [one for one in question.at(1).parameters() if one[0].removesuffix(EXCLUDED) not in shown]
    ranges = [("year", value) for value in question.values("year") if ".." in value]
    return carried + ranges * ("year" in shown and len(ranges) > 1)


def _choices(
    field: FieldName, values: Mapping[str, int], question: Question, names: Names, language: str
) -> Iterator[Choice]:
    chosen, excluded = ({value.casefold() for value in question.values(name)} for name in (field, f"{field}{EXCLUDED}"))
    for value, count, depth in ordered_values(field, values, names):
        folded = value.casefold()
        yield Choice(value, names.of(field, value, language), count, folded in chosen, folded in excluded, depth)


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
