"""Charts and SmartArt of Office files, which lie in parts of their own."""

from collections.abc import Callable
from typing import Any

from extractors.document import Box
from extractors.readers.gather import Gathering
from extractors.readers.ooxml.charts import add_chart
from extractors.readers.ooxml.diagrams import diagram_items
from extractors.readers.package_xml import parse_xml

_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_CHARTS = (
    "{http://schemas.openxmlformats.org/drawingml/2006/chart}chart",
    "{http://schemas.microsoft.com/office/drawing/2014/chartex}chart",
)
_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}relIds"

GRAPHICS = (*_CHARTS, _DIAGRAM)
"""The elements that stand for a chart or a diagram."""


def add_graphic(
    element: Any,  # noqa: ANN401 - an lxml element
    content_of: Callable[[str], tuple[str, bytes] | None],
    gathering: Gathering,
    *,
    page: int | None = None,
    box: Box | None = None,
) -> None:
    """Gather the text of a chart or diagram; a diagram is a list of items.

    `content_of` gives name and bytes of the part that a relationship id stands for. Raises `UnreadableError` where
    that part is no XML.
    """
    key = element.get(f"{_R}dm" if element.tag == _DIAGRAM else f"{_R}id")
    found = content_of(key) if key else None
    if found is None:
        return
    name, content = found
    root = parse_xml(content, name)
    if element.tag in _CHARTS:
        add_chart(root, gathering, page=page, box=box)
        return
    for level, text in diagram_items(root):
        gathering.block("item", text, level=level, page=page, box=box)


def content_from(part: Any) -> Callable[[str], tuple[str, bytes] | None]:  # noqa: ANN401 - of python-docx or python-pptx, without types
    """Return what gives name and bytes of the parts that a part of an opened package is related to."""

    def content_of(key: str) -> tuple[str, bytes] | None:
        rel = part.rels.get(key)
        return None if rel is None or rel.is_external else (str(rel.target_part.partname), rel.target_part.blob)

    return content_of
