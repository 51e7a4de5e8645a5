r"""The tokenizer of RTF: control words, groups and text, by the Rich Text Format Specification 1.9.1.

Text comes decoded: bytes by the charset of the current font or else of the file, `\u` as Unicode with its
fallback characters left out.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from extractors.readers.charset import FONT_CHARSETS

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?"  # a control word and its number
    rb"|\\'([0-9a-fA-F]{2})"  # a byte
    rb"|\\([^a-zA-Z])"  # a control symbol
    rb"|([{}])"
    rb"|[\r\n]+"
    rb"|([^\\{}\r\n]+)",
    re.DOTALL,
)
_FILE_CHARSETS = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}
_SYMBOLS = {b"~": "\u00a0", b"_": "-", b"-": "", b"\t": "\t", b"\n": "\n", b"\r": "\n"}
_UNICODE_LIMIT = 0x10000
LISTED = {"listtext", "pntext"}
"""The number of a paragraph, as its writer printed it."""

RUNNING = {
    **dict.fromkeys(("header", "headerl", "headerr", "headerf"), "header"),
    **dict.fromkeys(("footer", "footerl", "footerr", "footerf"), "footer"),
}
"""Headers and footers, of left, right and first pages."""

ASIDE = {"footnote": "footnote", "annotation": "comment", "atnauthor": "commenter"}
"""Notes, comments and who wrote them."""

INFO = {"title": "title", "author": "author", "subject": "subject"}
"""What a file declares of itself, within `info`."""

METAFILES = {"emfblip", "wmetafile"}
"""What a picture is that may draw text."""

IGNORED = {
    *("fonttbl", "stylesheet", "objclass", "objdata", "fldinst", "info", "generator", "themedata", "datafield"),
    *("listtable", "listoverridetable", "revtbl", "rsidtbl", "xmlnstbl", "filetbl", "datastore", "latentstyles"),
    *("atnid", "atndate", "atnref", "atnicn", "bkmkstart", "bkmkend", "nonshppict", "xe", "tc", "private"),
    *("colorschememapping", "pgdsctbl", "mmathPr", "ftnsep", "ftnsepc", "aftnsep", "aftnsepc", "comment"),
    *("nonesttables", "sn", "sv", "shprslt"),
}
"""Destinations without text that is printed."""

KEPT = {"shpinst", "shptxt", "shppict", "bkmkstart", "ud", *LISTED, *ASIDE}
"""Destinations that are read though a `*` says that they may be passed over."""

SIGNS = {
    **dict.fromkeys(("par", "line", "sect", "page"), "\n"),
    **dict.fromkeys(("tab", "nestcell"), "\t"),
    **dict.fromkeys(("cell", "row"), ""),
    **dict.fromkeys(("emspace", "enspace", "qmspace"), " "),
    "emdash": "—",
    "endash": "–",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
    "bullet": "•",
}
"""Words that stand for characters."""


@dataclass(frozen=True, slots=True)
class Token:
    """A control word with its number, `{`, `}`, or text; `*` marks a destination that may be passed over.

    With the word `bin` comes a text of hexadecimal digits: the bytes that follow it.
    """

    word: str = ""
    number: int | None = None
    text: str = ""


@dataclass(slots=True)
class _State:
    skip: int = 1  # characters that stand in for one \u
    font: int | None = None


@dataclass(slots=True)
class _Reader:
    """The state of the tokenizer."""

    charset: str = "cp1252"
    fonts: dict[int, str] = field(default_factory=dict)
    stack: list[_State] = field(default_factory=list)
    state: _State = field(default_factory=_State)
    defining: int | None = None  # the font that the font table is about
    pending: bytearray = field(default_factory=bytearray)
    to_skip: int = 0

    def decoded(self) -> str:
        """Return the bytes that are waiting as text."""
        charset = self.fonts.get(-1 if self.state.font is None else self.state.font, self.charset)
        text = self.pending.decode(charset, "replace")
        self.pending.clear()
        return text

    def control(self, word: str, number: int | None) -> None:
        """Update the charset by a control word."""
        if word == "uc":
            self.state.skip = max(0, number or 0)
        elif word in _FILE_CHARSETS:
            self.charset = _FILE_CHARSETS[word]
        elif word == "ansicpg" and number is not None:
            self.charset = _known(f"cp{number}") or ("utf-8" if number == 65001 else self.charset)  # noqa: PLR2004 - its number
        elif word == "fcharset" and self.defining is not None and number in FONT_CHARSETS:
            self.fonts[self.defining] = FONT_CHARSETS[number]
        elif word == "f":
            self.state.font = self.defining = number
        elif word == "plain":
            self.state.font = None


def tokens(data: bytes) -> Iterator[Token]:
    """Yield the tokens of RTF; invalid input is skipped."""
    reader, place = _Reader(), 0
    while match := _TOKEN.search(data, place):
        place = match.end()
        word, number, byte, symbol, brace, plain = match.groups()
        if byte is not None or plain is not None:
            content = bytes([int(byte, 16)]) if byte is not None else plain
            skipped = min(reader.to_skip, len(content))
            reader.to_skip -= skipped
            reader.pending += content[skipped:]
            continue
        if reader.pending and (word or symbol or brace):
            yield Token(text=reader.decoded())
        if brace:
            reader.to_skip = 0
            _brace(reader, brace)
            yield Token(brace.decode())
        elif symbol is not None:
            yield from _symbol(reader, symbol)
        elif word == b"bin":
            held = data[place : place + max(0, int(number or 0))]
            place += len(held)
            yield Token("bin", text=held.hex())
        elif word:
            yield from _control(reader, word.decode(), int(number) if number else None)
    if reader.pending:
        yield Token(text=reader.decoded())


def _symbol(reader: _Reader, symbol: bytes) -> Iterator[Token]:
    if symbol == b"*":
        yield Token("*")
    elif reader.to_skip:
        reader.to_skip -= 1
    else:
        yield Token(text=_SYMBOLS.get(symbol, symbol.decode("latin-1") if symbol in b"\\{}" else ""))


def _control(reader: _Reader, word: str, number: int | None) -> Iterator[Token]:
    if word == "u" and number is not None:
        code = number % _UNICODE_LIMIT
        reader.to_skip = reader.state.skip
        yield Token(text=chr(code))
        return
    reader.to_skip = 0
    reader.control(word, number)
    yield Token(word, number)


def _brace(reader: _Reader, brace: bytes) -> None:
    if brace == b"{":
        reader.stack.append(_State(reader.state.skip, reader.state.font))
    elif reader.stack:
        reader.state = reader.stack.pop()


def _known(charset: str) -> str | None:
    try:
        return codecs.lookup(charset).name
    except LookupError:
        return None
