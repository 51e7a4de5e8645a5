import pytest

from configs.covers import load_covers
from configs.labels import fold

COVERS = load_covers()


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        (
            "Source: ISACC Title: Contributions Agenda Item: 3",
            ["Source: ISACC", "Title: Contributions", "Agenda Item: 3"],
        ),
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
