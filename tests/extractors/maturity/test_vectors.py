import numpy as np

from extractors.maturity.vectors import KnownVectors


def counting(read):
    def encode(texts):
        read.extend(texts)
        return np.array([[len(text), 1] for text in texts], np.float32)

    return encode


def test_no_text_is_read_twice_by_one_encoder():
    first, second = [], []
    vectors = KnownVectors({"first": counting(first), "second": counting(second)})
    found = vectors.of(["a", "bb", "a"], ["first", "first", "second"])
    assert [one.tolist() for one in found] == [[1, 1], [2, 1], [1, 1]]
    vectors.of(["bb", "ccc", "ccc"], ["first"] * 3)
    assert (first, second) == (["a", "bb", "ccc"], ["a"])


def test_vectors_that_were_made_before_are_taken():
    read = []
    vectors = KnownVectors({"first": counting(read)})
    vectors.add("first", ["a"], np.array([[7, 7]], np.float32))
    assert vectors.of(["a"], ["first"])[0].tolist() == [7, 7]
    assert read == []
