"""Dates of papers whose covers print no day of their own."""

import pytest

from configs.bodies import load_bodies
from configs.kinds import load_kinds
from extractors.document import Block, Document, Reading, Symbol, Table
from extractors.metadata.describe import describe
from extractors.metadata.partial_dates import symbol_year

PROSE = (
    "Parties exchange data on consignments before these arrive, and tell each other which of them they hold back. " * 3
)


def described(*texts: str | tuple[int, str, str] | Reading) -> Document:
    """What is read of lines of page 1, or of (page, kind, text); or of a reading."""
    if isinstance(texts[0], Reading):
        return describe(texts[0], source="file:///paper.pdf", sha256="0" * 64, bodies=load_bodies(), kinds=load_kinds())
    parts = [(1, "paragraph", one) if isinstance(one, str) else one for one in texts]
    blocks = tuple(Block(id=number, page=page, kind=kind, text=text) for number, (page, kind, text) in enumerate(parts))
    reading = Reading(media_type="application/pdf", blocks=blocks)
    return describe(reading, source="file:///paper.pdf", sha256="0" * 64, bodies=load_bodies(), kinds=load_kinds())


@pytest.mark.parametrize(
    ("date", "texts"),
    [
        ("2031-03", ("Guide to seals", PROSE, (1, "footer", "March 2031"))),
        ("2031-06", ("Guide to seals", "Last revised: June 2031", PROSE)),
        ("2031-11", ("Guide to seals", "Version of November 2031", PROSE)),
        ("2031-07", ("Guide to seals", PROSE, (2, "paragraph", "Published in July 2031"))),
        ("2031-05", ("Guide aux scellés", "Dakar, mai 2031", PROSE)),
        ("2031-02", ("Seizures of counterfeit goods, February 2031", PROSE)),
        ("2031", ("Guide to seals", PROSE, (2, "heading", "New York and Geneva, 2031"))),
        ("2031-12", ("Guide to seals", PROSE, (2, "header", "J. OF SEALS, VOL. 33, NOVEMBER–DECEMBER 2031"))),
        ("2031-07", ("Guide to seals", PROSE, (1, "header", "TRANSACTIONS ON SEALS, VOL. 7, NO. 2, JULY 2031"))),
        ("2031", ("Guide to seals", "Denver, Colorado 2031", PROSE)),
        ("2031", ("Guide to seals", PROSE, (2, "paragraph", "Copyright © Customs Office 2031 All rights reserved."))),
        ("2031", ("Guide to seals", PROSE, (2, "paragraph", "© 2029-2031 Customs Office"))),
        ("2031", ("Statement on seals", "Issued on: 2031-XX-XX", PROSE)),
        ("2031", ("ECE/TRADE/C/CEFACT/2031/22", "Guide to seals", PROSE)),
        ("2031-07-08", ("Agreement on seals", PROSE, (9, "paragraph", "DONE at Niamey, this 8th day of July 2031."))),
        ("2031-07-08", ("Accord sur les scellés", PROSE, (9, "paragraph", "Fait à Niamey, le 8 juillet 2031."))),
        ("2031-10-24", ("Report of the group", "Oct 24, 2031 This year held with the forum in September, >50 people")),
    ],
)
def test_what_dates_a_paper_without_a_day_on_its_cover(date, texts):
    document = described(*texts)
    assert (document.date, document.date_conflict) == (date, False)


@pytest.mark.parametrize(
    "texts",
    [
        ("Strategic plan 2030", PROSE),
        ("Guide to seals", PROSE, (2, "header", "Seals since the agreement of May 2031")),
        ("Tariff rates, 1993 - 2015", PROSE),
        ("All papers electronic by December 2031", PROSE),
        ("Guide to seals", PROSE, (3, "paragraph", "As was said in May 2031, seals are closed by machines.")),
        ("Guide to seals", "as decided on 9", "April 2031", PROSE),
        ("Guide to seals", PROSE, (4, "paragraph", "It was done at the border on 8 July 2031 by two offices.")),
    ],
)
def test_times_that_a_text_speaks_of_date_no_paper(texts):
    assert described(*texts).date is None


@pytest.mark.parametrize(
    ("heads", "date"),
    [
        (("Version", "Date", "Author"), "2031-05-17"),
        (("Date", "Purpose of amendment", "Approved by"), "2031-05-17"),
        (("Date", "Meeting", "Place"), None),
        (("Version", "Author", "Pages"), None),
    ],
)
def test_the_latest_revision_in_a_table_of_them_dates_a_paper(heads, date):
    days = ["17/05/ 2031", "2030-01-21", "soon"]
    rows = (heads, *(tuple(day if head == "Date" else "x" for head in heads) for day in days))
    texts = ["Guide to seals", PROSE, "\n".join("\t".join(row) for row in rows)]
    kinds = ("heading", "paragraph", "table")
    blocks = tuple(
        Block(id=number, page=1, kind=kind, text=text)
        for number, (kind, text) in enumerate(zip(kinds, texts, strict=True))
    )
    table = Table(block=2, pages=(1,), header_rows=1, rows=rows, cells=())
    assert described(Reading(media_type="application/pdf", blocks=blocks, tables=(table,))).date == date


def test_a_record_has_the_last_day_of_its_meeting_and_an_agenda_no_more_than_the_year():
    meeting = ("PERMANENT TECHNICAL COMMITTEE", "203rd Session", "4 - 8 November 2031")
    minutes = described(*meeting, "Minutes of the meeting", PROSE)
    assert (minutes.date, minutes.date_precision, minutes.date_conflict) == ("2031-11-08", "day", False)
    agenda = described(*meeting, "Provisional agenda", PROSE)
    assert (agenda.date, agenda.date_precision) == ("2031", "year")


def test_a_day_behind_the_label_of_something_else_does_not_date_minutes_before_their_meeting():
    cover = ("Minutes of the 1st Management Committee Meeting", "11-12/10/2031", "Approval of the action: 25/05/2031")
    assert described(*cover, PROSE).date == "2031-10-12"


@pytest.mark.parametrize(
    ("symbol", "year"),
    [
        ("ECE/TRADE/C/CEFACT/2019/22/Rev.1", "2019"),
        ("ECE/AGAT/2020/INF.1", "2020"),
        ("CSC/Notif/008/2020", "2020"),
        ("LOI 2014-10", "2014"),
        ("Circular No. 17/2031", "2031"),
        ("Act No. 12 of 2010", "2010"),
        ("Regulation (EU) No 1024/2012", "2012"),
        ("A/RES/73/3", None),
        ("G/TFA/W/2010", None),
    ],
)
def test_the_year_of_a_symbol(symbol, year):
    assert symbol_year(Symbol(raw=symbol)) == year


def test_a_serial_that_looks_like_a_year_is_none():
    assert symbol_year(Symbol(raw="PC2010E1a", prefix="PC", serial="2010", language="E")) is None
