"""Reads the graphics of Office files: charts, SmartArt, embedded files, and pictures that are Windows metafiles.

A chart (DrawingML) is read as its titles and a table of categories by series, SmartArt as the nested texts in the data
part of its diagram.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from configs.settings import ReadingLimits
from extractors.document import Box, Cell
from extractors.readers.metafile import text_of_metafile
from extractors.readers.ooxml.embedded import read_embedded
from extractors.readers.ooxml.package import OfficeObject
from extractors.readers.package_xml import Element, parse_xml
from extractors.readers.reading_builder import ReadingBuilder

_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_CHARTS = (
    "{http://schemas.openxmlformats.org/drawingml/2006/chart}chart",
    "{http://schemas.microsoft.com/office/drawing/2014/chartex}chart",
)
_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}relIds"
_WORD_OBJECT = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}object"
_SLIDE_OBJECT = "{http://schemas.openxmlformats.org/presentationml/2006/main}oleObj"
_ALT_CHUNK = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}altChunk"
_OBJECTS = ("{urn:schemas-microsoft-com:office:office}OLEObject", _SLIDE_OBJECT, _ALT_CHUNK)
_PICTURES = (
    "{http://schemas.openxmlformats.org/drawingml/2006/main}blip",
    "{urn:schemas-microsoft-com:vml}imagedata",
)
_METAFILES = (".emf", ".wmf", ".emz", ".wmz")
FILES = ("oleObject", "package", "aFChunk", "object")
"""The relationship types of embedded files."""

GRAPHICS = (*_CHARTS, _DIAGRAM, *_OBJECTS, *_PICTURES)
"""The elements that stand for a chart, a diagram, an embedded file or a picture."""

ContentOf = Callable[[str], tuple[str, bytes] | None]
"""Returns name and bytes of the part with a relationship id."""
_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_CX = "{http://schemas.microsoft.com/office/drawing/2014/chartex}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_MAX_POINTS = 1_000  # of a series; more are too many to be read one by one in a chart
_DGM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_NODES = (None, "node", "asst")
_PARENT_OF = (None, "parOf")
_MAX_DEPTH = 50


class Graphics:
    """Adds the content of `GRAPHICS` elements to a builder, at their place in the text."""

    def __init__(self, builder: ReadingBuilder, limits: ReadingLimits) -> None:
        self._builder, self._limits = builder, limits
        self._readable: dict[str, bool] = {}  # whether embedded files were read, by the names of their parts

    def add(
        self,
        element: Element,
        content_of: ContentOf,
        *,
        page: int | None = None,
        box: Box | None = None,
    ) -> None:
        """Add the content of an element; raises `UnreadableError` where a chart or a diagram is no XML.

        A diagram becomes a list of items. An embedded file is added where it is shown; for one that cannot be read,
        its preview picture. Only pictures that are metafiles have text.
        """
        if element.tag in _OBJECTS:
            self._object(element, content_of, page, box)
        elif element.tag in _PICTURES:
            if next(element.iterancestors(_WORD_OBJECT, _SLIDE_OBJECT), None) is None:
                self._picture(element, content_of, page, box)
        else:
            self._chart_or_diagram(element, content_of, page, box)

    def embed(
        self, name: str, content: bytes, *, joined: bool = False, page: int | None = None, box: Box | None = None
    ) -> bool:
        """Add the embedded file in a part, once; return whether it could be read. `joined` is that of `adopt`."""
        if name not in self._readable:
            reading = read_embedded(content, self._limits)
            self._readable[name] = reading is not None
            if reading:
                self._builder.adopt(reading, joined=joined, page=page, box=box)
        return self._readable[name]

    def warnings(self, kinds: Iterable[str]) -> list[str]:
        """Return the warnings about embedded files, from the types of all relationships of the parts that were read."""
        count, read = sum(kind.rpartition("/")[2] in FILES for kind in kinds), sum(self._readable.values())
        return embedded_warnings(read, count - read)

    def _object(self, element: Element, content_of: ContentOf, page: int | None, box: Box | None) -> None:
        found = content_of(element.get(f"{_R}id") or "")
        if found is None or not self.embed(*found, joined=element.tag == _ALT_CHUNK, page=page, box=box):
            shown = next(element.iterancestors(_WORD_OBJECT), element)
            for picture in shown.iter(*_PICTURES):
                self._picture(picture, content_of, page, box)

    def _picture(self, element: Element, content_of: ContentOf, page: int | None, box: Box | None) -> None:
        key = element.get(f"{_R}embed") or element.get(f"{_R}id")
        name, content = (key and content_of(key)) or ("", b"")
        if name.lower().endswith(_METAFILES):
            for line in text_of_metafile(content):
                self._builder.block("paragraph", line, page=page, box=box)

    def _chart_or_diagram(self, element: Element, content_of: ContentOf, page: int | None, box: Box | None) -> None:
        key = element.get(f"{_R}dm" if element.tag == _DIAGRAM else f"{_R}id")
        found = content_of(key) if key else None
        if found is None:
            return
        name, content = found
        root = parse_xml(content, name)
        if element.tag in _CHARTS:
            add_chart(root, self._builder, page=page, box=box)
            return
        for level, text in diagram_items(root):
            self._builder.block("item", text, level=level, page=page, box=box)


def embedded_warnings(read: int, unread: int) -> list[str]:
    """Return the warnings about embedded files: how many are read and how many are not, if any."""
    warnings = []
    if read > 0:
        warnings.append(f"it holds {read} embedded files, which are read where they stand")
    if unread > 0:
        warnings.append(f"it holds {unread} embedded files, which are not read: save them as files of their own")
    return warnings


def content_from(part: OfficeObject) -> ContentOf:
    """Return a function that looks up the parts related to a part of an opened package."""

    def content_of(key: str) -> tuple[str, bytes] | None:
        rel = part.rels.get(key)
        return None if rel is None or rel.is_external else (str(rel.target_part.partname), rel.target_part.blob)

    return content_of


def add_chart(root: Element, builder: ReadingBuilder, *, page: int | None = None, box: Box | None = None) -> None:
    """Add the titles of a chart as paragraphs, then its series as a table with a row for each category."""
    if root.tag != f"{_C}chartSpace":
        for text in _texts_of_extended(root):
            builder.block("paragraph", text, page=page, box=box)
        return
    for title in root.iter(f"{_C}title"):
        builder.block("paragraph", _text(title), page=page, box=box)
    series = [_series(item) for item in root.iter(f"{_C}ser")]
    builder.table(_chart_cells(series), header_rows=1, page=page, box=box)


@dataclass(frozen=True, slots=True)
class _Series:
    name: str
    categories: dict[int, str]
    values: dict[int, str]


def _chart_cells(series: list[_Series]) -> list[Cell]:
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
    level = found.find(f".//{_C}lvl")  # of several category levels, the first is the innermost, next to the axis
    points = (found if level is None else level).iter(f"{_C}pt")
    return {
        int(point.get("idx") or 0): _plain_value(point.findtext(f"{_C}v") or "")
        for point in points
        if (point.get("idx") or "").isdecimal()
    }


def _plain_value(value: str) -> str:
    """Return a value without rounding errors of binary fractions (4.4000000000000004 is 4.4)."""
    try:
        return f"{float(value):.15g}" if "." in value else " ".join(value.split())
    except ValueError:
        return " ".join(value.split())


def _text(item: Element) -> str:
    """Return the text of a title or name: typed, or taken from cells."""
    typed = " ".join("".join(run.text or "" for run in line.iter(f"{_A}t")) for line in item.iter(f"{_A}p"))
    return " ".join((typed or " ".join(value.text or "" for value in item.iter(f"{_C}v"))).split())


def _texts_of_extended(root: Element) -> list[str]:
    """Return the texts of an extended chart of Office 2016 (waterfall, tree map): titles, names, categories."""
    lines = ["".join(run.text or "" for run in line.iter(f"{_A}t")) for line in root.iter(f"{_A}p")]
    names = [value.text or "" for item in root.iter(f"{_CX}tx") for value in item.iter(f"{_CX}v")]
    points = [point.text or "" for part in root.iter(f"{_CX}strDim") for point in part.iter(f"{_CX}pt")]
    return [*lines, *names, "; ".join(dict.fromkeys(filter(None, points[:_MAX_POINTS])))]


def diagram_items(root: Element) -> list[tuple[int, str]]:
    """Return level (from 1) and text of the points of a diagram that have text, each once, in their order."""
    points = {point.get("modelId"): point for point in root.iter(f"{_DGM}pt")}
    children: dict[str | None, list[tuple[int, str]]] = {}
    for link in root.iter(f"{_DGM}cxn"):
        if link.get("type") in _PARENT_OF:
            order = link.get("srcOrd") or "0"
            place = int(order) if order.isdecimal() else 0
            children.setdefault(link.get("srcId"), []).append((place, link.get("destId") or ""))
    roots = [key for key, point in points.items() if point.get("type") == "doc"]
    nodes = [key for key, point in points.items() if point.get("type") in _NODES]
    seen: set[str | None] = set()

    def walk(key: str | None, level: int) -> Iterator[tuple[int, str]]:
        if key in seen or key not in points or level > _MAX_DEPTH:
            return
        seen.add(key)
        text = _point_text(points[key]) if points[key].get("type") in _NODES else ""
        if text:
            yield max(1, level), text
        for _, child in sorted(children.get(key, [])):
            yield from walk(child, level + 1)

    return [item for key in (*roots, *nodes) for item in walk(key, 0 if key in roots else 1)]


def _point_text(point: Element) -> str:
    lines = ("".join(run.text or "" for run in line.iter(f"{_A}t")) for line in point.iter(f"{_A}p"))
    return " ".join(" ".join(lines).split())
