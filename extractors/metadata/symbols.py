"""Finds document symbols in text, and parses them in any spelling.

`PC0345E1a` is the body's prefix, a serial, the language, a version digit and a variant letter; before about
1998 the same organisation used running numbers such as `37.020`. Symbols of other organisations follow the
patterns in `bodies.yaml`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from configs.bodies import Bodies
from configs.covers import load_covers
from extractors.document import Symbol
from extractors.text.superscripts import RAISED_DIGITS

LETTER_LANGUAGES = {"E": "en", "F": "fr", "S": "es"}
"""The letters that name a symbol's language."""
LETTER = f"[{''.join(LETTER_LANGUAGES)}]"
_SYMBOL = re.compile(
    r"(?<![A-Za-z0-9])(?P<prefix>[A-Z]{2})[ \-]?(?P<serial>\d{4})"
    rf"(?: ?(?P<lang>{LETTER}) ?(?P<ver>\d{{1,2}})(?:(?P<sub>[a-z])| (?P<spaced>[a-z])(?= ?(?:$|[\r\n,;:.)\]])))?)?"
    r"(?![A-Za-z0-9])"
)
_NUMBER = re.compile(r"(?<![\d.,/])(?P<number>\d{2}\.\d{3})(?: ?[EFS])?(?![\d.,/]\d|\d)")
_GENERIC = re.compile(r"(?<![\w/.-])[A-Z][A-Za-z0-9.&\-]{1,20}(?:/[A-Za-z0-9][A-Za-z0-9.&()\-]{0,24}){2,8}(?![\w/])")
_EXTENSION = re.compile(r"\.(?:docx?|pdf|pptx?|xlsx?|txt|rtf|od[tsp]|zip|html?|xml)$", re.IGNORECASE)
_WITHOUT_NOTES = str.maketrans(dict.fromkeys(RAISED_DIGITS, " "))
_LOOKUP_CHARACTERS = 120
_CONTEXT = 40
_YEARS = range(1900, 2100)


@dataclass(frozen=True)
class FoundSymbol:
    """A symbol and where it stands; `cited` if the words before it introduce another paper.

    `session` (as printed) and `item` are parts of the symbols of some organisations. One that is not `listed`
    has the shape of a symbol and follows no known pattern.
    """

    symbol: Symbol
    start: int
    end: int
    cited: bool = False
    session: str | None = None
    item: str | None = None
    listed: bool = True


def parse_symbol(text: str, bodies: Bodies) -> Symbol | None:
    """Return the symbol that the whole of `text` is, in any spelling, else None.

    `PC 0345`, `pc0345e1a`, `PC0345E1a.doc`, `Doc. PC-0345`, `42020` and `wt/comtd/m/43 rev. 1` are all read.
    Meant for look-ups: a bare prefix and serial needs a prefix that is known, confirmed or not.
    """
    if len(text) > _LOOKUP_CHARACTERS:
        return None
    wanted = _EXTENSION.sub("", load_covers().citations.leading_document.sub("", " ".join(text.split())))
    edition = bodies.editions.of(wanted)
    compact = re.sub(r"[\s\-_]", "", edition.paper).upper()
    match = re.fullmatch(rf"([A-Z]{{2}})(\d{{4}})(?:({LETTER})(\d{{1,2}})([A-Z])?)?", compact)
    if match:
        prefix, serial, language, version, variant = match.groups()
        if language or bodies.by_prefix(prefix):
            found = _symbol(prefix, serial, language, version, variant and variant.lower())
            raw = "/".join(part for part in (found.raw, edition.marks) if part)
            return found.model_copy(update={"raw": raw})
        return None
    number = re.fullmatch(rf"(\d{{2}})\.?(\d{{3}}){LETTER}?", compact)
    if number:
        serial = f"{number[1]}.{number[2]}"
        return Symbol(raw=serial, serial=serial)
    for pattern in bodies.symbol_patterns:
        if re.fullmatch(pattern.pattern, wanted, re.IGNORECASE):
            return Symbol(raw="/".join(re.sub(r"\s", "", part) for part in (edition.paper, edition.marks) if part))
    return None


def symbol_shaped(text: str) -> Symbol | None:
    """Return the symbol that the whole of `text` is by its shape (`ABC/DE/12`, in any case), whoever issued it."""
    match = _GENERIC.fullmatch(text.upper())
    return Symbol(raw=text) if match and any(letter.isdigit() for letter in text) else None


