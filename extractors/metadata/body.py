"""Determines the body of a paper by its symbol, else by the name on the cover."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from configs.bodies import Bodies, Body, NamedBody
from configs.calendar import load_calendar
from configs.cover_phrases import load_cover_phrases
from configs.labels import fold
from extractors.metadata.front import Front, Line
from extractors.metadata.own_symbol import OwnSymbol
from extractors.metadata.printed import Printed

_WHOLE, _BESIDE_SESSION, _STARTS, _WITHIN, _IN_PROSE = 4.0, 2.5, 1.5, 0.6, 0.05
_ENOUGH = 1.0
_STRAY_CHARACTERS = 18
"""A line with at most this many characters besides a body's name (its abbreviation, an article) counts as that name."""
_TELLING_WORDS = 3
_TELLING_LETTERS = 4
"""An abbreviation of fewer ("PC", "EC") is anybody's."""
_FIRST_LINES = 4
_WORDS_BEFORE = re.compile(r"(?:[A-ZÀ-Ý][^\W\d_'’-]*(?:[-'’][^\W\d_]+)*(?: (?:and|of|on|for|the|&))*[ ]){1,8}$")
"""The words in capitals right before "Meeting"; no number is among them."""
_CAPITAL_WORD = re.compile(r"[A-ZÀ-Ý][^\W\d_]{3,}")
_GOES_ON = re.compile(r",? (?:and |& )?[A-ZÀ-Ý]")
_ABBREVIATION = re.compile(r"\([\w/.&-]{2,12}\)")


@dataclass(frozen=True)
class PaperBody:
    """The body's id and its name as printed; where only a short form is printed, its full name."""

    id: str | None = None
    name: str | None = None
    warnings: tuple[str, ...] = ()


def body_of(front: Front, own: OwnSymbol | None) -> PaperBody:
    """Return the body of a paper, with a warning where symbol and cover disagree or the prefix is unknown."""
    bodies, named = front.words.bodies, _named(front)
    by_symbol = _by_symbol(own, bodies)
    warnings = []
    if own and own.found.symbol.prefix and not by_symbol:
        warnings.append(f"unknown symbol prefix {own.found.symbol.prefix}: no body known for it")
    if by_symbol:
        printed = next((name for body, name, _ in named if body.id == by_symbol.id), None)
        declared = [body for body, _, score in named if score >= _WHOLE]
        if declared and not printed and not any(bodies.are_related(by_symbol.id, body.id) for body in declared):
            warnings.append(f"the symbol says {by_symbol.name.en}, the cover says {declared[0].name.en}")
        return PaperBody(by_symbol.id, printed or _full_name(by_symbol, front), tuple(warnings))
    in_session = _above_session(front)
    if in_session:
        return PaperBody(None, in_session, tuple(warnings))
    if named and named[0][2] >= _ENOUGH:
        body, name, score = named[0]
        # Under an unknown prefix only a body line of its own counts, not a name in passing.
        return PaperBody(body.id if score >= _WHOLE or not warnings else None, name, tuple(warnings))
    unlisted = _unlisted(front)
    short = None if unlisted or warnings else _abbreviated(front)
    return PaperBody(short.id, short.name.en) if short else PaperBody(None, unlisted, tuple(warnings))


def actor_body(actor: str, own: PaperBody, bodies: Bodies) -> str | None:
    """Return the id of the body that a text calls `actor`: the paper's own by its noun or letters, else one by name."""
    body = bodies.get(own.id) if own.id else None
    words = _words(actor)
    if body:
        names = [own.name or "", *body.name, *body.aliases, *body.short]
        called = any(words <= _words(name) for name in names)
        letters = re.sub(r"[-\d]+$", "", actor)
        if called or letters in body.abbreviations:
            return body.id
    named = [found for found in bodies.named_in(actor) if found.full or actor == actor.upper()]
    return max(named, key=lambda found: found.end - found.start).body.id if named else None


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]+", fold(text)))


