"""The meeting of a paper, and the detection of clauses about other meetings."""

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from configs.bodies import Bodies
from configs.labels import alternatives, fold
from configs.proceedings import Proceedings
from extractors.document import Block, MeetingDates
from extractors.metadata.body import PaperBody
from extractors.metadata.clauses import BodyNames
from extractors.metadata.days import month_and_year_in
from extractors.metadata.sessions import sessions_in

_ACRONYM = re.compile(r"\((?P<acronym>[A-Z][A-Z/-]{1,7})\)")
_CODE = re.compile(r"\b(?:at|during|since|lors de|a) (?:the |la )?[a-z][a-z/-]{1,7}-?(?P<number>\d{1,3})\b")
"""A session by its code: "At HSSC14 the Committee invited"."""
_SESSION_CODE = re.compile(r"(?:^|[.;:] )(?:The )?([A-Z]{2,8}-?(\d{1,3})) [a-z]")
_FEWEST_CODES = 3
_NAME_CHARACTERS = 90
_MOST_BLOCKS = 400
_BLOCK_CHARACTERS = 4_000


@dataclass(frozen=True)
class Meeting:
    """The meeting that a paper is of: its sessions and days, and what the paper calls its bodies.

    `day` is that of the paper, `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    """

    sessions: Collection[int] = ()
    dates: MeetingDates | None = None
    names: BodyNames = field(default_factory=BodyNames)
    day: str | None = None


def names_of(
    blocks: Iterable[Block],
    bodies: Bodies,
    words: Proceedings,
    body: PaperBody,
    sessions: Collection[int] = (),
) -> BodyNames:
    """Return the acronyms of the paper's body and of those that its text introduces: "Management Committee (MC)".

    The initials of its name are one, and a code of the paper's own session is one, too, where sentences begin with it:
    "SC20 noted".
    """
    own = bodies.get(body.id) if body.id else None
    acronyms = set(own.abbreviations) if own else set()
    initials = "".join(word[0] for word in re.findall(r"\w+", body.name or "") if word[0].isupper() and len(word) > 1)
    acronyms |= {initials} if len(initials) > 1 else set()
    codes: Counter[str] = Counter()
    ends = re.compile(rf"{alternatives(words.actors)}(?: (?:on|of|for|de|du|sur|des) [^()]{{1,70}})? ?$")
    for block in list(blocks)[:_MOST_BLOCKS]:
        codes.update(
            match[1] for match in _SESSION_CODE.finditer(block.text[:_BLOCK_CHARACTERS]) if int(match[2]) in sessions
        )
        for match in _ACRONYM.finditer(block.text[:_BLOCK_CHARACTERS]):
            name = block.text[max(0, match.start() - _NAME_CHARACTERS) : match.start()]
            foreign = any(own and named.body.organisation != own.organisation for named in bodies.named_in(name))
            if ends.search(fold(name)) and not foreign:
                acronyms.add(match["acronym"])
    acronyms.update(code for code, count in codes.items() if count >= _FEWEST_CODES)
    group = re.search(rf"\b{alternatives(words.loose_actors)}\b", fold(body.name or ""))
    return BodyNames(frozenset(acronyms), group is not None)


def is_of_another_time(before: str, behind: str, all_of_it: str, meeting: Meeting) -> bool:
    """Return whether a clause is about another session than the paper's own, or days outside it.

    `before` its subject and right `behind` its verb a time may stand ("In June 2012, the Council adopted");
    a session may stand in `all_of_it`. All are folded.
    """
    named = sessions_in(all_of_it)
    if named:
        return set(meeting.sessions).isdisjoint(named[0])
    code = _CODE.search(before)
    if code:
        return int(code["number"]) not in meeting.sessions
    for text in (before, behind):
        found = month_and_year_in(text)
        if found and not _is_within(*found, meeting.dates):
            return True
    return False


def _is_within(month: int | None, year: int | None, dates: MeetingDates | None) -> bool:
    """Return whether a month or year may be that of the meeting; where its days are unknown, none is."""
    days = [day for day in (dates.start, dates.end) if day] if dates else []
    return any((month is None or day.month == month) and (year is None or day.year == year) for day in days)
