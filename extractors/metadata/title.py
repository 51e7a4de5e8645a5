"""The title of a paper: what is left of its header when everything that has another name is taken off."""

import re
from dataclasses import dataclass, replace

from configs.bodies import Bodies
from configs.kinds import Kinds
from configs.labels import fold
from extractors.metadata.body import is_masthead, named_on_cover
from extractors.metadata.cover import is_form_line, without_furniture
from extractors.metadata.dates import date_in, range_in
from extractors.metadata.front import Front, Line
from extractors.metadata.sessions import sessions_in
from extractors.metadata.symbols import find_symbols

_SUBJECT = re.compile(r"^(?:subject|objet|title|titre|re) ?: ?")
_LABELLED = re.compile(
    r"^(?:to|cc|from|date|de|a|from the|submitted by|presented by|soumis par|presente par|executive summary|related \w+"
    r"|chair(?:man|person|woman)?s?|president|presidente|summary|resume|tel|fax|telephone|e-?mail|documentation)\b ?:"
)
_RESOLUTION_NUMBER = re.compile(r"^\d{1,3}/\d{1,4}\.? ")
_CONTINUES = re.compile(
    r"(?:\b(?:of|on|in|the|and|for|to|by|with|de|du|des|d'|la|le|les|l'|et|sur|a|aux?|pour|en|par)|[-:,\u2013])$"
)
_NUMBERED_HEADING = re.compile(
    r"^(?:(?:[IVX]{1,5}|[A-Z]|\d{1,2})[.)](?:-| )|\([a-z]{1,4}\) |article \d)", re.IGNORECASE
)
_CHAPTER = re.compile(r"^(?:chapter|chapitre|section|part|partie|title|titre) (?:\d|[ivxl]+\b)", re.IGNORECASE)
"""A chapter by itself (of a tariff, of a law) has this title; further down it is a heading like others."""
_NO_TITLE = re.compile(
    r"\.(?:docx?|pdf|pptx?|xlsx?|rtf|od[tp]|indd|xml)$|^microsoft "
    r"|^(?:document|presentation|untitled|sans titre)? ?\d*$"
)
"""What programs write where nobody gave a title."""
_ORDINAL = re.compile(r"\d{1,3} ?(?:st|nd|rd|th|[eè](?:me|re)?|er)\b")
_CASUAL = re.compile(
    r"^(?:final|draft|projet|confidential|summary|resume|table of contents|contents|sommaire"
    r"|preamble|preambule|\W*|[\d .,/()-]*)$"
)
_MOST_CHARACTERS = 300
_LONG_CHARACTERS = 220
_FEWEST_LETTERS = 4
_STRAY_CHARACTERS = 32
"""A line with no more than this beside a date (a place) is the line of that date."""
_STRAY_LETTERS = 14
"""A line with no more than this beside the names of organisations is a masthead."""
_HEADER_LINES = 45
_KIND, _KIND_START, _HEADING, _CAPITALS, _TWICE, _DECLARED = 1.2, 1.0, 1.0, 0.6, 0.6, 2.0
_LATER, _FORM, _NUMBERED, _SENTENCE, _TABLE = 0.12, 4.0, 3.0, 1.5, 1.3
_WEAK = -1.0
"""Below this a heading further down was all there was to choose from."""
_AGREEING_CHARACTERS, _AGREEING_SHARE = 12, 0.6


@dataclass(frozen=True)
class _Candidate:
    text: str
    position: int
    line: Line


