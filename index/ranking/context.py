"""The passages around one, as far as its section goes."""

from collections.abc import Iterable, Mapping

from extractors.document import Passage
from index.results import Context, Neighbour


def context_of(passage: Passage, others: Iterable[Passage], most: int) -> Context:
    """Return at most `most` passages on either side of one, of the passages of its document that are given."""
    by_ordinal = {other.ordinal: other for other in others if other.section == passage.section}
    before = _run(by_ordinal, range(passage.ordinal - 1, passage.ordinal - 1 - most, -1))
    after = _run(by_ordinal, range(passage.ordinal + 1, passage.ordinal + 1 + most))
    return Context(before=tuple(reversed(before)), after=tuple(after))


def _run(passages: Mapping[int, Passage], ordinals: Iterable[int]) -> list[Neighbour]:
    """Return passages one after the other, up to the first that is missing."""
    found: list[Neighbour] = []
    for ordinal in ordinals:
        if ordinal not in passages:
            break
        one = passages[ordinal]
        found.append(Neighbour(id=one.id, text=one.text, pages=one.pages, paragraphs=one.paragraphs))
    return found
