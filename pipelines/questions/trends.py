"""Trends: themes and dimensions over years and sessions, as papers of all papers of the time, with intervals.

The counts are those of the search: each `papers` is what a search with the same filters finds; of a dimension, of what
is stated.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, get_args

from pydantic import Field

from configs.bodies import load_bodies
from configs.maturity import load_model
from configs.settings import Settings
from configs.system.errors import UsageError
from configs.vocabulary import load_vocabulary
from extractors.document import Value
from index.fields import UNDATED, FieldName
from index.filters import Filters, condition
from index.results import SearchRequest
from pipelines.access.keys import Reader
from pipelines.collection import Collection
from pipelines.desk.sentences import STATED
from pipelines.search.cells import Value as Cell
from pipelines.search.export_files import ExportRow, ExportTable
from pipelines.search.requests import filters_of

if TYPE_CHECKING:
    from pipelines.search.service import SearchService

TrendKind: TypeAlias = Literal["theme", "dimension"]
TimeField: TypeAlias = Literal["year", "session"]
TIMES: tuple[TimeField, ...] = get_args(TimeField)

MOST_SERIES = 8
"""Lines of one chart: more cannot be told apart."""
_USUAL_SERIES = 4
_MOST_BODIES = 6
_LONGEST_GAP = 60
"""Years or sessions between two with papers that are shown as empty."""

_WIDEST_BIN, _MOST_BINS = 5, 6
"""Years or sessions of a bar at most, and bars: all that is earlier than the others is in the first."""
FEW, _FULL = 5, 10
"""Papers of a bar that say little if they are fewer, and those that a bar is to hold."""
_FEWEST = 20
"""Papers below which nothing is said of a change."""
_ENOUGH = 0.75
"""Share of the bars that are to be full, or they are made wider."""

Change: TypeAlias = Literal["few", "more", "less", "none"]


class TrendParameters(Value):
    """Which series over what."""

    of: list[str] = Field(
        default_factory=list, description="theme:ID or dimension:ID; without any the most frequent themes"
    )
    by: TimeField = Field(default="year", description="Over what; sessions are counted by body")
    each_body: bool = Field(default=False, description="A series for each of the bodies with the most papers, too")


class Point(Value):
    """A year or session: papers with the theme of all papers of that time, their share, and its 95 % interval (Wilson).

    A time without papers has no share.
    """

    time: int
    papers: int
    of: int
    share: float | None
    low: float | None
    high: float | None


class Series(Value):
    """A theme or dimension over time, in all papers or those of one body; `undated` papers are in no point."""

    kind: TrendKind
    id: str
    body: str | None
    points: tuple[Point, ...]
    papers: int
    of: int
    undated: int


class Trends(Value):
    """Series over the same times; a time with `of` 0 in every point is one without papers."""

    by: TimeField
    times: tuple[int, ...]
    series: tuple[Series, ...]


class _Counted(NamedTuple):
    papers: int
    by_value: Mapping[str, int]


def answer(collection: Collection, asked: TrendParameters, reader: Reader, filters: Sequence[str] = ()) -> Trends:
    """Return how themes and dimensions (`theme:single-window`, `dimension:systems`) spread over time.

    Without any these are the most frequent themes. `each_body` gives a series for each of the bodies with the most
    papers, sub-bodies with theirs; so do sessions where the filters name no body, as each body counts its own. Raises
    `UsageError` for what is no theme and no dimension, or too many.
    """
    service, everything = collection.service, filters_of(filters, reader.access_classes)
    wanted = [_wanted(collection.settings, one) for one in asked.of] or _most_frequent(service, everything)
    if len(wanted) > MOST_SERIES:
        raise UsageError(f"{len(wanted)} series: a chart has at most {MOST_SERIES}", "ask for fewer")
    scopes: list[tuple[str | None, Filters]] = [(None, everything)]
    if asked.by == "session" and not any(one.field == "body" and not one.negated for one in everything.conditions):
        scopes = list(_bodies(service, everything))
    elif asked.each_body:
        scopes += _bodies(service, everything)
    found = []
    for body, scope in scopes:
        all_papers = _count(service, scope, asked.by)
        for kind, name in wanted:
            narrowed = scope.narrowed([condition(kind, [name]), *([STATED] if kind == "dimension" else [])])
            found.append((kind, name, body, _count(service, narrowed, asked.by), all_papers))
    times = _times(one[4] for one in found)
    return Trends(by=asked.by, times=times, series=tuple(_series(*one, times) for one in found))


def bins_of(points: Sequence[Point], by: TimeField) -> list[tuple[str, Point]]:
    """Return the papers by bars of times, as narrow as most of them hold enough papers, each with its filter.

    A paper may be of two sessions: the latest ones stand alone, and earlier ones are left out.
    """
    there = [one for one in points if one.of]
    last = there[-1].time if there else 0
    there = [one for one in there if by == "year" or one.time > last - _MOST_BINS]
    found: dict[int, list[Point]] = {}
    for width in range(1, (_WIDEST_BIN if by == "year" else 1) + 1):
        found = {}
        for one in there:
            found.setdefault(min((last - one.time) // width, _MOST_BINS - 1), []).append(one)
        if sum(sum(one.of for one in bar) >= _FULL for bar in found.values()) >= _ENOUGH * len(found):
            break
    bins = []
    for place in range(max(found, default=-1), -1, -1):
        bar, end = found.get(place, []), last - place * width
        begin = end - width + 1
        times = f"..{end}" if bar and bar[0].time < begin else f"{begin}..{end}" if width > 1 else str(end)
        bins.append((times, point_of(end, sum(one.papers for one in bar), sum(one.of for one in bar))))
    return bins


def change_of(bars: Sequence[Point]) -> Change:
    """Return whether the last bar differs from the first: where their intervals do not overlap; `few` tell nothing."""
    first, last = bars[0], bars[-1]
    if sum(one.of for one in bars) < _FEWEST:
        return "few"
    if (last.low or 0) > (first.high or 0):
        return "more"
    return "less" if (last.high or 0) < (first.low or 0) else "none"


COLUMNS = ("kind", "id", "body", "time", "papers", "of", "share", "low", "high")


def cells_of(trends: Trends) -> Iterator[tuple[Cell, ...]]:
    """Yield the cells of trends in the order of `COLUMNS`, a row a point."""
    for one in trends.series:
        for point in one.points:
            shares = (point.share, point.low, point.high)
            yield (one.kind, one.id, one.body, point.time, point.papers, point.of, *shares)


def table(collection: Collection, asked: TrendParameters, reader: Reader, filters: Sequence[str]) -> ExportTable:
    """Return trends as a table, a row a point; a record is the point with its series."""
    rows = cells_of(answer(collection, asked, reader, filters))
    return ExportTable(COLUMNS, (ExportRow(dict(zip(COLUMNS, cells, strict=True)), cells) for cells in rows))


def _wanted(settings: Settings, given: str) -> tuple[TrendKind, str]:
    kind, colon, name = given.partition(":")
    known = {
        "theme": lambda: {one.id for one in load_vocabulary(settings.vocabulary).concepts},
        "dimension": lambda: {one.id for one in load_model(settings.model).dimensions},
    }
    if not colon or kind not in known or name not in known[kind]():
        raise UsageError(f"'{given}': is no theme and no dimension", "write theme:ID or dimension:ID")
    return ("theme" if kind == "theme" else "dimension"), name


def _most_frequent(service: "SearchService", filters: Filters) -> list[tuple[TrendKind, str]]:
    counts = service.themes(filters).themes
    return [("theme", one.id) for one in counts[:_USUAL_SERIES] if one.documents]


def _bodies(service: "SearchService", filters: Filters) -> Iterator[tuple[str, Filters]]:
    """Yield the bodies with the most papers, with the filters of each."""
    descendants = load_bodies().descendants
    for body in list(_count(service, filters, "body").by_value)[:_MOST_BODIES]:
        yield body, filters.narrowed([condition("body", [body], descendants)])


def _count(service: "SearchService", filters: Filters, field: FieldName) -> _Counted:
    request = SearchRequest(filters=filters, mode="text", facets=(field,), k=1, passages=1)
    found = service.search(request, sentences=False)
    values = {str(one.value): one.count for one in found.facets[field] if one.value is not None}
    return _Counted(found.documents, values)


def _times(counts: Iterable[_Counted]) -> tuple[int, ...]:
    """Return every year or session from the first with papers to the last; long gaps are left out."""
    there = sorted({int(time) for one in counts for time in one.by_value if time.isdecimal()})
    found: list[int] = []
    for time in there:
        if found and time - found[-1] <= _LONGEST_GAP:
            found += range(found[-1] + 1, time)
        found.append(time)
    return tuple(found)


def _series(
    kind: TrendKind, name: str, body: str | None, counted: _Counted, all_papers: _Counted, times: Iterable[int]
) -> Series:
    return Series(
        kind=kind,
        id=name,
        body=body,
        points=tuple(
            point_of(one, counted.by_value.get(str(one), 0), all_papers.by_value.get(str(one), 0)) for one in times
        ),
        papers=counted.papers,
        of=all_papers.papers,
        undated=all_papers.by_value.get(UNDATED, 0),
    )


def point_of(time: int, papers: int, of: int) -> Point:
    """Return a point of so many of so many papers."""
    from pipelines.review.quality import wilson

    low, high = wilson(papers, of) if of else (None, None)
    return Point(
        time=time,
        papers=papers,
        of=of,
        share=round(papers / of, 4) if of else None,
        low=None if low is None else round(low, 4),
        high=None if high is None else round(high, 4),
    )
