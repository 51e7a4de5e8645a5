"""What a piece of print says, read once."""

import datetime as dt

import pytest

from configs.bodies import load_bodies
from configs.kinds import load_kinds
from extractors.metadata.printed import Printed, Vocabulary

WORDS = Vocabulary(load_bodies(), load_kinds())


def test_all_that_a_line_says_has_its_place_in_the_line():
    line = Printed("Rapport de la 12e session du Comité technique permanent, 3 mai 2031 (PC0345F1a)", WORDS)
    text = line.text
    assert text[line.session[1] :].startswith("12e session")
    assert line.session[0] == (12,)
    assert (line.day[0], text[slice(*line.day[1:])]) == (dt.date(2031, 5, 3), "3 mai 2031")
    assert [text[one.start : one.end] for one in line.symbols] == ["PC0345F1a"]
    assert [text[one.start : one.end] for one in line.bodies] == ["Comité technique permanent"]
    assert line.cues[0][1] == 0


def test_a_line_is_read_once():
    line = Printed("Minutes of the 3rd session", WORDS)
    assert line.folded is line.folded
    assert line.session is line.session
    assert line.of("Minutes of the 3rd session") is line
    assert line.of("Minutes").session is None


@pytest.mark.parametrize(
    ("text", "begins", "name"),
    [
        ("Minutes of the 3rd session", True, False),
        ("Decision No. 2", True, True),
        ("Agenda: opening", False, False),
        ("On decisions", False, False),
    ],
)
def test_what_a_paper_of_some_kind_is_called(text, begins, name):
    line = Printed(text, WORDS)
    assert (line.begins_with_kind, line.is_name_of_kind) == (begins, name)
