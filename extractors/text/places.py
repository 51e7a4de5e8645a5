"""Citable places of blocks: the printed numbers of annex, article, paragraph and item.

Numbered paragraphs follow each other, and that tells a paragraph's number from one in a list inside a paragraph, a
year or the number of a row: after paragraph 12, a list that begins with 1 belongs to it where 13 comes after the list.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple, TypeAlias

from extractors.document import FURNITURE, Block, Place
from extractors.text.numbering import item_heading, place_of_division

Role: TypeAlias = Literal["paragraph", "item", "heading", "below"]
"""What a printed number is: a paragraph's, an item's, or that of a heading whose text has no numbers of its own.

A heading without a number that stands `below` a numbered one belongs to it.
"""

_DECIMAL = re.compile(r"(?:§\s?)?(\d{1,3}(?:\.\d{1,3})*)[.)°]?$")
_NUMBER_IN_HEADING = re.compile(r"(?P<number>\d{1,3}(?:\.\d{1,3})+)\.?\s")
_NUMBERED_WORD = re.compile(r"(?P<word>[^\W\d]+)\s(?P<number>\d{1,3})$")
_OF_LIST = re.compile(r"\d{1,3}\)")
_BRACKETED = re.compile(r"\((\d{1,3})\)$")
_SMALL_GAP = 5
"""How many paragraphs may be missing between two that follow each other: their numbers could not be read."""
_BEGINNING = 3
"""The highest number that a sequence begins with where the next one does not confirm it."""


class Spot(NamedTuple):
    """The citation of a block: numbers as printed, without the word before them, None where it has none."""

    annex: str | None = None
    article: str | None = None
    paragraph: str | None = None
    item: str | None = None


class _Numbered(NamedTuple):
    """A block with a number in digits: its place among the blocks, and the parts of the number."""

    place: int
    value: tuple[int, ...]


def spots_of(blocks: Sequence[Block], *, skipped: frozenset[int] = frozenset()) -> dict[int, Spot]:
    """Return what each block is cited by, by its id.

    Headings right above that of an article are cited by it. Notes and running heads are in no paragraph, nor are
    `skipped` blocks, by id, whose headings and numbers are those of other places: tables of contents.
    """
    counted = [block for block in blocks if block.kind not in (*FURNITURE, "footnote") and block.id not in skipped]
    here = _CurrentPlace(dict(_roles(counted)))
    spots = {block.id: here.enter(block) for block in counted}
    for below, above in pairwise(reversed(counted)):
        article = spots[below.id].article
        if above.kind == below.kind == "heading" and article and not place_of_division(above.number)[0]:
            spots[above.id] = spots[above.id]._replace(article=article)
    return spots


def places_of_span(places: Sequence[Place], start: int, end: int) -> tuple[Place, ...]:
    """Return the places of a span of a passage's text, cut to it; one of no length is that of its first character."""
    end = max(end, start + 1)
    return tuple(
        one.model_copy(update={"start": max(one.start, start), "end": min(one.end, end)})
        for one in places
        if one.start < end and start < one.end
    )


def decimal_number(number: str | None) -> tuple[int, ...] | None:
    """Return the parts of a printed number in digits, `12.` or `4.2.1`; None for any other one."""
    match = _DECIMAL.match(number or "")
    return tuple(map(int, match[1].split("."))) if match else None


