"""What an encoder makes of each token: beside the vectors of search, at the right places, alike by both engines."""

import numpy as np
import pytest

from configs.settings import load_settings
from index.encoder import open_encoder

pytestmark = pytest.mark.model

TEXTS = [
    "The Single Window connects nine agencies; declarations reach them within seconds.",
    "Les déclarations sont déposées à l’avance, dès l'été, auprès du bureau d’entrée.",
    "Data.",
    "e\u0301tat, ﬁnance, ＡＢＣ, данные 🚢 and  two\n\nlines\tof text ",
]
LONG = "Customs data are exchanged before arrival. " * 60
SPECIAL = {"multilingual": 4, "minilm": 2}
"""Tokens of a text without a word: special ones, and those of the prompt."""


def words(text, tokens):
    """The parts of a text that its tokens stand for, in order."""
    return [text[start:end] for start, end in zip(tokens.starts, tokens.ends, strict=True) if end >= 0]


@pytest.fixture(scope="session")
def by_torch(tmp_path_factory):
    """The default encoder by the model itself."""
    settings = load_settings(tmp_path_factory.mktemp("home"), encoder="multilingual-e5-small", encoder_engine="torch")
    return open_encoder(settings)


@pytest.fixture(params=["multilingual", "minilm"])
def encoder(request):
    return request.getfixturevalue(request.param)


def test_vectors_are_those_of_passages(encoder):
    texts = [*TEXTS * 3, LONG, ""]
    vectors, _ = encoder.passages_with_states(texts)
    assert np.array_equal(vectors, encoder.passages(texts))


def test_states_are_those_of_a_middle_layer_beside_the_last(multilingual):
    """The mean of the last states is the vector of search, so that sentences have vectors of the same kind."""
    vectors, states = multilingual.passages_with_states(TEXTS)
    for vector, tokens in zip(vectors, states, strict=True):
        assert tokens.states.shape[1] == 2 * 384
        mean = tokens.states[:, 384:].mean(axis=0)
        assert mean @ vector / np.linalg.norm(mean) > 0.999
        assert not np.allclose(tokens.states[:, :384], tokens.states[:, 384:], atol=0.1)


def test_each_text_has_as_many_states_as_tokens(encoder):
    _, states = encoder.passages_with_states(TEXTS)
    assert [len(one.states) for one in states] == encoder.count_tokens(TEXTS)
    assert all(len(one.starts) == len(one.ends) == len(one.states) for one in states)
    assert {one.states.dtype.name for one in states} == {"float32"}


@pytest.mark.parametrize("name", SPECIAL)
def test_special_tokens_and_those_of_the_prompt_stand_nowhere(request, name):
    _, states = request.getfixturevalue(name).passages_with_states([*TEXTS, "", "   "])
    for tokens in states:
        assert ((tokens.starts < 0) == (tokens.ends < 0)).all()
        assert int((tokens.ends < 0).sum()) == SPECIAL[name]


def test_tokens_cut_the_words_out_of_the_text(multilingual):
    text = "The Single Window works."
    _, (tokens,) = multilingual.passages_with_states([text])
    assert [word.strip() for word in words(text, tokens)] == ["The", "Single", "Window", "works", "."]


@pytest.mark.parametrize("text", TEXTS[:3])
def test_every_letter_belongs_to_one_token(encoder, text):
    _, (tokens,) = encoder.passages_with_states([text])
    found = "".join("".join(word.split()) for word in words(text, tokens))
    assert found == "".join(text.split())


def test_accents_shift_nothing(multilingual):
    text = TEXTS[1]
    _, (tokens,) = multilingual.passages_with_states([text])
    pieces = [word.strip() for word in words(text, tokens)]
    assert pieces[:6] == ["Les", "déclaration", "s", "sont", "déposé", "es"]
    assert [pieces[-2], pieces[-1]] == ["entrée", "."]


def test_letters_of_several_marks_and_other_scripts_shift_nothing(multilingual):
    text = TEXTS[3]
    _, (tokens,) = multilingual.passages_with_states([text])
    pieces = [word.strip() for word in words(text, tokens)]
    wanted = ["ﬁnance", "ＡＢＣ", "данные", "🚢", "two", "lines", "text"]
    assert [one for one in pieces if one in wanted] == wanted


