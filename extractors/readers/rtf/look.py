r"""Character formatting of RTF (`\b`, `\strike`, `\cf`), and the redaction marks in it."""

from dataclasses import dataclass, replace
from typing import Any

from extractors.document import MarkKind
from extractors.readers.colours import is_grey, is_hidden_by

_FIELDS = {"b": "bold", "v": "hidden", "deleted": "deleted", "strike": "struck", "striked": "struck"}
_BASELINES = ("super", "sub", "nosupersub")
_COLOURS = {"cf": "ink", "highlight": "ground", "chcbpat": "ground", "cb": "ground"}


@dataclass(frozen=True, slots=True)
class Look:
    """How a stretch of text is printed; `ink` and `ground` are places in the table of colours, 0 for none."""

    bold: bool = False
    hidden: bool = False
    deleted: bool = False
    struck: bool = False
    raised: bool = False
    ink: int = 0
    ground: int = 0

    def after(self, word: str, number: int | None) -> "Look | None":
        """Return the look of text after a control word, None where the word does not change it."""
        if word == "plain":
            return Look()
        values: dict[str, Any] = {}
        if word in _BASELINES:
            values["raised"] = word == "super" and number != 0
        elif word in _FIELDS:
            values[_FIELDS[word]] = number != 0
        elif word in _COLOURS:
            values[_COLOURS[word]] = number or 0
        return replace(self, **values) if values else None


class Colours:
    """The table of colours of a file, given word by word."""

    def __init__(self) -> None:
        self._table: list[str | None] = []
        self._parts: dict[str, int] = {}

    def word(self, word: str, number: int | None) -> None:
        """Take a control word of the table: a part of the colour that is being defined."""
        if word in ("red", "green", "blue"):
            self._parts[word] = min(255, max(0, number or 0))

    def text(self, text: str) -> None:
        """Take text of the table: each semicolon ends a colour; one without parts is that of the window."""
        for _ in range(text.count(";")):
            parts = [self._parts.get(part, 0) for part in ("red", "green", "blue")]
            self._table.append("".join(f"{part:02X}" for part in parts) if self._parts else None)
            self._parts = {}

    def mark(self, look: Look, behind: int) -> MarkKind | None:
        """Return the mark on text of that look in a paragraph with a ground of its own (0 for none)."""
        if look.struck:
            return "struck"
        ground = self._colour(look.ground) or self._colour(behind)
        if ground is None:
            return None
        if is_hidden_by(self._colour(look.ink), ground):
            return "blackened"
        return "shaded" if is_grey(ground) else None

    def _colour(self, place: int) -> str | None:
        return self._table[place] if 0 < place < len(self._table) else None
