"""Judgements by reviewers, and their anchoring to the passages of a document after re-ingestion.

A judgement is identified by its document, the quoted words and their offset. So it survives another division into
passages, another tagger, another encoder: it is anchored again to the current passages.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import ClassVar, Generic, Literal, NamedTuple, TypeAlias, TypeVar

from extractors.document import Value

Action: TypeAlias = Literal["accept", "reject", "set"]
"""What a person says: that something is right, that it is wrong, or what it should be."""
Withdrawal: TypeAlias = Literal["withdraw"]
"""Takes back the newest judgement of the same author on the same words, which then was never made."""


class Judgement(Value):
    """What a person said at one time of some words of a document.

    `id` numbers the judgements of a home in their order (0 before it is stored), `at` is a time in UTC (ISO 8601),
    `tag` the id, at that time, of what it was said of. `offset` counts the characters of the document before the quote,
    white space left out: no cut into passages changes that. A kind that `is_of_passage`, whose quote no longer stands
    there as a whole, is anchored to the passage that has most of its lines. `act` is the id of the lines of the
    audit log that tell of it.
    """

    is_of_passage: ClassVar[bool] = False

    id: int = 0
    at: str
    author: str
    action: Action | Withdrawal
    tag: str
    document: str
    quote: str
    offset: int
    act: str | None = None


_MOST_LINES = 0.5
"""The share of its words that a passage needs to be the same, where it has not all of them."""

A = TypeVar("A", bound=Judgement)


class AnchoredJudgement(NamedTuple, Generic[A]):
    """A judgement with the current place of its words: the number of the passage, and offsets into its text."""

    judgement: A
    passage: int
    start: int
    end: int


class PassageTexts:
    """The texts of a document's passages in order, as one text without white space."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._starts = [0, *accumulate(len(_compact(text)) for text in texts)]
        self._whole = "".join(map(_compact, texts))

    def offset(self, passage: int, start: int) -> int:
        """Return how many characters stand before a place in a passage, white space left out."""
        return self._starts[passage] + len(_compact(self._texts[passage][:start]))

    def find(self, quote: str, offset: int) -> tuple[int, int, int] | None:
        """Return the passage and the span in it of the occurrence of words that is nearest to an offset, if any.

        Words that are split between passages belong to the passage that has the most of them.
        """
        words = _compact(quote)
        before = self._whole.rfind(words, 0, max(0, offset) + len(words))
        after = self._whole.find(words, max(0, offset))
        found = [one for one in (before, after) if one >= 0]
        if not words or not found:
            return None
        first = min(found, key=lambda one: abs(one - offset))
        passage, start, end = max(self._parts(first, first + len(words)), key=lambda part: part[2] - part[1])
        places = [at for at, character in enumerate(self._texts[passage]) if not character.isspace()]
        return passage, places[start], places[end - 1] + 1

    def place(self, judgement: A) -> AnchoredJudgement[A] | None:
        """Return the anchor of a judgement: the occurrence of its words nearest to the old offset; None without one."""
        found = self.find(judgement.quote, judgement.offset)
        if found is None and judgement.is_of_passage:
            found = self._with_most_lines(judgement.quote, judgement.offset)
        return AnchoredJudgement(judgement, *found) if found else None

    def _with_most_lines(self, quote: str, offset: int) -> tuple[int, int, int] | None:
        """Return the passage with the most of some lines and its span; None where it has less than half of them.

        Where tables are cut elsewhere, their header rows are repeated between other rows.
        """
        held: Counter[int] = Counter()
        for line in quote.splitlines():
            words = _compact(line)
            if place := self.find(line, offset):
                held[place[0]] += len(words)
            offset += len(words)
        if not held:
            return None
        passage, count = held.most_common(1)[0]
        text = self._texts[passage]
        start, end = len(text) - len(text.lstrip()), len(text.rstrip())
        return (passage, start, end) if count >= _MOST_LINES * len(_compact(quote)) else None

    def _parts(self, first: int, last: int) -> Iterator[tuple[int, int, int]]:
        """Yield the passages that a span covers, with its part of each."""
        for passage, start in enumerate(self._starts[:-1]):
            end = self._starts[passage + 1]
            if start < last and end > first:
                yield passage, max(first, start) - start, min(last, end) - start


def in_force(placed: Iterable[AnchoredJudgement[A]]) -> list[AnchoredJudgement[A]]:
    """Return judgements, oldest first, without those that were withdrawn and without the withdrawals."""
    found: list[AnchoredJudgement[A]] = []
    for one in sorted(placed, key=lambda one: one.judgement.id):
        if one.judgement.action != "withdraw":
            found.append(one)
            continue
        known = _known_by(one.judgement)
        withdrawn = (place for place in reversed(range(len(found))) if _known_by(found[place].judgement) == known)
        if (place := next(withdrawn, None)) is not None:
            del found[place]
    return found


def _known_by(judgement: Judgement) -> tuple[str, str, str, str, int]:
    return judgement.author, judgement.document, judgement.tag, judgement.quote, judgement.offset


def renamed(judgement: A, documents: Mapping[str, str]) -> A:
    """Return a judgement with new document ids, given by the old ones."""
    if (new := documents.get(judgement.document)) is None:
        return judgement
    return judgement.model_copy(update={"document": new, "tag": renamed_id(judgement.tag, judgement.document, new)})


def renamed_id(name: str, old: str, new: str) -> str:
    """Return the id of a tag, or of a theme of a passage, where its document has another id."""
    return new + name.removeprefix(old) if name.startswith(old) else name


def passage_of(tag: str) -> str:
    """Return the passage's part of the id of a tag or a theme."""
    return tag.partition(":")[0]


def _compact(text: str) -> str:
    return "".join(text.split())
