"""Marks of redaction in a DOCX: text that is struck through, blackened, or shaded grey."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from extractors.document import MarkKind
from extractors.readers.colours import is_grey, is_hidden_by
from extractors.readers.docx.styles import Look, Styles
from extractors.readers.docx.text import W
from extractors.readers.package_xml import Element

_HEX = re.compile(r"[0-9A-Fa-f]{6}")
_HIGHLIGHTS = {"black": "000000", "lightGray": "C0C0C0", "darkGray": "808080"}


def marks_of(paragraph: Element, looks: Sequence[Look], styles: Styles) -> Iterator[MarkKind]:
    """Yield the marks on the runs of a paragraph, once for each stretch of them."""
    behind = styles.paragraph_property(paragraph, "shd")
    ground = None if behind is None else _filled(behind)
    for kind, _ in groupby(looks, lambda look: _mark(look, ground)):
        if kind is not None:
            yield kind


def _mark(look: Look, behind: str | None) -> MarkKind | None:
    if look.is_on("strike") or look.is_on("dstrike"):
        return "struck"
    ground = _ground(look) or behind
    if ground is None:
        return None
    if is_hidden_by(_hex(look.property("color"), "val"), ground):
        return "blackened"
    return "shaded" if is_grey(ground) else None


def _ground(look: Look) -> str | None:
    """Return the colour behind a run, in six hexadecimal digits, None where it has none of its own."""
    highlight = look.property("highlight")
    named = _HIGHLIGHTS.get("" if highlight is None else highlight.get(f"{W}val", ""))
    shading = look.property("shd")
    return named or (None if shading is None else _filled(shading))


def _filled(shading: Element) -> str | None:
    pattern = shading.get(f"{W}val") or "clear"
    if pattern == "solid":
        return _hex(shading, "color") or "000000"
    filled = _hex(shading, "fill")
    if pattern.startswith("pct") and pattern[3:].isdigit() and filled in (None, "FFFFFF"):
        grey = round(255 * (1 - min(100, int(pattern[3:])) / 100))
        return f"{grey:02X}" * 3 if _hex(shading, "color") in (None, "000000") else None
    return None if pattern == "nil" else filled


def _hex(item: Element | None, name: str) -> str | None:
    value = "" if item is None else item.get(f"{W}{name}") or ""
    return value.upper() if _HEX.fullmatch(value) else None
