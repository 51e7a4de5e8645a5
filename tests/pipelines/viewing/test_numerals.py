import pytest

from pipelines.viewing.numerals import multiplier_behind, numerals_in


@pytest.mark.parametrize(
    ("text", "language", "values"),
    [
        ("one hundred and five", "en", [105]),
        ("two thousand three hundred and ninety-nine", "en", [2399]),
        ("four and five", "en", [4, 5]),
        ("three million", "en", [3_000_000]),
        ("the tenth and the twentieth", "en", [10, 20]),
        ("soixante-dix-sept", "fr", [77]),
        ("quatre-vingt-onze", "fr", [91]),
        ("deux mille quatre cents", "fr", [2400]),
        ("vingt et un", "fr", [21]),
        ("vingt et trente", "fr", [20, 30]),
        ("cinq pour cent", "fr", [5]),
        ("treinta y dos", "es", [32]),
        ("tenure, often, sevens", "en", []),
        ("ten", "xx", []),
        ("ten", None, []),
    ],
)
def test_numbers_in_words(text, language, values):
    assert [one.value for one in numerals_in(text, language)] == values


def test_only_what_could_be_written_in_figures_is_plain():
    assert [one.plain for one in numerals_in("one, two, three, third", "en")] == [False, False, True, False]


def test_a_word_may_multiply_figures():
    assert multiplier_behind("3 million euros", 1, "en") == (1_000_000, 9)
    assert multiplier_behind("3 millionaires", 1, "en") == (1, 1)
    assert multiplier_behind("3 million", 1, None) == (1, 1)
