import pytest

from configs.covers import load_covers
from configs.labels import fold

COVERS = load_covers()


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("Source: ISACC Title: Data Agenda Item: 3", ["Source: ISACC", "Title: Data", "Agenda Item: 3"]),
        ("DATE: 8 July 2031 SUBJECT: Practice 9", ["DATE: 8 July 2031", "SUBJECT: Practice 9"]),
        ("Report of the Chair: progress", ["Report of the Chair: progress"]),
        ("Annex A: forms to: all", ["Annex A: forms to: all"]),
    ],
)
def test_labels_inside_a_line_begin_a_part(line, parts):
    assert COVERS.breaks.split(line) == parts


def test_labels_in_any_language_stand_before_a_colon():
    for line in ("Subject: data", "OBJET : données", "Asunto: datos", "Тема: данные"):
        assert COVERS.subject_label.match(fold(line))
    assert not COVERS.subject_label.match("subjects: data")
    assert COVERS.label.match(fold("Soumis par : le Secrétariat"))


@pytest.mark.parametrize(
    "line", ["Contents", "CONTENTS", "Table des matières", "Contents Paragraphs Page", "Оглавление"]
)
def test_what_heads_a_list_of_contents(line):
    assert COVERS.is_contents(line)
    assert not COVERS.is_contents(f"{line} of the box")


@pytest.mark.parametrize(
    ("word", "name"), [("english", "English"), ("esp", "Spanish"), ("русскии", "Russian"), ("x", None)]
)
def test_languages_have_their_english_names(word, name):
    assert COVERS.language(word) == name


def test_a_draft_stands_below_those_who_submit_it():
    match = COVERS.draft.match(fold("Australie et Belize* : projet de résolution révisé"))
    assert (match["who"], match["draft"]) == ("australie et belize", "projet de resolution revise")
    assert not COVERS.draft.match("draft resolution: amendments")


@pytest.mark.parametrize(("title", "goes_on"), [("REPORT ON THE", True), ("Rapport de l'", True), ("Report", False)])
def test_no_title_ends_with_a_joint_or_an_article(title, goes_on):
    assert bool(COVERS.titles.unfinished.search(fold(title))) == goes_on


@pytest.mark.parametrize(
    ("before", "cites"),
    [("see ", True), ("Doc. ", True), ("informal document ", False), ("F.No. ", True), ("the ", False)],
)
def test_what_introduces_another_paper(before, cites):
    assert bool(COVERS.citations.citation.search(before)) == cites


def test_an_annex_stands_before_the_symbol_of_its_own_paper():
    assert COVERS.citations.own_annex.search("Annexe II au document ")
    assert not COVERS.citations.own_annex.search("see document ")
