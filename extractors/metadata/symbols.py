"""Document symbols: finding them in text, parsing any spelling, and distinguishing a paper's own from cited ones.

`PC0345E1a` is the body's prefix, a serial, the language, a version digit and a variant letter; before about
1998 the same organisation used running numbers such as `37.020`. Symbols of other organisations follow the
patterns in `bodies.yaml`.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from configs.bodies import Bodies
from configs.covers import load_covers
from configs.kinds import Kinds
from configs.labels import fold
from extractors.document import Symbol
from extractors.metadata.act_numbers import own_act_number
from extractors.metadata.front import Front
from extractors.text.superscripts import RAISED_DIGITS

LETTER_LANGUAGES = {"E": "en", "F": "fr", "S": "es"}
"""The letters that name a symbol's language."""
_LETTER = f"[{''.join(LETTER_LANGUAGES)}]"
_SYMBOL = re.compile(
    r"(?<![A-Za-z0-9])(?P<prefix>[A-Z]{2})[ \-]?(?P<serial>\d{4})"
    rf"(?: ?(?P<lang>{_LETTER}) ?(?P<ver>\d{{1,2}})(?:(?P<sub>[a-z])| (?P<spaced>[a-z])(?= ?(?:$|[\r\n,;:.)\]])))?)?"
    r"(?![A-Za-z0-9])"
)
_NUMBER = re.compile(r"(?<![\d.,/])(?P<number>\d{2}\.\d{3})(?: ?[EFS])?(?![\d.,/]\d|\d)")
_GENERIC = re.compile(r"(?<![\w/.-])[A-Z][A-Za-z0-9.&\-]{1,20}(?:/[A-Za-z0-9][A-Za-z0-9.&()\-]{0,24}){2,8}(?![\w/])")
_EXTENSION = re.compile(r"\.(?:docx?|pdf|pptx?|xlsx?|txt|rtf|od[tsp]|zip|html?|xml)$", re.IGNORECASE)
_WITHOUT_NOTES = str.maketrans(dict.fromkeys(RAISED_DIGITS, " "))
_LOOKUP_CHARACTERS = 120
_CONTEXT = 40
_YEARS = range(1900, 2100)

# Weights of the places where a symbol stands, set so that a cover, two running heads, or a file name with
# any other evidence is enough, and citations alone never are.
_ALONE, _ON_COVER, _RUNNING, _MOST_RUNNING, _CITED, _PROPERTY, _FILE = 4.0, 2.0, 1.0, 4.0, 0.2, 0.5, 1.9
_MOST_CITED = 3
_ENOUGH = 2.0
_SERIES = re.compile(r"(?P<series>[A-Z]{1,3})(?P<number>\d{1,4})(?:(?P<mark>R|A|C)(?:EV|DD|ORR)?(?P<edition>\d{1,2}))?")
"""What follows the beginning of a body's symbols in the name of a file: `WTCOMTD` + `W22R1`."""
_EDITIONS = {"R": "Rev", "A": "Add", "C": "Corr"}
_ROOM_BESIDE = 28
"""Characters of other masthead text that a symbol's own line may hold."""
_MOST_BESIDE, _IN_LONG_LINE = 150, 1.0
"""In a line with more other text than this, a symbol is more likely that of a paper on the agenda."""


@dataclass(frozen=True)
class FoundSymbol:
    """A symbol and where it stands; `cited` if the words before it introduce another paper.

    `session` (as printed) and `item` are parts of the symbols of some organisations. One that is not `listed`
    has the shape of a symbol and follows no known pattern.
    """

    symbol: Symbol
    start: int
    end: int
    cited: bool = False
    session: str | None = None
    item: str | None = None
    listed: bool = True


@dataclass(frozen=True)
class OwnSymbol:
    """A paper's own symbol; `from_file_name` if it was inferred from the name of the file alone."""

    found: FoundSymbol
    from_file_name: bool = False