class _CurrentPlace:
    """The current place in a paper while its blocks are visited in order."""

    def __init__(self, roles: dict[int, Role]) -> None:
        self._roles = roles
        self._spot = Spot()
        self._numbers: list[tuple[int, str | None]] = []
        """Level and number of the headings above."""
        self._items: list[str] = []
        self._parts: dict[str, int] = {}
        """The last chapter, part and section outside annexes, by their word."""

    def enter(self, block: Block) -> Spot:
        """Go on to the next block, and return what it is cited by."""
        if block.kind == "heading":
            self._enter_heading(block)
        elif self._roles.get(block.id) == "paragraph":
            self._items.clear()
            self._spot = self._spot._replace(paragraph=block.number, item=None)
        elif self._roles.get(block.id) == "item" and block.number:
            del self._items[(block.level or 1) - 1 :]
            self._items.append(block.number)
            self._spot = self._spot._replace(item="".join(self._items))
        elif block.kind == "paragraph":
            self._items.clear()
            self._spot = self._spot._replace(item=None)
        return self._spot

    def _enter_heading(self, block: Block) -> None:
        self._items.clear()
        kind, number = place_of_division(block.number)
        if kind is None and self._goes_on(block.number or ""):
            self._spot, self._numbers = Spot(), []
        if kind == "annex":
            self._spot, self._numbers = Spot(annex=number), []
        elif kind == "article":
            self._spot, self._numbers = Spot(annex=self._spot.annex, article=number), []
        else:
            level = block.level or 1
            above = [one for one in self._numbers if one[0] < level]
            cited = _heading_number(block) if self._roles.get(block.id) == "heading" else None
            if self._roles.get(block.id) == "below":
                above, cited = self._numbers, self._spot.paragraph
            elif not cited and not block.number and above:
                cited = above[-1][1]
            self._numbers = [*above, (level, cited)]
            self._spot = self._spot._replace(paragraph=cited, item=None)

    def _goes_on(self, division: str) -> bool:
        """Return whether a chapter follows the last one before an annex, which was the annex of that one."""
        match = _NUMBERED_WORD.match(division)
        if not match:
            return False
        word, number = match["word"].lower(), int(match["number"])
        if self._spot.annex and number != self._parts.get(word, number) + 1:
            self._parts.pop(word, None)  # the annex has chapters of its own
            return False
        self._parts[word] = number
        return bool(self._spot.annex)


def _roles(blocks: Sequence[Block]) -> Iterator[tuple[int, Role]]:
    """Yield what the printed numbers of blocks are that are no headings, by the block's id.

    The paragraphs of each annex and article are numbered for themselves.
    """
    start = 0
    for place, block in enumerate([*blocks, None]):
        if block is None or (block.kind == "heading" and place_of_division(block.number)[0]):
            yield from _roles_of_division(blocks[start:place])
            start = place


def _roles_of_division(blocks: Sequence[Block]) -> Iterator[tuple[int, Role]]:
    plain = [block for block in blocks if block.kind in ("paragraph", "item") and block.number]
    brackets = () if any(decimal_number(block.number) for block in plain) else (_BRACKETED,)
    numbered = [_Numbered(place, value) for place, block in enumerate(blocks) if (value := _value(block, brackets))]
    headings = [place for place, block in enumerate(blocks) if block.kind == "heading"]
    roles = dict(_in_sequence(numbered, headings)) | dict(_lists_of_sections(blocks, numbered))
    simple = [one for one in numbered if len(one.value) == 1 and roles.get(one.place) == "paragraph"]
    for place, block in enumerate(blocks):
        if place in roles:
            yield block.id, roles[place]
        elif block.kind == "heading" and (number := _heading_number(block)):
            if block.number != number or "." in number.rstrip(".") or not _is_numbered_below(place, simple, headings):
                yield block.id, "heading"
        elif block.kind == "item" and block.number and _value(block, brackets) is None:
            yield block.id, "item"
    yield from ((blocks[place].id, "below") for place in _below(blocks, headings))


def _lists_of_sections(blocks: Sequence[Block], numbered: Sequence[_Numbered]) -> Iterator[tuple[int, Role]]:
    """Yield the places of numbers under a heading with a number that are those of a list: the text is cited by both.

    They are like `1)`; or begin with 1 under a heading such as 3.1, and go on below no other one.
    """
    headings = [place for place, block in enumerate(blocks) if block.kind == "heading"]
    simple = {one.place: one.value[0] for one in numbered if len(one.value) == 1}
    for heading, end in pairwise([*headings, len(blocks)]):
        number = _heading_number(blocks[heading])
        held = [place for place in simple if heading < place < end]
        if not number or not held:
            continue
        following = next((value for place, value in simple.items() if place > end), None)
        restarts = "." in number.rstrip(".") and simple[held[0]] == 1 and following != simple[held[-1]] + 1
        for place in held:
            if restarts or _OF_LIST.fullmatch(blocks[place].number or ""):
                yield place, "item"


