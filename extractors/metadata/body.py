"""The body that a paper belongs to: by its symbol first, by the name on the cover second."""

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
from extractors.metadata.sessions import sessions_in
from extractors.metadata.symbols import OwnSymbol

_WHOLE, _BESIDE_SESSION, _STARTS, _WITHIN, _IN_PROSE = 4.0, 2.5, 1.5, 0.6, 0.05
_ENOUGH = 1.0
_STRAY_CHARACTERS = 18
"""A line with at most this many characters besides a body's name (its abbreviation, an article) counts as that name."""
_WRAPPED_CHARACTERS = 120
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


def body_of(front: Front, own: OwnSymbol | None, bodies: Bodies) -> PaperBody:
    """Return the body of a paper, with a warning where symbol and cover disagree or the prefix is unknown."""
    named = _named(front, bodies)
    by_symbol = _by_symbol(own, bodies)
    warnings = []
    if own and own.found.symbol.prefix and not by_symbol:
        warnings.append(f"unknown symbol prefix {own.found.symbol.prefix}: no body known for it")
    if by_symbol:
        printed = next((name for body, name, _ in named if body.id == by_symbol.id), None)
        declared = [body for body, _, score in named if score >= _WHOLE]
        if declared and not printed and not any(bodies.are_related(by_symbol.id, body.id) for body in declared):
            warnings.append(f"the symbol says {by_symbol.name.en}, the cover says {declared[0].name.en}")
        return PaperBody(by_symbol.id, printed or _full_name(by_symbol, front, bodies), tuple(warnings))
    in_session = _above_session(front, bodies)
    if in_session:
        return PaperBody(None, in_session, tuple(warnings))
    if named and named[0][2] >= _ENOUGH:
        body, name, score = named[0]
        # Under an unknown prefix only a body line of its own counts, not a name in passing.
        return PaperBody(body.id if score >= _WHOLE or not warnings else None, name, tuple(warnings))
    unlisted = _unlisted(front, bodies)
    short = None if unlisted or warnings else _abbreviated(front, bodies)
    return PaperBody(short.id, short.name.en) if short else PaperBody(None, unlisted, tuple(warnings))


def actor_body(actor: str, own: PaperBody, bodies: Bodies) -> str | None:
    """Return the id of the body that a text calls `actor`: the paper's own by its noun or letters, else one by name."""
    body = bodies.get(own.id) if own.id else None
    words = set(re.findall(r"[a-z]+", fold(actor)))
    if body:
        names = [own.name or "", *body.name, *body.aliases, *body.short]
        called = any(words <= set(re.findall(r"[a-z]+", fold(name))) for name in names)
        letters = re.sub(r"[-\d]+$", "", actor)
        if called or letters in body.abbreviations:
            return body.id
    named = [found for found in bodies.named_in(actor) if found.full or actor == actor.upper()]
    return max(named, key=lambda found: found.end - found.start).body.id if named else None


def _by_symbol(own: OwnSymbol | None, bodies: Bodies) -> Body | None:
    if own is None:
        return None
    symbol = own.found.symbol
    return bodies.by_prefix(symbol.prefix) if symbol.prefix else bodies.by_symbol(symbol.raw)


def named_on_cover(front: Front, bodies: Bodies) -> Iterator[tuple[NamedBody, str, Line, int]]:
    """Yield the bodies that the cover names, each with the text it stands in, its line and the lines it covers.

    A name may run over two lines; one inside an organisation's emblem names nobody.
    """
    organisations = frozenset[str]().union(*(bodies.organisations_in(line.text) for line in front.lines))
    for position, line in enumerate(front.lines):
        for found in _outside_emblems(line.text, bodies):
            # "The Council" is ambiguous: a short form counts only where the cover names its organisation, too.
            if found.full or found.body.organisation in organisations:
                yield found, line.text, line, 1
        following = front.lines[position + 1 : position + 2]
        if line.prose or not following or len(line.text) > _WRAPPED_CHARACTERS:
            continue
        joined, cut = f"{line.text} {following[0].text}", len(line.text)
        for found in _outside_emblems(joined, bodies):
            if found.start < cut < found.end:
                yield found, joined, line, 2


def is_masthead(found: NamedBody, text: str, bodies: Bodies) -> bool:
    """Return whether a line is a body's name and, at most, its organisation, an abbreviation and an article."""
    around = _ABBREVIATION.sub("", f"{text[: found.start]}|{text[found.end :]}")
    return len(bodies.emblems.sub("", fold(around))) <= _STRAY_CHARACTERS


def _outside_emblems(text: str, bodies: Bodies) -> Iterator[NamedBody]:
    emblems = [match.span() for match in bodies.emblems.finditer(fold(text))]
    for found in bodies.named_in(text):
        span = (found.start, found.end)
        if not any(start <= span[0] and span[1] <= end and (start, end) != span for start, end in emblems):
            yield found


def _named(front: Front, bodies: Bodies) -> list[tuple[Body, str, float]]:
    """Return the bodies that the cover names, each with its printed name and its score, the best first."""
    scores: dict[str, float] = defaultdict(float)
    strongest: dict[str, float] = defaultdict(float)
    names: dict[str, tuple[Body, str, bool]] = {}
    for found, text, line, _ in named_on_cover(front, bodies):
        weight = _weight(found, text, line, bodies)
        if weight <= 0.0:
            continue
        scores[found.body.id] += weight
        strongest[found.body.id] = max(strongest[found.body.id], weight)
        printed = text[found.start : found.end] if found.full else _name(found.body, text)
        if found.body.id not in names or (found.full and not names[found.body.id][2]):
            names[found.body.id] = (found.body, printed, found.full)
    # A cover lists the hierarchy from the top down: of two names as good, the body below is meant.
    depth = {body_id: sum(body_id in bodies.descendants(other) for other in names) for body_id in names}
    order = sorted(names, key=lambda body_id: (-strongest[body_id], -depth[body_id], -scores[body_id]))
    return [(names[body_id][0], names[body_id][1], scores[body_id]) for body_id in order]


