"""The numbers that Word would print: multi-level lists of a DOCX counted as its paragraphs go by."""

from dataclasses import dataclass, field
from typing import Any

from extractors.readers.numbering import letters, roman

_LEVELS = 9


@dataclass(frozen=True, slots=True)
class _Level:
    start: int = 1
    form: str = "decimal"
    text: str = ""
    restart: int | None = None
    style: str | None = None
    legal: bool = False


@dataclass(slots=True)
class _List:
    """An abstract list: its levels, and the counts so far (None = not begun)."""

    levels: dict[int, _Level]
    counts: list[int | None] = field(default_factory=lambda: [None] * _LEVELS)


class Numbering:
    """Resolves the numbers of a document's paragraphs; each paragraph is to be given once, in order."""

    def __init__(self, root: Any | None, ns: str) -> None:  # noqa: ANN401 - an lxml element
        self._ns = ns
        self._lists: dict[str, _List] = {}
        self._of: dict[str, str] = {}  # list instance → abstract list
        self._overrides: dict[str, dict[int, int]] = {}
        if root is not None:
            self._load(root)

    def level_of_style(self, list_id: str, style: str | None) -> int:
        """Return the level of a list that a paragraph style is tied to, 0 where it is tied to none."""
        found = self._lists.get(self._of.get(list_id, ""))
        levels = found.levels.items() if found else ()
        return next((depth for depth, level in levels if style and level.style == style), 0)

    def next_number(self, list_id: str, depth: int) -> str | None:
        """Count one paragraph at a level (from 0) of a list and return the number as printed.

        Returns "•" for a bullet and None where nothing is printed.
        """
        found = self._lists.get(self._of.get(list_id, ""))
        if found is None or not 0 <= depth < _LEVELS:
            return None
        for place, start in self._overrides.pop(list_id, {}).items():
            found.counts[place] = start - 1  # the first use of an instance restarts where it says so
        level = found.levels.get(depth, _Level())
        count = found.counts[depth]
        found.counts[depth] = level.start if count is None else count + 1
        for deeper in range(depth + 1, _LEVELS):
            restart = found.levels.get(deeper, _Level()).restart
            if restart is None or depth < restart:
                found.counts[deeper] = None
        return self._printed(found, level)

    def _printed(self, found: _List, level: _Level) -> str | None:
        if level.form == "bullet":
            return "•"
        text = level.text
        for place in range(_LEVELS):
            mark = f"%{place + 1}"
            if mark in text:
                other = found.levels.get(place, _Level())
                count = found.counts[place]
                value = other.start if count is None else count
                text = text.replace(mark, _form(value, "decimal" if level.legal else other.form))
        return text.strip() or None

    def _load(self, root: Any) -> None:  # noqa: ANN401
        ns, by_link = self._ns, {}
        for abstract in root.findall(f"{ns}abstractNum"):
            key = abstract.get(f"{ns}abstractNumId")
            levels = {int(item.get(f"{ns}ilvl", 0)): self._level(item) for item in abstract.findall(f"{ns}lvl")}
            self._lists[key] = _List(levels)
            link = abstract.find(f"{ns}styleLink")
            if link is not None:
                by_link[link.get(f"{ns}val")] = key
        for abstract in root.findall(f"{ns}abstractNum"):
            link = abstract.find(f"{ns}numStyleLink")
            if link is not None and link.get(f"{ns}val") in by_link:
                self._lists[abstract.get(f"{ns}abstractNumId")] = self._lists[by_link[link.get(f"{ns}val")]]
        for instance in root.findall(f"{ns}num"):
            self._load_instance(instance)

    def _load_instance(self, instance: Any) -> None:  # noqa: ANN401
        ns = self._ns
        key, abstract = instance.get(f"{ns}numId"), instance.find(f"{ns}abstractNumId")
        if key is None or abstract is None:
            return
        of = abstract.get(f"{ns}val")
        for override in instance.findall(f"{ns}lvlOverride"):
            depth = int(override.get(f"{ns}ilvl", 0))
            level = override.find(f"{ns}lvl")
            if level is not None and of in self._lists:  # a level of its own: a list of its own
                self._lists[f"{of}/{key}"] = own = _List({**self._lists[of].levels})
                own.levels[depth] = self._level(level)
                of = f"{of}/{key}"
            start = override.find(f"{ns}startOverride")
            if start is not None:
                self._overrides.setdefault(key, {})[depth] = int(start.get(f"{ns}val", 1))
        self._of[key] = of

    def _level(self, item: Any) -> _Level:  # noqa: ANN401
        def value(name: str) -> str | None:
            found = item.find(f"{self._ns}{name}")
            return None if found is None else found.get(f"{self._ns}val", "")

        restart = value("lvlRestart")
        return _Level(
            start=int(value("start") or 1),
            form=value("numFmt") or "decimal",
            text=value("lvlText") or "",
            restart=int(restart) if restart else None,
            style=value("pStyle"),
            legal=value("isLgl") not in (None, "0", "false"),
        )


def _form(value: int, form: str) -> str:
    """Return a count in one of Word's number formats; formats that are not known print as decimals."""
    if value < 1 or form in ("decimal", "none"):
        return "" if form == "none" else str(value)
    if form == "decimalZero":
        return f"{value:02d}"
    made = {
        "lowerRoman": roman(value),
        "upperRoman": roman(value).upper(),
        "lowerLetter": letters(value),
        "upperLetter": letters(value).upper(),
    }
    return made.get(form, str(value))
