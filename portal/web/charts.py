"""Geometry of charts: positions of bars, marks and intervals in units of an SVG, which templates draw."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pipelines.questions.trends import FEW, Change, Point, Series, Trends, bins_of, change_of

WIDTH, HEIGHT = 680, 240
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 12, 30
_TREND_WIDTH, _TREND_LEFT, _TREND_TOP, _TREND_FOOT = 360, 38, 22, 158
"""A chart of shares is as wide as a phone: its texts stay as large as they are."""
_SCALES = (0.1, 0.25, 0.5, 1.0)
"""Shares up to which the charts of a page go, all alike."""
_TICKS = 8
"""Years or sessions that are named below a chart at most."""
_WIDEST_COLUMN = 40
_EARLIER = 0.02
"""Share of the papers that charts by year put into one bar, *earlier*."""


class TrendBar(NamedTuple):
    """A bar of some years or sessions: its counts, the filter for its papers, and its position.

    `low` and `high` are the ends of the interval; `is_few` says that the bar rests on little.
    """

    times: str
    point: Point
    x: float
    width: float
    y: float
    low: float
    high: float
    is_few: bool

    @property
    def label(self) -> str:
        """What stands below the bar: `2016–20`, or `≤2004`."""
        first, dots, last = self.times.partition("..")
        if not first:
            return f"≤{last}"
        same = len(first) == len(last) and first[:-2] == last[:-2]
        return f"{first}–{last[-2:] if same else last}" if dots else first


class Chart(NamedTuple):
    """The share of a theme or dimension over time in bars, and whether the last bar differs from the first."""

    series: Series
    bars: tuple[TrendBar, ...]
    grid: tuple[tuple[float, str], ...]
    change: Change


def charts_of(trends: Trends) -> tuple[Chart, ...]:
    """Return a chart for each series, on a common scale; none if no paper has a time."""
    binned = [(one, found) for one in trends.series if (found := bins_of(one.points, trends.by))]
    points = [point for _, found in binned for _, point in found]
    ends = [(one.high if one.of >= FEW else one.share) or 0 for one in points]
    top = next(scale for scale in _SCALES if max(ends, default=0) <= scale)
    return tuple(_chart(series, found, top) for series, found in binned)


def _chart(series: Series, bins: Sequence[tuple[str, Point]], top: float) -> Chart:
    def y(share: float) -> float:
        return round(_TREND_TOP + (_TREND_FOOT - _TREND_TOP) * (1 - min(share, top) / top), 1)

    step = (_TREND_WIDTH - _TREND_LEFT) / len(bins)
    bars = []
    for place, (times, point) in enumerate(bins):
        width = min(step * 0.7, _WIDEST_COLUMN)
        left, ends = _TREND_LEFT + step * (place + 0.5) - width / 2, (y(point.low or 0), y(point.high or 0))
        bars.append(
            TrendBar(times, point, round(left, 1), round(width, 1), y(point.share or 0), *ends, is_few=point.of < FEW)
        )
    grid = tuple((y(share), f"{round(share * 100)} %") for share in (0, top / 2, top))
    return Chart(series, tuple(bars), grid, change_of([one.point for one in bars]))


def _y(share: float, top: float) -> float:
    return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - share / top), 1)


class Segment(NamedTuple):
    """A part of a stacked bar: its value, its papers, its start and its length, in hundredths."""

    of: str
    papers: int
    start: float
    length: float


class Column(NamedTuple):
    """The column of a year: its left edge and width, and its parts from the bottom up (top, height).

    `years` is the filter that finds what it counts: `2014`, or `..1989` of the column of all earlier years.
    """

    time: int
    years: str
    total: int
    left: float
    width: float
    parts: tuple[tuple[str, int, float, float], ...]


class Columns(NamedTuple):
    """A chart of counts by year with stacked columns; `series` are the parts in order.

    A tick is a place and a year; None is that of the earlier years.
    """

    series: tuple[str, ...]
    columns: tuple[Column, ...]
    ticks: tuple[tuple[float, int | None], ...]
    grid: tuple[tuple[float, int], ...]


def stacked(counts: Mapping[str, int]) -> tuple[Segment, ...]:
    """Return the non-empty parts of a bar of full length."""
    total = sum(counts.values())
    found: list[Segment] = []
    start = 0.0
    for name, count in counts.items():
        if count:
            found.append(Segment(name, count, round(start, 2), round(100 * count / total, 2)))
            start += 100 * count / total
    return tuple(found)


def columns_of(series: Mapping[str, Mapping[int, int]]) -> Columns | None:
    """Return a chart of counts by year for each series, with gaps for empty years; None without years.

    The first column has what is earlier than most (see `earlier_and_years`).
    """
    by_year = Counter[int]()
    for counts in series.values():
        by_year.update(counts)
    if not +by_year:
        return None
    earlier, years = earlier_and_years(by_year)
    times = [*([years[0] - 1] if earlier else []), *years]
    series = {name: _merged(counts, times[0]) for name, counts in series.items()}
    totals = {time: sum(counts.get(time, 0) for counts in series.values()) for time in times}
    top = _round_up(max(totals.values()))
    step = (WIDTH - LEFT - RIGHT) / len(times)
    width = min(step * 0.8, _WIDEST_COLUMN)
    columns = []
    for place, time in enumerate(times):
        below, parts = 0, []
        for name, counts in series.items():
            if count := counts.get(time, 0):
                below += count
                parts.append((name, count, _y(below, top), round(_y(0, top) - _y(count, top), 1)))
        left = LEFT + step * (place + 0.5) - width / 2
        filtered = f"..{time}" if earlier and not place else str(time)
        columns.append(Column(time, filtered, totals[time], round(left, 1), round(width, 1), tuple(parts)))
    every = max(1, -(-len(times) // _TICKS))
    ticks = tuple(
        (round(one.left + one.width / 2, 1), one.time if one.years == str(one.time) else None)
        for one in columns[::every]
    )
    marks = sorted({0, top // 2, top} if top % 2 == 0 else {0, top})
    return Columns(tuple(series), tuple(columns), ticks, tuple((_y(mark, top), mark) for mark in marks))


def earlier_and_years(counts: Mapping[int, int]) -> tuple[int, range]:
    """Return the number of papers before the years of a chart, and these years in order."""
    there = sorted(year for year, count in counts.items() if count)
    most, earlier = _EARLIER * sum(counts.values()), 0
    while len(there) > 1 and earlier + counts[there[0]] <= most:
        earlier += counts[there.pop(0)]
    return earlier, range(there[0], there[-1] + 1) if there else range(0)


def _merged(counts: Mapping[int, int], first: int) -> dict[int, int]:
    """Return counts by year with all earlier years merged into one."""
    found = Counter[int]()
    for year, count in counts.items():
        found[max(year, first)] += count
    return found


def _round_up(most: int) -> int:
    """Return the end of an axis: the next number with one digit that is not zero, of two from 10 to 20 and so on."""
    unit = 10 ** max(len(str(most)) - 1, 0)
    return most if most < len("0123456789") else math.ceil(most / (unit / 2)) * unit // 2


class Bar(NamedTuple):
    """A row of a bar chart: its value, its parts, and its length, in hundredths of the longest."""

    of: str
    parts: tuple[Segment, ...]
    length: float

    @property
    def papers(self) -> int:
        """The papers of all parts."""
        return sum(one.papers for one in self.parts)


def bars_of(rows: Mapping[str, Mapping[str, int]]) -> tuple[Bar, ...]:
    """Return the bars of some rows, their parts by name, without empty rows."""
    totals = {of: sum(counts.values()) for of, counts in rows.items()}
    most = max(totals.values(), default=0) or 1
    return tuple(
        Bar(of, stacked(counts), round(100 * totals[of] / most, 2)) for of, counts in rows.items() if totals[of]
    )


def spark(counts: Mapping[int, int], years: range) -> tuple[tuple[float, float, int, int], ...]:
    """Return the marks of a sparkline, in hundredths: left edge, height, year and count, for years with papers."""
    most = max(counts.values(), default=0)
    step = 100 / max(len(years), 1)
    return tuple(
        (round(step * place, 2), round(100 * counts[year] / most, 1), year, counts[year])
        for place, year in enumerate(years)
        if counts.get(year)
    )
