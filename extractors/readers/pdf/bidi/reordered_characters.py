"""The characters of a page in another order, and in other places, than PDFium has them."""

from collections.abc import Sequence

from extractors.readers.pdf.pdfium.bindings import Handle
from extractors.readers.pdf.pdfium.characters import Characters, Matrix, Rectangle

Move = tuple[bool, float]
"""Whether a character is mirrored, and what is added to its places along the row then."""


class MovedCharacters(Characters):
    """The characters of a page in another order, where they stand when rows run from left to right."""

    def __init__(self, text_page: Handle, order: Sequence[int], moves: Sequence[Move]) -> None:
        super().__init__(text_page)
        self._order, self._moves = order, moves

    def boxes(self, indices: Sequence[int]) -> list[Rectangle]:
        """Return the room that the font gives each character."""
        return self._moved(indices, super().boxes(self._own(indices)))

    def box(self, index: int) -> Rectangle:
        """Return the room that the font gives one character."""
        return self._moved((index,), [super().box(self._order[index])])[0]

    def glyph_boxes(self, indices: Sequence[int]) -> list[Rectangle]:
        """Return the room that the shape of each character fills."""
        return self._moved(indices, super().glyph_boxes(self._own(indices)))

    def matrices(self, indices: Sequence[int]) -> list[Matrix]:
        """Return the matrix of each character."""
        return super().matrices(self._own(indices))

    def sizes(self, indices: Sequence[int]) -> list[float]:
        """Return the size of the type of each character before the page's transformations."""
        return super().sizes(self._own(indices))

    def are_bold(self, indices: Sequence[int]) -> list[bool]:
        """Return for each character whether it is set in bold type."""
        return super().are_bold(self._own(indices))

    def font_names(self, indices: Sequence[int]) -> list[str]:
        """Return the name of the font of each character."""
        return super().font_names(self._own(indices))

    def origin(self, index: int) -> tuple[float, float]:
        """Return where a character stands on its baseline; how far along the row, as the file has it."""
        return super().origin(self._order[index])

    def own_index(self, index: int) -> int:
        """Return the index that PDFium itself gives to a character."""
        return self._order[index]

    def is_generated(self, index: int) -> bool:
        """Return whether PDFium made a character up."""
        return super().is_generated(self._order[index])

    def _own(self, places: Sequence[int]) -> list[int]:
        return [self._order[place] for place in places]

    def _moved(self, places: Sequence[int], boxes: Sequence[Rectangle]) -> list[Rectangle]:
        moved = []
        for place, (left, top, right, bottom) in zip(places, boxes, strict=True):
            mirrored, offset = self._moves[place]
            sides = (offset - right, offset - left) if mirrored else (offset + left, offset + right)
            moved.append((sides[0], top, sides[1], bottom))
        return moved
