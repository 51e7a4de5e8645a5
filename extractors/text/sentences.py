"""Sentences of committee prose, as offsets into the text."""

import re

from configs.sentences import SentenceRules, load_sentence_rules

# Every repetition holds on to what it took: rows of dots are long, and each would be tried from every dot.
_END = re.compile(r"(?<![.!?…])[.!?…]++[\"'’”»)\]]*+(?=\s+(?:[\"'‘“«(\[]\s?)*[A-ZÀ-ÖØ-ÞА-ЯЁ0-9])|\n+")
_LAST_WORD = re.compile(r"[^\s(\[«\"'’]*$")
_ENUMERATOR = re.compile(r"[A-Za-z]|[ivxlcIVXLC]{1,5}|\d{1,3}")
_NUMBER = re.compile(r"[A-Z]{0,6}[-/]?\d|(?:[IVXLC]{2,}|[VX])\b")
"""A number as papers write it after an abbreviation: `5`, `PC0123`, `VII`. `I` is a pronoun as well."""
_INITIALS = re.compile(r"[^\W\d_](?:\.[^\W\d_])*")
_LOOK_BACK = 24
"""Longest word before a full stop that is looked at, in characters."""


def sentence_spans(text: str, rules: SentenceRules) -> list[tuple[int, int]]:
    """Return `(start, end)` of every sentence, without the white space around it.

    A line feed always ends a sentence; a full stop does so before a capital letter or a digit, unless it
    closes an abbreviation, initials (`J.`, `U.S.`) or an enumerator at the start of the sentence (`12.`, `a.`).
    """
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _END.finditer(text):
        if match.group()[0] == "." and _is_inside(text, start, match, rules):
            continue
        _append(text, start, match.end(), spans)
        start = match.end()
    _append(text, start, len(text), spans)
    return spans


def sentences_in(text: str) -> tuple[str, ...]:
    """Return the sentences of a text by the shipped rules; the text itself where it has none."""
    return tuple(text[start:end] for start, end in sentence_spans(text, load_sentence_rules())) or (text,)


def _is_inside(text: str, start: int, end: re.Match[str], rules: SentenceRules) -> bool:
    stop = end.start()
    found = _LAST_WORD.search(text, max(start, stop - _LOOK_BACK), stop)
    word = found.group() if found else ""
    following = text[end.end() : end.end() + _LOOK_BACK].lstrip()
    if rules.is_abbreviation(word, number_follows=_NUMBER.match(following) is not None):
        return True
    is_initial = word.isupper() and _INITIALS.fullmatch(word) is not None
    return is_initial or (text[start:stop].strip() == word and _ENUMERATOR.fullmatch(word) is not None)


def _append(text: str, start: int, end: int, spans: list[tuple[int, int]]) -> None:
    piece = text[start:end]
    stripped = piece.strip()
    if stripped:
        start += len(piece) - len(piece.lstrip())
        spans.append((start, start + len(stripped)))