def parse_symbol(text: str, bodies: Bodies) -> Symbol | None:
    """Return the symbol that the whole of `text` is, in any spelling, else None.

    `PC 0345`, `pc0345e1a`, `PC0345E1a.doc`, `Doc. PC-0345`, `42020` and `wt/comtd/m/43 rev. 1` are all read.
    Meant for look-ups: a bare prefix and serial needs a prefix that is known, confirmed or not.
    """
    if len(text) > _LOOKUP_CHARACTERS:
        return None
    wanted = _EXTENSION.sub("", load_covers().citations.leading_document.sub("", " ".join(text.split())))
    edition = bodies.editions.of(wanted)
    compact = re.sub(r"[\s\-_]", "", edition.paper).upper()
    match = re.fullmatch(rf"([A-Z]{{2}})(\d{{4}})(?:({_LETTER})(\d{{1,2}})([A-Z])?)?", compact)
    if match:
        prefix, serial, language, version, variant = match.groups()
        if language or bodies.by_prefix(prefix):
            found = _symbol(prefix, serial, language, version, variant and variant.lower())
            raw = "/".join(part for part in (found.raw, edition.marks) if part)
            return found.model_copy(update={"raw": raw})
        return None
    number = re.fullmatch(rf"(\d{{2}})\.?(\d{{3}}){_LETTER}?", compact)
    if number:
        serial = f"{number[1]}.{number[2]}"
        return Symbol(raw=serial, serial=serial)
    for pattern in bodies.symbol_patterns:
        if re.fullmatch(pattern.pattern, wanted, re.IGNORECASE):
            return Symbol(raw="/".join(re.sub(r"\s", "", part) for part in (edition.paper, edition.marks) if part))
    return None


def symbol_shaped(text: str) -> Symbol | None:
    """Return the symbol that the whole of `text` is by its shape (`ABC/DE/12`, in any case), whoever issued it."""
    match = _GENERIC.fullmatch(text.upper())
    return Symbol(raw=text) if match and any(letter.isdigit() for letter in text) else None


def document_key(symbol: Symbol | None, bodies: Bodies) -> str | None:
    """Return the key that language versions, editions and formats of a paper share; None without a known symbol.

    That is prefix and serial; for a symbol of another organisation the symbol without the marks of its edition
    (`Rev.1`), in capitals and without spaces. Addenda and corrigenda (`Add.2`) are papers of their own.
    """
    if symbol is None:
        return None
    paper = bodies.editions.paper_of(symbol.raw)
    if symbol.serial:
        part = paper.removeprefix(bodies.editions.of(symbol.raw).paper)
        return comparable(f"{symbol.prefix or ''}{symbol.serial}{part}")
    parsed = parse_symbol(symbol.raw, bodies)
    return comparable(bodies.editions.paper_of(parsed.raw)) if parsed else None


def may_be_year(serial: str | None) -> bool:
    """Return whether a serial may be a year as well, as in "PC 2010"."""
    return serial is not None and serial.isdecimal() and int(serial) in _YEARS


def comparable(raw: str) -> str:
    """Return the form in which two spellings of one symbol are equal: upper case, no white space."""
    return re.sub(r"\s", "", raw).upper()


def find_symbols(text: str, bodies: Bodies, *, running_head: bool = False) -> list[FoundSymbol]:
    """Return the symbols in a text in order, without overlaps.

    A bare prefix and serial counts only for confirmed prefixes, and a serial that may be a year
    (1900-2099) only in a running head or after "Doc."; a bare `NN.NNN` only after "Doc." or as the whole text.
    """
    text = text.translate(_WITHOUT_NOTES)
    found = [*_modern(text, bodies, running_head=running_head), *_numbers(text), *_others(text, bodies)]
    chosen: list[FoundSymbol] = []
    for symbol in sorted(found, key=lambda f: (f.start - f.end, f.start)):
        if all(symbol.end <= other.start or symbol.start >= other.end for other in chosen):
            chosen.append(symbol)
    return sorted(chosen, key=lambda f: f.start)


