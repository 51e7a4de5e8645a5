"""Words and pieces of words as numbers: the same everywhere and for ever, dampened, together of length one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.classifier.grams import SIZE, hashed, hashed_pieces, phrases, pieces, rarity_of, weighted

EVEN = np.ones(SIZE, np.float32)
COUNTS = st.dictionaries(st.integers(0, SIZE - 1), st.integers(1, 10_000), min_size=1, max_size=50)


def test_pieces_are_those_of_words_with_their_ends():
    assert list(pieces("E-Form")) == [" e ", " fo", "for", "orm", "rm ", " for", "form", "orm ", " form", "form "]


def test_a_longer_word_is_a_piece_of_its_own_too():
    assert "w data " not in list(pieces("data"))
    assert "w paper " in list(pieces("paper"))


def test_phrases_are_words_pairs_and_triples_with_marks():
    words, pairs = ["no", "data", "yet", "."], ["no data", "data yet", "yet ."]
    assert list(phrases("No data yet.")) == [*words, *pairs, "no data yet", "data yet ."]


def test_case_makes_no_difference_and_accents_do():
    assert list(pieces("DÉCLARATION")) == list(pieces("déclaration"))
    assert list(pieces("déclaration")) != list(pieces("declaration"))


@pytest.mark.parametrize("text", ["", " \n", "…—"])
def test_a_text_without_words_has_no_pieces(text):
    assert list(pieces(text)) == []


def test_a_word_without_end_has_few_pieces():
    assert len(list(pieces("a" * 100_000))) < 200


def test_numbers_of_grams_never_change():
    """Files of trained weights are named by them: another number is another word."""
    assert hashed(["customs", " dé", "w paper ", "no data yet"]) == {465: 1, 3103: 1, 8107: 1, 8080: 1}


def test_a_gram_that_comes_again_is_counted():
    assert sorted(hashed(["data", "paper", "data"]).values()) == [1, 2]


@given(st.text(st.sampled_from("aé .-X1'")))
def test_the_pieces_of_a_text_are_counted_word_by_word_as_one_by_one(text):
    assert hashed_pieces(text) == hashed(pieces(text))


def test_half_a_pair_of_surrogates_has_a_number():
    (number,) = hashed(["\ud800"])
    assert 0 <= number < SIZE


@given(COUNTS)
def test_weights_are_together_of_length_one(counts):
    numbers, values = weighted(counts, EVEN)
    assert list(numbers) == sorted(counts)
    assert np.linalg.norm(values) == pytest.approx(1, abs=1e-5)


@given(COUNTS, st.randoms(use_true_random=False))
def test_the_order_of_the_counts_changes_nothing(counts, random):
    shuffled = list(counts.items())
    random.shuffle(shuffled)
    assert np.array_equal(weighted(dict(shuffled), EVEN)[1], weighted(counts, EVEN)[1])


def test_a_gram_that_comes_often_counts_more_but_not_as_much_more():
    _, (once, often) = weighted({1: 1, 2: 100}, EVEN)
    assert 1 < often / once < 10


def test_a_rare_gram_counts_more_than_one_of_every_text():
    rarity = rarity_of([{1: 1, 2: 1}, {1: 3}, {1: 1}])
    _, (common, rare) = weighted({1: 1, 2: 1}, rarity)
    assert common == 0
    assert rare == pytest.approx(1)


def test_a_gram_that_no_text_had_is_the_rarest():
    rarity = rarity_of([{1: 1}, {2: 1}])
    assert rarity.shape == (SIZE,)
    assert rarity[3] == rarity.max() > rarity[1]


def test_no_grams_and_common_ones_have_no_weight():
    assert weighted({}, EVEN)[1].shape == (0,)
    assert weighted({1: 2}, rarity_of([{1: 1}]))[1].tolist() == [0]
