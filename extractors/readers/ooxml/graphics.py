"""What Office files hold besides their text: charts, SmartArt, embedded files, and drawings of Windows metafiles."""

from collections.abc import Callable, Iterable

from configs.settings import ReadingLimits
from extractors.document import Box
from extractors.readers.metafile import text_of_metafile
from extractors.readers.ooxml.charts import add_chart
from extractors.readers.ooxml.diagrams import diagram_items
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
_JOINED = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}altChunk"
_OBJECTS = ("{urn:schemas-microsoft-com:office:office}OLEObject", _SLIDE_OBJECT, _JOINED)
_PICTURES = (
    "{http://schemas.openxmlformats.org/drawingml/2006/main}blip",
    "{urn:schemas-microsoft-com:vml}imagedata",
)
_METAFILES = (".emf", ".wmf", ".emz", ".wmz")
FILES = ("oleObject", "package", "aFChunk", "object")
"""The types of relationships to embedded files."""

GRAPHICS = (*_CHARTS, _DIAGRAM, *_OBJECTS, *_PICTURES)
"""The elements that stand for a chart, a diagram, an embedded file or a picture."""

ContentOf = Callable[[str], tuple[str, bytes] | None]
"""Gives name and bytes of the part that a relationship id stands for."""


class Graphics:
    """Gathers what the elements of `GRAPHICS` stand for, where they stand."""

    def __init__(self, builder: ReadingBuilder, limits: ReadingLimits) -> None:
        self._builder, self._limits = builder, limits
        self._read: dict[str, bool] = {}  # the embedded files by the names of their parts

    def add(
        self,
        element: Element,
        content_of: ContentOf,
        *,
        page: int | None = None,
        box: Box | None = None,
    ) -> None:
        """Gather what an element stands for; raises `UnreadableError` where a chart or a diagram is no XML.

        A diagram is a list of items. An embedded file stands where it is shown; of one that cannot be read, the
        picture that shows it. Pictures have text where they are metafiles.
        """
        if element.tag in _OBJECTS:
            self._object(element, content_of, page, box)
        elif element.tag in _PICTURES:
            if next(element.iterancestors(_WORD_OBJECT, _SLIDE_OBJECT), None) is None:
                self._picture(element, content_of, page, box)
        else:
            self._drawn(element, content_of, page, box)

    def embed(
        self, name: str, content: bytes, *, joined: bool = False, page: int | None = None, box: Box | None = None
    ) -> bool:
        """Gather the embedded file in a part, once; return whether it could be read. `joined` is that of `adopt`."""
        if name not in self._read:
            reading = read_embedded(content, self._limits)
            self._read[name] = reading is not None
            if reading:
                self._builder.adopt(reading, joined=joined, page=page, box=box)
        return self._read[name]

    def warnings(self, kinds: Iterable[str]) -> list[str]:
        """Return what to say of embedded files, by the types of all relationships of the parts that were gathered."""
        count, read = sum(kind.rpartition("/")[2] in FILES for kind in kinds), sum(self._read.values())
        return embedded_warnings(read, count - read)

    def _object(self, element: Element, content_of: ContentOf, page: int | None, box: Box | None) -> None:
        found = content_of(element.get(f"{_R}id") or "")
        if found is None or not self.embed(*found, joined=element.tag == _JOINED, page=page, box=box):
            shown = next(element.iterancestors(_WORD_OBJECT), element)
            for picture in shown.iter(*_PICTURES):
                self._picture(picture, content_of, page, box)

    def _picture(self, element: Element, content_of: ContentOf, page: int | None, box: Box | None) -> None:
        key = element.get(f"{_R}embed") or element.get(f"{_R}id")
        name, content = (key and content_of(key)) or ("", b"")
        if name.lower().endswith(_METAFILES):
            for line in text_of_metafile(content):
                self._builder.block("paragraph", line, page=page, box=box)

    def _drawn(self, element: Element, content_of: ContentOf, page: int | None, box: Box | None) -> None:
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
    """Return what to say of the files that a document holds: how many are read and how many are not, if any."""
    said = []
    if read > 0:
        said.append(f"it holds {read} embedded files, which are read where they stand")
    if unread > 0:
        said.append(f"it holds {unread} embedded files, which are not read: save them as files of their own")
    return said


def content_from(part: OfficeObject) -> ContentOf:
    """Return what gives name and bytes of the parts that a part of an opened package is related to."""

    def content_of(key: str) -> tuple[str, bytes] | None:
        rel = part.rels.get(key)
        return None if rel is None or rel.is_external else (str(rel.target_part.partname), rel.target_part.blob)

    return content_of
