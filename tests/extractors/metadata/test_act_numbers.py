"""Numbers of papers that an office issues in a series."""

import pytest

from configs.bodies import load_bodies
from configs.kinds import load_kinds
from extractors.metadata.act_numbers import act_number_in, own_act_number, reference_in
from extractors.metadata.front import Line
from extractors.metadata.printed import Printed, Vocabulary

WORDS = Vocabulary(load_bodies(), load_kinds())


def lines(*texts: str) -> list[Line]:
    return [Line(text, WORDS, number, 1, heading=False, prose=False) for number, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("text", "raw", "kind"),
    [
        ("Circular No. 17/2031-Customs", "Circular No. 17/2031-Customs", "circular"),
        ("Circular No. 29 / 2031 -Customs", "Circular No. 29 / 2031 -Customs", "circular"),
        ("CIRCULAR NO: 11/2031", "CIRCULAR NO: 11/2031", "circular"),
        ("CIRCULAIRE N° 2345/MBPE/DGD du 3 mai 2031", "2345/MBPE/DGD", "circular"),
        ("Customs Notice 31-14: Tracking devices", "Customs Notice 31-14", "notice"),
        ("Notice to exporters 2031/07", "Notice to exporters 2031/07", "notice"),
        ("CUSTOMS MEMORANDUM ORDER NO. 12-2031", "CUSTOMS MEMORANDUM ORDER NO. 12-2031", "instruction"),
        ("Act No. 12 of 2031", "Act No. 12 of 2031", "law"),
        ("LOI N° 2031-10 DU 28 FEVRIER 2031", "LOI N° 2031-10", "law"),
        ("Circular Letter No.4204", "Circular Letter No.4204", "circular"),
    ],
)
def test_numbers_of_series(text, raw, kind):
    number = act_number_in(Printed(text, WORDS))
    assert (number.raw, number.kind.id) == (raw, kind)


@pytest.mark.parametrize(
    "text",
    [
        "This notice replaces Circular No. 5/2030", "Circular on the 2031/32 season", "Circular of 5 May",
        "Law of 2020-2021", "Report No. 3/2031", "the circular no. 3/2031 is void", "Circular No. 5/2031 is void",
    ],
)  # fmt: skip
def test_what_is_no_number_of_a_series(text):
    assert act_number_in(Printed(text, WORDS)) is None


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        ("N° 01234/MFB/DGD", "01234/MFB/DGD"), ("F. No. 450/88/2031-Cus.IV", "450/88/2031-Cus.IV"),
        ("Ref: 12/34", None), ("Our Ref : FR 02.05.04 V9", None), ("No. of pages: 3/4/5", None),
    ],
)  # fmt: skip
def test_numbers_of_files(text, raw):
    number = reference_in(Printed(text, WORDS))
    assert (number.raw if number else None) == raw


def test_the_number_of_the_series_counts_before_that_of_the_file():
    number = own_act_number(lines("F. No. 450/88/2031-Cus.IV", "Instruction No. 07/2031-Customs"))
    assert number.raw == "Instruction No. 07/2031-Customs"


def test_the_number_of_a_paper_that_is_cited_is_not_its_own():
    assert own_act_number(lines("Réf. : Circulaire n° 45/DGD/2030", "References: Circular No. 5/2030")) is None
