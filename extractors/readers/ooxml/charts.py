"""Charts of Office files (DrawingML): their titles, and what they plot as a table of categories by series."""

from dataclasses import dataclass

from extractors.document import Box, Cell
from extractors.readers.package_xml import Element
from extractors.readers.reading_builder import ReadingBuilder

_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_CX = "{http://schemas.microsoft.com/office/drawing/2014/chartex}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_MAX_POINTS = 1_000  # of a series; more is data, which no reader of a chart sees one by one


@dataclass(frozen=True, slots=True)
class _Series:
    name: str
    categories: dict[int, str]
    values: dict[int, str]


def add_chart(root: Element, builder: ReadingBuilder, *, page: int | None = None, box: Box | None = None) -> None:
    """Gather the titles of a chart as paragraphs, then its series as a table with a row for each category."""
    if root.tag != f"{_C}chartSpace":
        for text in _texts_of_extended(root):
            builder.block("paragraph", text, page=page, box=box)
        return
    for title in root.iter(f"{_C}title"):
        builder.block("paragraph", _text(title), page=page, box=box)
    series = [_series(item) for item in root.iter(f"{_C}ser")]
    builder.table(_cells(series), header_rows=1, page=page, box=box)


def _cells(series: list[_Series]) -> list[Cell]:
    """Return the cells of a table: categories down, series across."""
    places = sorted({place for one in series for place in (*one.categories, *one.values)})[:_MAX_POINTS]
    rows = [["", *(one.name for one in series)]]
    for place in places:
        category = next((one.categories[place] for one in series if place in one.categories), "")
        rows.append([category, *(one.values.get(place, "") for one in series)])
    return [
        Cell(row=row, column=column, text=text) for row, line in enumerate(rows) for column, text in enumerate(line)
    ]


def _series(item: Element) -> _Series:
    name = item.find(f"{_C}tx")
    return _Series(
        name="" if name is None else _text(name),
        categories=_points(item, "cat", "xVal"),
        values=_points(item, "val", "yVal"),
    )


def _points(item: Element, *names: str) -> dict[int, str]:
    found = next((part for name in names if (part := item.find(f"{_C}{name}")) is not None), None)
    if found is None:
        return {}
    level = found.find(f".//{_C}lvl")  # of several levels of categories, the first is the one at the axis
    points = (found if level is None else level).iter(f"{_C}pt")
    return {
        int(point.get("idx") or 0): _shown(point.findtext(f"{_C}v") or "")
        for point in points
        if (point.get("idx") or "").isdecimal()
    }


def _shown(value: str) -> str:
    """Return a value without the noise of binary fractions (4.4000000000000004 is 4.4)."""
    try:
        return f"{float(value):.15g}" if "." in value else " ".join(value.split())
    except ValueError:
        return " ".join(value.split())


def _text(item: Element) -> str:
    """Return the text of a title or name: typed, or taken from cells."""
    typed = " ".join("".join(run.text or "" for run in line.iter(f"{_A}t")) for line in item.iter(f"{_A}p"))
    return " ".join((typed or " ".join(value.text or "" for value in item.iter(f"{_C}v"))).split())


def _texts_of_extended(root: Element) -> list[str]:
    """Return the texts of a chart of the kinds of 2016 (waterfall, tree map): titles, names, categories."""
    lines = ["".join(run.text or "" for run in line.iter(f"{_A}t")) for line in root.iter(f"{_A}p")]
    names = [value.text or "" for item in root.iter(f"{_CX}tx") for value in item.iter(f"{_CX}v")]
    points = [point.text or "" for part in root.iter(f"{_CX}strDim") for point in part.iter(f"{_CX}pt")]
    return [*lines, *names, "; ".join(dict.fromkeys(filter(None, points[:_MAX_POINTS])))]
