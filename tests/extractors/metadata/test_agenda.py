import time

import pytest

from configs.proceedings import load_proceedings
from extractors.document import Block, Reading, Table
from extractors.metadata.agenda import AgendaFinder
from extractors.metadata.agenda_lists import Marks

FINDER = AgendaFinder(load_proceedings())
MARKS = Marks(load_proceedings())


def of_table(*rows: tuple[str, ...]):
    return FINDER.agenda_of(Reading(media_type="application/pdf", tables=(Table(block=0, rows=rows),)))


def of_blocks(*blocks: tuple[str, str | None, str]):
    numbered = tuple(Block(id=i, kind=kind, number=no, text=text) for i, (kind, no, text) in enumerate(blocks))
    return FINDER.agenda_of(Reading(media_type="application/pdf", blocks=numbered))


@pytest.mark.parametrize(
    ("mark", "actions"),
    [
        ("(For guidance and decision)", ("guidance", "decision")),
        ("(To take note and for decision)", ("take note", "decision")),
        ("(To take note, for discussion, guidance and decision)", ("take note", "discussion", "guidance", "decision")),
        ("(For information)", ("take note",)),
        ("(for discussion)", ("discussion",)),
        ("( For decision )", ("decision",)),
        ("(FOR DISCUSSION AND GUIDANCE)", ("discussion", "guidance")),
        ("(Pour décision)", ("decision",)),
        ("(Pour information et examen)", ("take note", "discussion")),
        ("(Pour orientation et décision)", ("guidance", "decision")),
        ("(Pour prendre note)", ("take note",)),
        ("(Pour information, examen et orientation)", ("take note", "discussion", "guidance")),
    ],
)
def test_action_marks(mark, actions):
    assert MARKS.actions_in(f"Single Window {mark}") == (actions, "Single Window")


@pytest.mark.parametrize(
    "text", ["Customs (IMSC) and trade", "Work (and decision of the Council)", "Annex (II)", "()", "(for )", "(,)"]
)
def test_other_brackets_are_no_marks_and_stay(text):
    assert MARKS.actions_in(text) == ((), text)


def test_the_table_of_a_report():
    entries = of_table(
        ("Item No.", "Agenda item", "Paragraph"),
        ("I", "Opening (For decision)", "1 - 2"),
        ("II.1 (a)", "Single Window (To take note)", "3"),
    )
    assert [(e.item, e.title, e.actions, e.paragraphs) for e in entries] == [
        ("I", "Opening", ("decision",), "1 - 2"),
        ("II.1(a)", "Single Window", ("take note",), "3"),
    ]


def test_the_table_of_a_french_report():
    entries = of_table(
        ("Point", "Point de l\u2019ordre du jour", "Paragraphes"),
        ("I", "Ouverture (Pour décision)", "1 à 2"),
        ("II", "Guichet unique", "3 - 7"),
    )
    assert [(e.item, e.actions, e.paragraphs) for e in entries] == [("I", ("decision",), "1 à 2"), ("II", (), "3 - 7")]


def test_documents_of_a_draft_agenda_are_no_paragraphs():
    entries = of_table(("Item", "Subject", "Documents"), ("1", "Opening", "PC9003E1a"), ("2", "Future work", "-"))
    assert [e.paragraphs for e in entries] == [None, None]


def test_a_row_without_a_number_goes_on_with_the_one_above():
    entries = of_table(
        ("Item", "Title", "Action"), ("I", "Report of the", ""), ("", "Chair", "For decision"), ("II", "Closing", "")
    )
    assert (entries[0].title, entries[0].actions) == ("Report of the Chair", ("decision",))


def test_a_table_of_something_else_is_no_agenda():
    assert of_table(("Question", "Law"), ("1", "Customs act"), ("2", "Civil code")) == ()


def test_a_table_of_figures_is_no_agenda():
    assert of_table(("No.", "Subject", "Paragraph"), ("236", "459", "1"), ("196", "505", "2")) == ()


def test_a_numbered_list_under_its_title():
    entries = of_blocks(
        ("heading", "I.", "Provisional agenda"),
        ("paragraph", "1.", "Adoption of the agenda"),
        ("paragraph", "2.", "Work programme (For decision)"),
        ("item", "(a)", "Review"),
        ("paragraph", "3.", "Other business"),
        ("heading", "II.", "Annotations"),
        ("paragraph", "1.", "The secretariat will present the agenda."),
    )
    assert [(e.item, e.title, e.actions) for e in entries] == [
        ("1", "Adoption of the agenda", ()),
        ("2", "Work programme", ("decision",)),
        ("2(a)", "Review", ()),
        ("3", "Other business", ()),
    ]


