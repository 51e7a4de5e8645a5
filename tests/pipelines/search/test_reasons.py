"""The reason of a hit on one line, and the sentence that shows it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.results import PassageHit
from pipelines.search.reasons import LONGEST_QUOTE, WhyMatched, quotation, reason, shown_span, why_matched

TEXT = "The port was opened in 2019. A single window of Arvenia serves\nall traders. Fees are low."


def passage(text=TEXT, *words, **more):
    marks = tuple((at, at + len(word)) for word in words for at in [text.index(word)])
    return PassageHit(id="a-0", text=text, score=1.0, highlights=marks, **more)


def shown(found):
    return [found.text[start:end] for start, end in found.marks]


def test_the_sentence_with_the_most_words_is_quoted_on_one_line():
    found = quotation(passage(TEXT, "port", "single", "window"))
    assert found.text == "A single window of Arvenia serves"
    assert shown(found) == ["single", "window"]


def test_without_words_it_is_the_nearest_sentence_else_the_first():
    last = (TEXT.index("Fees"), len(TEXT))
    assert quotation(passage(nearest=last)).text == "Fees are low."
    assert quotation(passage()).text == "The port was opened in 2019."


def test_the_sentence_that_answers_is_shown_with_its_neighbours():
    text = "One is. Two is. Three is. Four is. Five is."
    assert text[slice(*shown_span(text, [(16, 21)], None))] == "Two is. Three is. Four is."
    assert text[slice(*shown_span(text, [], (35, 43)))] == "Four is. Five is."
    assert text[slice(*shown_span(text, [], None))] == "One is. Two is."
    assert shown_span("", [], None) == (0, 0)


def test_the_sentence_that_answers_is_shown_though_the_one_before_it_is_long():
    text = f"A port {'is ' * 200}here. Two ports have a single window. Three have none."
    at = text.index("ports")
    start, end = shown_span(text, [(2, 6), (at, at + 5), (at + 13, at + 26)], None, 90)
    assert end - start <= 90
    assert "Two ports have a single window." in text[start:end]


def test_a_long_sentence_is_shortened_around_its_first_word():
    text = f"{'before ' * 90}the window {'after ' * 90}"
    found = quotation(passage(text, "window"))
    assert found.text.startswith("… ")
    assert found.text.endswith(" …")
    assert shown(found) == ["window"]


@given(st.text(alphabet="ab .\n", min_size=1, max_size=900), st.lists(st.integers(0, 899), max_size=4, unique=True))
def test_a_quotation_is_short_and_its_marks_lie_in_it(text, places):
    marks = tuple((at, at + 1) for at in sorted(places) if at < len(text))
    found = quotation(PassageHit(id="a-0", text=text, score=1.0, highlights=marks))
    assert len(found.text) <= LONGEST_QUOTE + 4
    assert "\n" not in found.text
    assert all(0 <= start < end <= len(found.text) for start, end in found.marks)


@pytest.mark.parametrize(
    ("why", "line"),
    [
        ({"words": ("single", "window"), "filters": ("body=ptc",)}, "words: single, window"),
        (
            {"themes": ("Single window",), "is_near": True, "meaning": 3},
            "theme: Single window · meaning: no. 3 of the nearest",
        ),
        ({"words": ("window",), "is_near": True}, "word: window · meaning"),
        ({"filters": ("body=ptc", "year=2014")}, "filters: body=ptc, year=2014"),
        ({}, ""),
    ],
)
def test_a_reason_is_one_line(why, line):
    assert reason(WhyMatched(**why)) == line


def test_a_passage_that_was_not_explained_has_its_marked_words_as_the_reason():
    assert why_matched(passage(TEXT, "single", "window"), ()).words == ("single", "window")
