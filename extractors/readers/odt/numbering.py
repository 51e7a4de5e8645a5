"""List and outline numbering of OpenDocument texts, counted in document order."""

from dataclasses import dataclass
from typing import Any

from extractors.readers.package_xml import Element
from extractors.text.numbering import letters, roman

_LEVELS = 10
_OASIS = "urn:oasis:names:tc:opendocument:xmlns"
_STYLE = f"{{{_OASIS}:style:1.0}}"


@dataclass(frozen=True, slots=True)
class _Level:
    form: str | None  # None: a bullet
    before: str
    after: str
    start: int
    shown: int  # how many levels the number shows


class Lists:
    """Resolves the numbers of list items and headings; each is to be given once, in order."""

    def __init__(self, roots: list[Any], ns: str) -> None:
        self._ns = ns
        self._styles: dict[str, dict[int, _Level]] = {}
        self._counts: dict[str, list[int]] = {}  # by style: a list that continues goes on counting
        self._outline: dict[int, _Level] = {}
        self._outline_counts = [0] * _LEVELS
        for root in roots:
            for style in root.iter(f"{ns}list-style"):
                self._styles[style.get(f"{_STYLE}name", "")] = self._levels(style)
            for style in root.iter(f"{ns}outline-style"):
                self._outline = self._levels(style)

    def begin(self, element: Element, style: str | None, level: int) -> None:
        """Begin a list, or one inside it: its numbers restart unless it is marked as continued."""
        ns = self._ns
        goes_on = element.get(f"{ns}continue-numbering") == "true" or element.get(f"{ns}continue-list") is not None
        counts = self._counts.setdefault(style or "", [0] * _LEVELS)
        if level <= _LEVELS and not goes_on:
            counts[level - 1 :] = [0] * (_LEVELS - level + 1)

    def next_number(self, style: str | None, level: int, start: int | None) -> str | None:
        """Count an item at a level (from 1) and return its number, "•" for a bullet, None where none shows."""
        levels = self._styles.get(style or "", {})
        return self._count(levels, self._counts.setdefault(style or "", [0] * _LEVELS), level, start)

    def heading_number(self, element: Element, level: int) -> str | None:
        """Count a heading of the outline and return its number as shown, or None."""
        is_item = next(element.iterancestors()).tag == f"{self._ns}list-item"
        if is_item or element.get(f"{self._ns}is-list-header") == "true":
            return None
        number = self._count(self._outline, self._outline_counts, level, None)
        return None if number == "•" else number

    def _count(self, levels: dict[int, _Level], counts: list[int], level: int, start: int | None) -> str | None:
        here = levels.get(level)
        if here is None or not 1 <= level <= _LEVELS:
            return None
        if here.form is None:
            return "•"
        counts[level - 1] = start if start is not None else counts[level - 1] + 1 if counts[level - 1] else here.start
        counts[level:] = [0] * (_LEVELS - level)
        if not here.form:
            return None
        places = range(max(1, level - here.shown + 1), level + 1)
        shown = [levels.get(place) for place in places]
        parts = [
            _form(counts[place - 1] or one.start, one.form)
            for place, one in zip(places, shown, strict=True)
            if one is not None and one.form
        ]
        return f"{here.before}{'.'.join(parts)}{here.after}".strip() or None

    def _levels(self, style: Element) -> dict[int, _Level]:
        levels = {}
        for item in style:
            kind = item.tag.removeprefix(self._ns)
            depth = item.get(f"{self._ns}level", "")
            if depth.isdecimal() and kind.startswith(("list-level-style", "outline-level-style")):
                levels[int(depth)] = _Level(
                    form=item.get(f"{_STYLE}num-format", "")
                    if kind.endswith(("number", "outline-level-style"))
                    else None,
                    before=item.get(f"{_STYLE}num-prefix", ""),
                    after=item.get(f"{_STYLE}num-suffix", ""),
                    start=_whole(item.get(f"{self._ns}start-value"), 1),
                    shown=_whole(item.get(f"{self._ns}display-levels"), 1),
                )
        return levels


def _whole(value: str | None, otherwise: int) -> int:
    return int(value) if value and value.isascii() and value.isdigit() else otherwise


def _form(value: int, form: str) -> str:
    if value < 1:
        return str(value)
    made = {"i": roman(value), "I": roman(value).upper(), "a": letters(value), "A": letters(value).upper()}
    return made.get(form, str(value))
