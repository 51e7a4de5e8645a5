"""Numbers in words, such as "twenty-one", "trois millions", "the tenth day"."""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from configs.labels import alternatives, fold
from configs.numerals import NumeralWords, load_numerals

_TENS, _THOUSAND = 20, 1_000
_LONGEST_MULTIPLIER = 20  # characters, with the blank before it and what ends it
_LEAST_MARKED = 3
"""One and two are said in too many ways ("a", "both", "either") for a difference to be inferred from them."""


class Numeral(NamedTuple):
    """A number in words, by offsets into the text; `plain`: it could be written in figures as well."""

    start: int
    end: int
    value: int
    plain: bool


def numerals_in(text: str, language: str | None) -> Iterator[Numeral]:
    """Yield the numbers in words of a text, in order; none in a language without words (`configs/numerals.yaml`)."""
    known = load_numerals().languages
    if language in known:
        words, pattern = _compiled(language)
        folded = fold(text)
        for match in pattern.finditer(folded):
            if match["ordinal"]:
                yield Numeral(*match.span(), words.ordinals[match["ordinal"]], plain=False)
            elif match["cardinal"]:
                yield from _cardinals(match["cardinal"], match.start(), words)


def multiplier_behind(text: str, end: int, language: str | None) -> tuple[int, int]:
    """Return what multiplies a number in figures that ends at an offset ("3 million"), and where its word ends."""
    known = load_numerals().languages
    if language in known:
        words, _ = _compiled(language)
        match = re.match(rf"\s({alternatives(words.multipliers)})(?!\w)", fold(text[end : end + _LONGEST_MULTIPLIER]))
        if match:
            return words.multipliers[match[1]], end + match.end()
    return 1, end


@cache
def _compiled(language: str) -> tuple[NumeralWords, re.Pattern[str]]:
    """Return the words of a language, folded, and a pattern for whole numbers in folded text."""
    words = load_numerals().languages[language]
    folded = words.model_copy(
        update={
            name: {fold(word): value for word, value in getattr(words, name).items()}
            for name in ("words", "multipliers", "ordinals")
        }
    )
    cardinal, joint = alternatives((*words.words, *words.multipliers)), alternatives(words.joints)
    number = rf"{cardinal}(?:(?:-|\s(?:{joint}\s)?|-{joint}-){cardinal})*"
    ignored, ordinal = alternatives(words.ignored), alternatives(words.ordinals)
    return folded, re.compile(rf"(?<![\w-])(?:{ignored}|(?P<ordinal>{ordinal})|(?P<cardinal>{number}))(?!\w)")


def _cardinals(folded: str, offset: int, words: NumeralWords) -> Iterator[Numeral]:
    """Yield the numbers that cardinals in a row are: "twenty-one" is one, "four and five" are two.

    Units are added to tens, and a multiplier multiplies what is before it.
    """
    start = end = total = part = last = 0
    for match in re.finditer(alternatives((*words.words, *words.multipliers)) + r"(?!\w)", folded):
        multiplier = words.multipliers.get(match[0])
        value = words.words.get(match[0], 0)
        if multiplier is None and last > 0 and not (value < _TENS <= last):
            yield _numeral(offset + start, offset + end, total + part)
            start, total, part = match.start(), 0, 0
        if multiplier is None:
            part += value
        elif multiplier < _THOUSAND:
            part = (part or 1) * multiplier
        else:
            total, part = total + (part or 1) * multiplier, 0
        last, end = value, match.end()
    yield _numeral(offset + start, offset + end, total + part)


def _numeral(start: int, end: int, value: int) -> Numeral:
    return Numeral(start, end, value, plain=value >= _LEAST_MARKED)