def own_symbol(front: Front, bodies: Bodies, kinds: Kinds) -> OwnSymbol | None:
    """Return the symbol of the paper itself, by where and how often it stands, else None.

    A paper without one may have the number of a series or of a file ("Circular No. 17/2031").
    """
    tally = _tally(front, bodies)
    best, named = _best(tally.scores, tally.seen), _from_name(front.stem, bodies)
    if best and not (named and tally.scores[comparable(best.symbol.raw)] < _ALONE and _is_series(named)):
        return OwnSymbol(best)
    return named or _of_imprint(front, bodies) or _numbered(front, kinds)


def _of_imprint(front: Front, bodies: Bodies) -> OwnSymbol | None:
    """Return the symbol that is a paragraph by itself behind the cover, as publications print it, if there is one."""
    alone = [
        found
        for text in front.imprint
        for found in find_symbols(text, bodies)
        if (found.start, found.end) == (0, len(text)) and not found.cited
    ]
    different = {comparable(found.symbol.raw) for found in alone}
    return OwnSymbol(alone[0]) if len(different) == 1 else None


@dataclass
class _Tally:
    """What the places of a paper say for each symbol in comparable form, and where each was seen first."""

    scores: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    seen: dict[str, FoundSymbol] = field(default_factory=dict)

    def count(self, found: FoundSymbol, weight: float) -> None:
        form = comparable(found.symbol.raw)
        self.scores[form] += weight
        self.seen.setdefault(form, found)


def _tally(front: Front, bodies: Bodies) -> _Tally:
    tally = _Tally()
    cited: dict[str, int] = defaultdict(int)
    for line in front.lines:
        citing = line.prose or line.text.startswith("*") or bool(load_covers().cited_label.match(fold(line.text)))
        for found in find_symbols(line.text, bodies) or (() if line.prose or line.table else _unlisted(line.text)):
            weight = _cover_weight(found, line.text, citing=citing) if found.listed else _ON_COVER
            cited[comparable(found.symbol.raw)] += weight == _CITED
            often = cited[comparable(found.symbol.raw)] > _MOST_CITED
            tally.count(found, 0.0 if often and weight <= _CITED else weight)
    pages: dict[str, set[int]] = defaultdict(set)
    for page, text in front.running:
        for found in find_symbols(text, bodies, running_head=True) or _unlisted(text):
            pages[comparable(found.symbol.raw)].add(page)
            tally.count(found, 0.0)
    for form, on in pages.items():
        tally.scores[form] += min(_MOST_RUNNING, _RUNNING * len(on))
    for name in ("title", "subject"):
        for found in find_symbols(front.properties.get(name, "")[:200], bodies):
            tally.count(found, _PROPERTY)
    for form in tally.scores:
        tally.scores[form] += _FILE * _in_name(form, front.stem)
    return tally


def _modern(text: str, bodies: Bodies, *, running_head: bool) -> Iterator[FoundSymbol]:
    for match in _SYMBOL.finditer(text):
        prefix, serial, language = match["prefix"], match["serial"], match["lang"]
        before = text[max(0, match.start() - _CONTEXT) : match.start()]
        if not language:
            year = (
                may_be_year(serial) and not running_head and not load_covers().citations.after_document.search(before)
            )
            if year or not bodies.is_confirmed(prefix):
                continue
        marks = bodies.editions.marks_at(text, match.end())
        raw = f"{match[0]}{marks}"
        symbol = _symbol(prefix, serial, language, match["ver"], match["sub"] or match["spaced"], raw=raw)
        yield FoundSymbol(symbol, match.start(), match.start() + len(raw), _cited(before))


def _numbers(text: str) -> Iterator[FoundSymbol]:
    for match in _NUMBER.finditer(text):
        before = text[max(0, match.start() - _CONTEXT) : match.start()]
        after_doc = load_covers().citations.after_document.search(before)
        if after_doc or match[0] == text.strip():
            symbol = Symbol(raw=match["number"], serial=match["number"])
            yield FoundSymbol(symbol, match.start("number"), match.end("number"), bool(after_doc))


