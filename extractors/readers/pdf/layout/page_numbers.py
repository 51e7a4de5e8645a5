"""The numbers printed on pages, read from their heads and feet as a sequence."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from extractors.document import FURNITURE, Block, Page
from extractors.readers.numbering import roman_value

_NUMBER = re.compile(r"(?<![\w.,:/-])\d{1,4}(?![\w.,:]|[-/]\d{3})|(?<=/)\d{1,4}$")
_LONGEST = 60
"""Characters of a line in which a number may be that of a page: longer ones are notes."""
_FEWEST = 3
"""Pages whose numbers go up with them, to be a sequence; 2 in a paper of so many pages at most."""


class _Candidate(NamedTuple):
    """A number on a page that may be the page's: as printed, and by how much it is ahead of the page's place."""

    printed: str
    ahead: int


def with_printed_numbers(pages: Sequence[Page], blocks: Sequence[Block]) -> list[Page]:
    """Return the pages with the numbers printed on them as labels; those of pages without one follow from the others.

    What is printed outranks the label that the file declares, which stays where the heads and feet have no sequence.
    """
    candidates: dict[int, list[_Candidate]] = defaultdict(list)
    for block in blocks:
        if block.kind in FURNITURE and block.page is not None:
            candidates[block.page] += _candidates(block.text, block.page)
    support: Counter[tuple[bool, int]] = Counter()
    for found in candidates.values():
        support.update({_sequence(one) for one in found})
    needed = 2 if len(pages) <= _FEWEST else _FEWEST
    labels: dict[int, _Candidate] = {}
    for page, found in candidates.items():
        best = max(found, key=lambda one: support[_sequence(one)], default=None)
        if best and support[_sequence(best)] >= needed:
            labels[page] = best
    return [page.model_copy(update={"label": _label(page.number, labels) or page.label}) for page in pages]


def _candidates(text: str, page: int) -> Iterator[_Candidate]:
    text = text.strip()
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST // 4]} … {text[-_LONGEST // 4 :]}"
    for match in _NUMBER.finditer(text):
        yield _Candidate(match[0], int(match[0]) - page)
    value = roman_value(text.strip("-–— "))
    if value is not None:
        yield _Candidate(text.strip("-–— "), value - page)


def _sequence(candidate: _Candidate) -> tuple[bool, int]:
    return candidate.printed.isdecimal(), candidate.ahead


def _label(page: int, labels: dict[int, _Candidate]) -> str | None:
    """Return the printed number of a page, else the one between those of the pages before and after it."""
    if page in labels:
        return labels[page].printed
    before = max((number for number in labels if number < page), default=None)
    after = min((number for number in labels if number > page), default=None)
    if before is None or after is None or _sequence(labels[before]) != _sequence(labels[after]):
        return None
    return str(page + labels[before].ahead) if labels[before].printed.isdecimal() else None
