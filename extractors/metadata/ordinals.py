"""Ordinal numbers spelled out in English and French."""

from functools import lru_cache

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_UNITES = "zero un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize"


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
