"""Detects boilerplate blocks: lists of contents, of works and of people, addresses, forms and notices."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from configs.boilerplate import LISTS, Boilerplate, BoilerplateKind, BoilerplateRules
from extractors.document import FURNITURE, Block

_LONGEST_GAP = 6
"""Other lines that may stand between two of a kind: a person's entry has a name and then an office, an address."""


class _Line(NamedTuple):
    """A line of a block, by the block's place."""

    place: int
    text: str


def find_boilerplate(blocks: Sequence[Block], rules: BoilerplateRules) -> dict[int, Boilerplate]:
    """Return the kind of every block that is boilerplate, by the block's id.

    A kind is detected by a heading and the lines under it, or by a stretch of lines that look like it. A block is of
    one kind as a whole: the first one of the rules that finds it. Running headers and footers are looked through.
    """
    blocks = [block for block in blocks if block.kind not in FURNITURE]
    found: dict[int, Boilerplate] = {}
    for name, kind in rules.kinds.items():
        for place in (*_under_headings(blocks, kind), *_alone(blocks, kind)):
            found.setdefault(blocks[place].id, name)
    return found | dict(_headings_of_lists(blocks, found))


def _headings_of_lists(blocks: Sequence[Block], found: Mapping[int, Boilerplate]) -> Iterator[tuple[int, Boilerplate]]:
    """Yield the headings under which nothing stands but a list, an address or "does not apply", by the block's id."""
    headings = [place for place, block in enumerate(blocks) if block.kind == "heading"]
    for place, end in pairwise([*headings, len(blocks)]):
        below = [found.get(block.id) for block in blocks[place + 1 : end]]
        if blocks[place].id not in found and below and below[0] in LISTS and len(set(below)) == 1:
            yield blocks[place].id, below[0]


def _under_headings(blocks: Sequence[Block], kind: BoilerplateKind) -> Iterator[int]:
    """Yield the places of headings that name the kind, and of what stands under them and looks like it."""
    for place, block in enumerate(blocks):
        if kind.is_heading(block.text):
            end = _end_of_section(blocks, place, kind)
            lines = list(_lines(blocks, place + 1, end))
            last = _longest_beginning([kind.fits(line.text, headed=True) for line in lines], kind.under_heading)
            if last is not None:
                yield from range(place, lines[last].place + 1)


def _end_of_section(blocks: Sequence[Block], place: int, kind: BoilerplateKind) -> int:
    """Return the place of the next heading as high as this one that is no line of the list itself."""
    level = blocks[place].level
    for following in range(place + 1, len(blocks)):
        block = blocks[following]
        if block.kind != "heading" or kind.fits(block.text, headed=True):
            continue
        if level is None or block.level is None or block.level <= level:
            return following
    return len(blocks)


def _longest_beginning(fits: Sequence[bool], share: float) -> int | None:
    """Return the last line, one that fits, up to which at least a share of all lines fit; None without any."""
    last, count = None, 0
    for number, fit in enumerate(fits):
        count += fit
        if fit and count >= share * (number + 1):
            last = number
    return last


def _alone(blocks: Sequence[Block], kind: BoilerplateKind) -> Iterator[int]:
    """Yield the places of stretches of lines that look like the kind, from the first such line to the last."""
    lines = list(_lines(blocks, 0, len(blocks)))
    stretch: list[int] = []
    for number in (number for number, line in enumerate(lines) if kind.fits(line.text, headed=False)):
        if stretch and not _goes_on(stretch, number, kind):
            yield from _places(blocks, lines, stretch, kind)
            stretch = []
        stretch.append(number)
    if stretch:
        yield from _places(blocks, lines, stretch, kind)


def _goes_on(stretch: Sequence[int], number: int, kind: BoilerplateKind) -> bool:
    if number - stretch[-1] - 1 > _LONGEST_GAP:
        return False
    return len(stretch) + 1 >= kind.alone.share * (number - stretch[0] + 1)


def _places(
    blocks: Sequence[Block], lines: Sequence[_Line], stretch: Sequence[int], kind: BoilerplateKind
) -> Iterator[int]:
    """Yield the blocks of a stretch that is long enough, those at its ends where enough of them belongs to it."""
    if len(stretch) < kind.alone.lines:
        return
    first, last = lines[stretch[0]].place, lines[stretch[-1]].place
    for place in range(first, last + 1):
        if first < place < last or _is_of(blocks[place], kind):
            yield place


def _is_of(block: Block, kind: BoilerplateKind) -> bool:
    """Tell whether enough of a block's text, by characters, looks like the kind."""
    lines = [line.text for line in _lines([block], 0, 1)]
    fitting = sum(len(line) for line in lines if kind.fits(line, headed=False))
    return fitting >= kind.alone.share * sum(map(len, lines))


def _lines(blocks: Sequence[Block], start: int, end: int) -> Iterator[_Line]:
    """Yield the lines of some blocks. The cells of a table are parted by a blank: no tab leads to its numbers."""
    for place in range(start, end):
        block = blocks[place]
        text = block.text.replace("\t", " ") if block.kind == "table" else block.text
        for line in text.splitlines():
            if line.strip():
                yield _Line(place, line.strip())