def document_key(symbol: Symbol | None, bodies: Bodies) -> str | None:
    """Return the key that language versions, editions and formats of a paper share; None without a known symbol.

    That is prefix and serial; for a symbol of another organisation the symbol without the marks of its edition
    (`Rev.1`), in capitals and without spaces. Addenda and corrigenda (`Add.2`) are papers of their own.
    """
    if symbol is None:
        return None
    paper = bodies.editions.paper_of(symbol.raw)
    if symbol.serial:
        part = paper.removeprefix(bodies.editions.of(symbol.raw).paper)
        return comparable(f"{symbol.prefix or ''}{symbol.serial}{part}")
    parsed = parse_symbol(symbol.raw, bodies)
    return comparable(bodies.editions.paper_of(parsed.raw)) if parsed else None


def may_be_year(serial: str | None) -> bool:
    """Return whether a serial may be a year as well, as in "PC 2010"."""
    return serial is not None and serial.isdecimal() and int(serial) in _YEARS


def comparable(raw: str) -> str:
    """Return the form in which two spellings of one symbol are equal: upper case, no white space."""
    return re.sub(r"\s", "", raw).upper()


def find_symbols(text: str, bodies: Bodies, *, running_head: bool = False) -> list[FoundSymbol]:
    """Return the symbols in a text in order, without overlaps.

    A bare prefix and serial counts only for confirmed prefixes, and a serial that may be a year
    (1900-2099) only in a running head or after "Doc."; a bare `NN.NNN` only after "Doc." or as the whole text.
    """
    text = text.translate(_WITHOUT_NOTES)
    found = [*prefixed_symbols(text, bodies, running_head=running_head), *_numbers(text), *_others(text, bodies)]
    chosen: list[FoundSymbol] = []
    for symbol in sorted(found, key=lambda f: (f.start - f.end, f.start)):
        if all(symbol.end <= other.start or symbol.start >= other.end for other in chosen):
            chosen.append(symbol)
    return sorted(chosen, key=lambda f: f.start)


def prefixed_symbols(text: str, bodies: Bodies, *, running_head: bool = False) -> Iterator[FoundSymbol]:
    """Yield the symbols of prefix and serial in a text: see `find_symbols`."""
    for match in _SYMBOL.finditer(text):
        prefix, serial, language = match["prefix"], match["serial"], match["lang"]
        before = text[max(0, match.start() - _CONTEXT) : match.start()]
        if not language:
            year = (
                may_be_year(serial) and not running_head and not load_covers().citations.after_document.search(before)
            )
            if year or not bodies.is_confirmed(prefix):
                continue
        marks = bodies.editions.marks_at(text, match.end())
        raw = f"{match[0]}{marks}"
        symbol = _symbol(prefix, serial, language, match["ver"], match["sub"] or match["spaced"], raw=raw)
        yield FoundSymbol(symbol, match.start(), match.start() + len(raw), _cited(before))


def _numbers(text: str) -> Iterator[FoundSymbol]:
    for match in _NUMBER.finditer(text):
        before = text[max(0, match.start() - _CONTEXT) : match.start()]
        after_doc = load_covers().citations.after_document.search(before)
        if after_doc or match[0] == text.strip():
            symbol = Symbol(raw=match["number"], serial=match["number"])
            yield FoundSymbol(symbol, match.start("number"), match.end("number"), bool(after_doc))


def _others(text: str, bodies: Bodies) -> Iterator[FoundSymbol]:
    for pattern in bodies.symbol_patterns:
        for match in pattern.finditer(text):
            raw = match[0].rstrip(".-")
            if not any(character.isdigit() for character in raw):
                continue
            before = text[max(0, match.start() - _CONTEXT) : match.start()]
            told = match.groupdict()
            symbol = Symbol(raw=" ".join(raw.split()))
            end = match.start() + len(raw)
            yield FoundSymbol(symbol, match.start(), end, _cited(before), told.get("session"), told.get("item"))


def _cited(before: str) -> bool:
    # "Annex II to Doc. PC0345E1a" stands on the annex itself.
    words = load_covers().citations
    return bool(words.citation.search(before)) and not words.own_annex.search(before)


def _symbol(
    prefix: str,
    serial: str,
    language: str | None,
    version: str | None,
    variant: str | None,
    *,
    raw: str | None = None,
) -> Symbol:
    whole = f"{prefix}{serial}{language or ''}{version or ''}{variant or ''}"
    return Symbol(raw=raw or whole, prefix=prefix, serial=serial, language=language, version=version, variant=variant)
