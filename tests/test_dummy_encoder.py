"""The dummy encoder is one: near where words are shared, the same every time, and made without a model."""

import subprocess
import sys

import numpy as np
import pytest

from configs.settings import load_settings
from index.encoder import encoder_identity, open_encoder
from tests.dummy_encoder import dummy_encoders

TEXT = "The single window of Arvenia has been in operation since 2014."
ALONE = """
import sys, tempfile
from pathlib import Path
from configs.settings import load_settings
from index.encoder import open_encoder
from tests.dummy_encoder import dummy_encoders
with tempfile.TemporaryDirectory() as folder, dummy_encoders(Path(folder)):
    print(open_encoder(load_settings(Path(folder, "home"))).query("single window").tobytes().hex())
print({"torch", "openvino", "tokenizers", "transformers"} & set(sys.modules))
"""


@pytest.fixture
def encoder(tmp_path):
    with dummy_encoders(tmp_path / "cache"):
        yield open_encoder(load_settings(tmp_path / "home"))


def test_texts_that_share_words_are_near_and_others_are_not(encoder):
    query = encoder.query("the single windows of Arvenia")
    same, other = encoder.passages([TEXT, "Containers are scanned at two ports by mobile machines."]) @ query
    assert same > 0.4
    assert other < 0.2


def test_vectors_have_the_length_one_and_the_states_their_places(encoder):
    texts = [TEXT, "", "1 + 1", "e\u0301 \u0301", "é" * 400]
    vectors, states = encoder.passages_with_states(texts)
    assert np.array_equal(vectors, encoder.passages(texts))
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
    assert [len(one.starts) + 1 for one in states] == encoder.count_tokens(texts)
    first = states[0]
    words = [TEXT[start:end] for start, end in zip(first.starts[1:], first.ends[1:], strict=True)]
    assert words[:4] == ["The", "singl", "e", "windo"]
    assert first.states.shape == (len(first.starts), 2 * vectors.shape[1])


def test_a_query_is_encoded_as_a_passage_and_texts_are_cut_at_the_limit(encoder):
    vector, states = encoder.query_with_states(TEXT)
    assert np.array_equal(vector, encoder.passages([TEXT])[0])
    assert set(states.starts) == {-1}
    assert np.array_equal(encoder.query("Pièces Jointes"), encoder.query("pieces jointes"))
    words = "word " * encoder.identity.max_tokens
    assert np.array_equal(encoder.query(words), encoder.query(f"{words} and much more"))
    assert encoder.count_tokens([words]) == [encoder.identity.max_tokens + 2]


def test_its_identity_is_its_own_and_another_for_each_encoder(tmp_path):
    named = [load_settings(tmp_path, encoder=name) for name in ("multilingual-e5-small", "all-MiniLM-L6-v2")]
    real = [encoder_identity(settings) for settings in named]
    with dummy_encoders(tmp_path / "cache"):
        dummies = [encoder_identity(settings) for settings in named]
    assert [one.name for one in dummies] == [one.name for one in real]
    assert [one.dimension for one in dummies] == [one.dimension for one in real]
    assert len({one.model_hash for one in (*real, *dummies)}) == 4


def test_another_process_makes_the_same_vectors_and_no_model_is_imported(encoder):
    done = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n") == [encoder.query("single window").tobytes().hex(), "set()", ""]
