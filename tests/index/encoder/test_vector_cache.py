"""Vectors of statements are encoded once on a machine, and again where what is cached is not theirs or is broken."""

import numpy as np
import pytest

from index.encoder import EncoderIdentity
from index.encoder.vector_cache import VectorCache

TEXTS = ("Declarations are lodged electronically.", "Payment is made online.")


class Counting:
    """Encodes texts by their length, and counts the calls."""

    def __init__(self, **identity):
        given = {"name": "counting", "model_hash": "0" * 16, "dimension": 3, "engine": "openvino", "max_tokens": 9}
        self.identity = EncoderIdentity(**{**given, "precision": "float32", **identity})
        self.calls = 0

    def passages(self, texts, progress=None):
        self.calls += 1
        return np.array([[len(text), n, 0] for n, text in enumerate(texts)], np.float32)


@pytest.fixture
def encode(tmp_path):
    def run(encoder, texts=TEXTS):
        return VectorCache(encoder, tmp_path / "cache").passages(texts)

    return run


def test_the_same_texts_are_encoded_once(encode):
    encoder = Counting()
    first, second = encode(encoder), encode(encoder)
    assert encoder.calls == 1
    assert np.array_equal(first, second)
    assert second.dtype == np.float32


@pytest.mark.parametrize("other", [("one",), TEXTS[::-1], ("".join(TEXTS),), ("\udcff", "b")])
def test_other_texts_have_vectors_of_their_own(encode, other):
    encoder = Counting()
    encode(encoder)
    assert np.array_equal(encode(encoder, other), Counting().passages(other))


@pytest.mark.parametrize("change", [{"model_hash": "1" * 16}, {"precision": "int8"}, {"engine": "torch"}])
def test_another_encoder_has_vectors_of_its_own(encode, change):
    encode(Counting())
    other = Counting(**change)
    encode(other)
    assert other.calls == 1


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY", b"no vectors", b"half"])
def test_a_broken_file_is_made_again(encode, tmp_path, content):
    first = encode(Counting())
    (kept,) = (tmp_path / "cache").rglob("*.npy")
    kept.write_bytes(kept.read_bytes()[:-4] if content == b"half" else content)
    again, after = Counting(), Counting()
    assert np.array_equal(encode(again), first)
    assert np.array_equal(encode(after), first)
    assert (again.calls, after.calls) == (1, 0)


def test_vectors_that_are_not_of_these_texts_are_not_taken(encode, tmp_path):
    first = encode(Counting())
    (kept,) = (tmp_path / "cache").rglob("*.npy")
    np.save(kept, first[:1])
    assert np.array_equal(encode(Counting()), first)


def test_where_nothing_can_be_written_texts_are_encoded_every_time(encode, tmp_path):
    (tmp_path / "cache").write_text("a file in the place of the folder")
    encoder = Counting()
    assert np.array_equal(encode(encoder), encode(encoder))
    assert encoder.calls == 2


def test_half_of_what_could_not_be_written_is_not_kept(encode, tmp_path, monkeypatch):
    def full(path, _):
        path.write_bytes(b"half")
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(np, "save", full)
        first = encode(Counting())
    assert list((tmp_path / "cache").rglob("*.npy")) == []
    assert np.array_equal(encode(Counting()), first)
