"""How a changed quotation differs, and what none may leave out."""

import pytest

from pipelines.quotations.wording import compare, said, weighs

PAPER = (
    "Members recalled the earlier discussion. The Committee agreed that each administration should share its data by "
    "2020. The Secretariat took note."
)
QUOTED = "The Committee agreed that each administration should share its data by 2020."


@pytest.mark.parametrize(
    ("quotation", "kind", "own", "paper"),
    [
        (QUOTED.replace("should", "may"), "changed", "may", "should"),
        (QUOTED.replace("2020", "2021"), "changed", "2021", "2020"),
        (QUOTED.replace("should", "should not"), "added", "not", ""),
        (QUOTED.replace("each ", ""), "left_out", "", "each"),
    ],
)
def test_each_difference_is_named_with_the_words_of_both(quotation, kind, own, paper):
    compared = compare(quotation, PAPER)
    assert PAPER[compared.start : compared.end] == QUOTED.rstrip(".")
    assert [(one.kind, one.quotation, one.paper) for one in compared.differences] == [(kind, own, paper)]


def test_a_full_stop_between_sentences_is_a_difference():
    compared = compare("should share its data by 2020 and the Secretariat took note", PAPER)
    assert said(compared.differences) == "“and” stands for “.” in the paper"


@pytest.mark.parametrize(
    ("quoted", "paper"),
    [
        (f"{QUOTED[:-5]}2021", f"{QUOTED} The Secretariat took note of it, and will report in 2021."),
        (  # a short one, which stands at the far end of its paragraph too
            "The Committee agreed to act by 2021",
            f"The Committee agreed to act by 2020. {'Delegates took note of the discussion. ' * 6}It ends in 2021.",
        ),
        (f"In 2021 {QUOTED}", f"In 2021 the Secretariat took note of the discussion. In 2020 {QUOTED}"),
    ],
)
def test_a_changed_year_that_stands_elsewhere_in_the_paper_is_the_only_difference(quoted, paper):
    assert said(compare(quoted, paper).differences) == "“2021” stands for “2020” in the paper"


@pytest.mark.parametrize("quotation", ["The weather was fine in the garden of the palace.", "The Committee", ""])
def test_other_words_are_like_nothing(quotation):
    assert compare(quotation, PAPER) is None


@pytest.mark.parametrize(
    ("text", "language", "word"),
    [
        ("which is not", "en", "not"),
        ("as it should", "en", "should"),
        ("of 27 members", "en", "27"),
        ("of seven members", "en", "seven"),
        ("il n'est", "fr", "n'est"),
        ("elle doit", "fr", "doit"),
        ("of the members", "en", None),
        ("", None, None),
    ],
)
def test_what_may_not_be_left_out(text, language, word):
    assert weighs(text, language) == word
