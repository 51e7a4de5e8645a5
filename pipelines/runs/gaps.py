"""Gaps of a collection: cited but missing papers, missing numbers of a series, missing language versions."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from configs.bodies import load_bodies
from extractors.document import Value
from pipelines.runs.survey import Survey

LONGEST_GAP = 20
"""Numbers in a row that are looked on as missing; a longer stretch is rather a part that nobody collected."""
_LEAST = 4
"""Papers of a series or a body from which it says anything."""
_BOTH = 0.3
"""Share of a body's papers in both languages from which a single one is looked on as lacking the other."""
_LANGUAGES = ("en", "fr")
_CITING = 5
"""Citing papers that are named."""
_NUMBERED = re.compile(r"(?P<series>.*\D)?(?P<number>\d+)")


class AbsentPaper(Value):
    """A paper that is cited and not in the index: its symbol, how many papers cite it, and some of these by name."""

    symbol: str
    citing: int
    cited_by: tuple[str, ...]


class SeriesGap(Value):
    """Numbers that a series of papers lacks between two that are there: `first` to `last`."""

    first: int
    last: int


class Series(Value):
    """A series of papers, by what their symbols begin with: numbers known, from which to which, and the gaps.

    `missing` counts the numbers in all gaps, of which some may be left out of `gaps`; `stretches` are longer ones, of
    more than `LONGEST_GAP` numbers, that are not counted as missing.
    """

    series: str
    body: str | None
    known: int
    first: int
    last: int
    missing: int
    gaps: tuple[SeriesGap, ...]
    stretches: int


class MissingTwin(Value):
    """A paper of a body whose papers come in English and French, and the language that it lacks."""

    paper: str
    body: str
    has: str
    lacks: str


class _Place(NamedTuple):
    series: str
    number: int


def absent_papers(found: Survey) -> tuple[tuple[AbsentPaper, ...], int]:
    """Return the papers that are cited and not there, those that most papers cite first.

    They are of series of which something is there; of how many others nothing is, is the number.
    """
    held = {place.series for key in found.languages if (place := _place(key))}
    ours, others = [], 0
    for key, cited in found.absent.items():
        place = _place(key)
        if place is None or place.series not in held:
            others += 1
            continue
        names = tuple(sorted(found.shown[one] for one in cited.citing)[:_CITING])
        ours.append(AbsentPaper(symbol=cited.symbol, citing=len(cited.citing), cited_by=names))
    return tuple(sorted(ours, key=lambda one: (-one.citing, one.symbol))), others


def series_gaps(found: Survey, most: int) -> tuple[Series, ...]:
    """Return the series that lack numbers, those that lack most first, each with at most so many gaps."""
    numbers: dict[str, dict[int, str]] = defaultdict(dict)
    for key in found.symbols:
        if place := _place(key):
            numbers[place.series].setdefault(place.number, key)
    series = (_series(name, known, found, most) for name, known in numbers.items() if len(known) >= _LEAST)
    return tuple(sorted((one for one in series if one.gaps), key=lambda one: (-one.missing, one.series)))


def missing_twins(found: Survey) -> tuple[MissingTwin, ...]:
    """Return the papers that lack a language in which the papers of their body come, by body and name."""
    by_body: dict[str, list[tuple[str, set[str]]]] = defaultdict(list)
    for key, languages in found.languages.items():
        body = found.bodies.get(key)
        spoken = {one for one in _LANGUAGES if one in languages}
        if body and spoken and key in found.symbols:
            by_body[body].append((key, spoken))
    return tuple(sorted(_lacking(by_body, found.shown), key=lambda one: (one.body, one.paper)))


def _lacking(by_body: Mapping[str, Sequence[tuple[str, set[str]]]], shown: Mapping[str, str]) -> Iterator[MissingTwin]:
    for body, papers in by_body.items():
        both = sum(len(spoken) > 1 for _, spoken in papers)
        if len(papers) < _LEAST or both < _BOTH * len(papers):
            continue
        for key, spoken in papers:
            if len(spoken) == 1:
                (has,) = spoken
                (lacks,) = set(_LANGUAGES) - spoken
                yield MissingTwin(paper=shown[key], body=body, has=has, lacks=lacks)


def _series(name: str, known: Mapping[int, str], found: Survey, most: int) -> Series:
    numbers = sorted(known)
    between = [(before + 1, after - 1) for before, after in pairwise(numbers) if after - before > 1]
    gaps = [SeriesGap(first=first, last=last) for first, last in between if last - first < LONGEST_GAP]
    prefix = load_bodies().by_prefix(name)
    bodies = {found.bodies.get(key) for key in known.values()} - {None}
    return Series(
        series=name,
        body=prefix.id if prefix else (bodies.pop() if len(bodies) == 1 else None),
        known=len(numbers),
        first=numbers[0],
        last=numbers[-1],
        missing=sum(one.last - one.first + 1 for one in gaps),
        gaps=tuple(gaps[:most]),
        stretches=len(between) - len(gaps),
    )


def _place(key: str) -> _Place | None:
    """Return the series and the number of a paper, by its key: `PC` and 345 for `PC0345`."""
    match = _NUMBERED.fullmatch(key)
    return _Place(match["series"], int(match["number"])) if match and match["series"] else None
