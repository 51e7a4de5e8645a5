"""Formats counts in the number formats of Word (ST_NumberFormat, ISO/IEC 29500-1 §17.18.59)."""

import re
from collections.abc import Callable

from extractors.text.numbering import letters, roman

_MOST_ROMAN = 32_767  # the largest number that Word prints in Roman numerals
_ALPHABETS = {
    "russianLower": "абвгдежзиклмнопрстуфхцчшщыэюя",
    "arabicAlpha": "أبتثجحخدذرزسشصضطظعغفقكلمنهوي",
    "arabicAbjad": "أبجدهوزحطيكلمنسعفصقرشتثخذضظغ",
    "hebrew2": "אבגדהוזחטיכלמנסעפצקרשת",
    "chicago": "*†‡§",
}
_ALPHABETS["russianUpper"] = _ALPHABETS["russianLower"].upper()
_DIGITS = {
    "decimalFullWidth": "０１２３４５６７８９",
    "decimalFullWidth2": "０１２３４５６７８９",
    "hindiNumbers": "०१२३४५६७८९",
    "thaiNumbers": "๐๑๒๓๔๕๖๗๘๙",
}
_ENCLOSED = {
    "decimalEnclosedCircle": "①",
    "decimalEnclosedCircleChinese": "①",
    "decimalEnclosedParen": "⑴",
    "decimalEnclosedFullstop": "⒈",
}
_MOST_ENCLOSED = 20
_PADDED = re.compile(r"0*1(?=, 0*2, )")  # "001, 002, 003, ..."
_ROMANCE = ("es", "it", "pt")
_TEENS = (11, 12, 13)


def count_in_form(value: int, form: str, language: str | None = None) -> str:
    """Return a count as Word prints it in a number format.

    `form` is a value of ST_NumberFormat, or a format of its own such as `001, 002, 003, ...`. Formats that write
    numbers in words, and those of scripts that are not known here, give decimals; `none` and `bullet` give
    nothing. `language` (ISO 639-1) determines how ordinals end; without one they are English.
    """
    if form in ("none", "bullet"):
        return ""
    if form in ("ordinal", "ordinalText"):
        return _ordinal(value, language or "en")
    padded = _PADDED.match(form)
    if padded or form == "decimalZero":
        return f"{value:0{len(padded[0]) if padded else 2}d}"
    return _spelt(value, form) if value > 0 else str(value)


def _spelt(value: int, form: str) -> str:
    """Return a count from 1 in letters, numerals or digits of other kinds."""
    if form in ("lowerRoman", "upperRoman") and value > _MOST_ROMAN:
        return str(value)
    if form in _ENCLOSED:
        return chr(ord(_ENCLOSED[form]) + value - 1) if value <= _MOST_ENCLOSED else str(value)
    if form in _DIGITS:
        return str(value).translate(str.maketrans("0123456789", _DIGITS[form]))
    if form in _ALPHABETS:
        return letters(value, _ALPHABETS[form])
    write = _WRITERS.get(form)
    return str(value) if write is None else write(value)


def _ordinal(value: int, language: str) -> str:
    if language == "fr":
        return f"{value}er" if value == 1 else f"{value}e"
    if language in _ROMANCE:
        return f"{value}º"
    if language != "en":
        return f"{value}."
    endings = {1: "st", 2: "nd", 3: "rd"}
    return f"{value}{'th' if value % 100 in _TEENS else endings.get(value % 10, 'th')}"


_WRITERS: dict[str, Callable[[int], str]] = {
    "lowerRoman": roman,
    "upperRoman": lambda value: roman(value).upper(),
    "lowerLetter": letters,
    "upperLetter": lambda value: letters(value).upper(),
    "hex": lambda value: f"{value:X}",
    "numberInDash": lambda value: f"- {value} -",
}
