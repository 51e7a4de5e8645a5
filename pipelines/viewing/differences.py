"""Differences between the language versions of a paragraph in numbers, dates, symbols and modal verbs.

Dates, numbers and symbols of papers are the same in all languages, in different notations, and a translation preserves
obligations. Each sentence is compared with its translation. The marks are hints for a reader.
"""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Literal, NamedTuple, TypeAlias

from configs.bodies import load_bodies
from configs.labels import fold
from extractors.document import Value
from extractors.metadata import document_key
from extractors.metadata.days import date_in
from extractors.metadata.symbols import comparable, find_symbols
from pipelines.viewing.modals import comparable_modals, lacking_modals
from pipelines.viewing.numerals import multiplier_behind, numerals_in
from pipelines.viewing.sentence_pairs import sentence_pairs

DifferenceKind: TypeAlias = Literal["number", "date", "symbol", "modal"]

_SPACES = " \u00a0\u2009\u202f"
_NUMBER = re.compile(rf"(?:(?<![\w.,])|(?<=[^\W\d_]{{3}}))\d+(?:[.,{_SPACES}]\d+)*")
_GROUPS = re.compile(rf"\d{{1,3}}(?:[{_SPACES}]\d{{3}})+(?:[.,]\d+)?")
_ACT = re.compile(r"(?<![\w/])(?:[A-Z]{1,6}/)?(\d{1,4}/\d{1,4})(?:/[A-Z]{2,4})?(?![\w/])")
"""The number of an act: `2006/112/EC`, `(EU) 2015/1501`, `910/2014`; its letters are those of a language."""
_NUMBER_OF_BLOCK = re.compile(r"\W{0,3}\d+(?:\.\d+)*[.)](?!\d)")
_LINE = re.compile(r".+")
_SEPARATOR = re.compile(r"[.,]")
_THOUSANDS = 3  # digits of a group


class Difference(Value):
    """A stretch of a text, by offsets in code points, that the other version lacks; `value` is its normalised value.

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


def differences(
    text: str, language: str | None, other: str, other_language: str | None, beyond: str = ""
) -> tuple[Difference, ...]:
    """Return the numbers, dates, symbols and modal verbs of a text that its other version lacks, in order.

    `language` and `other_language` are ISO 639-1 codes, `beyond` is what the other version may go on with elsewhere.
    Modal verbs are compared where they are known in both languages (`configs/obligation.yaml`), numbers in words where
    they are (`configs/numerals.yaml`).
    """
    facts, others = facts_in(text, language), facts_in(other, other_language)
    elsewhere = facts_in(beyond, other_language)
    found: list[Fact] = []
    for (start, end), counterpart in sentence_pairs(text, other):
        first, last = counterpart if any(counterpart) else (0, len(other))
        here = [fact for fact in facts if start <= fact.start < end]
        found += _missing(here, [*(fact for fact in others if first <= fact.start < last), *elsewhere])
        if language and other_language and comparable_modals(language, other_language):
            modals = lacking_modals(text[start:end], language, f"{other[first:last]}\n{beyond}".strip(), other_language)
            found += [Fact("modal", start + one.start, start + one.end, one.meanings) for one in modals]
    return tuple(
        Difference(
            kind=fact.kind, start=fact.start, end=fact.end, surface=text[fact.start : fact.end], value=fact.values[0]
        )
        for fact in sorted(found, key=lambda fact: fact.start)
    )


def facts_in(text: str, language: str | None) -> tuple[Fact, ...]:
    """Return the symbols, dates and numbers of a text, in this order; no two overlap."""
    number = _NUMBER_OF_BLOCK.match(text)
    left, found = ("_" * number.end() + text[number.end() :] if number else text), []
    for facts in (_symbols, _dates, _act_numbers, _numbers, _numerals):
        for fact in facts(left, language):
            found.append(fact)
            left = left[: fact.start] + "_" * (fact.end - fact.start) + left[fact.end :]
    return tuple(found)


def _missing(facts: Sequence[Fact], others: Sequence[Fact]) -> Iterator[Fact]:
    """Yield the marked facts whose values the other facts lack."""
    there = {(fact.kind, value) for fact in others for value in fact.values}
    for fact in facts:
        if fact.marked and not any((fact.kind, value) in there for value in fact.values):
            yield fact


def _symbols(text: str, _: str | None) -> Iterator[Fact]:
    bodies = load_bodies()
    for found in find_symbols(text, bodies):
        key = document_key(found.symbol, bodies) or comparable(found.symbol.raw)
        yield Fact("symbol", found.start, found.end, (key,))


def _dates(text: str, _: str | None) -> Iterator[Fact]:
    folded = fold(text)
    for line in _LINE.finditer(text):  # `date_in` looks through all that it is given, for each date again
        offset = line.start()
        while found := date_in(folded[offset : line.end()]):
            date, start, end = found
            yield Fact("date", offset + start, offset + end, (date.isoformat(),))
            offset += end


def _act_numbers(text: str, _: str | None) -> Iterator[Fact]:
    for match in _ACT.finditer(text):
        first, second = match[1].split("/")
        if not (len(first) > len(second) and int(second) == (int(first) + 1) % 100):  # `2014/15` is two years
            yield Fact("symbol", *match.span(), (match[1],))


def _numbers(text: str, language: str | None) -> Iterator[Fact]:
    for match in _NUMBER.finditer(text):
        start, number = match.start(), match.group()
        if _GROUPS.fullmatch(number) or not any(space in number for space in _SPACES):
            times, end = multiplier_behind(text, match.end(), language)
            values = _values(number)
            if times > 1:
                values = tuple(_times(value, times) for value in values if value.count(".") < 2)  # noqa: PLR2004
            yield Fact("number", start, end, values or _values(number))
            continue
        for part in re.finditer(r"[\d.,]*\d", number):  # neighbours in a row, not groups of one number
            yield Fact("number", start + part.start(), start + part.end(), _values(part.group()))


def _times(value: str, times: int) -> str:
    """Return a number multiplied: "1.5" million is "1500000"."""
    return value if times == 1 else format((Decimal(value) * times).normalize(), "f")


def _numerals(text: str, language: str | None) -> Iterator[Fact]:
    for numeral in numerals_in(text, language):
        yield Fact("number", numeral.start, numeral.end, (str(numeral.value),), numeral.plain)


def _values(number: str) -> tuple[str, ...]:
    """Return the possible values of a number: `1,500` is 1500 in English and 1.5 in French, `1.2.3` a section."""
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
