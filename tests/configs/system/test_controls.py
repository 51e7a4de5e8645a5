"""Characters that command a terminal: what is kept of a text, what is shown, and how JSON holds them."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.system.controls import escaped, page_text, showable, storable
from configs.system.json_text import json_text

CONTROLS = [chr(code) for code in (*range(9), *range(11, 32), *range(0x7F, 0xA0))]
DIRECTIONS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
MARKS = "\u061c\u200e\u200f"
ANY = st.text(st.characters(exclude_categories=()))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY, inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("control", CONTROLS, ids=ascii)
def test_no_control_is_kept_shown_or_put_on_a_page(control):
    for made in (storable(f"a{control}b"), showable(f"a{control}b"), page_text(f"a{control}b")):
        assert made in ("ab", "a b")


@pytest.mark.parametrize("kept", ["\n", "\t", "é", "漢", "\u200d", "\u00ad", "\U0001f600"], ids=ascii)
def test_text_stays(kept):
    assert storable(kept) == showable(kept) == page_text(kept) == kept


@pytest.mark.parametrize("control", ["\r", "\x0b", "\x0c", "\x1f", "\x85"], ids=ascii)
def test_what_parts_words_goes_on_parting_them(control):
    assert storable(f"a{control}b") == showable(f"a{control}b") == "a b"


def test_the_end_of_a_line_is_a_line_feed():
    assert storable("a\r\nb") == showable("a\r\nb") == "a\nb"


def test_directions_are_kept_and_not_shown():
    assert storable(DIRECTIONS + MARKS) == DIRECTIONS + MARKS
    assert showable(DIRECTIONS + MARKS) == ""
    assert page_text(DIRECTIONS + MARKS) == MARKS


def test_a_byte_of_a_name_that_is_no_text_is_shown_by_its_number_and_not_kept():
    assert showable("a\udcffb") == "a\\udcffb"
    assert storable("a\udcffb") == "a\ufffdb"


@given(VALUES)
def test_json_is_harmless_and_means_the_same(value):
    for ascii_only in (False, True):
        text = json_text(value, ascii_only=ascii_only)
        assert text == showable(text)
        assert "\u2028" not in text
        assert not ascii_only or text.isascii()
        assert json.loads(text, parse_constant=_refuse) == _without_odd_numbers(value)


def test_what_is_escaped_already_stays_so():
    assert escaped('"\\u001b\x9b"') == '"\\u001b\\u009b"'


def _refuse(name):
    raise AssertionError(name)


def _without_odd_numbers(value):
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, list):
        return [_without_odd_numbers(one) for one in value]
    return {name: _without_odd_numbers(one) for name, one in value.items()} if isinstance(value, dict) else value
