"""Determines the date of a paper without a day on its cover, possibly only a month or a year."""

import re
from collections.abc import Iterable, Iterator, Sequence

from configs.calendar import load_calendar
from configs.covers import load_covers
from configs.labels import fold
from extractors.document import Block, MeetingDates, Reading, Symbol
from extractors.metadata.days import YEAR, date_in
from extractors.metadata.front import Front, squeeze
from extractors.metadata.printed import Printed

_SIGNATURE_CHARACTERS = 160
"""Of a signature's place and day, from its first word."""
_LABELLED_CHARACTERS = 100
_PLACE_AND_YEAR = re.compile(
    rf"(?:(?:[^\W\d_][\w'.-]* ){{0,6}}[^\W\d_][\w'.-]+,|[A-ZÀ-Ý][\w'.-]+, [A-ZÀ-Ý][\w'.-]+) (?P<year>{YEAR})"
)
"""Of an imprint: "New York and Geneva, 2017", "Denver, Colorado 1998"."""
_OF_JOURNAL = re.compile(r"\d.*(?:[,–—-]|, ?\w+ ?[–—-]) ?$")
"""What stands before the month in the head of a journal: "VOL. 33, NO. 2, "."""
_LABELLED_YEAR = re.compile(rf"(?P<year>{YEAR})(?!\d)")
_PARTS = re.compile(r"\s+of\s+|\s*[/() -]\s*", re.IGNORECASE)
_MOST_PLACE = 40
_FIRST_BLOCKS, _FIRST_PAGES = 60, 5
_SPACED = re.compile(r"([./-])\s+(?=\d)")
"""A space in a day of figures that a narrow column broke: "17/05/ 2031"."""
_AROUND = " .,;:()[]–—-"


def partial_date(
    front: Front,
    reading: Reading,
    *,
    title: str | None,
    symbol: Symbol | None,
    meeting: MeetingDates | None,
    of_last_day: bool,
) -> str | None:
    """Return the date by the first of these that a paper has, as `PaperDate`; None where nothing says when it is of.

    Its signature ("Done at Geneva, 8 July 2031"); a month on its cover, in its heads and feet, in its imprint or its
    title; the latest of its revisions, where a table lists these; its meeting, whose last day is that of a record or a
    decision; the year of its symbol; the year of its imprint; the month of an edition in the text of its first page.
    """
    found = (
        signed_on(reading.blocks),
        next(_months(front, title), None),
        _revised_on(reading),
        _of_meeting(meeting, of_last_day=of_last_day),
        symbol_year(symbol),
        next(_years(front), None),
        next(_editions(front), None),
    )
    return next(filter(None, found), None)


def signed_on(blocks: Iterable[Block]) -> str | None:
    """Return the day behind the first place of signature; those of annexes and of acts that are quoted come later."""
    signed = load_calendar().signature
    for block in blocks:
        folded = fold(squeeze(block.text)[:_SIGNATURE_CHARACTERS])
        place = signed.match(folded)
        day = date_in(folded) if place else None
        if place and day and day[1] - place.end() <= _MOST_PLACE:
            return day[0].isoformat()
    return None


def _revised_on(reading: Reading) -> str | None:
    """Return the latest day in a table of the paper's own revisions, on its first pages."""
    first = [block.id for block in reading.blocks[:_FIRST_BLOCKS] if (block.page or 1) <= _FIRST_PAGES]
    for table in reading.tables:
        heads = [fold(cell).strip() for cell in table.rows[0]] if table.block in first and table.rows else []
        column = next((place for place, head in enumerate(heads) if load_covers().date_label.fullmatch(head)), None)
        if column is None or not any(map(load_calendar().revision.match, heads)):
            continue
        days = [day[0] for row in table.rows[1:] if (day := date_in(fold(_SPACED.sub(r"\1", row[column]))))]
        if days:
            return max(days).isoformat()
    return None


def symbol_year(symbol: Symbol | None) -> str | None:
    """Return the year in a symbol or official number, beside another number or between others of its parts.

    That is 2019 in `ECE/TRADE/C/CEFACT/2019/22`, `LOI 2019-80` and `Circular No. 17/2019`. A serial that only looks
    like a year (`PC2010E1a`) is none.
    """
    if symbol is None or symbol.serial:
        return None
    parts = _PARTS.split(symbol.raw)
    years = [place for place, part in enumerate(parts) if re.fullmatch(YEAR, part)]
    beside = [place for place in years if _is_beside_number(parts, place)]
    return parts[beside[0]] if len(beside) == 1 else None


def _is_beside_number(parts: Sequence[str], place: int) -> bool:
    behind = parts[place + 1] if place + 1 < len(parts) else ""
    return any(map(str.isdigit, behind)) or (place > 0 and parts[place - 1].isdecimal())


def _months(front: Front, title: str | None) -> Iterator[str]:
    above = ("", *(line.text for line in front.lines))
    # "the decision of 9 / April 2031" is a day that is broken
    broken = {line.text for line, before in zip(front.lines, above, strict=False) if before[-1:].isdigit()}
    heads = [head for _, head in front.running]
    texts = (*front.header, *heads, *front.imprint)
    yield from filter(None, (_own_month(text) for text in texts if text.text not in broken))
    yield from (month for month, before in filter(None, map(_month_at_end, heads)) if _OF_JOURNAL.search(before))
    named = Printed(title or "", front.words)
    found = None if named.day or named.days else named.month
    if found and not load_calendar().due.search(named.folded[: found[1]]):
        yield found[0]


def _own_month(text: Printed) -> str | None:
    """Return the month that a line says and nothing else, but for a place before it, or that stands behind a label."""
    found = _month_at_end(text)
    alone = found and (not found[1].strip(_AROUND) or load_calendar().place_and_day.fullmatch(found[1]))
    return found[0] if found and alone else _edition_in(text)


def _edition_in(text: Printed) -> str | None:
    """Return the month at the end of a line behind the label of an edition."""
    found = _month_at_end(text)
    label = found and load_calendar().edition_label.search(text.folded[: len(found[1].rstrip(_AROUND))])
    return found[0] if found and label and len(text.text) <= _LABELLED_CHARACTERS else None


def _month_at_end(text: Printed) -> tuple[str, str] | None:
    """Return the month with which a line ends and that is not of a day, and what stands before it."""
    found = text.month
    if found is None or text.day or text.text[found[2] :].strip(_AROUND):
        return None
    return found[0], text.text[: found[1]]


def _editions(front: Front) -> Iterator[str]:
    yield from filter(None, map(_edition_in, front.lines))


def _of_meeting(meeting: MeetingDates | None, *, of_last_day: bool) -> str | None:
    day = (meeting.end or meeting.start) if meeting else None
    if day is None:
        return None
    return day.isoformat() if of_last_day else str(day.year)


def _years(front: Front) -> Iterator[str]:
    for line in front.lines:
        label = load_covers().date_label.match(line.folded)
        year = _LABELLED_YEAR.match(line.text, label.end()) if label else None
        if year:
            yield year["year"]
    texts = (*front.lines, *(head for _, head in front.running), *front.imprint)
    for text in texts:
        place = _PLACE_AND_YEAR.fullmatch(text.text)
        if place:
            yield place["year"]
    yield from filter(None, (text.copyright_year for text in texts))
