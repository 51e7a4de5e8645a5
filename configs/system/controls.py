r"""Characters that command a terminal, a printer or a program and are no text.

These are C0 and C1 but line feed and tab, DEL, and the controls of writing direction; lone surrogates are no characters
at all. Papers that come from anywhere may hold them, and so may names of files and what people type.
"""

import re

_CONTROLS = r"\x00-\x08\x0b-\x1f\x7f-\x9f"
_SURROGATES = r"\ud800-\udfff"
_DIRECTIONS = r"\u202a-\u202e\u2066-\u2069"  # turn the order of what follows
_MARKS = r"\u061c\u200e\u200f"  # of direction; Arabic and Hebrew texts need them to be set
_SEPARATORS = frozenset("\x0b\x0c\r\x1c\x1d\x1e\x1f\x85")
"""Controls that part words or lines: a space takes their place."""

_STORED = re.compile(rf"\r(?=\n)|[{_CONTROLS}{_SURROGATES}]")
_SHOWN = re.compile(rf"\r(?=\n)|[{_CONTROLS}{_SURROGATES}{_DIRECTIONS}{_MARKS}]")
_PAGE = re.compile(rf"\r(?=\n)|[{_CONTROLS}{_SURROGATES}{_DIRECTIONS}]")
_ESCAPED = re.compile(rf"[{_CONTROLS}{_SURROGATES}{_DIRECTIONS}{_MARKS}\u2028\u2029]")


def storable(text: str) -> str:
    """Return a text of a paper as it is kept: without C0 (but line feed and tab), DEL and C1; directions stay."""
    return _STORED.sub(_replacement, text)


def showable(text: str) -> str:
    r"""Return a text as a terminal may get it: without controls and directions, surrogates as `\udcff`."""
    return _SHOWN.sub(_written_out, text)


def page_text(text: str) -> str:
    """Return a text as a web page or a spreadsheet may get it: without controls, and nothing turns the order."""
    return _PAGE.sub(_replacement, text)


def escaped(text: str) -> str:
    r"""Return JSON or Turtle in which such characters stand as `\uXXXX`: it means the same, and commands nothing."""
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
