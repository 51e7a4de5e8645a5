"""PPTX by python-pptx: a slide is a page, its title a heading, its notes paragraphs without a place."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from configs.settings import ReadingLimits
from extractors.document import Box, Cell, Page, Reading, ReadStatus
from extractors.media import PPTX
from extractors.readers.gather import Gathering
from extractors.readers.numbering import split_bullet, split_number
from extractors.readers.ooxml import as_malformed, check_package, core_properties

_EMU_PER_POINT = 12_700
_SAME_ROW = 6.0  # points
_FOOTERS = (13, 15, 16)  # PP_PLACEHOLDER: slide number, footer, date
_MAX_NESTING = 20  # groups within groups


@dataclass(frozen=True, slots=True)
class _Place:
    """How the coordinates of a group's children become points on the slide: x·scale + shift."""

    scale_x: float = 1 / _EMU_PER_POINT
    scale_y: float = 1 / _EMU_PER_POINT
    shift_x: float = 0.0
    shift_y: float = 0.0

    def box(self, shape: Any) -> Box | None:  # noqa: ANN401 - python-pptx has no types
        """Return the box of a shape in points, None where neither it nor its layout says."""
        left, top, width, height = shape.left, shape.top, shape.width, shape.height
        if None in (left, top, width, height):
            return None
        x0, y0 = left * self.scale_x + self.shift_x, top * self.scale_y + self.shift_y
        x1, y1 = x0 + width * self.scale_x, y0 + height * self.scale_y
        return round(x0, 2), round(y0, 2), round(x1, 2), round(y1, 2)

    def inside(self, group: Any) -> "_Place":  # noqa: ANN401
        """Return the place of the children of a group."""
        frame = group._element.grpSpPr.find(".//{*}xfrm")  # noqa: SLF001 - no public way to the child frame
        child = None if frame is None else (frame.find("{*}chOff"), frame.find("{*}chExt"))
        if child is None or child[0] is None or child[1] is None:
            return self
        width, height = int(child[1].get("cx")), int(child[1].get("cy"))
        scale_x = self.scale_x * (group.width / width if width else 1)
        scale_y = self.scale_y * (group.height / height if height else 1)
        return _Place(
            scale_x,
            scale_y,
            group.left * self.scale_x + self.shift_x - int(child[0].get("x")) * scale_x,
            group.top * self.scale_y + self.shift_y - int(child[0].get("y")) * scale_y,
        )


def read(path: Path, *, passwords: Sequence[str], limits: ReadingLimits) -> Reading:  # noqa: ARG001
    """Return the slides of a PPTX as pages with their blocks; raises `UnreadableError` for a broken package."""
    import pptx

    check_package(path, limits)
    with as_malformed("presentation"):
        deck = pptx.Presentation(str(path))
    width = round((deck.slide_width or 0) / _EMU_PER_POINT, 2)
    height = round((deck.slide_height or 0) / _EMU_PER_POINT, 2)
    gathering = Gathering()
    pages = []
    for number, slide in enumerate(deck.slides, start=1):
        before = len(gathering.blocks)
        pictures = _slide(slide, number, gathering)
        _notes(slide, number, gathering)
        bare = pictures and len(gathering.blocks) == before
        pages.append(Page(number=number, width=width, height=height, status="needs_ocr" if bare else "text"))
    waiting = sum(page.status == "needs_ocr" for page in pages)
    if waiting:
        gathering.warnings.append(f"{waiting} of {len(pages)} slides are pictures and need OCR")
    status: ReadStatus | None = "needs_ocr" if waiting and not gathering.blocks else None
    return gathering.reading(PPTX, pages=pages, status=status, properties=core_properties(deck))


def _slide(slide: Any, number: int, gathering: Gathering) -> int:  # noqa: ANN401
    """Gather the shapes of a slide, its title first and the rest from top to bottom; return its pictures."""
    title = slide.shapes.title
    shapes = [(shape, place.box(shape)) for shape, place in _shapes(slide.shapes, _Place(), 0)]
    shapes.sort(key=lambda item: (round((item[1] or (0, 0))[1] / _SAME_ROW), (item[1] or (0, 0))[0]))
    if title is not None and title.has_text_frame:
        text = " ".join(title.text_frame.text.split())
        mark, rest = split_number(text)
        gathering.block("heading", rest, number=mark, level=1, page=number, box=_Place().box(title))
    pictures = 0
    for shape, box in shapes:
        if title is not None and shape.shape_id == title.shape_id:
            continue
        if shape.has_text_frame:
            _text(shape, number, box, gathering)
        elif getattr(shape, "has_table", False) and shape.has_table:
            gathering.table(_cells(shape.table), header_rows=int(shape.table.first_row), page=number, box=box)
        else:
            pictures += shape.element.tag.endswith("}pic")
    return pictures


def _shapes(shapes: Any, place: _Place, depth: int) -> Iterator[tuple[Any, _Place]]:  # noqa: ANN401
    for shape in shapes:
        if hasattr(shape, "shapes") and depth < _MAX_NESTING:
            yield from _shapes(shape.shapes, place.inside(shape), depth + 1)
        else:
            yield shape, place


def _text(shape: Any, number: int, box: Box | None, gathering: Gathering) -> None:  # noqa: ANN401
    if shape.is_placeholder and shape.placeholder_format.type in _FOOTERS:
        gathering.block("footer", " ".join(shape.text_frame.text.split()), page=number, box=box)
        return
    listed = shape.is_placeholder and len(shape.text_frame.paragraphs) > 1
    for paragraph in shape.text_frame.paragraphs:
        text = " ".join(paragraph.text.split())
        bullet = split_bullet(text)
        mark, rest = split_number(text)
        if bullet is not None or listed or paragraph.level:
            level = paragraph.level + 1
            gathering.block("item", bullet or rest, number=mark, level=level, page=number, box=box)
        else:
            gathering.block("paragraph", rest, number=mark, page=number, box=box)


def _cells(table: Any) -> list[Cell]:  # noqa: ANN401
    return [
        Cell(
            row=row,
            column=column,
            rowspan=cell.span_height if cell.is_merge_origin else 1,
            colspan=cell.span_width if cell.is_merge_origin else 1,
            text="\n".join(" ".join(line.split()) for line in cell.text.splitlines() if line.strip()),
        )
        for row, line in enumerate(table.rows)
        for column, cell in enumerate(line.cells)
        if not cell.is_spanned
    ]


def _notes(slide: Any, number: int, gathering: Gathering) -> None:  # noqa: ANN401
    frame = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
    for line in frame.text.splitlines() if frame is not None else ():
        gathering.block("paragraph", " ".join(line.split()), page=number)