def test_what_stands_beyond_the_limit_has_no_states(encoder):
    most = encoder.identity.max_tokens
    vectors, (cut, whole) = encoder.passages_with_states([LONG, LONG[:300]])
    assert encoder.count_tokens([LONG])[0] > most
    assert len(cut.states) == most
    assert cut.ends.max() < len(LONG)
    assert cut.ends[-1] == -1  # the special token at the end is kept
    assert words(LONG, cut)[:40] == words(LONG[:300], whole)[:40]
    assert np.isfinite(vectors).all()


def test_half_a_pair_of_surrogates_is_one_letter(encoder):
    text = "\ud800 half of données"
    _, (tokens,) = encoder.passages_with_states([text])
    pieces = [word.strip() for word in words(text, tokens)]
    assert (pieces[0], pieces[1]) == ("\ud800", "half")
    assert "".join(pieces[2:]) == "ofdonnées"


def test_company_changes_no_places(multilingual):
    _, together = multilingual.passages_with_states([*TEXTS, LONG])
    for text, tokens in zip(TEXTS, together, strict=False):
        _, (alone,) = multilingual.passages_with_states([text])
        assert np.array_equal(alone.starts, tokens.starts)
        assert np.array_equal(alone.ends, tokens.ends)
        assert np.allclose(alone.states, tokens.states, atol=1e-4)


def test_no_texts_have_no_states(encoder):
    vectors, states = encoder.passages_with_states([])
    assert (vectors.shape, states) == ((0, 384), [])


def test_states_by_torch_are_alike(multilingual, by_torch):
    texts = [*TEXTS, LONG, "", "\ud800 half of données"]
    vectors, exported = multilingual.passages_with_states(texts)
    originals, original = by_torch.passages_with_states(texts)
    assert (vectors * originals).sum(axis=1).min() > 0.997
    for one, other in zip(exported, original, strict=True):
        assert one.states.shape == other.states.shape
        assert np.array_equal(one.starts, other.starts)
        assert np.array_equal(one.ends, other.ends)
        for half in (slice(0, 384), slice(384, None)):
            mine, theirs = one.states[:, half], other.states[:, half]
            cosines = (mine * theirs).sum(axis=1) / np.linalg.norm(mine, axis=1) / np.linalg.norm(theirs, axis=1)
            assert cosines.min() > 0.99


def test_vectors_by_torch_are_those_of_passages(by_torch):
    vectors, _ = by_torch.passages_with_states([*TEXTS, LONG])
    assert np.allclose(vectors, by_torch.passages([*TEXTS, LONG]), atol=1e-5)


@pytest.mark.parametrize("special", ["no prompt", "cut"])
def test_vectors_of_models_that_only_torch_runs_are_those_of_passages(make_tiny, tmp_path, special):
    from sentence_transformers import SentenceTransformer

    folder = make_tiny()
    changed = SentenceTransformer(str(folder), truncate_dim=16 if special == "cut" else None)
    if special == "no prompt":
        changed[1].include_prompt = False
    changed.save(str(tmp_path / "model"))
    settings = load_settings(
        tmp_path, encoder=str(tmp_path / "model"), cache=tmp_path / "cache", encoder_engine="torch"
    )
    encoder = open_encoder(settings)
    texts = ["the customs single window", "data", "risk paper " * 40]
    vectors, states = encoder.passages_with_states(texts)
    assert np.allclose(vectors, encoder.passages(texts), atol=1e-5)
    assert [len(one.states) for one in states] == [8, 5, 32]


@pytest.mark.parametrize("text", ["single window", TEXTS[1], TEXTS[3], LONG, ""])
def test_a_query_has_the_vector_of_queries_and_states_that_are_nowhere(encoder, text):
    vector, tokens = encoder.query_with_states(text)
    assert np.array_equal(vector, encoder.query(text))
    assert set(tokens.starts.tolist()) == set(tokens.ends.tolist()) == {-1}
    assert tokens.states.shape == (len(tokens.starts), encoder.passages_with_states(["a"])[1][0].states.shape[1])


def test_the_states_of_a_query_are_alike_by_both_engines(multilingual, by_torch):
    for text in TEXTS[:2]:
        (vector, tokens), (wanted, by) = (one.query_with_states(text) for one in (multilingual, by_torch))
        assert vector @ wanted > 0.99
        assert tokens.states.shape == by.states.shape
