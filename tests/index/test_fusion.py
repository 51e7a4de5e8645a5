import numpy as np

from index.fusion import reciprocal_rank_fusion


def test_a_row_of_both_rankings_beats_the_first_of_one():
    rows, scores = reciprocal_rank_fusion(np.array([7, 3, 5]), np.array([9, 3]))
    assert rows.tolist() == [3, 5, 7, 9]
    assert np.allclose(scores, [1 / 62 + 1 / 62, 1 / 63, 1 / 61, 1 / 61])


def test_an_empty_ranking_changes_nothing():
    rows, _ = reciprocal_rank_fusion(np.array([4, 2]), np.empty(0, np.int64))
    assert rows.tolist() == [2, 4]


def test_far_behind_by_word_a_near_row_counts_by_its_meaning_only():
    words, near = np.array([7, 5, 3]), np.array([3])
    rows, scores = reciprocal_rank_fusion(words, near, counted=2)
    assert dict(zip(rows.tolist(), scores.tolist(), strict=True)) == {3: 1 / 61, 5: 1 / 62, 7: 1 / 61}


def test_what_lies_behind_stays_in_the_order_by_word():
    rows, scores = reciprocal_rank_fusion(np.array([7, 5, 3]), np.array([9]), counted=1)
    assert dict(zip(rows.tolist(), scores.tolist(), strict=True)) == {3: 1 / 63, 5: 1 / 62, 7: 1 / 61, 9: 1 / 61}
