"""Determines the symbol of a paper among those in its text, by the places and the frequency of each."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from configs.covers import load_covers
from extractors.document import Symbol
from extractors.metadata.act_numbers import own_act_number
from extractors.metadata.front import Front
from extractors.metadata.printed import Printed
from extractors.metadata.symbols import (
    LETTER,
    FoundSymbol,
    comparable,
    find_symbols,
    prefixed_symbols,
    symbol_shaped,
)

# Weights of the places where a symbol stands, set so that a cover, two running heads, or a file name with
# any other evidence is enough, and citations alone never are.
_ALONE, _ON_COVER, _RUNNING, _MOST_RUNNING, _CITED, _PROPERTY, _FILE = 4.0, 2.0, 1.0, 4.0, 0.2, 0.5, 1.9
_MOST_CITED = 3
_PROPERTY_CHARACTERS = 200
_ENOUGH = 2.0
_SERIES = re.compile(r"(?P<series>[A-Z]{1,3})(?P<number>\d{1,4})(?:(?P<mark>R|A|C)(?:EV|DD|ORR)?(?P<edition>\d{1,2}))?")
"""What follows the beginning of a body's symbols in the name of a file: `WTCOMTD` + `W22R1`."""
_EDITIONS = {"R": "Rev", "A": "Add", "C": "Corr"}
_ROOM_BESIDE = 28
"""Characters of other masthead text that a symbol's own line may hold."""
_MOST_BESIDE, _IN_LONG_LINE = 150, 1.0
"""In a line with more other text than this, a symbol is more likely that of a paper on the agenda."""


@dataclass(frozen=True)
class OwnSymbol:
    """A paper's own symbol; `from_file_name` if it was inferred from the name of the file alone."""

    found: FoundSymbol
    from_file_name: bool = False


def own_symbol(front: Front) -> OwnSymbol | None:
    """Return the symbol of the paper itself, by where and how often it stands, else None.

    A paper without one may have the number of a series or of a file ("Circular No. 17/2031").
    """
    tally = _tally(front)
    best, named = _best(tally.scores, tally.seen), _from_name(front.stem)
    if best and not (named and tally.scores[comparable(best.symbol.raw)] < _ALONE and _is_series(named)):
        return OwnSymbol(best)
    return named or _of_imprint(front.imprint) or _numbered(front)


def _of_imprint(imprint: Iterable[Printed]) -> OwnSymbol | None:
    """Return the symbol that is a paragraph by itself behind the cover, as publications print it, if there is one."""
    alone = [
        found
        for printed in imprint
        for found in printed.symbols
        if (found.start, found.end) == (0, len(printed.text)) and not found.cited
    ]
    different = {comparable(found.symbol.raw) for found in alone}
    return OwnSymbol(alone[0]) if len(different) == 1 else None


@dataclass
class _Tally:
    """The evidence for each symbol in comparable form by place, and its first occurrence."""

    scores: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    seen: dict[str, FoundSymbol] = field(default_factory=dict)

    def count(self, found: FoundSymbol, weight: float) -> None:
        form = comparable(found.symbol.raw)
        self.scores[form] += weight
        self.seen.setdefault(form, found)


def _tally(front: Front) -> _Tally:
    tally = _Tally()
    cited: dict[str, int] = defaultdict(int)
    for line in front.lines:
        citing = line.prose or line.text.startswith("*") or bool(load_covers().cited_label.match(line.folded))
        for found in line.symbols or (() if line.prose or line.table else _unlisted(line.text)):
            weight = _cover_weight(found, line.text, citing=citing) if found.listed else _ON_COVER
            cited[comparable(found.symbol.raw)] += weight == _CITED
            often = cited[comparable(found.symbol.raw)] > _MOST_CITED
            tally.count(found, 0.0 if often and weight <= _CITED else weight)
    pages: dict[str, set[int]] = defaultdict(set)
    for page, head in front.running:
        for found in find_symbols(head.text, front.words.bodies, running_head=True) or _unlisted(head.text):
            pages[comparable(found.symbol.raw)].add(page)
            tally.count(found, 0.0)
    for form, on in pages.items():
        tally.scores[form] += min(_MOST_RUNNING, _RUNNING * len(on))
    for name in ("title", "subject"):
        for found in front.property_text(name, _PROPERTY_CHARACTERS).symbols:
            tally.count(found, _PROPERTY)
    for form in tally.scores:
        tally.scores[form] += _FILE * _in_name(form, front.stem.text)
    return tally


