"""Rotation of pages with sideways text, such as a wide table on an upright page: they are read as if upright."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from extractors.document import Box, Cell
from extractors.readers.pdf.pdfium.coordinates import Frame
from extractors.readers.pdf.text.lines import Line

_MOST = 0.6  # of the characters run in one direction


@dataclass(frozen=True, slots=True)
class Turn:
    """A page that is read in another position than it is shown in: both frames."""

    read: Frame
    shown: Frame

    @property
    def angle(self) -> int:
        """The direction of the text on the page as shown, in degrees clockwise."""
        return (self.shown.rotation - self.read.rotation) % 360

    def box(self, box: Box) -> Box:
        """Return a box of the page as read as one of the page as shown."""
        x0, top, x1, bottom = self.shown.box(*self.read.user_box(box))
        return round(x0, 2), round(top, 2), round(x1, 2), round(bottom, 2)

    def cell(self, cell: Cell) -> Cell:
        """Return a cell with its box on the page as shown."""
        return cell.model_copy(update={"box": self.box(cell.box)}) if cell.box else cell


def turn_for(lines: Sequence[Line], frame: Frame) -> Turn | None:
    """Return how to turn a page with these lines so that most of its text is upright; None where it is."""
    if all(line.angle == 0 for line in lines):
        return None
    lengths: Counter[int] = Counter()
    for line in lines:
        lengths[line.angle] += len(line.text)
    angle, length = lengths.most_common(1)[0]
    if angle == 0 or length < _MOST * lengths.total():
        return None
    upright = Frame(frame.left, frame.bottom, frame.right, frame.top, (frame.rotation - angle) % 360)
    return Turn(upright, frame)
