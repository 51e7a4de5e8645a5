"""Charts of trends: where each line, band and mark stands, in units of an SVG; templates draw them."""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from pipelines.desk.trends import Point, Series, Trends

WIDTH, HEIGHT = 680, 240
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 12, 30
_SCALES = (0.1, 0.25, 0.5, 1.0)
"""Shares up to which the charts of a page go, all alike."""
_APART, _MOST_APART = 0.12, 6
"""How far the marks of two series stand apart, in widths of a time, and at most: whiskers do not cover each other."""
_TICKS = 8
"""Years or sessions that are named below a chart at most."""


class Mark(NamedTuple):
    """A point: where it stands, the ends of its interval, and what is counted there."""

    x: float
    y: float
    low: float
    high: float
    point: Point


class Line(NamedTuple):
    """A series: its marks, and the path that joins those of times that follow each other."""

    number: int
    series: Series
    marks: tuple[Mark, ...]
    path: str


class Chart(NamedTuple):
    """The lines of one body, or of all papers; `empty` are columns without papers (left edge, width)."""

    body: str | None
    lines: tuple[Line, ...]
    ticks: tuple[tuple[float, int], ...]
    grid: tuple[tuple[float, str], ...]
    empty: tuple[tuple[float, float], ...]


def charts_of(trends: Trends) -> tuple[Chart, ...]:
    """Return a chart for all papers, and for each body with series of its own; none where no paper has a time."""
    if not trends.times:
        return ()
    most = max(point.share or 0 for one in trends.series for point in one.points)
    top = next(scale for scale in _SCALES if most <= scale)
    by_body = groupby(trends.series, key=lambda one: one.body)
    return tuple(_chart(body, list(series), trends.times, top) for body, series in by_body)


def _chart(body: str | None, series: Sequence[Series], times: Sequence[int], top: float) -> Chart:
    step = (WIDTH - LEFT - RIGHT) / max(len(times), 1)
    xs = {time: LEFT + step * (place + 0.5) for place, time in enumerate(times)}
    apart = min(step * _APART, _MOST_APART)
    lines = tuple(
        _line(number, one, {time: x + apart * (number - (len(series) - 1) / 2) for time, x in xs.items()}, top)
        for number, one in enumerate(series)
    )
    every = max(1, -(-len(times) // _TICKS))
    empty = [xs[point.time] - step / 2 for point in series[0].points if not point.of] if series else []
    return Chart(
        body=body,
        lines=lines,
        ticks=tuple((round(xs[time], 1), time) for time in times[::every]),
        grid=tuple((_y(share, top), f"{round(share * 100)} %") for share in (0, top / 2, top)),
        empty=tuple((round(left, 1), round(step, 1)) for left in empty),
    )


def _line(number: int, series: Series, xs: dict[int, float], top: float) -> Line:
    marks, steps = [], []
    joined = False
    for point in series.points:
        if point.share is None:
            joined = False
            continue
        x, y = round(xs[point.time], 1), _y(point.share, top)
        marks.append(Mark(x, y, _y(point.low or 0, top), _y(min(point.high or 0, top), top), point))
        steps.append(f"{'L' if joined else 'M'}{x},{y}")
        joined = True
    return Line(number, series, tuple(marks), " ".join(steps))


def _y(share: float, top: float) -> float:
    return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - share / top), 1)
