"""What was agreed where minutes only say that it was: "It was so agreed." stands for the sentence before."""

import re
from collections.abc import Iterator, Sequence

from configs.labels import alternatives, fold
from configs.proceedings import Proceedings

_MOST_MATTERS = 4
_OPENING, _CLOSING = "\u201c\u00ab", "\u201d\u00bb"
_MARKS = f'"{_OPENING}{_CLOSING}'


class Agreements:
    """Finds the matter of an agreement in what was said before it."""

    def __init__(self, words: Proceedings) -> None:
        self._agreed = re.compile(rf"(?<!\w){alternatives(words.so_agreed)}[ .]*$")
        self._proposal = re.compile(rf"(?<!\w){alternatives(words.proposals)}(?!\w)")
        self._modal = re.compile(rf"(?<!\w){alternatives(words.modals)}(?!\w)")
        self._condition = re.compile(rf"{alternatives(words.conditions)}(?!\w)")
        self._recall = re.compile(rf"(?<!\w){alternatives(words.recalls)}(?!\w)")

    def found_at(self, folded: str) -> int | None:
        """Return where a sentence says at its end that something was so agreed."""
        match = self._agreed.search(folded)
        return match.start() if match else None

    def proposes(self, said: Sequence[str]) -> bool:
        """Return whether any of the sentences proposes something."""
        return any(self._proposal.search(fold(sentence)) for sentence in said)

    def matters_of(self, said: Sequence[str]) -> tuple[str, ...]:
        """Return the sentences that state what was agreed: proposals and what follows from them, else the last one.

        `said` is the paragraph before the agreement.
        """
        folded = list(_outside_quotations(said))
        proposals = [at for at, one in enumerate(folded) if self._proposal.search(one) and not self._recall.search(one)]
        first = proposals[0] if proposals else 0
        follows = [at for at, one in enumerate(folded) if at >= first and self._states(one)]
        places = sorted({*proposals, *follows})[-_MOST_MATTERS:] or [len(said) - 1]
        return tuple(said[at] for at in places if said)

    def _states(self, folded: str) -> bool:
        return bool(self._modal.search(folded)) and not (self._condition.match(folded) or self._recall.search(folded))


def _outside_quotations(said: Sequence[str]) -> Iterator[str]:
    """Yield the sentences folded, an empty text for one that begins within a quotation."""
    inside = False
    for sentence in said:
        yield "" if inside else fold(sentence)
        marks = [mark for mark in sentence if mark in _MARKS]
        for mark in marks:
            inside = mark in _OPENING or (mark not in _CLOSING and not inside)
