"""Resolves the styles of a DOCX: heading levels, lists, and the appearance of runs."""

import re
from collections.abc import Callable
from typing import Any

from extractors.readers.docx.lists import whole_number
from extractors.readers.package_xml import Element

_HEADING_NAME = re.compile(r"heading (\d)$")
_LIST_NAME = re.compile(r"list (?:bullet |number )?(\d)$")
_CONTENTS_NAME = re.compile(r"toc \d$|table of figures$|table of authorities$|index \d$")
_MAX_CHAIN = 20  # styles based on each other
_BODY_LEVEL = 9  # Word's outline level for body text
_OFF = ("0", "false", "off")


class Styles:
    """The styles of one document; `deepest` is the deepest heading level that its headings have so far."""

    def __init__(self, root: Element, ns: str) -> None:
        self._ns = ns
        self._styles: dict[str | None, Element] = {
            item.get(f"{ns}styleId"): item for item in root.findall(f"{ns}style")
        }
        self._default = next((key for key, item in self._styles.items() if _is_default(item, ns)), None)
        self._defaults = root.find(f"{ns}docDefaults/{ns}rPrDefault/{ns}rPr")
        self._chains: dict[str | None, tuple[Element, ...]] = {}
        self._inherited: dict[tuple[str | None, str | None, str], Element | None] = {}
        self._of_paragraphs: dict[tuple[str | None, str], Element | None] = {}
        self.deepest = 0

    def lists(self) -> dict[str, str]:
        """Return the list instance that each numbering style names, by the id of the style."""
        named = ((key, self._list(item)[0]) for key, item in self._styles.items() if self._is(item, "numbering"))
        return {key: list_id for key, list_id in named if key and list_id}

    def style_of(self, paragraph: Element) -> str | None:
        """Return the id of a paragraph's style: the one that it names, else the default one."""
        found = self._property(paragraph, "pStyle")
        named: str | None = None if found is None else found.get(f"{self._ns}val")
        return named if named in self._styles else self._default

    def heading_level(self, paragraph: Element) -> int | None:
        """Return the level, from 1, of a paragraph that is a heading, or None."""
        level = self._heading_level(paragraph)
        if level is not None:
            self.deepest = max(self.deepest, min(level, 5))
        return level

    def is_contents(self, paragraph: Element) -> bool:
        """Return whether a paragraph is an entry of a table of contents or of an index."""
        return any(_CONTENTS_NAME.match(self._name(style)) for style in self._chain(self.style_of(paragraph)))

    def named_depth(self, paragraph: Element) -> int:
        """Return the depth (from 0) in the name of a paragraph's style: `List Bullet 3` is 2."""
        names = (_LIST_NAME.match(self._name(style)) for style in self._chain(self.style_of(paragraph)))
        return next((int(match[1]) - 1 for match in names if match), 0)

    def list_of(
        self,
        paragraph: Element,
        level_of_style: Callable[[str, str], int | None],
    ) -> tuple[str, int] | None:
        """Return the list and the depth (from 0) of a paragraph, None where it has no list.

        Each of the two comes from the paragraph or else from the nearest of its styles. A level that is tied to
        a style outranks the one that the style names; `level_of_style(list, style)` returns it.
        """
        list_id, depth = self._list(paragraph)
        chain = self._chain(self.style_of(paragraph))
        if list_id is None:
            list_id = next((found for style in chain if (found := self._list(style)[0]) is not None), None)
        if list_id in (None, "0"):
            return None
        assert list_id is not None
        for style in chain if depth is None else ():
            tied = level_of_style(list_id, style.get(f"{self._ns}styleId") or "")
            depth = self._list(style)[1] if tied is None else tied
            if depth is not None:
                break
        return list_id, depth or 0

    def look(self, style: str | None, run: Element | None) -> "Look":
        """Return how a run in a paragraph of that style is printed, or what the style says without a run."""
        own = None if run is None else run.find(f"{self._ns}rPr")
        children = {} if own is None else {child.tag: child for child in own}
        styled = children.get(f"{self._ns}rStyle")
        character = None if styled is None else styled.get(f"{self._ns}val")
        return Look(self, self._ns, children, (character, style))

    def inherited(self, character: str | None, paragraph: str | None, name: str) -> Element | None:
        """Return the element of a character style, a paragraph style or the defaults that sets a property of runs."""
        keys = (character, paragraph, name)
        if keys not in self._inherited:
            styles = (*(self._chain(character) if character else ()), *self._chain(paragraph))
            path = f"{self._ns}rPr/{self._ns}{name}"
            found = next((found for style in styles if (found := style.find(path)) is not None), None)
            if found is None and self._defaults is not None:
                found = self._defaults.find(f"{self._ns}{name}")
            self._inherited[keys] = found
        return self._inherited[keys]

    def paragraph_property(self, paragraph: Element, name: str) -> Element | None:
        """Return the element that sets a property of a paragraph: its own, or that of the nearest style."""
        own = self._property(paragraph, name)
        return own if own is not None else self._styled(self.style_of(paragraph), name)

    def _styled(self, key: str | None, name: str) -> Element | None:
        if (key, name) not in self._of_paragraphs:
            found = (self._property(style, name) for style in self._chain(key))
            self._of_paragraphs[key, name] = next((one for one in found if one is not None), None)
        return self._of_paragraphs[key, name]

    def _heading_level(self, paragraph: Element) -> int | None:
        outline = self._number(self._property(paragraph, "outlineLvl"))
        for style in self._chain(self.style_of(paragraph)):
            named = self._name(style)
            match = _HEADING_NAME.match(named)
            if match:
                return int(match[1])
            if named == "title":
                return 1
            if outline is None and not _is_default(style, self._ns):  # of all text, it says nothing of headings
                outline = self._number(self._property(style, "outlineLvl"))
        return None if outline is None or not 0 <= outline < _BODY_LEVEL else outline + 1

    def _name(self, style: Element) -> str:
        name = style.find(f"{self._ns}name")
        return "" if name is None else str(name.get(f"{self._ns}val", "")).lower()

    def _chain(self, key: str | None) -> tuple[Element, ...]:
        """Return a style and those that it is based on, the nearest first."""
        if key not in self._chains:
            chain: dict[str | None, Element] = {}
            at = key
            while at in self._styles and at not in chain and len(chain) < _MAX_CHAIN:
                chain[at] = self._styles[at]
                base = chain[at].find(f"{self._ns}basedOn")
                at = None if base is None else base.get(f"{self._ns}val")
            self._chains[key] = tuple(chain.values())
        return self._chains[key]

    def _list(self, item: Element) -> tuple[str | None, int | None]:
        properties = self._property(item, "numPr")
        if properties is None:
            return None, None
        list_id = properties.find(f"{self._ns}numId")
        depth = self._number(properties.find(f"{self._ns}ilvl"))
        return (None if list_id is None else list_id.get(f"{self._ns}val")), depth

    def _property(self, item: Element, name: str) -> Element | None:
        return item.find(f"{self._ns}pPr/{self._ns}{name}")

    def _number(self, item: Element | None) -> int | None:
        return None if item is None else whole_number(item.get(f"{self._ns}val"))

    def _is(self, item: Element, kind: str) -> bool:
        return bool(item.get(f"{self._ns}type") == kind)


class Look:
    """How a run is printed: by its own properties, or else by those of its styles and the defaults."""

    __slots__ = ("_keys", "_ns", "_own", "_styles")

    def __init__(
        self,
        styles: Styles,
        ns: str,
        own: dict[str, Any],
        keys: tuple[str | None, str | None],  # of its character style and of its paragraph style
    ) -> None:
        self._styles = styles
        self._ns = ns
        self._own = own
        self._keys = keys

    def property(self, name: str) -> Element | None:
        """Return the element that sets a property (`color`, `shd`), None where nothing does."""
        own = self._own.get(f"{self._ns}{name}")
        return own if own is not None else self._styles.inherited(*self._keys, name)

    def is_on(self, name: str) -> bool:
        """Return whether a property that is on or off (`b`, `vanish`, `strike`) is on."""
        found = self.property(name)
        return found is not None and found.get(f"{self._ns}val") not in _OFF

    def is_raised(self) -> bool:
        """Return whether it is set as a superscript."""
        found = self.property("vertAlign")
        return found is not None and found.get(f"{self._ns}val") == "superscript"


def _is_default(item: Element, ns: str) -> bool:
    return item.get(f"{ns}type") == "paragraph" and item.get(f"{ns}default") in ("1", "true", "on")
