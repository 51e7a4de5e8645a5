"""Two language versions of one paper side by side, paragraph by paragraph, with the differences marked.

Numbered paragraphs stand beside those of the same number. What has no number is aligned by its order between numbered
neighbours, headings with headings, and beside a gap by its figures. What only one version has stands beside a gap.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import TypeAlias, TypeVar

from configs.structure import load_structure
from extractors.document import FURNITURE, Block, BlockKind, Document, Value
from extractors.text.numbering import division_of, with_letter
from pipelines.viewing.blocks import passages_of_blocks
from pipelines.viewing.citations import plain_number
from pipelines.viewing.differences import Difference, differences

_AHEAD = 60
"""Paragraphs that one version may lack in a row and still be aligned after them."""

_FIGURES = re.compile(r"\d+")
_LONE_NUMBER = re.compile(r"\W*\d{1,4}[.)]\W*")
"""The number of a paragraph that was printed in a line of its own: `‘18.`."""

_Item = TypeVar("_Item")
_Pair: TypeAlias = tuple[_Item | None, _Item | None]


class ParallelText(Value):
    """A paragraph, heading or table of one version: its block, printed number, page, and the passage that it begins in.

    `missing` marks what the other version lacks; it is empty beside a gap, where all of it is missing.
    """

    block: int
    kind: BlockKind
    number: str | None
    text: str
    page: int | None
    passage: str | None
    missing: tuple[Difference, ...] = ()


class ParallelPair(Value):
    """A row of the comparison; None is a gap. `number` is that of a paragraph in the form of a permalink."""

    number: str | None
    left: ParallelText | None
    right: ParallelText | None

    @property
    def is_gap(self) -> bool:
        """Whether one version alone says something here: a heading, or a lone sign, is nothing said."""
        alone = None if self.left and self.right else self.left or self.right
        return bool(alone and alone.kind != "heading" and any(sign.isalnum() for sign in alone.text))


class ParallelView(Value):
    """Two documents, by their ids and languages, side by side."""

    left: str
    right: str
    languages: tuple[str | None, str | None]
    pairs: tuple[ParallelPair, ...]


def parallel(left: Document, right: Document) -> ParallelView:
    """Return two versions of one paper side by side, in the order of both; both are whole documents."""
    columns = (_texts(left), _texts(right))
    pairs = _marked(_by_figures(_aligned(*columns)), left.language, right.language)
    return ParallelView(left=left.id, right=right.id, languages=(left.language, right.language), pairs=tuple(pairs))


def _texts(document: Document) -> list[ParallelText]:
    homes = passages_of_blocks(document)
    texts: list[ParallelText] = []
    for block in document.blocks:
        if block.kind in FURNITURE or not block.text.strip() or _is_mark(block):
            continue
        opening = ""
        if texts and block.kind == texts[-1].kind == "paragraph" and _LONE_NUMBER.fullmatch(texts[-1].text):
            opening = f"{texts.pop().text} "
        texts.append(
            ParallelText(
                block=block.id,
                kind=block.kind,
                number=block.number,
                text=opening + block.text,
                page=block.page,
                passage=homes.get(block.id),
            )
        )
    return texts


def _is_mark(block: Block) -> bool:
    """Return whether a block is a number or punctuation alone: a dot that was printed in a line of its own."""
    return not any(sign.isalnum() for sign in block.text.strip().removeprefix((block.number or "").strip()))


def _aligned(left: Sequence[ParallelText], right: Sequence[ParallelText]) -> Iterator[_Pair[ParallelText]]:
    """Yield pairs: first by number, then, between two numbers, by kind and order."""
    starts = [0, 0]
    numbered = ([i for i, one in enumerate(left) if _anchor(one)], [i for i, one in enumerate(right) if _anchor(one)])
    anchors = _matched(numbered[0], numbered[1], lambda i: _anchor(left[i]), lambda i: _anchor(right[i]))
    both = [(i, j) for i, j in anchors if i is not None and j is not None]
    for i, j in [*both, (len(left), len(right))]:
        between = left[starts[0] : i], right[starts[1] : j]
        yield from _matched(*between, _kind, _kind)
        if i < len(left) and j < len(right):
            yield left[i], right[j]
        starts = [i + 1, j + 1]


def _anchor(text: ParallelText) -> tuple[bool, str] | None:
    """Return the number of a paragraph or heading, None for one without, and for items such as `(a)`."""
    number = with_letter(plain_number(text.number or ""))
    return (text.kind == "heading", number) if number[:1].isdigit() else None


def _kind(text: ParallelText) -> tuple[BlockKind, str, tuple[str, ...]]:
    """Return the alignment key of a text without a number; headings have the same figures.

    A chapter is a chapter in any language, and "Article premier" is the first article.
    """
    if text.kind == "heading" and (division := division_of(text.number)):
        number = with_letter((text.number or "").casefold()).split()[-1]
        return text.kind, "1" if number in load_structure().number_words else number, (str(division.level),)
    figures = _figures(text) if text.kind == "heading" else ()
    return text.kind, plain_number(text.number or ""), figures


def _matched(
    left: Sequence[_Item],
    right: Sequence[_Item],
    key_left: Callable[[_Item], Hashable],
    key_right: Callable[[_Item], Hashable],
) -> Iterator[_Pair[_Item]]:
    """Yield items with the same key as pairs, in order; the others with a gap.

    Where two do not fit, the pair that leaves out the fewest is looked for within a bound, so that the time is linear.
    """
    keys = [key_left(item) for item in left], [key_right(item) for item in right]
    i = j = 0
    while i < len(left) and j < len(right):
        skip = next(_skips(keys[0][i : i + _AHEAD], keys[1][j : j + _AHEAD]), (1, 1))
        yield from ((item, None) for item in left[i : i + skip[0]])
        yield from ((None, item) for item in right[j : j + skip[1]])
        i, j = i + skip[0], j + skip[1]
        if i < len(left) and j < len(right) and keys[0][i] == keys[1][j]:
            yield left[i], right[j]
            i, j = i + 1, j + 1
    yield from ((item, None) for item in left[i:])
    yield from ((None, item) for item in right[j:])


def _skips(left: Sequence[Hashable], right: Sequence[Hashable]) -> Iterator[tuple[int, int]]:
    """Yield how many items to skip on either side until two match, the fewest first."""
    if set(left).isdisjoint(right):
        return
    for total in range(len(left) + len(right) - 1):
        for i in range(max(0, total - len(right) + 1), min(total, len(left) - 1) + 1):
            if left[i] == right[total - i]:
                yield i, total - i


def _by_figures(pairs: Iterable[_Pair[ParallelText]]) -> list[_Pair[ParallelText]]:
    """Return the pairs; of two with other figures one is parted where the text beside the gap below has the same."""
    settled = list(pairs)
    for place in reversed(range(len(settled) - 1)):
        (left, right), (left_below, right_below) = settled[place : place + 2]
        if not (left and right) or (left_below and right_below) or not _figures(left) or not _figures(right):
            continue
        if right_below and _same_figures(left, right_below) and not _same_figures(left, right):
            settled[place : place + 2] = (None, right), (left, right_below)
        elif left_below and _same_figures(left_below, right) and not _same_figures(left, right):
            settled[place : place + 2] = (left, None), (left_below, right)
    return settled


def _same_figures(one: ParallelText, other: ParallelText) -> bool:
    return _kind(one) == _kind(other) and _figures(one) == _figures(other)


def _figures(text: ParallelText) -> tuple[str, ...]:
    return tuple(_FIGURES.findall(text.text))


def _marked(
    pairs: Sequence[_Pair[ParallelText]], left_language: str | None, right_language: str | None
) -> Iterator[ParallelPair]:
    """Yield the pairs with the differences of each side.

    A paragraph that goes on in others, which stand beside gaps right after it, is compared as one text.
    """
    for place, (one, other) in enumerate(pairs):
        if one and other:
            end = next((n for n in range(place + 1, len(pairs)) if all(pairs[n])), len(pairs))
            gaps = zip(*pairs[place + 1 : end], strict=True) if end > place + 1 else ((), ())
            left, right = ("\n".join(text.text for text in side if text) for side in gaps)
            found = differences(one.text, left_language, other.text, right_language, right)
            back = differences(other.text, right_language, one.text, left_language, left)
            one = one.model_copy(update={"missing": found})  # noqa: PLW2901
            other = other.model_copy(update={"missing": back})  # noqa: PLW2901
        yield ParallelPair(number=_shared_number(one, other), left=one, right=other)


def _shared_number(one: ParallelText | None, other: ParallelText | None) -> str | None:
    text = one or other
    anchor = _anchor(text) if text else None
    return anchor[1] if anchor and not anchor[0] else None
