"""Session numbers: in figures with or without split superscripts, in pairs, and in English or French words."""

import re

from configs.calendar import load_calendar
from extractors.metadata.ordinals import ordinals

_SUFFIX = r"(?:st|nd|rd|th|emes?|ieme|ere|er|re|e|ª|º|(?<=\d)[ao]|-?(?:я|ая|ои|и|е))"
_FIGURES = re.compile(
    rf"(?<![\d.,/])(?P<a>\d{{1,3}}) ?{_SUFFIX}?(?: ?(?:/|-|&|and|et) ?(?:the |la )?(?P<b>\d{{1,3}}))? ?{_SUFFIX} ?$"
)
_AFTER = re.compile(r"(?:n[o°]\.? ?)?(?P<n>\d{1,3}|[ivxlc]{1,8})(?:(?:/|-)(?P<b>\d{1,3}))?(?![\w.:/-])")
_CODE = re.compile(r"\((?P<body>[A-Z]{2,6})/(?P<n>\d{1,3})/[A-Z][a-z]{2,4}\.? ?\d{2,4}\)")
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
_LOOK_BACK = 70
_MOST_WORDS = 7


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
