"""Marks that a text was redacted: told in warnings, kept in the text as they are printed."""

from collections.abc import Sequence

from configs.labels import fold
from configs.proceedings import Proceedings
from extractors.document import Block

_MOST_PAGES = 12
"""Pages that a warning names; a longer list tells no reader more."""


def redaction_warnings(blocks: Sequence[Block], words: Proceedings) -> tuple[str, ...]:
    """Return a warning for each mark of redaction in a paper, with how often and on which pages it stands."""
    counts: dict[str, int] = dict.fromkeys(words.redaction_marks, 0)
    pages: dict[str, list[int]] = {mark: [] for mark in counts}
    for block in blocks:
        folded = " ".join(fold(block.text).split())
        for mark in counts:
            times = folded.count(mark)
            counts[mark] += times
            if times and block.page and block.page not in pages[mark]:
                pages[mark].append(block.page)
    return tuple(_warning(mark, times, pages[mark]) for mark, times in counts.items() if times)


def _warning(mark: str, times: int, pages: Sequence[int]) -> str:
    named = ", ".join(map(str, pages[:_MOST_PAGES])) + (" and more" if len(pages) > _MOST_PAGES else "")
    where = f" (page {named})" if pages else ""
    return f"redaction mark '{mark}' stands {times} times{where}; the text is kept as printed"
