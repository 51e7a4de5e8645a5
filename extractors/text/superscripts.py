"""Raised figures as superscripts: powers and units (`10³`, `m²`), and the marks of notes (`Article 194⁴⁴`).

Written as plain figures they would say something else: 103, Article 19444.
"""

import re

RAISED_DIGITS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
"""Of 0 to 9."""

SUPERSCRIPTS = str.maketrans("0123456789", RAISED_DIGITS)
"""Digits as raised ones."""

_NOTE_MARK = re.compile(rf"(?<=[.,;:!?)\]”’\"»])[{RAISED_DIGITS}]+|(?<=[^\W\d_]{{3}})[{RAISED_DIGITS}]+")
"""Behind a sign or a word: behind less than three letters a figure is an exponent (`km²`)."""
_FIGURES = re.compile(r"\W*[0-9][0-9\W]*")  # without a letter: "2", "-3", "1, 2", "(4)"
_SIGN = re.compile(r"[-\u2010\u2013\u2212](?=[⁰¹²³⁴-⁹])")


def superscript(text: str) -> str:
    """Return a stretch of raised text: figures as superscripts, with a minus before them; words (`th`) as they are."""
    return _SIGN.sub("⁻", text.translate(SUPERSCRIPTS)) if _FIGURES.fullmatch(text) else text


def without_note_marks(text: str) -> str:
    """Return a text without the marks of notes in it: what is quoted goes without its notes."""
    return _NOTE_MARK.sub("", text)