def title_of(front: Front, bodies: Bodies, kinds: Kinds) -> str | None:
    """Return the title as the cover prints it; else the one that the file declares, if it reads like one."""
    candidates: list[_Candidate] = []
    wrapped = _wrapped_names(front, bodies)
    for position, line in enumerate(front.header[:_HEADER_LINES]):
        if position in wrapped:
            continue
        subject = _SUBJECT.match(fold(line.text))
        if subject and len(line.text) > subject.end():
            return line.text[subject.end() :].strip()
        text = _bare(line.text, bodies, kinds)
        if text:
            starts = any(start == 0 for _, start, _ in kinds.cues_in(text))
            _append(candidates, _Candidate(text, position, line), starts=starts)
    declared = _declared(front, bodies)
    if not candidates:
        return declared
    texts = [fold(candidate.text) for candidate in candidates]

    def score(candidate: _Candidate) -> float:
        cues = list(kinds.cues_in(candidate.text))
        weight = _KIND * bool(cues) + _KIND_START * any(start == 0 for _, start, _ in cues)
        later_chapter = candidate is not candidates[0] and _CHAPTER.match(candidate.text)
        weight -= _NUMBERED * bool(later_chapter or _NUMBERED_HEADING.match(candidate.text))
        weight -= _TABLE * candidate.line.table
        weight -= _SENTENCE * (candidate.text.endswith((".", ":", ";")) or len(candidate.text) > _LONG_CHARACTERS)
        weight += _DECLARED * _agree(candidate.text, declared)
        weight -= _FORM * is_form_line(candidate.text, kinds)
        weight += _HEADING * candidate.line.heading + _CAPITALS * _in_capitals(candidate.text)
        weight += _TWICE * (texts.count(fold(candidate.text)) > 1)
        return weight - _LATER * candidate.position

    best = max(candidates, key=score)
    if declared and score(best) < _WEAK:
        return declared
    return best.text[:_MOST_CHARACTERS].strip(" -\u2013")


def _declared(front: Front, bodies: Bodies) -> str | None:
    """Return the title in the file's own properties, without the symbol that may lead it."""
    text = " ".join(front.properties.get("title", "")[:_MOST_CHARACTERS].split())
    for found in find_symbols(text, bodies):
        if found.start == 0:
            text = text[found.end :].strip(" :-\u2013")
            break
    return None if _NO_TITLE.search(fold(text)) else text


def _agree(text: str, declared: str | None) -> bool:
    # The declared title is often that of an older paper used as a template: it counts only beside the cover.
    one, other = fold(text), fold(declared or "")
    common = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return common >= max(_AGREEING_CHARACTERS, _AGREEING_SHARE * min(len(one), len(other)))


def _wrapped_names(front: Front, bodies: Bodies) -> set[int]:
    """Return the positions of header lines that are nothing but a body's name broken over two lines."""
    header = list(front.header)
    positions: set[int] = set()
    for found, text, line, lines in named_on_cover(front, bodies):
        if lines > 1 and is_masthead(found, text, bodies):
            at = header.index(line)
            positions |= {at, at + 1}
    return positions


def _append(candidates: list[_Candidate], new: _Candidate, *, starts: bool) -> None:
    """Add a line to the candidates, joined to the last one where that goes on; `starts` if a kind's cue leads it."""
    last = candidates[-1] if candidates else None
    if last and last.line.page == new.line.page and last.position + 1 == new.position:
        row = new.line.table  # cells are no lines of one title
        same = (last.line.block == new.line.block and not row) or bool(_CONTINUES.search(fold(last.text)))
        capitals = _in_capitals(last.text) and _in_capitals(new.text) and not starts
        if (same or capitals) and len(last.text) + len(new.text) < _MOST_CHARACTERS:
            candidates[-1] = replace(last, text=f"{last.text} {new.text}", position=new.position)
            return
    candidates.append(new)


def _in_capitals(text: str) -> bool:
    return _ORDINAL.sub("", text).isupper()


def _bare(text: str, bodies: Bodies, kinds: Kinds) -> str | None:
    """Return what of a cover line may belong to a title, or None where all of it is something else."""
    if _LABELLED.match(fold(text)) or text.startswith("["):
        return None
    text = without_furniture(text)
    for found in reversed(find_symbols(text, bodies)):
        if not found.cited:
            text = f"{text[: found.start]} {text[found.end :]}"
    text = " ".join(_RESOLUTION_NUMBER.sub("", text).split())
    if _CASUAL.match(fold(text)) or sum(map(str.isalpha, text)) < _FEWEST_LETTERS:
        return None
    told = any(start == 0 for _, start, _ in kinds.cues_in(text))
    return text if told or not _is_masthead_line(text, bodies) else None


def _is_masthead_line(text: str, bodies: Bodies) -> bool:
    """Tell whether a line is that of a session, a date, a body or an organisation."""
    session = sessions_in(text)
    if session and session[1] == 0:
        return True
    if any(
        dated and len(text) - (dated[2] - dated[1]) <= _STRAY_CHARACTERS for dated in (range_in(text), date_in(text))
    ):
        return True
    if any(is_masthead(found, text, bodies) for found in bodies.named_in(text)):
        return True
    left, emblems = bodies.emblems.subn("", fold(text))
    return emblems > 0 and len(left) <= _STRAY_LETTERS
