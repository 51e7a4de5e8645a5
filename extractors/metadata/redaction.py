"""Marks that a text was redacted: reported in warnings, left in the text as printed."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from configs.labels import fold
from configs.proceedings import Proceedings
from extractors.document import MarkKind, Reading

_NAMES: dict[MarkKind, str] = {
    "struck": "strike-through",
    "blackened": "blackened text",
    "shaded": "shaded text",
}
_MOST_PLACES = 12
"""Pages or paragraphs that a warning names at most."""


@dataclass
class _Found:
    """How often a mark stands in a paper, and on which pages or in which paragraphs."""

    times: int = 0
    places: dict[str, dict[str, None]] = field(default_factory=dict)  # page or paragraph → the numbers

    def add(self, times: int, page: int | None, number: str | None) -> None:
        self.times += times
        if times and (page or number):
            name, value = ("page", str(page)) if page else ("paragraph", str(number))
            self.places.setdefault(name, {})[value] = None


def redaction_warnings(reading: Reading, words: Proceedings) -> tuple[str, ...]:
    """Return a warning for each mark of redaction in a paper, with how often and where it stands.

    Grey shading is reported only for papers that say what it is for: elsewhere it is decoration.
    """
    found = {mark: _Found() for mark in words.redaction_marks}
    for block in reading.blocks:
        folded = " ".join(fold(block.text).split())
        for mark, so_far in found.items():
            so_far.add(folded.count(mark), block.page, None if block.kind == "footnote" else block.number)
    shadings_count = any(found[note].times for note in words.shading_notes)
    for printed in reading.marks:
        if printed.kind != "shaded" or shadings_count:
            found.setdefault(_NAMES[printed.kind], _Found()).add(1, printed.page, printed.number)
    return tuple(_warning(mark, what) for mark, what in found.items() if what.times)


def _warning(mark: str, found: _Found) -> str:
    where = "; ".join(_listed(name, list(values)) for name, values in found.places.items())
    return f"redaction mark '{mark}' stands {found.times} times{where and f' ({where})'}; the text is kept as printed"


def _listed(name: str, values: Sequence[str]) -> str:
    return f"{name} {', '.join(values[:_MOST_PLACES])}{' and more' if len(values) > _MOST_PLACES else ''}"
