r"""Removes or escapes control characters, which terminals, printers or programs would execute.

These are C0 and C1 except line feed and tab, DEL, and bidirectional controls; lone surrogates are invalid too.
Papers from any source may contain them, as may file names and user input.
"""

import re

_CONTROLS = r"\x00-\x08\x0b-\x1f\x7f-\x9f"
_SURROGATES = r"\ud800-\udfff"
_DIRECTIONS = r"\u202a-\u202e\u2066-\u2069"  # bidirectional overrides
_MARKS = r"\u061c\u200e\u200f"  # bidirectional marks; Arabic and Hebrew texts need them
_SEPARATORS = frozenset("\x0b\x0c\r\x1c\x1d\x1e\x1f\x85")
"""Controls that part words or lines: a space takes their place."""

_STORED = re.compile(rf"\r(?=\n)|[{_CONTROLS}{_SURROGATES}]")
_SHOWN = re.compile(rf"\r(?=\n)|[{_CONTROLS}{_SURROGATES}{_DIRECTIONS}{_MARKS}]")
_PAGE = re.compile(rf"\r(?=\n)|[{_CONTROLS}{_SURROGATES}{_DIRECTIONS}]")
_ESCAPED = re.compile(rf"[{_CONTROLS}{_SURROGATES}{_DIRECTIONS}{_MARKS}\u2028\u2029]")


def storable(text: str) -> str:
    """Return a text of a paper for storage: without C0 (except line feed and tab), DEL and C1."""
    return _STORED.sub(_replacement, text)


def showable(text: str) -> str:
    r"""Return a text safe for terminals: without controls and bidirectional controls, surrogates as `\udcff`."""
    return _SHOWN.sub(_written_out, text)


def page_text(text: str) -> str:
    """Return a text safe for web pages and spreadsheets: without controls and bidirectional overrides."""
    return _PAGE.sub(_replacement, text)


def escaped(text: str) -> str:
    r"""Return JSON or Turtle with such characters escaped as `\uXXXX`, which has the same meaning."""
    return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _replacement(match: re.Match[str]) -> str:
    found = match[0]
    if "\ud800" <= found <= "\udfff":
        return "\ufffd"
    is_end_of_line = found == "\r" and match.string[match.end() : match.end() + 1] == "\n"
    return " " if found in _SEPARATORS and not is_end_of_line else ""


def _written_out(match: re.Match[str]) -> str:
    found = match[0]
    return f"\\u{ord(found):04x}" if "\ud800" <= found <= "\udfff" else _replacement(match)
