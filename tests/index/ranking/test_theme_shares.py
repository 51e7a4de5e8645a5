import numpy as np
import pytest

from index.ranking.theme_shares import QueryTheme, theme_shares

NONE, FIRST, BOTH = np.array([False, False]), np.array([True, False]), np.array([True, True])


def test_without_a_theme_nothing_is_shared():
    assert theme_shares([], 2).tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("accepted", "suggested", "shares"),
    [(FIRST, NONE, [0.8, 0.0]), (NONE, FIRST, [0.4, 0.0]), (FIRST, BOTH, [0.8, 0.4])],
)
def test_a_suggested_theme_counts_half(accepted, suggested, shares):
    found = theme_shares([(QueryTheme(id="a", confidence=0.8), accepted, suggested)], 2)
    assert found == pytest.approx(shares)


def test_of_several_themes_one_that_is_shared_is_enough():
    half, sure = QueryTheme(id="a", confidence=0.5), QueryTheme(id="b", confidence=1.0)
    assert theme_shares([(half, BOTH, NONE), (half, FIRST, NONE)], 2) == pytest.approx([0.75, 0.5])
    assert theme_shares([(sure, FIRST, NONE), (half, BOTH, NONE)], 2) == pytest.approx([1.0, 0.5])
