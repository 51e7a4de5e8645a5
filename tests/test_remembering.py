"""The encoder that remembers says what the one behind it says, and asks it for each text once."""

import numpy as np

from configs.settings import load_settings
from index.encoder import encoder_identity
from tests.dummy_encoder import DummyEncoder
from tests.remembering import Remembering

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
