"""Session numbers: in figures with or without split superscripts, in pairs, and in English or French words."""

import re
from collections import defaultdict

from configs.bodies import Bodies
from configs.calendar import load_calendar
from configs.labels import fold
from extractors.metadata.front import Front
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
_SHORT_LINE = 90
_DEEP = 150  # characters into a line; what stands there is in a name: "... and the First Meeting of the Conference"


def sessions_in(text: str) -> tuple[tuple[int, ...], int] | None:
    """Return the first session (or pair of sessions) named in a line and the offset where its name begins."""
    code = _CODE.search(text)
    if code:
        return (int(code["n"]),), code.start()
    folded = fold(text)
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


def session_of(front: Front, bodies: Bodies, body: str | None = None, told: str | None = None) -> tuple[int, ...]:
    """Return the session numbers of a paper: a pair for dual sessions, empty if none is declared.

    `body` is the paper's own: a session of another one is only what the paper is about. `told` is the session
    that its symbol names, in figures or Roman numerals.
    """
    scores: dict[tuple[int, ...], float] = defaultdict(float)
    for line in front.lines:
        found = sessions_in(line.text)
        if found:
            numbers, start = found
            other = body is not None and _is_of_another(line.text[start:], body, bodies)
            if line.prose or other or start > _DEEP:
                scores[numbers] += 0.2
            elif load_calendar().of_its.search(fold(line.text[:start])):
                scores[numbers] += 1.0
            else:
                alone = start == 0 and _ends_with_session(line.text)
                scores[numbers] += 2.0 + (start == 0) + (len(line.text) <= _SHORT_LINE) + 1.5 * alone
    for _, text in front.running[:20]:
        found = sessions_in(text)
        if found:
            scores[found[0]] += 0.5
    if told:
        number = int(told) if told.isdigit() else roman(told.lower())
        if number:
            scores[(number,)] += 2.0
    best = max(scores, key=lambda numbers: scores[numbers], default=())
    return best if best and scores[best] >= 1.0 else ()


def _ends_with_session(text: str) -> bool:
    folded = fold(text)
    return any(match.end() == len(folded) for match in load_calendar().session.finditer(folded))


def _is_of_another(text: str, body: str, bodies: Bodies) -> bool:
    named = [found.body.id for found in bodies.named_in(text) if found.full]
    return bool(named) and not any(bodies.are_related(body, other) for other in named)


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
