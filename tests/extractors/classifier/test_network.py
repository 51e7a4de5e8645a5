"""The network by numpy says what the network by torch says, whatever is read."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from extractors.classifier.network import AttentionNetwork
from extractors.classifier.states import TokenStates, mean_states
from pipelines.fitting import network as by_torch
from pipelines.fitting.examples import Example
from pipelines.fitting.network import Network, Outputs
from pipelines.fitting.passages import JudgedPassage
from tests.toy_passages import read

LABELS = Outputs(("a", "b", "c", "d", "e"), ("x", "y"), ("L0", "L1", "L2"))
WIDTH = 24
JUDGED = JudgedPassage(id="p", language="en", text="a", about="none")
NEAR = 1e-3  # scores reach hundreds, in single precision


def random_network(seed, scale=0.3):
    """A network all of whose weights are drawn, for states that are neither centred nor of one size."""
    torch.manual_seed(seed)
    made = Network(WIDTH, LABELS).eval()
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.copy_(torch.randn_like(parameter) * scale)
        made.mean.copy_(torch.randn(WIDTH))
        made.deviation.copy_(torch.rand(WIDTH) + 0.5)
    return made


@st.composite
def passages(draw):
    """States of a passage, and its sentences: any number, some of them without a token."""
    count = draw(st.integers(1, 20))
    spans = [(10 * place, 10 * place + 9) for place in range(draw(st.integers(0, 5)))]
    owners = draw(st.lists(st.integers(-1, max(len(spans) - 1, 0)), min_size=count, max_size=count))
    starts = np.array([-1 if owner < 0 else 10 * owner + 2 for owner in owners], np.intp)
    chance = np.random.default_rng(draw(st.integers(0, 1 << 30)))
    states = (chance.normal(size=(count, WIDTH)) * draw(st.sampled_from([0.1, 1, 5]))).astype(np.float32)
    return TokenStates(states, starts, np.where(starts < 0, -1, starts + 3)), spans


def passage(tokens, spans):
    """A passage as the network takes it."""
    made = read([["one"]])
    return type(made)("a", made.vector, tokens, tuple(spans), made.mentioned, made.cue)


def scores_by_torch(network, batch):
    """The scores of each passage by torch, in the shapes of the network by numpy."""
    with torch.no_grad():
        found = network(by_torch._packed([Example(JUDGED, passage(*one), ()) for one in batch]))
        by_dimension = found.levels[:, None] + network.levels_of_dimension[None]
    counts = [len(spans) for _, spans in batch]
    sentences = [part.split(counts) for part in (found.evidence, found.modality, by_dimension)]
    split = [len(LABELS.themes), len(LABELS.dimensions), len(LABELS.dimensions)]
    for row, labels in enumerate(found.labels):
        yield (*labels.split(split), found.about[row], *(part[row] for part in sentences))


def assert_alike(network, batch):
    by_numpy = AttentionNetwork(network.arrays(), len(LABELS.themes), len(LABELS.dimensions))
    found = by_numpy.scores([passage(*one).means for one in batch])
    assert len(found) == len(batch)
    for one, wanted in zip(found, scores_by_torch(network, batch), strict=True):
        parts = (one.themes, one.stated, one.any, one.about, one.evidence, one.modality, one.levels)
        for got, by in zip(parts, wanted, strict=True):
            assert got.shape == tuple(by.shape)
            assert np.allclose(got, by.numpy(), rtol=NEAR, atol=NEAR)


@given(st.integers(0, 1000), st.lists(passages(), min_size=1, max_size=6))
@settings(max_examples=60)
def test_both_networks_say_the_same_of_any_passages(seed, batch):
    assert_alike(random_network(seed), batch)


def test_a_network_that_is_not_trained_says_the_same_too():
    torch.manual_seed(0)
    tokens = TokenStates(np.ones((3, WIDTH), np.float32), np.array([-1, 0, 4]), np.array([-1, 3, 8]))
    assert_alike(Network(WIDTH, LABELS).eval(), [(tokens, [(0, 8)])])


def test_states_in_half_precision_are_read_like_others():
    network = random_network(1)
    chance = np.random.default_rng(1)
    states = chance.normal(size=(9, WIDTH)).astype(np.float16)
    whole = TokenStates(states.astype(np.float32), np.arange(9), np.arange(9) + 1)
    reader = AttentionNetwork(network.arrays(), len(LABELS.themes), len(LABELS.dimensions))
    of_half, of_whole = reader.scores([mean_states(one, [(0, 9)]) for one in (whole._replace(states=states), whole)])
    assert np.allclose(of_half.themes, of_whole.themes, atol=NEAR)
    assert np.allclose(of_half.evidence, of_whole.evidence, atol=NEAR)


def test_scores_of_a_passage_do_not_depend_on_its_company():
    reader = AttentionNetwork(random_network(2).arrays(), len(LABELS.themes), len(LABELS.dimensions))
    chance = np.random.default_rng(2)
    batch = [
        TokenStates(chance.normal(size=(count, WIDTH)).astype(np.float32), np.arange(count), np.arange(count) + 1)
        for count in (3, 40, 11)
    ]
    spans = ([(0, 2)], [], [(0, 5), (5, 11)])
    means = [mean_states(*one) for one in zip(batch, spans, strict=True)]
    together, alone = reader.scores(means), [reader.scores([one])[0] for one in means]
    for one, other in zip(together, alone, strict=True):
        assert np.allclose(one.themes, other.themes, atol=NEAR)
        assert np.allclose(one.levels, other.levels, atol=NEAR)


def test_no_passages_have_no_scores():
    assert AttentionNetwork(random_network(0).arrays(), len(LABELS.themes), len(LABELS.dimensions)).scores([]) == []


def test_a_weight_that_is_missing_is_named():
    arrays = random_network(0).arrays()
    del arrays["queries"]
    with pytest.raises(KeyError, match="queries"):
        AttentionNetwork(arrays, len(LABELS.themes), len(LABELS.dimensions))