def _below(blocks: Sequence[Block], headings: Sequence[int]) -> Iterator[int]:
    """Yield the places of headings without a number that stand between two numbered ones that follow each other."""
    last: tuple[int, ...] | None = None
    waiting: list[int] = []
    for place in headings:
        number = blocks[place].number
        if number is None and _heading_number(blocks[place]) is None:
            waiting.append(place)
            continue
        value = decimal_number(number)
        if last and value and _is_next(last, value):
            yield from waiting
        last, waiting = value, []


def _is_next(last: tuple[int, ...], number: tuple[int, ...]) -> bool:
    """Return whether a number follows another one: 8.2 and 9 both follow 8.1."""
    depth = len(number)
    return depth <= len(last) and number == (*last[: depth - 1], last[depth - 1] + 1)


def _is_numbered_below(heading: int, simple: Sequence[_Numbered], headings: Sequence[int]) -> bool:
    """Return whether the text below a heading has numbers of its own: its own ones, or those of the whole paper."""
    end = next((one for one in headings if one > heading), None)
    if any(heading < place and (end is None or place < end) for place, _ in simple):
        return True
    return any(
        one.value[0] + 1 == other.value[0] and any(one.place < between < other.place for between in headings)
        for one, other in pairwise(simple)
    )


def _heading_number(block: Block) -> str | None:
    """Return the number in digits that a heading is cited by: `2.4.2`, or the 6 of "Item 6. Future work"."""
    if block.number:
        return block.number if decimal_number(block.number) else None
    match = _NUMBER_IN_HEADING.match(block.text) or item_heading().match(block.text)
    return match["number"] if match else None


def _value(block: Block, more: Sequence[re.Pattern[str]]) -> tuple[int, ...] | None:
    if block.kind not in ("paragraph", "item"):
        return None
    match = next((found for one in more if (found := one.match(block.number or ""))), None)
    return (int(match[1]),) if match else decimal_number(block.number)


def _in_sequence(numbered: Sequence[_Numbered], headings: Sequence[int]) -> Iterator[tuple[int, Role]]:
    """Yield the role of each number that follows from those before it, by the block's place."""
    last: int | None = None
    within = 0  # the last number of a list inside a paragraph
    before = -1
    for index, (place, value) in enumerate(numbered):
        apart = any(before < heading < place for heading in headings)
        before = place
        first, later = value[0], numbered[index + 1 :]
        if apart:
            within = 0
        if len(value) > 1:
            if last is None or last <= first <= last + _SMALL_GAP:
                last, within = first, 0
                yield place, "paragraph"
            continue
        if within and first == within + 1 and (first != (last or 0) + 1 or _occurs(later, first)):
            within = first
            yield place, "item"
        elif first == 1 and last and not apart and _resumes(numbered[index:], headings, last + 1):
            within = 1
            yield place, "item"
        elif _follows(first, last, later):
            last, within = first, 0
            yield place, "paragraph"


def _follows(number: int, last: int | None, later: Sequence[_Numbered]) -> bool:
    """Return whether a number goes on from the last one, or begins a sequence that goes on in `later` ones."""
    if last is None:
        return number <= _BEGINNING or _occurs(later, number + 1)
    if number == 1:
        return True
    return number == last + 1 or (number > last and (number - last <= _SMALL_GAP or _occurs(later, number + 1)))


def _resumes(numbered: Sequence[_Numbered], headings: Sequence[int], number: int) -> bool:
    """Return whether a list that begins here ends and paragraph `number` comes after it, before the next heading."""
    end = next((heading for heading in headings if heading > numbered[0].place), None)
    within = 0
    for index, (place, value) in enumerate(numbered):
        if end is not None and place > end:
            return False
        if value[0] == within + 1 and (value[0] != number or _occurs(numbered[index + 1 :], number)):
            within = value[0]
        elif value == (number,):
            return within != number - 1
    return False


def _occurs(numbered: Sequence[_Numbered], number: int) -> bool:
    return any(value == (number,) for _, value in numbered)
