"""What one language version of a paragraph says in figures or modal verbs and the other version does not.

Words differ from language to language. Dates, numbers and symbols of papers are the same in both, however they are
written, and whoever translates an obligation keeps it one. The marks are hints for a reader. French official texts
oblige by the present tense: `shall` lacks nothing beside a sentence that has no modal verb and is not in the past.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Literal, NamedTuple, TypeAlias

from configs.bodies import load_bodies
from configs.obligation import load_obligation_words
from extractors.document import Value
from extractors.metadata import document_key
from extractors.metadata.days import date_in
from extractors.metadata.symbols import comparable, find_symbols
from extractors.text.sentences import sentences_in

DifferenceKind: TypeAlias = Literal["number", "date", "symbol", "modal"]

_SPACES = " \u00a0\u2009\u202f"
_NUMBER = re.compile(rf"(?<![\w.,])\d+(?:[.,{_SPACES}]\d+)*")
_GROUPS = re.compile(rf"\d{{1,3}}(?:[{_SPACES}]\d{{3}})+(?:[.,]\d+)?")
_LINE = re.compile(r".+")
_WORD = re.compile(r"[^\W\d_]{2}")
_SEPARATOR = re.compile(r"[.,]")
_THOUSANDS = 3  # digits of a group


class Difference(Value):
    """A stretch of a text, by offsets in code points, that the other version lacks; `value` is what was compared.

    That is a date (`2014-03-24`), a number (`1500`), the key of a paper or its symbol, or the meaning of a modal verb.
    """

    kind: DifferenceKind
    start: int
    end: int
    surface: str
    value: str


class Fact(NamedTuple):
    """A stretch of text and what it may mean; `marked`: it is a difference where the other version lacks it."""

    kind: DifferenceKind
    start: int
    end: int
    values: tuple[str, ...]
    marked: bool = True


def facts_in(text: str, language: str | None) -> tuple[Fact, ...]:
    """Return the symbols, dates, numbers and modal verbs of a text, in this order; no two of figures overlap.

    Modal verbs are known in the languages of `configs/obligation.yaml`; `language` is an ISO 639-1 code.
    """
    left, found = text, []
    for facts in (_symbols, _dates, _numbers):
        for fact in facts(left):
            found.append(fact)
            left = left[: fact.start] + "_" * (fact.end - fact.start) + left[fact.end :]
    return (*found, *_modals(text, language))


def missing(text: str, facts: Sequence[Fact], others: Sequence[Fact]) -> tuple[Difference, ...]:
    """Return the facts of a text that the facts of the other version do not have, in the order of the text."""
    there = {(fact.kind, value) for fact in others for value in fact.values}
    lacking = (fact for fact in facts if fact.marked and not any((fact.kind, one) in there for one in fact.values))
    return tuple(
        Difference(
            kind=fact.kind, start=fact.start, end=fact.end, surface=text[fact.start : fact.end], value=fact.values[0]
        )
        for fact in sorted(lacking, key=lambda fact: fact.start)
    )


def comparable_modals(*languages: str | None) -> bool:
    """Return whether modal verbs are known in all of these languages: else those of none are compared."""
    return all(language in load_obligation_words().languages for language in languages)


def _symbols(text: str) -> Iterator[Fact]:
    bodies = load_bodies()
    for found in find_symbols(text, bodies):
        key = document_key(found.symbol, bodies) or comparable(found.symbol.raw)
        yield Fact("symbol", found.start, found.end, (key,))


def _dates(text: str) -> Iterator[Fact]:
    for line in _LINE.finditer(text):  # `date_in` looks through all that it is given, for each date again
        offset = line.start()
        while found := date_in(text[offset : line.end()]):
            date, start, end = found
            yield Fact("date", offset + start, offset + end, (date.isoformat(),))
            offset += end


def _numbers(text: str) -> Iterator[Fact]:
    for match in _NUMBER.finditer(text):
        start, number = match.start(), match.group()
        if _GROUPS.fullmatch(number) or not any(space in number for space in _SPACES):
            yield Fact("number", start, match.end(), _values(number))
            continue
        for part in re.finditer(r"[\d.,]*\d", number):  # neighbours in a row, not groups of one number
            yield Fact("number", start + part.start(), start + part.end(), _values(part.group()))


def _values(number: str) -> tuple[str, ...]:
    """Return what a number may be: `1,500` is 1500 in English and 1.5 in French, `1.2.3` is a number of a section."""
    plain = "".join(letter for letter in number if letter not in _SPACES)
    parts = _SEPARATOR.split(plain)
    if len(parts) == 1:
        return (_whole(plain),)
    grouped = all(len(part) == _THOUSANDS for part in parts[1:]) and len(parts[0]) <= _THOUSANDS
    values = [_whole("".join(parts))] if grouped else []
    if len(parts) == 2:  # noqa: PLR2004 - before and after a decimal sign
        values.append(_decimal(*parts))
    elif not grouped and len(set(_SEPARATOR.findall(plain)[-2:])) == 2:  # noqa: PLR2004 - `1,234.5`: two signs
        values.append(_decimal("".join(parts[:-1]), parts[-1]))
    return tuple(values) or (plain,)


def _whole(digits: str) -> str:
    return digits.lstrip("0") or "0"


def _decimal(whole: str, part: str) -> str:
    return f"{_whole(whole)}.{part.rstrip('0')}" if part.strip("0") else _whole(whole)


def _modals(text: str, language: str | None) -> Iterator[Fact]:
    if language is None or language not in load_obligation_words().languages:
        return
    pattern, meanings = _modal_words(language)
    for match in pattern.finditer(text):
        phrase = " ".join(match.group().lower().split())
        told = tuple(_by_present(code) for code, tense in load_obligation_words().present.items() if phrase in tense.of)
        for meaning, marked in meanings.get(phrase, ()):
            yield Fact("modal", match.start(), match.end(), (meaning, *told), marked)
    if _has_present(text, language):
        yield Fact("modal", 0, 0, (_by_present(language),), marked=False)


def _by_present(language: str) -> str:
    """Return the value of what a language may say by the present tense."""
    return f"present {language}"


def _has_present(text: str, language: str) -> bool:
    """Return whether some sentence may oblige by the present tense: one without modal verbs that is not in the past."""
    past = _past(language)
    if past is None:
        return False
    modal = _modal_words(language)[0]
    return any(not modal.search(one) and not past.search(one) for one in sentences_in(text) if _WORD.search(one))


@cache
def _past(language: str) -> re.Pattern[str] | None:
    """Return a pattern for what is in the past; None for a language that does not oblige by the present tense."""
    tense = load_obligation_words().present.get(language)
    if tense is None:
        return None
    alone, before, endings = ("|".join(map(re.escape, words)) for words in (tense.imperfect, tense.past, tense.endings))
    return re.compile(rf"\b(?:{alone})\b|\b(?:{before})\s+(?:\w+\s+)?\w+(?:{endings})\b", re.IGNORECASE)


@cache
def _modal_words(language: str) -> tuple[re.Pattern[str], dict[str, list[tuple[str, bool]]]]:
    """Return a pattern for the phrases of a language, and what each means and whether it is marked."""
    data = load_obligation_words()
    meanings: dict[str, list[tuple[str, bool]]] = {}
    for meaning, by_language in data.meanings.items():
        for phrases, marked in ((by_language[language].words, True), (by_language[language].equivalents, False)):
            for phrase in phrases:
                meanings.setdefault(phrase, []).append((meaning, marked))
    longest_first = sorted({*meanings, *data.ignored.get(language, ())}, key=len, reverse=True)
    forms = (r"\s+".join(map(re.escape, form.split())) for phrase in longest_first for form in (phrase, phrase.upper()))
    return re.compile(rf"(?<![\w-])(?:{'|'.join(forms)})(?!\w)"), meanings