def _by_symbol(own: OwnSymbol | None, bodies: Bodies) -> Body | None:
    if own is None:
        return None
    symbol = own.found.symbol
    return bodies.by_prefix(symbol.prefix) if symbol.prefix else bodies.by_symbol(symbol.raw)


def named_on_cover(front: Front) -> Iterator[tuple[NamedBody, Printed, Line, int]]:
    """Yield the bodies that the cover names, each with the text it stands in, its line and the lines it covers.

    A name may run over two lines; one inside an organisation's emblem names nobody.
    """
    organisations = {organisation.id for line in front.lines for organisation, _, _ in line.organisations}
    for line, wrapped in zip(front.lines, front.wrapped, strict=True):
        for found in _outside_emblems(line):
            # "The Council" is ambiguous: a short form counts only where the cover names its organisation, too.
            if found.full or found.body.organisation in organisations:
                yield found, line, line, 1
        for found in _outside_emblems(wrapped) if wrapped else ():
            if wrapped and found.start < len(line.text) < found.end:
                yield found, wrapped, line, 2


def is_masthead(found: NamedBody, line: Printed) -> bool:
    """Return whether a line is a body's name and, at most, its organisation, an abbreviation and an article."""
    around = line.of(_ABBREVIATION.sub("", f"{line.text[: found.start]}|{line.text[found.end :]}"))
    return len(line.words.bodies.emblems.sub("", around.folded)) <= _STRAY_CHARACTERS


def _outside_emblems(line: Printed) -> Iterator[NamedBody]:
    emblems = [(start, end) for _, start, end in line.organisations]
    for found in line.bodies:
        span = (found.start, found.end)
        if not any(start <= span[0] and span[1] <= end and (start, end) != span for start, end in emblems):
            yield found


def _named(front: Front) -> list[tuple[Body, str, float]]:
    """Return the bodies that the cover names, each with its printed name and its score, the best first."""
    scores: dict[str, float] = defaultdict(float)
    strongest: dict[str, float] = defaultdict(float)
    names: dict[str, tuple[Body, str, bool]] = {}
    bodies = front.words.bodies
    for found, place, line, _ in named_on_cover(front):
        weight = _weight(found, place, prose=line.prose)
        if weight <= 0.0:
            continue
        scores[found.body.id] += weight
        strongest[found.body.id] = max(strongest[found.body.id], weight)
        printed = place.text[found.start : found.end] if found.full else _name(found.body, place)
        if found.body.id not in names or (found.full and not names[found.body.id][2]):
            names[found.body.id] = (found.body, printed, found.full)
    # A cover lists the hierarchy from the top down: of two equal candidates, the lower body is the paper's.
    depth = {body_id: sum(body_id in bodies.descendants(other) for other in names) for body_id in names}
    order = sorted(names, key=lambda body_id: (-strongest[body_id], -depth[body_id], -scores[body_id]))
    return [(names[body_id][0], names[body_id][1], scores[body_id]) for body_id in order]


def _weight(found: NamedBody, text: Printed, *, prose: bool) -> float:
    if prose:
        return _IN_PROSE if found.full else 0.0
    session = text.session
    if session is None and _is_longer_name(found, text):
        return _WITHIN
    if is_masthead(found, text):
        return _WHOLE
    if session and session[1] <= found.start:
        return _BESIDE_SESSION
    if not found.full:
        return 0.0
    return _STARTS if found.start == 0 else _WITHIN


def _is_longer_name(found: NamedBody, line: Printed) -> bool:
    """Return whether a line is the name of another body, with this one's in it: "National Facilitation Committee"."""
    words = _CAPITAL_WORD.findall(_bare(line.of(line.text[: found.start])))
    goes_on = _GOES_ON.match(line.text[found.end :]) is not None
    return bool(words or goes_on) and line.words.bodies.generic.fullmatch(line.folded) is not None


def _bare(before: Printed) -> str:
    """Return the text before a name without organisations, in the case of the name."""
    text = before.text
    for _, start, end in reversed(before.organisations):
        text = f"{text[:start]}{text[end:]}"
    return text


