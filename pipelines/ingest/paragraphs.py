"""Changed paragraphs between two states of a paper, by their printed numbers: added, removed and reworded."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from extractors.document import FURNITURE, Document
from pipelines.storage.run_records import ParagraphChanges
from pipelines.viewing.citations import plain_number

_MOST = 40
"""Number of stored paragraph numbers of each kind."""
_MOST_PAIRS = 10_000
"""Limit of pairs of paragraphs compared word by word; beyond it, they are matched by number alone."""
_SIMILAR = 0.5
"""Share of common words above which two paragraphs are versions of one."""


class _Paragraph(NamedTuple):
    number: str
    text: str


def paragraph_changes(before: Document, after: Document) -> ParagraphChanges:
    """Return the changes between two states of a document, both given as whole documents.

    A paragraph that only changed its number, because one before it was added or removed, counts as unchanged.
    """
    old, new = _without_equal(list(_paragraphs(before)), list(_paragraphs(after)))
    old_numbered, new_numbered = ([one for one in some if one.number] for some in (old, new))
    pairs = _matched_pairs(old_numbered, new_numbered)
    reworded = {b for _, b in pairs}
    went = {a for a, _ in pairs}
    lists = (
        [one.number for place, one in enumerate(new_numbered) if place not in reworded],
        [one.number for place, one in enumerate(old_numbered) if place not in went],
        [one.number for place, one in enumerate(new_numbered) if place in reworded],
    )
    added, removed, changed = (tuple(one[:_MOST]) for one in lists)
    return ParagraphChanges(
        added=added,
        removed=removed,
        changed=changed,
        unnumbered=max(len(some) - len(numbered) for some, numbered in ((old, old_numbered), (new, new_numbered))),
        more=sum(max(0, len(one) - _MOST) for one in lists),
    )


def _paragraphs(document: Document) -> Iterator[_Paragraph]:
    """Yield numbered paragraphs with their items and tables, and single blocks without a number."""
    number, texts = "", list[str]()
    for block in document.blocks:
        if block.kind in FURNITURE or not block.text.strip():
            continue
        plain = plain_number(block.number or "")
        begins = block.kind != "heading" and plain[:1].isdigit()
        if texts and (begins or block.kind == "heading" or not number):
            yield _Paragraph(number, "\n".join(texts))
            number, texts = "", []
        if begins:
            number = plain
        texts.append(" ".join(block.text.split()))
    if texts:
        yield _Paragraph(number, "\n".join(texts))


def _without_equal(old: Sequence[_Paragraph], new: Sequence[_Paragraph]) -> tuple[list[_Paragraph], list[_Paragraph]]:
    """Return the paragraphs of both versions whose text occurs in only one."""
    common = Counter(one.text for one in old) & Counter(one.text for one in new)
    return _unmatched(old, common), _unmatched(new, common)


def _unmatched(paragraphs: Sequence[_Paragraph], common: Counter[str]) -> list[_Paragraph]:
    there, left = Counter(common), []
    for one in paragraphs:
        if there[one.text]:
            there[one.text] -= 1
        else:
            left.append(one)
    return left


def _matched_pairs(old: Sequence[_Paragraph], new: Sequence[_Paragraph]) -> list[tuple[int, int]]:
    """Return the positions of paragraphs that are two versions of one: by similarity, then by number."""
    likeness = sorted(_similar(old, new), reverse=True) if len(old) * len(new) <= _MOST_PAIRS else []
    same_number = [
        (0.0, -i, -j) for i, one in enumerate(old) for j, other in enumerate(new) if one.number == other.number
    ]
    pairs: dict[int, int] = {}
    for _, i, j in (*likeness, *same_number):
        if -i not in pairs and -j not in pairs.values():
            pairs[-i] = -j
    return list(pairs.items())


def _similar(old: Sequence[_Paragraph], new: Sequence[_Paragraph]) -> Iterator[tuple[float, int, int]]:
    words = [set(one.text.split()) for one in new]
    for i, one in enumerate(old):
        own = set(one.text.split())
        for j, others in enumerate(words):
            share = len(own & others) / len(own | others)
            if share >= _SIMILAR:
                yield share, -i, -j
