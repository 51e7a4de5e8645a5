"""Versions of a paper: the choice of the version to show, and the plain spellings of symbols."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from configs.bodies import load_bodies
from extractors.document import Symbol
from extractors.metadata import document_key, may_be_year, parse_symbol, symbol_shaped

_OWN_SYMBOL = re.compile(r"([a-z]{2}\d{4})(?:([a-z])(?:(\d{1,2})([a-z])?)?)?")
_DEFAULT_LANGUAGE = "en"


class Version(NamedTuple):
    """A document of an index: its number, id and language, and its symbol in plain spelling."""

    doc: int
    id: str
    language: str | None
    symbol: str


def best_version(versions: Iterable[Version], wanted: str, language: str | None = None) -> Version:
    """Return the version that best matches a symbol in plain spelling.

    That is an equal symbol; else one that begins with it; then one in `language`, in English, the latest.
    Addenda and corrigenda come after their paper.
    """
    editions = load_bodies().editions

    def rank(version: Version) -> tuple[object, ...]:
        return (
            version.symbol == wanted,
            version.symbol.startswith(wanted),
            version.language == language,
            version.language == _DEFAULT_LANGUAGE,
            not editions.of(version.symbol).part,
            natural_order(version.symbol),
            version.id,
        )

    return max(versions, key=rank)


def plain_symbol(text: str) -> str:
    """Return a symbol in lower case without spaces and marks: `pc0345e1a` for `Doc. PC 0345 E1a`, `PC0345E1a.pdf`."""
    parsed = _parsed(text)
    return _plain(parsed.raw if parsed else text)


def paper_key(text: str) -> str | None:
    """Return the key of the documents that a symbol in any spelling names, None where it is no symbol."""
    return document_key(_parsed(text), load_bodies())


def named_symbol(text: str, *, whole: bool) -> tuple[Symbol, str] | None:
    """Return the symbol that some words of a query are, in any spelling, and its paper's key; None if they are none.

    As in running text, a bare running number (`42.020`) counts only after "Doc." or as the `whole` query, and a
    serial that may be a year (`PC 2010`) only with a language or in one word with its prefix.
    """
    symbol = _parsed(text) or symbol_shaped(text)
    if symbol is None:
        return None
    key = document_key(symbol, load_bodies()) or load_bodies().editions.paper_of(symbol.raw)
    pieces = len(text.split())
    if symbol.serial and not symbol.prefix and pieces == 1 and not whole:
        return None
    if symbol.prefix and not symbol.language and pieces > 1 and may_be_year(symbol.serial):
        return None
    return symbol, key


def symbol_forms(symbol: Symbol | str) -> frozenset[str]:
    """Return every plain spelling that names a symbol, from the paper's to the complete symbol."""
    raw = symbol if isinstance(symbol, str) else symbol.raw
    plain = _plain(raw)
    parts: tuple[str | None, ...] = (_plain(load_bodies().editions.of(raw).paper),)
    if isinstance(symbol, Symbol) and symbol.prefix and symbol.serial:
        stem = _plain(symbol.prefix + symbol.serial)
        parts = (stem, symbol.language, symbol.version, symbol.variant)
    elif match := _OWN_SYMBOL.fullmatch(plain):
        parts = match.groups()
    forms, form = {plain}, ""
    for part in parts:
        if not part:
            break
        form += _plain(part)
        forms.add(form)
    return frozenset(forms - {""})


def names_language(name: str, symbol: Symbol) -> bool:
    """Return whether a name in any spelling of the paper of a symbol says in which language it is to be."""
    return plain_symbol(name) not in _paper_forms(symbol)[:1]


def names_edition(name: str, symbol: Symbol) -> bool:
    """Return whether a name in any spelling of the paper of a symbol says which edition of it is meant."""
    return plain_symbol(name) not in _paper_forms(symbol)


def _paper_forms(symbol: Symbol) -> tuple[str, ...]:
    """Return the plain spellings of a paper of all editions, and of those in one language where the symbol names it."""
    if not (symbol.prefix and symbol.serial):
        return (_plain(load_bodies().editions.of(symbol.raw).paper),)
    stem = _plain(symbol.prefix + symbol.serial)
    return (stem, stem + _plain(symbol.language)) if symbol.language else (stem,)


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Symbol | None:
    return parse_symbol(text, load_bodies())


def _plain(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def natural_order(text: str) -> tuple[tuple[str, int], ...]:
    """Return a key that orders numbers inside a text by their value: version 10 after version 9."""
    return tuple((word, int(number or 0)) for word, number in re.findall(r"(\D*)(\d{0,18})", text))