def test_headings_that_group_the_items_do_not_end_a_list():
    entries = of_blocks(
        ("heading", None, "DRAFT AGENDA"),
        ("heading", "A.", "Items for information"),
        ("paragraph", "I.", "Opening (For decision)"),
        ("paragraph", "II.", "Reports of other bodies (To take note)"),
        ("heading", "B.", "Items for discussion"),
        ("paragraph", "III.", "Electronic commerce (For discussion and guidance)"),
    )
    actions = {"I": ("decision",), "II": ("take note",), "III": ("discussion", "guidance")}
    assert [(e.item, e.actions) for e in entries] == list(actions.items())


def test_plain_lines_with_numbers_and_ranges():
    entries = of_blocks(
        ("heading", None, "Ordre du jour"),
        ("paragraph", None, "I Ouverture (Pour décision) 1 - 2"),
        ("paragraph", None, "II Guichet unique 3 - 7"),
    )
    found = [(e.item, e.title, e.paragraphs) for e in entries]
    assert found == [("I", "Ouverture", "1 - 2"), ("II", "Guichet unique", "3 - 7")]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Item I \u2013 Opening", "Item II \u2013 Closing"),
        ("Point I \u2013 Opening", "Point II \u2013 Closing"),
        ("Agenda item I: Opening", "Agenda item II: Closing"),
        ("Item I. Opening", "Item II. Closing"),
        ("Point I de l'ordre du jour - Opening", "Point II de l'ordre du jour - Closing"),
    ],
)
def test_headings_of_items_serve_where_no_agenda_is_printed(first, second):
    entries = of_blocks(("heading", None, first), ("paragraph", "1.", "Text."), ("heading", None, second))
    assert [(e.item, e.title) for e in entries] == [("I", "Opening"), ("II", "Closing")]


def test_paragraphs_below_the_word_agenda_are_no_items():
    long = "The Committee heard the delegates on the agenda. " * 20
    assert of_blocks(("heading", None, "Agenda"), ("paragraph", "1.", long), ("paragraph", "2.", long)) == ()


def test_the_parts_that_a_cell_runs_on_with_are_items_of_their_own():
    entries = of_table(
        ("Agenda Item Number", "Subject", "Paragraph"),
        ("I.", "Opening: (For decision) a) Opening of the Meeting b) Adoption of the Agenda", "1 - 20"),
        ("II.", "Future work", "21 - 45"),
        ("", "(To take note) a) Guidelines", ""),
        ("", "b) Work Programme", ""),
        ("III.", "Plan B) and others", ""),
    )
    assert [(e.item, e.title, e.actions, e.paragraphs) for e in entries] == [
        ("I", "Opening", ("decision",), "1 - 20"),
        ("I(a)", "Opening of the Meeting", (), None),
        ("I(b)", "Adoption of the Agenda", (), None),
        ("II", "Future work", ("take note",), "21 - 45"),
        ("II(a)", "Guidelines", (), None),
        ("II(b)", "Work Programme", (), None),
        ("III", "Plan B) and others", (), None),
    ]


@pytest.mark.parametrize(
    ("title", "actions"),
    [
        ("(a) Data (To take note) (b) E-Commerce (For decision)", [(), ("take note",), ("decision",)]),
        ("(a) Data (b) E-Commerce (For guidance and decision)", [("guidance", "decision"), (), ()]),
    ],
)
def test_each_part_has_the_marks_behind_it_and_the_item_those_behind_the_last_part_alone(title, actions):
    found = of_table(("Item No.", "Agenda item"), ("I", "Opening"), ("III", f"Digital Customs {title}"))[1:]
    assert [entry.item for entry in found] == ["III", "III(a)", "III(b)"]
    assert [entry.actions for entry in found] == actions


def test_the_range_of_an_item_may_stand_in_a_row_below_it():
    entries = of_table(
        ("Item", "Subject", "Paragraph"), ("I", "Opening", ""), ("", "", "1 - 20"), ("II", "Closing", "")
    )
    assert [e.paragraphs for e in entries] == ["1 - 20", None]


def test_a_table_without_a_column_of_numbers_is_numbered_by_order():
    entries = of_table(
        ("Agenda item", "Paragraphs"), ("Opening (For decision)", "1 - 2"), ("Single Window", "3 - 9"), ("", "")
    )
    found = [(e.item, e.title, e.paragraphs) for e in entries]
    assert found == [("1", "Opening", "1 - 2"), ("2", "Single Window", "3 - 9")]
    numbered = of_table(("Ordre du jour", "Paragraphes"), ("I. Ouverture", "1"), ("II. Guichet unique", "2 - 9"))
    assert [(e.item, e.title) for e in numbered] == [("I", "Ouverture"), ("II", "Guichet unique")]


