"""The encoders that remember say what the one behind them says, and ask it for each text once."""

import numpy as np

from configs.settings import load_settings
from index.encoder import encoder_identity, open_encoder, opening
from tests.dummy_encoder import DummyEncoder
from tests.remembering import Kept, Remembering, answers_kept

TEXTS = ["single window", "risk", "single window"]


class Counting(DummyEncoder):
    """A dummy that keeps the texts that it was asked for."""

    def __init__(self, identity):
        super().__init__(identity)
        self.identity, self.asked = identity, []

    def passages(self, texts, progress=None):
        self.asked += texts
        return super().passages(texts, progress)


def test_it_gives_the_same_and_asks_once(tmp_path):
    engine = Counting(encoder_identity(load_settings(tmp_path)))
    wanted, states = engine.passages_with_states(TEXTS)
    for ask, of_engine in (("passages", lambda one: one), ("passages_with_states", lambda one: one[0])):
        remembering, engine.asked = Remembering(engine), []
        for texts in (TEXTS, TEXTS[::-1], []):
            found = of_engine(getattr(remembering, ask)(texts))
            assert np.array_equal(found, wanted[[TEXTS.index(text) for text in texts]])
        assert sorted(engine.asked) == sorted(set(TEXTS))
    found = Remembering(engine).passages_with_states(TEXTS)[1]
    assert all(np.array_equal(one.states, other.states) for one, other in zip(found, states, strict=True))
    assert np.array_equal(Remembering(engine).query("risk"), engine.query("risk"))


def test_what_is_kept_is_the_same_for_the_next_process(tmp_path):
    engine = Counting(encoder_identity(load_settings(tmp_path)))
    first, second = (Kept(lambda: engine, tmp_path / "kept") for _ in range(2))
    for ask in ("passages", "passages_with_states"):
        engine.asked = []
        said = [getattr(one, ask)(texts) for one in (first, second) for texts in (TEXTS, TEXTS[::-1])]
        assert sorted(engine.asked) == sorted(set(TEXTS))
        np.testing.assert_equal(said[:2], said[2:])
        np.testing.assert_equal(said[0], getattr(engine, ask)(TEXTS))
    states_first = Kept(lambda: engine, tmp_path / "states first")
    vectors, _ = states_first.passages_with_states(TEXTS)
    engine.asked = []
    np.testing.assert_equal(states_first.passages(TEXTS), vectors)
    assert engine.asked == []
    for ask in ("query", "query_with_states"):
        kept, again, wanted = (getattr(one, ask)("risk") for one in (first, second, engine))
        np.testing.assert_equal(kept, wanted)
        np.testing.assert_equal(again, wanted)


def test_another_model_and_another_cache_have_answers_of_their_own(tmp_path, monkeypatch):
    asked = []

    def make(spec, settings, identity, prompts):
        asked.append((identity.name, settings.cache))
        return DummyEncoder(identity)

    monkeypatch.setattr(opening, "_engine", make)
    with answers_kept():
        for _ in range(2):
            for more in ({}, {"encoder": "all-MiniLM-L6-v2"}, {"cache": tmp_path / "other"}):
                open_encoder(load_settings(tmp_path, **more)).query(f"of {tmp_path}")
    assert len(asked) == len(set(asked)) == 3