def _unlisted(text: str) -> list[FoundSymbol]:
    # A line that is nothing but a symbol-shaped word is one, whoever issued it.
    symbol = symbol_shaped(text) if text[:1].isupper() else None
    return [FoundSymbol(symbol, 0, len(text), listed=False)] if symbol else []


def _cover_weight(found: FoundSymbol, line: str, *, citing: bool) -> float:
    if found.cited or citing:
        return _CITED
    beside = len(line) - (found.end - found.start)
    if beside > _MOST_BESIDE:
        return _IN_LONG_LINE
    return _ALONE if beside <= _ROOM_BESIDE else _ON_COVER


def _in_name(form: str, stem: str) -> bool:
    wanted, name = re.sub(r"\W|_", "", form), re.sub(r"\W|_", "", stem).upper()
    at = name.find(wanted)
    return at >= 0 and not name[at + len(wanted) : at + len(wanted) + 1].isdigit()


def _best(scores: dict[str, float], seen: dict[str, FoundSymbol]) -> FoundSymbol | None:
    groups: dict[str, float] = defaultdict(float)
    for form, score in scores.items():
        groups[_longest_form(form, scores)] += score
    forms = [form for form in groups if groups[form] >= _ENOUGH]
    if not forms:
        return None
    order = list(seen)
    return seen[max(forms, key=lambda form: (groups[form], -order.index(form)))]


def _longest_form(form: str, scores: dict[str, float]) -> str:
    # Running heads shorten: PC0345E1 for PC0345E1a, AGAT/2020/INF.1 for ECE/AGAT/2020/INF.1.
    modern = re.fullmatch(rf"[A-Z]{{2}}-?\d{{4}}(?:{LETTER}\d{{1,2}}[A-Z]?)?", form)
    longer = [
        other
        for other in scores
        if len(other) > len(form)
        and (
            other.endswith("/" + form)
            or (modern and re.fullmatch(rf"{re.escape(form)}(?:{LETTER}\d{{1,2}})?[A-Z]?(?:/.*)?", other))
        )
    ]
    return max(longer, key=lambda other: (scores[other], len(other))) if longer else form


def _from_name(name: Printed) -> OwnSymbol | None:
    """Return the symbol that the name of a file is, `PC0345E1a` or `WTCOMTDM43` (WT/COMTD/M/43)."""
    stem, bodies = name.text, name.words.bodies
    for found in prefixed_symbols(stem.replace("_", " "), bodies):
        if found.symbol.language and bodies.by_prefix(found.symbol.prefix or ""):
            return OwnSymbol(found, from_file_name=True)
    plain = re.sub(r"\W|_", "", stem).upper()
    starts = {re.sub(r"\W", "", start).upper(): start for body in bodies.bodies for start in body.symbol_starts}
    for compact in sorted(starts, key=len, reverse=True):
        start = starts[compact]
        series = _SERIES.fullmatch(plain, len(compact)) if start.count("/") > 1 and plain.startswith(compact) else None
        if series:
            marks = f"/{_EDITIONS[series['mark']]}.{series['edition']}" if series["mark"] else ""
            symbol = Symbol(raw=f"{start}{series['series']}/{series['number']}{marks}")
            return OwnSymbol(FoundSymbol(symbol, 0, len(stem)), from_file_name=True)
    return None


def _is_series(own: OwnSymbol) -> bool:
    return own.found.symbol.prefix is None


def _numbered(front: Front) -> OwnSymbol | None:
    number = own_act_number(front.header)
    if number is None:
        return None
    symbol = Symbol(raw=" ".join(number.raw.split()))
    return OwnSymbol(FoundSymbol(symbol, number.start, number.end, listed=False))
