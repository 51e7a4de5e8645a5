"""Lists the shapes of a slide, including those in groups, with their places in points."""

from collections.abc import Iterator
from dataclasses import dataclass

from extractors.document import Box
from extractors.readers.ooxml.package import OfficeObject

MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
EMU_PER_POINT = 12_700
_SHAPES = ("{*}sp", "{*}grpSp", "{*}graphicFrame", "{*}pic", "{*}cxnSp")
_MAX_NESTING = 20  # groups within groups


@dataclass(frozen=True, slots=True)
class Place:
    """How the coordinates of a group's children become points on the slide: x·scale + shift."""

    scale_x: float = 1 / EMU_PER_POINT
    scale_y: float = 1 / EMU_PER_POINT
    shift_x: float = 0.0
    shift_y: float = 0.0

    def box(self, shape: OfficeObject) -> Box | None:
        """Return the box of a shape in points, None where neither it nor its layout says."""
        left, top, width, height = shape.left, shape.top, shape.width, shape.height
        if None in (left, top, width, height):
            return None
        x0, y0 = left * self.scale_x + self.shift_x, top * self.scale_y + self.shift_y
        x1, y1 = x0 + width * self.scale_x, y0 + height * self.scale_y
        return round(x0, 2), round(y0, 2), round(x1, 2), round(y1, 2)

    def inside(self, group: OfficeObject) -> "Place":
        """Return the place of the children of a group."""
        frame = group._element.grpSpPr.find(".//{*}xfrm")  # noqa: SLF001 - no public way to the child frame
        child = None if frame is None else (frame.find("{*}chOff"), frame.find("{*}chExt"))
        if child is None or child[0] is None or child[1] is None:
            return self
        width, height = int(child[1].get("cx")), int(child[1].get("cy"))
        scale_x = self.scale_x * (group.width / width if width else 1)
        scale_y = self.scale_y * (group.height / height if height else 1)
        return Place(
            scale_x,
            scale_y,
            group.left * self.scale_x + self.shift_x - int(child[0].get("x")) * scale_x,
            group.top * self.scale_y + self.shift_y - int(child[0].get("y")) * scale_y,
        )


def shapes_of(slide: OfficeObject) -> Iterator[tuple[OfficeObject, Box | None]]:
    """Yield the shapes of a slide that are no groups, each with its box on the slide.

    Of shapes that stand in several forms for several versions of PowerPoint, the newest form that is known is taken.
    """
    tree = slide.shapes._spTree  # noqa: SLF001 - python-pptx passes over alternatives
    for alternative in list(tree.iter(f"{MC}AlternateContent")):
        if alternative.getparent() is tree or alternative.getparent().tag.endswith("}grpSp"):
            _choose(alternative)
    for shape, place in _shapes(slide.shapes, Place(), 0):
        yield shape, place.box(shape)


def _choose(alternative: OfficeObject) -> None:
    """Put the shapes of the first form that has any in the place of the alternatives."""
    forms = [*alternative.findall(f"{MC}Choice"), *alternative.findall(f"{MC}Fallback")]
    chosen = next((form for form in forms if any(form.find(name) is not None for name in _SHAPES)), ())
    for element in list(chosen):
        alternative.addprevious(element)
    alternative.getparent().remove(alternative)


def _shapes(shapes: OfficeObject, place: Place, depth: int) -> Iterator[tuple[OfficeObject, Place]]:
    for shape in shapes:
        if hasattr(shape, "shapes") and depth < _MAX_NESTING:
            yield from _shapes(shape.shapes, place.inside(shape), depth + 1)
        else:
            yield shape, place
