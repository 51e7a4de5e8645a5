import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.bodies import load_bodies
from configs.editions import Edition, Editions

EDITIONS = load_bodies().editions


@pytest.mark.parametrize(
    ("symbol", "edition"),
    [
        ("ECE/TRANS/WP.30/2023/1", Edition("ECE/TRANS/WP.30/2023/1")),
        ("ECE/TRANS/WP.30/2023/1/Rev.1", Edition("ECE/TRANS/WP.30/2023/1", "Rev.1")),
        ("ECE/TRANS/WP.30/2023/1/Rev.  1", Edition("ECE/TRANS/WP.30/2023/1", "Rev.1")),
        ("ECE/TRANS/WP.30/2023/1/Add.2", Edition("ECE/TRANS/WP.30/2023/1", "Add.2", part=True)),
        ("ECE/TRANS/WP.30/2023/1/Add.2/Rev.1", Edition("ECE/TRANS/WP.30/2023/1", "Add.2/Rev.1")),
        ("G/TFA/W/5/Rev.2/Corr.1", Edition("G/TFA/W/5", "Rev.2/Corr.1", part=True)),
        ("g/tfa/w/5/rev2", Edition("g/tfa/w/5", "rev2")),
        ("G/ADP/N/1/CHN/2/Suppl.3", Edition("G/ADP/N/1/CHN/2", "Suppl.3", part=True)),
        ("EX.CL/1234(XLI)Rev.1", Edition("EX.CL/1234(XLI)", "Rev.1")),
        ("EX.CL/1234 (XLI) Rev. 1", Edition("EX.CL/1234 (XLI)", "Rev.1")),
        ("HSSC15-05.2A Rev1", Edition("HSSC15-05.2A", "Rev1")),
        ("S-101PT3-5.1_Rev1", Edition("S-101PT3-5.1", "Rev1")),
        ("PC0345E1a/Rev.", Edition("PC0345E1a", "Rev")),
        ("E/ECE/324/Rev.1/Add.82/Rev.5", Edition("E/ECE/324/Rev.1/Add.82", "Rev.5")),
        ("E/ECE/324/Rev.1/Add.82", Edition("E/ECE/324/Rev.1/Add.82")),
        ("A/PREV1", Edition("A/PREV1")),
        ("", Edition("")),
    ],
)
def test_a_symbol_is_a_paper_and_its_marks(symbol, edition):
    assert EDITIONS.of(symbol) == edition


def test_without_words_nothing_is_a_mark():
    assert Editions().of("G/TFA/W/5/Rev.2") == Edition("G/TFA/W/5/Rev.2")
    assert Editions().suffix == ""


@given(st.text(max_size=80))
def test_any_text_is_taken_apart_without_an_error(text):
    edition = EDITIONS.of(text)
    assert " ".join(text.split()).startswith(edition.paper)
    assert EDITIONS.of(edition.paper).paper == edition.paper or edition.marks
