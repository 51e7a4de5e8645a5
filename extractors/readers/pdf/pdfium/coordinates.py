"""The visible part of a PDF page, and the transforms between user space and the page as displayed."""

from dataclasses import dataclass

from extractors.document import Box


@dataclass(frozen=True, slots=True)
class Frame:
    """The visible part of a page in PDF user space, and its rotation."""

    left: float
    bottom: float
    right: float
    top: float
    rotation: int

    @property
    def width(self) -> float:
        """Width in points as shown."""
        return self.top - self.bottom if self.rotation in (90, 270) else self.right - self.left

    @property
    def height(self) -> float:
        """Height in points as shown."""
        return self.right - self.left if self.rotation in (90, 270) else self.top - self.bottom

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Return a point of user space in points from the top left of the page as shown."""
        if self.rotation == 90:  # noqa: PLR2004 - quarter turns
            return y - self.bottom, x - self.left
        if self.rotation == 180:  # noqa: PLR2004
            return self.right - x, y - self.bottom
        if self.rotation == 270:  # noqa: PLR2004
            return self.top - y, self.right - x
        return x - self.left, self.top - y

    def user_box(self, box: Box) -> Box:
        """Return a box of the page as shown as left, bottom, right, top of user space."""
        corners = [self._user_point(box[0], box[1]), self._user_point(box[2], box[3])]
        (xa, ya), (xb, yb) = corners
        return min(xa, xb), min(ya, yb), max(xa, xb), max(ya, yb)

    def _user_point(self, x: float, y: float) -> tuple[float, float]:
        if self.rotation == 90:  # noqa: PLR2004
            return y + self.left, x + self.bottom
        if self.rotation == 180:  # noqa: PLR2004
            return self.right - x, y + self.bottom
        if self.rotation == 270:  # noqa: PLR2004
            return self.right - y, self.top - x
        return x + self.left, self.top - y

    def box(self, left: float, bottom: float, right: float, top: float) -> Box:
        """Return a rectangle of user space as a box of the page as shown."""
        if self.rotation == 0:
            return left - self.left, self.top - top, right - self.left, self.top - bottom
        (xa, ya), (xb, yb) = self.point(left, bottom), self.point(right, top)
        return min(xa, xb), min(ya, yb), max(xa, xb), max(ya, yb)


class MirroredFrame(Frame):
    """An upright page seen in a mirror: what is read from right to left runs from left to right."""

    __slots__ = ()

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Return a point of user space in points from the top right of the page."""
        return self.right - x, self.top - y

    def box(self, left: float, bottom: float, right: float, top: float) -> Box:
        """Return a rectangle of user space as a box of the page in the mirror."""
        return self.right - right, self.top - top, self.right - left, self.top - bottom

    def _user_point(self, x: float, y: float) -> tuple[float, float]:
        return self.right - x, self.top - y


def rounded(box: Box) -> Box:
    """Return a box to a hundredth of a point."""
    return round(box[0], 2), round(box[1], 2), round(box[2], 2), round(box[3], 2)


def along(box: Box, angle: int) -> tuple[float, float]:
    """Return the start and end of a box along text that runs at so many degrees clockwise."""
    x0, top, x1, bottom = box
    if angle == 0:
        return x0, x1
    return {90: (top, bottom), 180: (-x1, -x0)}.get(angle, (-bottom, -top))


def across(point: tuple[float, float], angle: int) -> float:
    """Return the place of a point across that direction, growing from line to line."""
    x, y = point
    if angle == 0:
        return y
    return {90: -x, 180: -y}.get(angle, x)


def covers(area: Box, box: Box) -> bool:
    """Return whether the middle of a box lies in an area."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return area[0] <= x <= area[2] and area[1] <= y <= area[3]