def _weight(found: NamedBody, text: str, line: Line, bodies: Bodies) -> float:
    if line.prose:
        return _IN_PROSE if found.full else 0.0
    session = sessions_in(text)
    if session is None and _is_longer_name(found, text, bodies):
        return _WITHIN
    if is_masthead(found, text, bodies):
        return _WHOLE
    if session and session[1] <= found.start:
        return _BESIDE_SESSION
    if not found.full:
        return 0.0
    return _STARTS if found.start == 0 else _WITHIN


def _is_longer_name(found: NamedBody, text: str, bodies: Bodies) -> bool:
    """Return whether a line is the name of another body, with this one's in it: "National Facilitation Committee"."""
    before, behind = text[: found.start], text[found.end :]
    words = _CAPITAL_WORD.findall(_bare(before, bodies))
    goes_on = _GOES_ON.match(behind) is not None
    return bool(words or goes_on) and bodies.generic.fullmatch(fold(text)) is not None


def _bare(text: str, bodies: Bodies) -> str:
    """Return what stands before a name without organisations, in the case of its letters."""
    folded = fold(text)
    for match in reversed(list(bodies.emblems.finditer(folded))):
        text = f"{text[: match.start()]}{text[match.end() :]}"
    return text


def _abbreviated(front: Front, bodies: Bodies) -> Body | None:
    """Return the body whose abbreviation begins one of the first lines, or ends one that says whom a paper is for."""
    for line in front.header[:_FIRST_LINES]:
        words = line.text.split()
        by = load_cover_phrases().names_reader.search(fold(" ".join(words[:-1]))) is not None
        for word in (words[0], *(words[-1:] if by else ())) if len(words) > 1 else ():
            body = bodies.abbreviated.get(word)
            if body and len(word) >= _TELLING_LETTERS:
                return body
    return None


def _name(body: Body, text: str) -> str:
    french = body.name.fr
    forms = (*body.short.fr, *body.aliases.fr)
    return french if french and any(fold(form) in fold(text) for form in forms) else body.name.en


def _full_name(body: Body, front: Front, bodies: Bodies) -> str:
    """Return a body's name, without that of its organisation where the cover leaves it out."""
    text = " ".join(line.text for line in front.lines)
    name = _name(body, text)
    organisation = next(one.name for one in bodies.organisations if one.id == body.organisation)
    bare = name
    for part in organisation:
        bare = re.sub(rf" ?(?:\b(?:of the|des|de l'|de la) )?{re.escape(part)} ?", "", bare)
    telling = len(bare.split()) >= _TELLING_WORDS  # "Assembly" by itself is anybody's
    return bare if telling and fold(name) not in fold(text) and fold(bare) in fold(text) else name


def _above_session(front: Front, bodies: Bodies) -> str | None:
    """Return the name of an unlisted body right above the line of its session, below those that it reports to."""
    for line, following in pairwise(front.header):
        session = sessions_in(following.text)
        if session and session[1] == 0 and bodies.generic.fullmatch(fold(line.text)):
            known = [found for found in bodies.named_in(line.text) if is_masthead(found, line.text, bodies)]
            longer = known and all(_is_longer_name(found, line.text, bodies) for found in known)
            return line.text if longer or not known else None
    return None


def _unlisted(front: Front, bodies: Bodies) -> str | None:
    """Return the name of a body that nobody listed: a line of its own, a meeting's, or that of an office."""
    texts = [line.text.strip(" ()*") for line in front.header if not line.text.endswith(",")]
    own = next((text for text in texts if bodies.generic.fullmatch(fold(text))), None)
    met = next(filter(None, (_that_met(line.text, bodies) for line in front.header if not line.is_sentence)), None)
    offices = (text for pattern in bodies.offices for text in texts if pattern.fullmatch(fold(text)))
    office = next(offices, None)
    return own or met or (_last_office(office, bodies) if office else None)


def _last_office(text: str, bodies: Bodies) -> str:
    """Return the Customs at the end of a line that names their ministry too, as a layout ran both together."""
    customs = bodies.offices[0]
    words = text.split()
    if customs.fullmatch(fold(text)):
        return text
    ends = (" ".join(words[first:]) for first in range(1, len(words) - 1))
    return next((end for end in ends if customs.fullmatch(fold(end))), text)


def _that_met(text: str, bodies: Bodies) -> str | None:
    """Return the body in "Minutes of the 3rd Steering Committee Meeting", "... of the third meeting of the Panel".

    A paper "for information to" a body is one of its papers, too.
    """
    asked = load_cover_phrases().asked.search(fold(text))
    if asked and bodies.generic.fullmatch(fold(text[slice(*asked.span("body"))])):
        return text[slice(*asked.span("body"))]
    for match in load_calendar().session.finditer(fold(text)):
        behind = load_cover_phrases().behind_session.match(fold(text), match.end())
        if behind and bodies.generic.fullmatch(fold(text[slice(*behind.span("body"))])):
            return text[slice(*behind.span("body"))]
        words = _WORDS_BEFORE.search(text, 0, match.start())
        named = words[0].split() if words else []
        for first in range(len(named)):
            if bodies.generic.fullmatch(fold(" ".join(named[first:]))):
                return " ".join(named[first:])
    return None
