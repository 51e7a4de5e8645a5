"""Reorders the rows of pages with right-to-left scripts to logical order.

PDFium reverses such letters in content order: marks, numbers and Latin words among them are misplaced. Here only the
place of a letter counts. Where most of a page is read from right to left, all of it is seen in a mirror, so that its
lines, columns and tables lead from left to right as on every other page.

The resulting characters differ from PDFium's in order and place.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from extractors.readers.pdf.bidi.clusters import RIGHT_TO_LEFT, Character, are_turned, glyphs_of, is_mark
from extractors.readers.pdf.bidi.reordering import read_order, with_brackets_turned
from extractors.readers.pdf.pdfium.bindings import Handle
from extractors.readers.pdf.pdfium.characters import Characters, Matrix, Rectangle
from extractors.readers.pdf.pdfium.coordinates import Frame
from extractors.readers.pdf.text.lines import RAISED_SIZE

_LATIN = re.compile(r"[A-Za-z\u00c0-\u052f]")
_BREAKS = "\r\n\x02\ufffe"
_SAME_ROW = 0.6  # em; marks over and under letters, and raised figures, stand nearer to the baseline
_SAME_BASELINE = 0.2  # em; PDFium's separate lines are in one row
_BESIDE = 1.0  # em between them at most
_MUCH_LATIN = 2.0  # times as many Latin letters as others, in a row that is read from the left on such a page
_SMALLEST = 0.1  # points of type
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
        """Return whether PDFium generated a character."""
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


class ReorderedText(NamedTuple):
    """The text of a page in the order of reading, its characters, and whether they are seen in a mirror."""

    units: str
    characters: MovedCharacters
    mirrored: bool


def reorder(text_page: Handle, characters: Characters, letters: str, frame: Frame) -> ReorderedText:
    """Return the text of an upright page in logical order; `letters` holds one for each character of PDFium."""
    mirrored = len(RIGHT_TO_LEFT.findall(letters)) > len(_LATIN.findall(letters))
    page = _Page(characters, letters, frame.left + frame.right if mirrored else None)
    rows = page.rows()
    turned = are_turned([character for row in rows for character in row.characters])
    for row in rows:
        page.add_row(row, turned=turned)
    return ReorderedText("".join(page.units), MovedCharacters(text_page, page.order, page.moves), mirrored)


class _Row:
    """Characters on one baseline; `needs_reordering` says that they are to be reordered."""

    def __init__(self, *, needs_reordering: bool) -> None:
        self.needs_reordering = needs_reordering
        self.characters: list[Character] = []
        self.y = 0.0  # where the baseline of most letters is
        self.size, self.left, self.right = _SMALLEST, float("inf"), float("-inf")
        self.marked = False
        self._heights: Counter[float] = Counter()  # of the baselines of letters

    def add(self, *characters: Character) -> None:
        """Add characters; small ones, and marks with their letters, do not count for the baseline."""
        for one in characters:
            self.left, self.right = min(self.left, one.left), max(self.right, one.right)
            if not self.characters:
                self.y = one.y
            self.characters.append(one)
            if is_mark(one.text):
                self.marked = True
                continue
            if one.size * RAISED_SIZE > self.size:
                self._heights.clear()
            self.size = max(self.size, one.size)
            if one.size > RAISED_SIZE * self.size:
                height = round(one.y, 1)
                self._heights[height] += 1
                if self._heights[height] > self._heights[self.y]:
                    self.y = height

    def holds(self, character: Character) -> bool:
        """Return whether a character is on the row, given that PDFium takes them for one line."""
        return not self.characters or abs(character.y - self.y) < _SAME_ROW * max(self.size, character.size)

    def goes_on_in(self, other: "_Row") -> bool:
        """Return whether two rows are one: level and adjacent, or one of them raised figures of the other."""
        size, small = max(self.size, other.size), min(self.size, other.size)
        near = other.left - self.right < _BESIDE * size and self.left - other.right < _BESIDE * size
        uneven = self.marked or other.marked or small <= RAISED_SIZE * size
        level = abs(self.y - other.y) < (_SAME_ROW if uneven else _SAME_BASELINE) * size
        return self.needs_reordering and other.needs_reordering and near and level


class _Page:
    """Reorders the rows of a page: `units` are its letters, `order` their indices, `moves` their shifts."""

    def __init__(self, characters: Characters, letters: str, sides: float | None) -> None:
        self.units: list[str] = []
        self.order: list[int] = []
        self.moves: list[Move] = []
        self._asked, self._letters, self._sides = characters, letters, sides
        self._mirror: Move = (False, 0.0) if sides is None else (True, sides)

    def rows(self) -> list[_Row]:
        """Return the rows in the order of the content."""
        rows: list[_Row] = []
        for line in self._lines():
            needs_reordering = line[0].upright and (
                self._sides is not None or any(RIGHT_TO_LEFT.match(one.text) for one in line)
            )
            here = [_Row(needs_reordering=needs_reordering)]
            for character in line:
                if needs_reordering and not here[-1].holds(character) and not character.text.isspace():
                    here.append(_Row(needs_reordering=needs_reordering))
                here[-1].add(character)
            for row in here:
                if rows and rows[-1].goes_on_in(row):
                    rows[-1].add(*row.characters)
                else:
                    rows.append(row)
        return rows

    def _lines(self) -> Iterator[list[Character]]:
        """Yield the characters of each line as PDFium breaks them."""
        ask, indices = self._asked, range(len(self._letters))
        answers = zip(self._letters, ask.boxes(indices), ask.sizes(indices), ask.matrices(indices), strict=True)
        line: list[Character] = []
        upright, size = True, _SMALLEST
        for index, (text, (left, _, right, _), points, (a, b, _, d, _, _)) in enumerate(answers):
            if a or b:  # not so of spaces that PDFium made up
                upright, size = a > abs(b), max(points * abs(d), _SMALLEST)
            if text not in "\r\n":
                line.append(Character(index, text, left, right, *ask.origin(index), size, upright))
            if line and text in _BREAKS:
                yield line
                line = []
        if line:
            yield line

    def add_row(self, row: _Row, *, turned: bool) -> None:
        """Add a row in reading order; `turned` is the result of `are_turned` for the page."""
        if self.units:
            for sign in "\r\n":
                self._add(sign, row.characters[0].place, self._mirror)
        if not row.needs_reordering:
            for one in row.characters:
                self._add(one.text, one.place, self._mirror)
            return
        glyphs, members = glyphs_of(row.characters, turned=turned)
        if not glyphs:
            return
        start = row.left if self._sides is None else self._sides - row.right
        text, indices, moves = [], [], []
        for place, mirrored, offset in read_order(glyphs, right_to_left=self._begins_right(row), start=start):
            for letters, index in members[place]:
                text.append(letters)
                indices += [index] * len(letters)
                moves += [(mirrored, offset)] * len(letters)
        read = with_brackets_turned("".join(text))
        for letter, index, move in zip(read, indices, moves, strict=True):
            self._add(letter, index, move)

    def _begins_right(self, row: _Row) -> bool:
        """Return whether a row is read from the right: it may begin and end with Latin words where the page is."""
        text = "".join(one.text for one in row.characters)
        most = 1 if self._sides is None else _MUCH_LATIN
        return len(_LATIN.findall(text)) <= most * len(RIGHT_TO_LEFT.findall(text)) or not RIGHT_TO_LEFT.search(text)

    def _add(self, letter: str, index: int, move: Move) -> None:
        self.units.append(letter)
        self.order.append(index)
        self.moves.append(move)
