"""List numbering of DOCX: abstract lists with their levels, list instances, and the counting of paragraphs.

The parts of the numbering definitions are those of ISO/IEC 29500-1 §17.9; where Word departs from it, the notes of
[MS-OI29500] on those sections are followed.

The numbers that Word would print are counted as the paragraphs of a DOCX go by. Counts belong to the abstract list:
its instances go on counting where another one of them stopped, and an instance with a start of its own restarts a
level where it is used there first. A paragraph below a level that was not used yet starts that level, which then goes
on from there (Microsoft Knowledge Base, Q110380).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from extractors.readers.number_forms import count_in_form
from extractors.readers.package_xml import Element

LEVELS = 9
_MOST_LINKS = 20  # list styles that point at each other
_WHOLE = re.compile(r"-?[0-9]{1,9}")
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_PLACE = re.compile(r"%([1-9])")


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a list: `form` of its count, `text` with `%1` to `%9`, `restart` as `w:lvlRestart` says."""

    start: int = 0
    form: str = "decimal"
    text: str = ""
    restart: int | None = None
    style: str | None = None
    legal: bool = False
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class ListInstance:
    """A list as paragraphs name it; instances of one `sequence` are counted together.

    `starts` are the counts with which the instance restarts a level where it is used there first.
    """

    sequence: str
    levels: Mapping[int, Level]
    starts: Mapping[int, int] = field(default_factory=dict)

    def depth(self, depth: int) -> int:
        """Return the level that a paragraph at a depth has: the nearest defined one at it or above it."""
        return next((place for place in range(min(depth, LEVELS - 1), 0, -1) if place in self.levels), 0)

    def level(self, depth: int) -> Level:
        """Return a level; one that is not defined prints nothing."""
        return self.levels.get(depth, Level())

    def start(self, depth: int) -> int:
        """Return the count with which a level starts and restarts."""
        return self.starts.get(depth, self.level(depth).start)

    def level_of_style(self, style: str) -> int | None:
        """Return the level that is tied to a paragraph style, None where none is."""
        return next((depth for depth, level in self.levels.items() if level.style == style), None)


def load_lists(root: Element | None, ns: str, list_styles: Mapping[str, str]) -> dict[str, ListInstance]:
    """Return the instances that a numbering part defines, by their ids.

    `list_styles` are the ids of the instances that the numbering styles name, by the ids of these styles.
    """
    return {} if root is None else _Loader(root, ns, list_styles).instances()


class _Loader:
    def __init__(self, root: Element, ns: str, list_styles: Mapping[str, str]) -> None:
        self._ns = ns
        self._abstract = {_value(item, f"{ns}abstractNumId"): item for item in root.findall(f"{ns}abstractNum")}
        self._instances = {_value(item, f"{ns}numId"): item for item in root.findall(f"{ns}num")}
        self._list_styles = list_styles

    def instances(self) -> dict[str, ListInstance]:
        return {key: made for key in self._instances if (made := self._instance(key, 0)) is not None}

    def _instance(self, key: str, links: int) -> ListInstance | None:
        item = self._instances.get(key)
        if item is None or links > _MOST_LINKS:
            return None
        base = self._abstract_list(_child(item, f"{self._ns}abstractNumId"), links)
        if base is None:
            return None
        levels, starts = dict(base.levels), dict(base.starts)
        for override in item.findall(f"{self._ns}lvlOverride"):
            depth = whole_number(override.get(f"{self._ns}ilvl"))
            if depth is None or not 0 <= depth < LEVELS:
                continue
            level = override.find(f"{self._ns}lvl")
            if level is not None:  # Word takes its own lvlRestart from the abstract list all the same
                levels[depth] = replace(self._level(level), restart=base.level(depth).restart)
            start = whole_number(_child(override, f"{self._ns}startOverride"))
            if start is not None:
                starts[depth] = start
        return ListInstance(base.sequence, levels, starts)

    def _abstract_list(self, key: str | None, links: int) -> ListInstance | None:
        """Return an abstract list; one that stands for a list style is the list of that style."""
        item = self._abstract.get(key or "")
        if item is None:
            return None
        link = _child(item, f"{self._ns}numStyleLink")
        if link:
            owner = next(
                (other for other, at in self._abstract.items() if _child(at, f"{self._ns}styleLink") == link), None
            )
            named = self._instance(self._list_styles.get(link, ""), links + 1)
            if named is not None or owner is not None:
                return named or self._levels(owner or "")
        return self._levels(key or "")

    def _levels(self, key: str) -> ListInstance:
        items = (
            (whole_number(item.get(f"{self._ns}ilvl")), item) for item in self._abstract[key].findall(f"{self._ns}lvl")
        )
        return ListInstance(
            key, {depth: self._level(item) for depth, item in items if depth is not None and 0 <= depth < LEVELS}
        )

    def _level(self, item: Element) -> Level:
        ns = self._ns
        restart = whole_number(_child(item, f"{ns}lvlRestart"))
        return Level(
            start=whole_number(_child(item, f"{ns}start")) or 0,
            form=self._form(item),
            text=_child(item, f"{ns}lvlText") or ("•" if item.find(f"{ns}lvlPicBulletId") is not None else ""),
            restart=restart if restart is not None and 0 <= restart < LEVELS - 1 else None,
            style=_child(item, f"{ns}pStyle"),
            legal=_is_on(item.find(f"{ns}isLgl"), ns),
            hidden=_is_on(item.find(f"{ns}rPr/{ns}vanish"), ns),
        )

    def _form(self, item: Element) -> str:
        found = item.find(f"{self._ns}numFmt")
        if found is None:
            found = item.find(f"{_MC}AlternateContent/{_MC}Choice/{self._ns}numFmt")
        if found is None:
            return "decimal"
        return str(found.get(f"{self._ns}format") or found.get(f"{self._ns}val") or "decimal")


