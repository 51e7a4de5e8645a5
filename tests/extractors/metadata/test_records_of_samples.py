"""Agendas, decisions and references of the sample papers, read as a user's papers are."""

from functools import cache
from pathlib import Path

import pytest

from configs.bodies import load_bodies
from configs.kinds import load_kinds
from configs.settings import ReadingLimits
from extractors.document import Deadline, Document
from extractors.metadata.describe import describe
from extractors.readers import read

NOT_RECORDS = ("SC9001E1a.pdf", "SC9001F1a.pdf", "EG9001E1a.pdf", "PC9004E1a.pdf", "PC9004F1a.pdf", "PC9002E1a.docx")


@cache
def sample(path: Path) -> Document:
    reading = read(path, limits=ReadingLimits())
    return describe(reading, source=path.as_uri(), sha256="0" * 64, bodies=load_bodies(), kinds=load_kinds())


def test_a_report_has_the_agenda_of_its_table(samples):
    agenda = sample(samples / "papers/PC9001E1a.pdf").agenda
    assert [entry.item for entry in agenda] == ["I", "II", "III", "IV", "V", "VI"]
    assert agenda[4].title == "Time Release Study and performance measurement"
    assert agenda[4].actions == ("take note", "discussion", "guidance")
    assert agenda[4].paragraphs == "16 - 18"


def test_a_draft_agenda_has_its_items_and_cites_their_papers(samples):
    paper = sample(samples / "papers/PC9003E1a.pdf")
    assert [entry.item for entry in paper.agenda][3:5] == ["IV(a)", "IV(b)"]
    assert "PC9110E1a" in [reference.symbol for reference in paper.references]


def test_a_report_has_its_decisions_and_nothing_else(samples):
    decisions = sample(samples / "papers/PC9001E1a.pdf").decisions
    assert [(one.paragraph, one.verb) for one in decisions] == [
        ("1", "elected"),
        ("2", "adopted"), ("2", "agreed"),
        ("7", "took note"), ("7", "welcomed"), ("7", "invited"),
        ("12", "endorsed"), ("12", "agreed"), ("12", "instructed"),
        ("15", "took note"), ("15", "recommended"),
        ("18", "agreed"), ("18", "other"), ("18", "invited"),
        ("19", "approved"), ("19", "decided"), ("19", "instructed"),
    ]  # fmt: skip


def test_a_report_says_who_is_asked_by_when(samples):
    decisions = sample(samples / "papers/PC9001E1a.pdf").decisions
    (invited,) = (one for one in decisions if (one.paragraph, one.verb) == ("7", "invited"))
    assert (invited.actor, invited.body, invited.addressee) == ("Committee", "ptc", "Members")
    assert invited.deadline == Deadline(text="by 30 September 2014", date="2014-09-30")


def test_conclusions_in_a_list_are_decisions_of_the_body_above_it(samples):
    decisions = sample(samples / "papers/PM9003E1a.pdf").decisions
    listed = [(one.paragraph, one.verb, one.actor) for one in decisions if "(" in (one.paragraph or "")]
    assert listed == [
        ("16(a)", "agreed", "Sub-Committee"),
        ("16(b)", "instructed", "Sub-Committee"),
        ("16(c)", "invited", "Sub-Committee"),
        ("16(d)", "decided", "Sub-Committee"),
    ]


@pytest.mark.parametrize("name", NOT_RECORDS)
def test_a_working_document_that_asks_and_recalls_decides_nothing(samples, name):
    assert sample(samples / "papers" / name).decisions == ()


@pytest.mark.parametrize("name", ["PC9001", "PC9004", "EG9001", "SC9001"])
def test_twins_have_one_structure(samples, name):
    english, french = (sample(samples / f"papers/{name}{letter}1a.pdf") for letter in "EF")
    assert [(e.item, e.actions, e.paragraphs) for e in english.agenda] == [
        (e.item, e.actions, e.paragraphs) for e in french.agenda
    ]
    assert [(d.verb, d.paragraph, d.page) for d in english.decisions] == [
        (d.verb, d.paragraph, d.page) for d in french.decisions
    ]
    assert [r.symbol.replace("F", "E") for r in french.references] == [r.symbol for r in english.references]
    assert english.agenda_item == french.agenda_item
    assert bool(english.purpose) == bool(french.purpose)
    assert bool(english.action_required) == bool(french.action_required)
