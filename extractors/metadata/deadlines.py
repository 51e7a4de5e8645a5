"""Finds deadlines: "by the end of October 2031", "at its next meeting", "within three months"."""

import re
from collections.abc import Collection

from configs.calendar import load_calendar
from configs.labels import alternatives, before_word, fold
from configs.proceedings import Deadlines
from extractors.document import Deadline
from extractors.metadata.days import YEAR, date_in, month_in
from extractors.metadata.sessions import sessions_in

_TH = r"(?:st|nd|rd|th|er|e|eme)?"
_NAME = r"(?!(?:at|in|on|to|of|for|by|the|and|a|en|de|du|le|la|et)\b)[a-z0-9][\w'./-]*"
"""A word of a name, which no preposition is."""


class DeadlineFinder:
    """Finds deadlines in text; built once from the words for them."""

    def __init__(self, words: Deadlines) -> None:
        calendar = load_calendar()
        month = rf"{alternatives(calendar.month_numbers)}(?!\w)\.?"
        day = rf"(?:\d{{1,2}}{_TH} (?:of |de )?{month}|{month} \d{{1,2}}{_TH})(?:,? {YEAR})?"
        date = rf"(?:(?:{alternatives(calendar.weekdays)},? )?{day}|{month}(?: {YEAR})?|{YEAR}(?![\d/]))"
        this = r"(?:the |this |the same |la |le |l'|cette )?"
        period = rf"{this}(?:{alternatives(words.periods)}|{date})(?!\w)"
        part = rf"(?:the |la |le )?{alternatives(words.parts)} ?{period}"
        meetings, coming = alternatives(words.meetings), alternatives(words.coming)
        owner = rf"(?:the )?{_NAME}(?: {_NAME}){{0,5}}'s?"
        whose = rf"(?:(?:the|its|their|his|our|this|la|le|sa|son|leur|cette|{owner}) )"
        tail = rf"(?: (?:of|de|du|des) (?:the |la |l')?{_NAME}(?: {_NAME})?)?(?: (?:in|en) {date})?"
        meeting = (
            rf"{whose}(?:{_NAME} ){{0,3}}?{coming}(?: {_NAME}){{0,3}}? {meetings}(?!\w){tail}"
            rf"|{whose}(?:{_NAME} ){{0,4}}{meetings} {coming}(?!\w){tail}"
        )
        numbered = rf"(?:{whose}(?:{_NAME} ){{1,5}}?|(?:the |its |la |sa )?{date} ){meetings}(?!\w){tail}"
        until, at = alternatives(words.until), alternatives(words.at)
        count = rf"(?:\d{{1,3}}|{alternatives(words.counts)})(?: \(\d{{1,3}}\))?"
        units, within = alternatives(words.units), alternatives(words.within)
        self._numbered = re.compile(rf"(?<!\w)(?:{until}|{at}) {numbered}")
        self._forms = (
            re.compile(rf"(?<!\w){until} ?(?:{part}|{period}|{meeting})"),
            re.compile(rf"(?<!\w){at} (?:{meeting}|{part})"),
            re.compile(rf"(?<!\w){within} ?{count} (?:{_NAME} )?{units}(?!\w)"),
            re.compile(rf"(?<!\w){alternatives(words.urgent)}(?!\w)"),
            re.compile(rf"(?<!\w){alternatives(words.events)} (?!possible)[^,;:.]{{3,140}}"),
        )
        self._towards = re.compile(before_word(words.towards))
        self._dated = re.compile(rf"(?<!\w){at} (?:the )?(?:{day}|{month}(?: {YEAR})?)(?!\w)(?! {meetings})")

    def deadline_in(self, text: str, folded: str, *, written: str | None, sessions: Collection[int]) -> Deadline | None:
        """Return the first deadline in the text, which is `folded`.

        `written` is the day of the paper (ISO, whole or in part) and `sessions` those of its meeting: a time before
        it is none, and where they are unknown, only a preposition that says so makes a time one.
        """
        found = [match for form in self._forms for match in form.finditer(folded)]
        found += [match for match in self._numbered.finditer(folded) if _is_later(match[0], sessions)]
        found += [match for match in self._dated.finditer(folded) if written]
        for match in sorted(found, key=lambda one: (one.start(), -one.end())):
            towards = self._towards.match(match[0])
            begin = match.start() + (towards.end() if towards else 0)
            printed = " ".join(text[begin : match.end()].split()).rstrip(" ,.")
            date = _iso(fold(printed))
            if date and written and date[: len(written)] < written[: len(date)]:
                continue
            return Deadline(text=printed, date=date)
        return None


def _is_later(folded: str, sessions: Collection[int]) -> bool:
    """Return whether a folded text names a session behind the paper's own, or a month's meeting."""
    named = sessions_in(folded)
    if named:
        return bool(sessions) and max(named[0]) > max(sessions)
    return _iso(folded) is not None


def _iso(folded: str) -> str | None:
    """Return the date that a deadline is: a day, a month or a year."""
    day = date_in(folded)
    if day:
        return day[0].isoformat()
    month = month_in(folded)
    if month:
        return month[0]
    year = re.search(rf"(?<![\d/]){YEAR}(?![\d/])", folded)
    return year[0] if year else None
