"""What of a text a quotation has to keep."""

import pytest

from pipelines.quotations.letters import letters_of, parts_of, places_of

PAPER = "The “single window” of Arvenia has been in operation since 2014.¹² It is non-binding."


def found(quotation, paper=PAPER):
    return [paper[start:end] for start, end in places_of(quotation, letters_of(paper), paper)]


@pytest.mark.parametrize(
    "quotation",
    [
        "the single window of Arvenia has been in operation since 2014",
        "The «\u00a0single window\u00a0» of Arvenia has been in opera-\ntion since 2014",
        "the\n'single window'\nof Arvenia has been in operation since 2014",
        "The single\u2011window of Arvenia has been in operation since 2014",
    ],
)
def test_how_a_text_is_set_makes_no_difference(quotation):
    assert [one.replace("“", "").replace("”", "") for one in found(quotation)] == [
        "The single window of Arvenia has been in operation since 2014"
    ]


@pytest.mark.parametrize(
    "quotation",
    ["in operation since 2015", "in operations since 2014", "IN OPERATION", "binding", "ingle window", "since 201"],
)
def test_other_words_or_parts_of_words_are_not_there(quotation):
    assert found(quotation) == []


def test_a_mark_of_a_note_may_be_left_out_or_kept():
    assert found("since 2014. It is") == found("since 2014.¹² It is") == ["since 2014.¹² It is"]


def test_every_place_is_given():
    assert found("window", "A window, the Window and windows.") == ["window", "Window"]


@pytest.mark.parametrize(
    ("quotation", "words"),
    [
        ("[d]irects the Council", "DIRECTS the Council"),
        ("[D]irects the Council", "DIRECTS the Council"),
        ("directs the Council to act. [t]he Parties", "DIRECTS the Council to act. The Parties"),
        ("The Parties [shall] report", "The Parties [shall] report"),
        ("[r]eport", "report"),
        ("the parties [shall]", None),
        ("directs THE Council", None),
        ("directs the [c]ouncil of", None),
    ],
)
def test_the_case_of_a_letter_in_brackets_and_capitals_of_the_first_words_make_no_difference(quotation, words):
    paper = "The Assembly DIRECTS the Council to act. The Parties [shall] report."
    assert found(quotation, paper) == [words] * bool(words)


def test_an_apostrophe_counts_between_letters_alone():
    assert found("the Committee's view", "In the Committee’s view, so.") == ["the Committee’s view"]
    assert found("the Committees view", "In the Committee’s view, so.") == []


@pytest.mark.parametrize("gap", ["[…]", "[...]", "(…)", "…", "[ . . . ]"])
def test_a_gap_parts_a_quotation(gap):
    assert parts_of(f"{gap} the window {gap} since 2014. {gap}") == ("the window", "since 2014")


def test_signs_alone_are_no_quotation():
    assert parts_of("… « » – .") == ()