def test_a_list_without_numbers_is_numbered_by_order_and_ends_where_its_items_begin():
    entries = of_blocks(
        ("paragraph", None, "The following Agenda was adopted:"),
        ("paragraph", None, "Adoption of the Agenda"),
        ("paragraph", None, "Technical Cooperation and Training Activities as they relate to Developing"),
        ("paragraph", None, "Country Members"),
        ("item", "(i)", "Implementation"),
        ("paragraph", None, "Other Business"),
        ("heading", None, "Technical Cooperation and Training Activities as they relate to Developing Countries"),
        ("paragraph", None, "The Chair noted that the Secretariat had prepared a note on it for the Committee."),
    )
    assert [(e.item, e.title) for e in entries] == [
        ("1", "Adoption of the Agenda"),
        ("2", "Technical Cooperation and Training Activities as they relate to Developing Country Members"),
        ("3", "Other Business"),
    ]


def test_dots_that_lead_to_a_page_are_no_part_of_a_title():
    entries = of_blocks(
        ("paragraph", None, "Subjects discussed: Page"),
        ("paragraph", "1.", "Report by the Chair ........ 2"),
        ("paragraph", "2.", "Work Programme . . . . . 19"),
    )
    assert [e.title for e in entries] == ["Report by the Chair", "Work Programme"]


def test_lines_under_the_word_agenda_that_open_none_are_no_items():
    assert of_blocks(("heading", None, "Agenda"), ("paragraph", None, "Data"), ("paragraph", None, "Rooms")) == ()


def test_a_lettered_list_may_stand_without_a_title_and_with_points_between_its_items():
    letters = "ABCDEFGHIJKLM"
    listed = [("item", f"{letter}.", f"Subject {letter}") for letter in letters[1:]]
    listed.insert(2, ("item", None, "A point below the third one"))
    listed.insert(5, ("paragraph", None, "that goes on"))
    entries = of_blocks(("item", "A.", "Adoption of the agenda"), *listed, ("heading", None, "ADOPTION OF THE AGENDA"))
    assert [e.item for e in entries] == list(letters)
    assert entries[4].title == "Subject E that goes on"


def test_the_decisions_of_a_resolution_are_no_agenda():
    assert of_blocks(("paragraph", "1.", "Welcomes the report;"), ("paragraph", "2.", "Decides to go on;")) == ()
    assert of_blocks(("paragraph", "1.", "Opening of markets;"), ("paragraph", "2.", "Closing of gaps;")) == ()


@pytest.mark.parametrize(
    ("first", "second", "paragraphs"),
    [
        ("II. Opening (agenda item 1) ... 2 3", "III. Closing (agenda item 2) ... 3\u22124 3", ("2", "3\u22124")),
        ("II. Opening (point 1 de l'ordre du jour) 2 3", "A. Closing (point 2 de l'ordre du jour) 5 6", ("2", "5")),
        ("Opening (Agenda item 1)", "Closing (agenda item 2)", (None, None)),
    ],
)
def test_headings_and_lists_of_contents_may_name_the_items_behind_them(first, second, paragraphs):
    entries = of_blocks(
        ("paragraph", None, first), ("paragraph", None, "I. Attendance ... 1 3"), ("heading", None, second)
    )
    assert [(e.item, e.title) for e in entries] == [("1", "Opening"), ("2", "Closing")]
    assert tuple(e.paragraphs for e in entries) == paragraphs


def test_sections_serve_where_nothing_else_tells_the_agenda():
    heads = ("ADOPTION OF THE AGENDA", "OBSERVERS", "OTHER BUSINESS", "ANNEX", "SEMINAR")
    blocks = [("heading", None, head) for head in heads]
    blocks.insert(1, ("paragraph", None, "It was adopted."))
    assert [(e.item, e.title) for e in of_blocks(*blocks)] == list(zip("123", heads, strict=False))
    assert of_blocks(*blocks[2:]) == ()


@pytest.mark.parametrize("text", ["(" * 50_000, "(for and " * 20_000, "1 - " * 40_000, "I I " * 40_000])
def test_hostile_lines_cost_little(text):
    start = time.process_time()
    of_blocks(("heading", None, "Agenda"), ("paragraph", "1.", text[:599]), ("paragraph", None, text))
    MARKS.actions_in(text)
    assert time.process_time() - start < 10
