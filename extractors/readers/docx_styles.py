"""Paragraph styles of a DOCX: which make headings, which carry a list."""

import re
from dataclasses import dataclass
from typing import Any

_HEADING_NAME = re.compile(r"heading (\d)$")
_MAX_CHAIN = 20  # styles based on each other
_BODY_LEVEL = 9  # Word's outline level for body text


@dataclass(frozen=True, slots=True)
class _Style:
    name: str
    base: str | None
    outline: int | None
    list_id: str | None
    depth: int | None
    bold: bool | None


class Styles:
    """The paragraph styles of one document; `deepest` is the deepest heading level that they define."""

    def __init__(self, root: Any, ns: str) -> None:  # noqa: ANN401 - an lxml element
        self._ns = ns
        self._styles: dict[str, _Style] = {}
        self._default: str | None = None
        for item in root.findall(f"{ns}style"):
            if item.get(f"{ns}type") == "paragraph":
                key = item.get(f"{ns}styleId")
                self._styles[key] = self._style(item)
                if item.get(f"{ns}default") in ("1", "true"):
                    self._default = key
        self.deepest = 0

    def heading_level(self, paragraph: Any) -> int | None:  # noqa: ANN401
        """Return the level, from 1, of a paragraph that is a heading, or None."""
        level = self._heading_level(paragraph)
        if level is not None:
            self.deepest = max(self.deepest, min(level, 5))
        return level

    def list_of(self, paragraph: Any) -> tuple[str | None, int | None, str | None]:  # noqa: ANN401
        """Return list, depth (from 0, None = tied to the style) and style of a paragraph; no list is None."""
        list_id, depth = self._list(paragraph)
        key = self._key(paragraph)
        if list_id is None:
            for name in self._chain(key):
                style = self._styles[name]
                if style.list_id is not None:
                    list_id, key = style.list_id, name
                    depth = style.depth if depth is None else depth
                    break
        return (None, None, None) if list_id in (None, "0") else (list_id, depth, key)

    def is_bold(self, paragraph: Any, runs: list[Any]) -> bool:  # noqa: ANN401
        """Tell whether every one of a paragraph's runs is printed bold, by itself or by the paragraph's style."""
        chain = (self._styles[name].bold for name in self._chain(self._key(paragraph)))
        usual = next((bold for bold in chain if bold is not None), False)
        return bool(runs) and all(usual if (bold := self.bold(run)) is None else bold for run in runs)

    def bold(self, item: Any) -> bool | None:  # noqa: ANN401
        """Return what a run or a style says of its weight, None where it says nothing."""
        found = item.find(f"{self._ns}rPr/{self._ns}b")
        return None if found is None else found.get(f"{self._ns}val") not in ("0", "false")

    def _heading_level(self, paragraph: Any) -> int | None:  # noqa: ANN401
        outline = self._number(paragraph.find(f"{self._ns}pPr"), "outlineLvl")
        for name in self._chain(self._key(paragraph)):
            style = self._styles[name]
            match = _HEADING_NAME.match(style.name)
            if match:
                return int(match[1])
            if style.name == "title":
                return 1
            outline = style.outline if outline is None else outline
        return None if outline is None or outline >= _BODY_LEVEL else outline + 1

    def _key(self, paragraph: Any) -> str | None:  # noqa: ANN401
        found = paragraph.find(f"{self._ns}pPr/{self._ns}pStyle")
        return self._default if found is None else found.get(f"{self._ns}val")

    def _chain(self, key: str | None) -> list[str]:
        chain: list[str] = []
        while key in self._styles and key not in chain and len(chain) < _MAX_CHAIN:
            chain.append(key)
            key = self._styles[key].base
        return chain

    def _style(self, item: Any) -> _Style:  # noqa: ANN401
        ns = self._ns
        name, base = item.find(f"{ns}name"), item.find(f"{ns}basedOn")
        list_id, depth = self._list(item)
        return _Style(
            name=("" if name is None else name.get(f"{ns}val", "")).lower(),
            base=None if base is None else base.get(f"{ns}val"),
            outline=self._number(item.find(f"{ns}pPr"), "outlineLvl"),
            list_id=list_id,
            depth=depth,
            bold=self.bold(item),
        )

    def _list(self, item: Any) -> tuple[str | None, int | None]:  # noqa: ANN401
        properties = item.find(f"{self._ns}pPr/{self._ns}numPr")
        if properties is None:
            return None, None
        list_id = properties.find(f"{self._ns}numId")
        depth = self._number(properties, "ilvl")
        return (None if list_id is None else list_id.get(f"{self._ns}val")), depth

    def _number(self, parent: Any | None, name: str) -> int | None:  # noqa: ANN401
        found = None if parent is None else parent.find(f"{self._ns}{name}")
        value = "" if found is None else found.get(f"{self._ns}val", "")
        return int(value) if value.isdigit() else None