def _others(text: str, bodies: Bodies) -> Iterator[FoundSymbol]:
    for pattern in bodies.symbol_patterns:
        for match in pattern.finditer(text):
            raw = match[0].rstrip(".-")
            if not any(character.isdigit() for character in raw):
                continue
            before = text[max(0, match.start() - _CONTEXT) : match.start()]
            told = match.groupdict()
            symbol = Symbol(raw=" ".join(raw.split()))
            end = match.start() + len(raw)
            yield FoundSymbol(symbol, match.start(), end, _cited(before), told.get("session"), told.get("item"))


def _unlisted(text: str) -> list[FoundSymbol]:
    # A line that is nothing but a symbol-shaped word is one, whoever issued it.
    symbol = symbol_shaped(text) if text[:1].isupper() else None
    return [FoundSymbol(symbol, 0, len(text), listed=False)] if symbol else []


def _cited(before: str) -> bool:
    # "Annex II to Doc. PC0345E1a" stands on the annex itself.
    words = load_covers().citations
    return bool(words.citation.search(before)) and not words.own_annex.search(before)


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
        groups[_fullest(form, scores)] += score
    forms = [form for form in groups if groups[form] >= _ENOUGH]
    if not forms:
        return None
    order = list(seen)
    return seen[max(forms, key=lambda form: (groups[form], -order.index(form)))]


def _fullest(form: str, scores: dict[str, float]) -> str:
    # Running heads shorten: PC0345E1 for PC0345E1a, AGAT/2020/INF.1 for ECE/AGAT/2020/INF.1.
    modern = re.fullmatch(rf"[A-Z]{{2}}-?\d{{4}}(?:{_LETTER}\d{{1,2}}[A-Z]?)?", form)
    longer = [
        other
        for other in scores
        if len(other) > len(form)
        and (
            other.endswith("/" + form)
            or (modern and re.fullmatch(rf"{re.escape(form)}(?:{_LETTER}\d{{1,2}})?[A-Z]?(?:/.*)?", other))
        )
    ]
    return max(longer, key=lambda other: (scores[other], len(other))) if longer else form


def _from_name(stem: str, bodies: Bodies) -> OwnSymbol | None:
    """Return the symbol that the name of a file is, `PC0345E1a` or `WTCOMTDM43` (WT/COMTD/M/43)."""
    for found in _modern(stem.replace("_", " "), bodies, running_head=False):
        if found.symbol.language and bodies.by_prefix(found.symbol.prefix or ""):
            return OwnSymbol(found, from_file_name=True)
    name = re.sub(r"\W|_", "", stem).upper()
    starts = {re.sub(r"\W", "", start).upper(): start for body in bodies.bodies for start in body.symbol_starts}
    for compact in sorted(starts, key=len, reverse=True):
        start = starts[compact]
        series = _SERIES.fullmatch(name, len(compact)) if start.count("/") > 1 and name.startswith(compact) else None
        if series:
            marks = f"/{_EDITIONS[series['mark']]}.{series['edition']}" if series["mark"] else ""
            symbol = Symbol(raw=f"{start}{series['series']}/{series['number']}{marks}")
            return OwnSymbol(FoundSymbol(symbol, 0, len(stem)), from_file_name=True)
    return None


def _is_series(own: OwnSymbol) -> bool:
    return own.found.symbol.prefix is None


def _numbered(front: Front, kinds: Kinds) -> OwnSymbol | None:
    number = own_act_number(front.header, kinds)
    if number is None:
        return None
    symbol = Symbol(raw=" ".join(number.raw.split()))
    return OwnSymbol(FoundSymbol(symbol, number.start, number.end, listed=False))


def _symbol(
    prefix: str,
    serial: str,
    language: str | None,
    version: str | None,
    variant: str | None,
    *,
    raw: str | None = None,
) -> Symbol:
    whole = f"{prefix}{serial}{language or ''}{version or ''}{variant or ''}"
    return Symbol(raw=raw or whole, prefix=prefix, serial=serial, language=language, version=version, variant=variant)
