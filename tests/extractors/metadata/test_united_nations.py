"""Covers of the United Nations' principal organs and of the bodies below them."""

import pytest

from extractors.document import Document, MeetingDates, Reading
from tests.extractors.metadata.test_describe import blocks_of, described, paper

TITLE = "Exchange of advance data between administrations"


def resolution(*lines: str) -> Document:
    """A resolution with its masthead above other lines."""
    masthead = (
        *("A/RES/98/10", "General Assembly", "Distr.: General 18 December 2043", "Ninety-eighth session"),
        "Agenda item 114 (b) Sustainable development: trade facilitation and the digital economy",
        "Resolution adopted by the General Assembly on 12 December 2043",
    )
    return described(paper(*masthead, *lines))


@pytest.mark.parametrize(
    "report",
    ["[on the report of the Second Committee (A/98/437, para. 16)]", "(Fourth Committee) (A/98/429, para. 33)]"],
)
def test_a_resolution_has_the_title_behind_its_number(report):
    assert resolution(report, f"98/10. {TITLE}").title == TITLE


def test_the_title_of_a_resolution_may_be_as_long_as_running_text():
    title = f"{TITLE} " + ", in the light of the strategies for the small island States and of all their needs" * 3
    assert resolution(f"98/10. {title}").title.startswith(TITLE)


@pytest.mark.parametrize(
    "line",
    [
        "2043 session",
        "Annual session of 2043",
        "Eightieth year",
        "For decision",
        "Dist.",
        "High-level Committee on Parcels",
    ],
)
def test_lines_of_a_masthead_are_no_titles(line):
    assert described(paper("E/2043/15", "Distr.: General 18 December 2043", line, TITLE)).title == TITLE


def test_a_body_with_a_long_name_is_no_title():
    name = f"Executive Board of the Programme for {'the Parcels, the Posts and ' * 3}the Ports"
    document = described(paper("DP/2043/18", name, "Annual session of 2043", TITLE))
    assert (document.body_name, document.title) == (name, TITLE)


@pytest.mark.parametrize(
    ("line", "item"),
    [
        ("Item 116 (c) of the preliminary list*", "116(c)"),
        ("Items 3 (a), (c), (d) and 6 of the provisional agenda*", "3(a)"),
        ("(Item 3 (b))", "3(b)"),
    ],
)
def test_items_of_agendas_and_lists(line, item):
    assert described(paper("A/98/97", line, TITLE)).agenda_item == item


def test_place_dates_and_item_may_come_in_one_block_with_a_long_subject():
    block = (
        "New York, 10-21 March 2043 Item 3 (a) of the provisional agenda* Follow-up to the Fourth World Conference on "
        "Parcels and to the twenty-third special session of the General Assembly, entitled \u201cParcels 2000: "
        "delivery, development and peace for the twenty-first century\u201d"
    )
    document = described(paper("E/CN.6/2043/3", block, TITLE))
    assert (document.agenda_item, document.title) == ("3(a)", TITLE)
    assert document.meeting_dates == MeetingDates(start="2043-03-10", end="2043-03-21")


@pytest.mark.parametrize(
    ("symbol", "body", "lines"),
    [
        ("A/HRC/59/60", "un-hrc", ("General Assembly", "Human Rights Council")),
        ("A/C.2/98/L.60", "un-second-committee", ("General Assembly", "Second Committee")),
        ("E/CN.3/2043/7", "un-statistical-commission", ("Economic and Social Council", "Statistical Commission")),
        ("A/98/97", "un-ga", ("General Assembly",)),
        ("E/2043/15", "un-ecosoc", ("Economic and Social Council",)),
        ("A/CONF.330/2043/10", None, ("Conference on the Parcels of the Seas",)),
    ],
)
def test_a_paper_belongs_to_its_own_body_and_not_to_the_one_above(symbol, body, lines):
    document = described(paper(symbol, *lines, TITLE))
    assert document.body == body
    assert document.body_name == lines[-1]
    assert document.symbol.raw == symbol


def test_parts_of_a_report_are_papers_of_their_own():
    first, second = (described(paper(f"A/98/15 (Part {part})", TITLE)) for part in ("I", "II"))
    assert (first.symbol.raw, first.key) == ("A/98/15 (Part I)", "A/98/15(PARTI)")
    assert second.key != first.key


def test_a_resolution_of_the_security_council_is_named_with_its_year():
    assert described(paper("S/RES/9772 (2043)", TITLE)).symbol.raw == "S/RES/9772 (2043)"


@pytest.mark.parametrize(
    ("symbol", "item", "conflict"),
    [
        ("E/CN.3/2043/7", "Item 3 (e) of the agenda", True),
        ("E/CN.3/2043/7", "Item 3 (e) of the provisional agenda*", False),
        ("E/CN.3/2043/L.7", "Item 3 (e) of the agenda", False),
    ],
)
def test_only_the_record_of_a_meeting_conflicts_with_its_dates(symbol, item, conflict):
    cover = ("Sixtieth session", "New York, 4-7 March 2044", item, "Distr.: General 13 December 2043")
    assert described(paper(symbol, *cover, "Report on parcels")).date_conflict is conflict


def test_the_session_of_what_a_report_is_about_is_not_the_papers_own():
    title = "98/10. Report of the Commission on Parcels on the work of its seventy-fifth session"
    assert resolution(title, "Follow-up to the results of its seventy-fifth session").sessions == (98,)


def test_its_own_session_may_be_named_in_the_title_alone():
    blocks = blocks_of((1, "heading", "Report of the Committee on Parcels on its forty-ninth session"))
    assert described(Reading(media_type="application/pdf", blocks=blocks)).sessions == (49,)


def test_the_line_of_a_session_counts_more_than_a_session_in_the_title():
    title = "Draft programme of work of the Second Committee for the ninety-ninth session of the General Assembly"
    cover = (
        "General Assembly",
        "Ninety-eighth session",
        "Second Committee",
        title,
        f"(a) Approves the {title.lower()}.",
    )
    assert described(paper("A/C.2/98/L.60", *cover)).sessions == (98,)
