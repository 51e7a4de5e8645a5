"""Lines on covers of papers that are known to exist; such covers as a whole stand in `tests/gold/covers.yaml`."""

import pytest

from tests.extractors.metadata.test_describe import ENGLISH, described, paper

PTC, HSC = "PERMANENT TECHNICAL COMMITTEE", "HARMONIZED SYSTEM COMMITTEE"
COPYRIGHT = "Copyright © {} World Customs Organization. All rights reserved. Write to [email protected]"


@pytest.mark.parametrize(
    ("text", "cited", "paragraph"), [("SP0250, §68", "SP0250", "68"), ("SC0082 §69", "SC0082", "69")]
)
def test_bare_citations_of_the_terms_of_reference(text, cited, paragraph):
    cover = paper(PTC, "TERMS OF REFERENCE", body=f"{ENGLISH} The group was set up by {text}.")
    (reference,) = described(cover).references
    assert (reference.symbol, reference.paragraph) == (cited, paragraph)


@pytest.mark.parametrize(
    ("line", "item"),
    [
        ("(Item II on the Agenda)", "II"),
        ("(Item II of the Agenda)", "II"),
        ("( Item IV.1 on the Agenda )", "IV.1"),
        ("(Item II.1 (a) on the Agenda)", "II.1(a)"),
        ("(ITEM V b) ON THE AGENDA)", "V(b)"),
        ("(Point II de l'ordre du jour)", "II"),
        ("(Point IV.2 de l\u2019ordre du jour)", "IV.2"),
        ("(POINT III a) DE L'ORDRE DU JOUR)", "III(a)"),
        ("Provisional agenda item 3.1", "3.1"),
        ("Item 4 (b) of the provisional agenda", "4(b)"),
        ("Point 4 b) de l'ordre du jour provisoire", "4(b)"),
    ],
)
def test_the_item_on_a_cover(line, item):
    assert described(paper(PTC, "PC0410E1a", "SINGLE WINDOW", line)).agenda_item == item


@pytest.mark.parametrize(
    ("line", "language"),
    [
        ("O. Eng.", "English"),
        ("O. Fr.", "French"),
        ("O. Eng./Fr.", "English/French"),
        ("O. Fr. / Eng.", "French/English"),
        ("Original: English", "English"),
        ("Original : FRANÇAIS", "French"),
        ("Original: English and French", "English/French"),
        ("Langue originale : anglais/français", "English/French"),
        ("English only", "English"),
        ("Arabic only", None),
    ],
)
def test_the_original_language_on_a_cover(line, language):
    assert described(paper(HSC, "NC1377E1b", line, "CLASSIFICATION OF SCREENS")).original_language == language


@pytest.mark.parametrize(
    ("line", "date"),
    [
        ("Brussels, 17 December 2013.", "2013-12-17"),
        ("Brussels,  2 September", "2010-09-02"),
        ("Bruxelles, le 14 mai 2012", "2012-05-14"),
        ("Bruxelles, le 1er mars", "2010-03-01"),
    ],
)
@pytest.mark.parametrize(
    "copyright_line", [COPYRIGHT.format(2010), "Copyright (c) 2010 Organisation mondiale des douanes"]
)
def test_the_year_that_a_date_lost_is_that_of_the_copyright(line, date, copyright_line):
    assert described(paper(PTC, "PC0410E1a", line, "SINGLE WINDOW", copyright_line)).date == date