def _abbreviated(front: Front) -> Body | None:
    """Return the body whose abbreviation begins one of the first lines, or ends one that says whom a paper is for."""
    for line in front.header[:_FIRST_LINES]:
        words = line.text.split()
        by = load_cover_phrases().before_addressee.search(line.of(" ".join(words[:-1])).folded) is not None
        for word in (words[0], *(words[-1:] if by else ())) if len(words) > 1 else ():
            body = front.words.bodies.abbreviated.get(word)
            if body and len(word) >= _TELLING_LETTERS:
                return body
    return None


def _name(body: Body, text: Printed) -> str:
    french = body.name.fr
    forms = map(fold, (*body.short.fr, *body.aliases.fr))
    return french if french and any(form in text.folded for form in forms) else body.name.en


def _full_name(body: Body, front: Front) -> str:
    """Return a body's name, without that of its organisation where the cover leaves it out."""
    text = Printed(" ".join(line.text for line in front.lines), front.words)
    name = _name(body, text)
    organisation = next(one.name for one in front.words.bodies.organisations if one.id == body.organisation)
    bare = name
    for part in organisation:
        bare = re.sub(rf" ?(?:\b(?:of the|des|de l'|de la) )?{re.escape(part)} ?", "", bare)
    telling = len(bare.split()) >= _TELLING_WORDS  # "Assembly" by itself is anybody's
    return bare if telling and fold(name) not in text.folded and fold(bare) in text.folded else name


def _above_session(front: Front) -> str | None:
    """Return the name of an unlisted body right above the line of its session, below those that it reports to."""
    for line, following in pairwise(front.header):
        session = following.session
        if session and session[1] == 0 and front.words.bodies.generic.fullmatch(line.folded):
            known = [found for found in line.bodies if is_masthead(found, line)]
            longer = known and all(_is_longer_name(found, line) for found in known)
            return line.text if longer or not known else None
    return None


def _unlisted(front: Front) -> str | None:
    """Return the name of a body that nobody listed: a line of its own, a meeting's, or that of an office."""
    bodies = front.words.bodies
    texts = [line.of(line.text.strip(" ()*")) for line in front.header if not line.text.endswith(",")]
    own = next((text for text in texts if bodies.generic.fullmatch(text.folded)), None)
    if own:
        return own.text
    met = next(filter(None, (_body_of_meeting(line) for line in front.header if not line.is_sentence)), None)
    offices = (text for pattern in bodies.offices for text in texts if pattern.fullmatch(text.folded))
    office = None if met else next(offices, None)
    return met or (_last_office(office) if office else None)


def _last_office(line: Printed) -> str:
    """Return the Customs at the end of a line that names their ministry too, as a layout ran both together."""
    customs = line.words.bodies.offices[0]
    words = line.text.split()
    if customs.fullmatch(line.folded):
        return line.text
    ends = (line.of(" ".join(words[first:])) for first in range(1, len(words) - 1))
    return next((end.text for end in ends if customs.fullmatch(end.folded)), line.text)


def _body_of_meeting(line: Printed) -> str | None:
    """Return the body in titles such as "Minutes of the 3rd Steering Committee Meeting".

    A paper "for information to" a body is one of its papers, too.
    """
    text, generic = line.text, line.words.bodies.generic
    asked = load_cover_phrases().addressee.search(line.folded)
    if asked and generic.fullmatch(asked["body"]):
        return text[slice(*asked.span("body"))]
    for match in load_calendar().session.finditer(line.folded):
        behind = load_cover_phrases().body_after_session.match(line.folded, match.end())
        if behind and generic.fullmatch(behind["body"]):
            return text[slice(*behind.span("body"))]
        words = _WORDS_BEFORE.search(text, 0, match.start())
        named = words[0].split() if words else []
        for first in range(len(named)):
            name = line.of(" ".join(named[first:]))
            if generic.fullmatch(name.folded):
                return name.text
    return None
