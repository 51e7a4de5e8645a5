import numpy as np
import pytest

from configs.settings import Settings
from index.ranking.fusion import DEFAULT, Fusion, Ranked, fused
from pipelines.search.requests import fusion_of

RANKS = Fusion("rrf")


def ranked(*rows, scores=None):
    return Ranked(np.array(rows, np.int64), np.array(scores or [1.0] * len(rows)))


def by_row(ranking):
    return dict(zip(ranking.rows.tolist(), ranking.scores.tolist(), strict=True))


def test_a_row_of_both_rankings_beats_the_first_of_one():
    found = fused(ranked(7, 3, 5), ranked(9, 3), RANKS)
    assert found.rows.tolist() == [7, 3, 5, 9]
    assert np.allclose(found.scores, [1 / 61, 1 / 62 + 1 / 62, 1 / 63, 1 / 61])


@pytest.mark.parametrize("fusion", [RANKS, Fusion("weighted")])
def test_an_empty_ranking_changes_nothing(fusion):
    assert fused(ranked(4, 2, scores=[2.0, 1.0]), ranked(), fusion).rows.tolist() == [4, 2]
    assert fused(ranked(), ranked(4, 2, scores=[0.5, -0.5]), fusion).rows.tolist() == [4, 2]
    assert not len(fused(ranked(), ranked(), fusion).rows)


def test_far_behind_by_word_a_near_row_counts_by_its_meaning_only():
    assert by_row(fused(ranked(7, 5, 3), ranked(3), RANKS, counted=2)) == {3: 1 / 61, 5: 1 / 62, 7: 1 / 61}


def test_what_lies_behind_stays_in_the_order_by_word():
    assert by_row(fused(ranked(7, 5, 3), ranked(9), RANKS, counted=1)) == {3: 1 / 63, 5: 1 / 62, 7: 1 / 61, 9: 1 / 61}


def test_words_may_count_more_than_meaning_or_nothing():
    assert by_row(fused(ranked(7), ranked(9), Fusion("rrf", 0.75))) == pytest.approx({7: 1.5 / 61, 9: 0.5 / 61})
    assert by_row(fused(ranked(7), ranked(9), Fusion("rrf", 0.0))) == pytest.approx({7: 0.0, 9: 2 / 61})


def test_weighted_scores_are_shares_of_the_best_by_word_and_of_the_span_by_meaning():
    words, near = ranked(7, 3, scores=[8.0, 2.0]), ranked(3, 9, 4, scores=[0.9, 0.8, 0.7])
    found = by_row(fused(words, near, Fusion("weighted", 0.6)))
    assert found == pytest.approx({7: 1.2, 3: 1.2 * 0.25 + 0.8, 9: 0.4, 4: 0.0})


def test_equal_scores_all_count_in_full():
    assert by_row(fused(ranked(7, 3, scores=[0.0, 0.0]), ranked(9), Fusion("weighted"))) == {7: 1.0, 3: 1.0, 9: 1.0}


def best_first(ranking):
    return ranking.rows[np.argsort(-ranking.scores)].tolist()


def test_what_stands_out_in_one_ranking_keeps_its_lead_unless_ranks_are_added():
    words, near = ranked(7, 3, scores=[8.0, 1.0]), ranked(9, 3, 4, scores=[0.9, 0.71, 0.7])
    assert best_first(fused(words, near, Fusion(words=0.4))) == [9, 7, 3, 4]
    assert best_first(fused(words, near, RANKS))[0] == 3


def test_words_count_more_in_longer_queries():
    shares = [DEFAULT.for_query("word " * length).words for length in (4, 8, 16)]
    assert shares == pytest.approx([0.3, 0.35, 0.4])


@pytest.mark.parametrize("query", ["", "word", "two words", "word of three", "word " * 25, "word " * 1000])
def test_ranks_are_added_for_a_query_that_is_a_name_or_a_paragraph(query):
    assert DEFAULT.for_query(query).method == "rrf"


@pytest.mark.parametrize("fusion", [RANKS, Fusion("rrf", 0.7), Fusion("weighted", 0.7)])
def test_a_weight_that_was_chosen_holds_for_every_query(fusion):
    assert fusion.for_query("one") == fusion.for_query("word " * 50) == fusion


def test_search_and_the_settings_have_one_default():
    assert fusion_of(Settings()) == DEFAULT


def test_rows_gain_by_what_they_share_with_the_query():
    shares = {7: 0.0, 3: 1.0, 9: 0.5}
    plain = by_row(fused(ranked(7, 3), ranked(9, 3), RANKS))
    gained = by_row(
        fused(ranked(7, 3), ranked(9, 3), RANKS, shares=lambda rows: np.array([shares[row] for row in rows]))
    )
    best = max(plain.values())
    assert gained == pytest.approx({row: score + best * shares[row] for row, score in plain.items()})


def test_rows_far_behind_by_word_gain_only_where_they_are_near():
    found = by_row(fused(ranked(7, 5, 3), ranked(3), RANKS, counted=1, shares=lambda rows: np.ones(len(rows))))
    assert found == pytest.approx({7: 2 / 61, 5: 1 / 62, 3: 2 / 61})
    assert by_row(fused(ranked(7, 5), ranked(), RANKS, counted=1, shares=lambda rows: np.ones(len(rows)))) == (
        pytest.approx({7: 2 / 61, 5: 1 / 62})
    )