def whole_number(value: str | None) -> int | None:
    """Return the whole number that an attribute holds, None where it holds none of a sensible size."""
    return int(value) if value and _WHOLE.fullmatch(value) else None


def _is_on(item: Element | None, ns: str) -> bool:
    return item is not None and item.get(f"{ns}val") not in ("0", "false", "off")


def _child(item: Element, name: str) -> str | None:
    found = item.find(name)
    return None if found is None else found.get(name[: name.index("}") + 1] + "val")


def _value(item: Element, name: str) -> str:
    return item.get(name) or ""


class Numbering:
    """Counts the paragraphs of one story (the body, the text boxes, the notes); give each once, in order."""

    def __init__(self, lists: Mapping[str, ListInstance]) -> None:
        self._lists = lists
        self._counts: dict[str, list[int | None]] = {}  # None: not begun, or to be restarted
        self._begun: set[tuple[str, int]] = set()  # starts of instances that were taken

    def level_of_style(self, list_id: str, style: str) -> int | None:
        """Return the level of a list that a paragraph style is tied to, None where it is tied to none."""
        found = self._lists.get(list_id)
        return None if found is None else found.level_of_style(style)

    def next_number(self, list_id: str, depth: int, language: str | None = None) -> str | None:
        """Count one paragraph at a level (from 0) of a list and return the number as printed.

        Returns "•" for a bullet and None where nothing is printed. `language` is that of the number.
        """
        found = self._lists.get(list_id)
        if found is None or not 0 <= depth < LEVELS:
            return None
        depth = found.depth(depth)
        counts = self._count(list_id, found, depth)
        return _printed(found, depth, counts, language)

    def _count(self, list_id: str, found: ListInstance, depth: int) -> list[int | None]:
        counts = self._counts.setdefault(found.sequence, [None] * LEVELS)
        before = counts[depth]
        if depth in found.starts and (list_id, depth) not in self._begun:
            self._begun.add((list_id, depth))
            counts[depth] = found.starts[depth]
        else:
            counts[depth] = found.start(depth) if before is None else before + 1
        for above in range(depth):
            if counts[above] is None:
                counts[above] = found.level(above).start
        for below in range(depth + 1, LEVELS):
            restart = found.level(below).restart
            if restart is None or depth < restart:
                counts[below] = None
        return counts


def _printed(found: ListInstance, depth: int, counts: list[int | None], language: str | None) -> str | None:
    level = found.level(depth)
    places = [int(place) - 1 for place in _PLACE.findall(level.text)]
    if level.hidden or any(place > depth for place in places):
        return None  # a text that names a level below its own is not printed at all ([MS-OI29500] 2.1.283)
    if level.form == "bullet":
        return "•" if level.text else None

    def value(match: re.Match[str]) -> str:
        place = int(match[1]) - 1
        return count_in_form(counts[place] or 0, _form(found.level(place), level), language)

    text = " ".join(_PLACE.sub(value, level.text).split())
    if not any(letter.isalnum() for letter in text):
        return "•" if text and not places else None  # a dash or another sign as the text of a level that counts
    return text


def _form(shown: Level, at: Level) -> str:
    """Return the form in which a number shows one of its levels; legal numbering shows them all in decimals."""
    return "decimal" if at.legal and shown.form not in ("none", "bullet", "decimalZero") else shown.form
