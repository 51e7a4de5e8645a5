"""Parses session numbers: in figures with or without split superscripts, in pairs, and in English or French words."""

import re
from functools import lru_cache

from configs.calendar import load_calendar

_SUFFIX = r"(?:st|nd|rd|th|emes?|ieme|ere|er|re|e|ª|º|(?<=\d)[ao]|-?(?:я|ая|ои|и|е))"
_FIGURES = re.compile(
    rf"(?<![\d.,/])(?P<a>\d{{1,3}}) ?{_SUFFIX}?(?: ?(?:/|-|&|and|et) ?(?:the |la )?(?P<b>\d{{1,3}}))? ?{_SUFFIX} ?$"
)
_AFTER = re.compile(r"(?:n[o°]\.? ?)?(?P<n>\d{1,3}|[ivxlc]{1,8})(?:(?:/|-)(?P<b>\d{1,3}))?(?![\w.:/-])")
_CODE = re.compile(r"\((?P<body>[A-Z]{2,6})/(?P<n>\d{1,3})/[A-Z][a-z]{2,4}\.? ?\d{2,4}\)")
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
_LOOK_BACK = 70
_MOST_WORDS = 7
_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_UNITES = "zero un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize"


def sessions_in(folded: str, printed: str = "") -> tuple[tuple[int, ...], int] | None:
    """Return the first session (or pair of sessions) named in a line and the offset where its name begins.

    The code of a session is one in the line as `printed`.
    """
    code = _CODE.search(printed)
    if code:
        return (int(code["n"]),), code.start()
    calendar = load_calendar()
    for keyword in calendar.session.finditer(folded):
        before = folded[max(0, keyword.start() - _LOOK_BACK) : keyword.start()].rstrip() + " "
        before = calendar.qualifiers.sub("", before)
        offset = max(0, keyword.start() - _LOOK_BACK)
        figures = _FIGURES.search(before)
        if figures:
            return _pair(int(figures["a"]), figures["b"]), offset + figures.start()
        words = _words_at_end(before)
        if words:
            return (words[0],), offset + words[1]
        after = _AFTER.match(folded, keyword.end() + 1)
        if after and keyword.start() == 0:
            number = int(after["n"]) if after["n"].isdigit() else roman(after["n"])
            if number:
                return _pair(number, after["b"]), keyword.start()
    return None


def roman(text: str) -> int | None:
    """Return the value of a Roman numeral in lower case below 400, else None."""
    if not re.fullmatch(r"c{0,3}(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})", text) or not text:
        return None
    values = [_ROMAN[letter] for letter in text]
    return sum(-v if v < max(values[i + 1 :], default=0) else v for i, v in enumerate(values))


def _pair(first: int, second: str | None) -> tuple[int, ...]:
    number = int(second) if second else first
    return (first, number) if number == first + 1 else (first,)


def _words_at_end(before: str) -> tuple[int, int] | None:
    tokens = list(re.finditer(r"[a-z]+", before))[-_MOST_WORDS:]
    for token in tokens:
        spelled = re.sub(r"[\s-]+", " ", before[token.start() :]).strip()
        number = ordinals().get(spelled)
        if number:
            return number, token.start()
    return None


@lru_cache(maxsize=1)
def ordinals() -> dict[str, int]:
    """Return the spelled ordinals from 1 to 199, folded, their words separated by one space."""
    return {**_french(), **_english()}


def _english() -> dict[str, int]:
    units = _UNITS.split()
    tens = ["", "", *_TENS.split()]
    odd = {
        "one": "first",
        "two": "second",
        "three": "third",
        "five": "fifth",
        "eight": "eighth",
        "nine": "ninth",
        "twelve": "twelfth",
    }

    def ordinal(number: int) -> str:
        if number < len(units):
            return odd.get(units[number], units[number] + "th")
        ten, unit = divmod(number, 10)
        return f"{tens[ten]} {ordinal(unit)}" if unit else tens[ten][:-1] + "ieth"

    spelled = {ordinal(number): number for number in range(1, 100)}
    hundreds = {f"one hundred and {word}": 100 + number for word, number in spelled.items()}
    short = {f"hundred and {word}": 100 + number for word, number in spelled.items()}
    return {**spelled, **hundreds, **short, "hundredth": 100, "one hundredth": 100}


def _french() -> dict[str, int]:
    units = _UNITES.split()
    units += ["dix sept", "dix huit", "dix neuf"]
    tens = {20: "vingt", 30: "trente", 40: "quarante", 50: "cinquante", 60: "soixante", 80: "quatre vingt"}

    def cardinal(number: int) -> str:
        if number < len(units):
            return units[number]
        base = max(ten for ten in tens if ten <= number)
        rest = number - base
        joint = " et " if rest in (1, 11) and base != 80 else " "  # noqa: PLR2004 - quatre-vingt-un has no "et"
        return tens[base] + (joint + cardinal(rest) if rest else "")

    def ordinal(number: int) -> str:
        word = cardinal(number)
        return {"cinq": word + "u", "neuf": word[:-1] + "v"}.get(word.split()[-1], word.removesuffix("e")) + "ieme"

    spelled = {ordinal(number): number for number in range(2, 100)}
    hundreds = {f"cent {word}": 100 + number for word, number in spelled.items()}
    return {
        **spelled,
        **hundreds,
        "cent unieme": 101,
        "centieme": 100,
        "premiere": 1,
        "premier": 1,
        "seconde": 2,
    }
