"""Numbers of papers in a series of an office: "Circular No. 17/2031-Customs", "N° 0456/MF/DGD"."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import chain

from configs.cover_phrases import load_cover_phrases
from configs.covers import load_covers
from configs.kinds import Kind
from extractors.metadata.front import Line
from extractors.metadata.printed import Printed

_NO = r"(?:n(?:o|r|um|umber|umero)?\b|n(?=[°º]))[.°º]{0,2}"
_CORE = r"\d[\w.]*(?:(?:-| ?/ ?)\w[\w.&]*+){0,8}+"
_OFFICE = r"(?: ?-? ?[a-z][\w.&()]*\.?(?=$))?(?: ?\([a-z][\w. ]{0,6}\)(?=$))?"
"""What may stand behind a number at the end of a line: "Circular No. 37/2031 - Customs"."""
_YEAR = r"(?: of (?:19|20)\d\d| ?\((?:19|20)\d\d\))?"
_END = r"(?= ?(?:$|[-:,;(\[]|dated\b|of \d|du \d|de \d|le \d))"
_BEHIND_KIND = re.compile(
    rf" ?(?:to [a-z]+ )?:? ?(?:{_NO} ?:? ?(?P<number>{_CORE}{_OFFICE}{_YEAR})"
    rf"|(?P<bare>\d{{1,4}}(?: ?[-/] ?\w[\w.&]*){{1,4}}|\d{{1,4}} ?\((?:19|20)\d\d\))){_END}"
)
BEFORE_KIND = re.compile(r"(?:(?:[A-ZÀ-Ý][\w'&.-]*|&|of|and|de|des|du|et) ){0,4}")
"""Words of the office or the matter before the kind: "AUSTRALIAN CUSTOMS NOTICE", "Customs and Excise Circular"."""
_LETTERED = re.compile(r"/ ?[^\W\d_]")
_MOST_LINES = 25
_FEWEST_LETTERED = 2
"""A number with so many parts in letters ("2345/MF/DGD") names its office and stands for itself."""


@dataclass(frozen=True)
class ActNumber:
    """A number as printed, with the kind of paper before it unless it names its office, and where its line has it.

    `kind` is None for the number of a file; `number` is the number alone.
    """

    raw: str
    number: str
    start: int
    end: int
    kind: Kind | None = None


def act_number_in(line: Printed) -> ActNumber | None:
    """Return the number that a line of a cover begins with, behind the kind of paper that is issued under it."""
    text, folded = line.text, line.folded
    for kind, start, end in line.cues:
        if not kind.numbered:
            continue
        if not BEFORE_KIND.fullmatch(text, 0, start):
            return None
        # "Act No" is a cue with the sign of the number in it.
        number = next((match for at in (end, folded.rfind(" ", start, end)) if (match := _behind(folded, at))), None)
        if number:
            span = number.span("number" if number["number"] else "bare")
            raw = text[span[0] : span[1]]
            alone = len(_LETTERED.findall(raw)) >= _FEWEST_LETTERED
            return ActNumber(raw if alone else text[: span[1]], raw, 0, span[1], kind)
    return None


def reference_in(line: Printed) -> ActNumber | None:
    """Return the number of a file behind its label, of three parts or more: "N° 01234/MFB/DGD", "F.No. 4/12/2031"."""
    match = _reference().match(line.folded)
    if match is None or not any(map(str.isdigit, match["number"])):
        return None
    start, end = match.span("number")
    return ActNumber(line.text[start:end], line.text[start:end], start, end)


def own_act_number(lines: Iterable[Line]) -> ActNumber | None:
    """Return the number of a paper by the lines of its cover; that of a series counts before that of a file."""
    first = [line for line in lines if not (line.late or line.is_sentence)][:_MOST_LINES]
    own = [line for line in first if not load_covers().cited_label.match(line.folded)]
    return next(filter(None, chain(map(act_number_in, own), map(reference_in, own))), None)


@cache
def _reference() -> re.Pattern[str]:
    label = load_cover_phrases().file_label.replace("{no}", _NO)
    return re.compile(rf"(?:{label})(?P<number>\w[\w.]*(?:(?:-| ?/ ?)\w[\w.&]*){{2,8}}){_END}")


def _behind(folded: str, at: int) -> re.Match[str] | None:
    return _BEHIND_KIND.match(folded, at) if at >= 0 else None
