import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.metadata.describe import NameOfPresentation, parse_name


@pytest.mark.parametrize(
    ("stem", "told"),
    [
        ("ItemIIa_CBM Panel_CODEX_da Costa_EN", NameOfPresentation("II(a)", "CBM Panel", "CODEX, da Costa", "en")),
        ("Item IV_Blockchain_FR", NameOfPresentation("IV", "Blockchain", None, "fr")),
        ("Item3_Single Window_Norland", NameOfPresentation("3", "Single Window", "Norland", None)),
        ("PointVb_Guichet unique_F", NameOfPresentation("V(b)", "Guichet unique", None, "fr")),
    ],
)
def test_the_name_of_a_presentation(stem, told):
    assert parse_name(stem) == told


@pytest.mark.parametrize("stem", ["PC9001E1a", "Items_of_interest", "Item", "ItemII", "report_EN", ""])
def test_other_names_tell_nothing(stem):
    assert parse_name(stem) is None


@given(st.text(alphabet="ItemVI_ aEN1.", max_size=400))
def test_any_name_is_read_without_an_error(stem):
    parse_name(stem)
