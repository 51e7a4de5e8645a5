"""Training in torch of the network of `extractors/classifier/network.py` on examples."""

import ctypes
import math
import random
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from extractors.classifier.scorer import FIELDS, OUTCOMES
from extractors.classifier.states import Floats
from pipelines.fitting.examples import Example

EPOCHS = 3
_ALLOCATOR = {-1: 2**31 - 1, -2: 1 << 28, -4: 0}
"""Parameters of `mallopt(3)`: the threshold from which memory is given back, how much is taken at once, no `mmap`."""
_BATCH = 32
_BUCKET = 256
"""Examples among which those of like length share a batch."""
_HIDDEN, _KEYS = 256, 64
_INNER_WIDTH = 384
_DROPOUT = 0.25
_RATE, _WARM_UP, _LEAST_RATE = 1e-3, 60, 0.05
_DECAY = 0.05
_OTHER_SENTENCE = 0.3
"""Weight of a sentence that is not the evidence of a dimension that its passage states: it may state it as well."""
_NOTHING_STATED = 0.1
"""Weight of a sentence that states nothing beside one that does: there are many of them."""
_RARE_THEME, _RARE_DIMENSION = -3.5, -2.5
"""Log-odds that a theme and a dimension begin with."""
_LOSSES = {"stated": 2.0, "any": 1.0, "about": 0.5, "evidence": 4.0, "modality": 0.5, "levels": 0.5}
_LEAST_DEVIATION = 1e-3
"""Of states that are the same in all tokens, which say nothing."""
_THEMES_A_PASSAGE = 4
"""Losses of themes are summed over so many of them, as a passage has a few and not the mean of all."""


class Outputs(NamedTuple):
    """The themes, dimensions and levels of a network, in the order of its outputs."""

    themes: tuple[str, ...]
    dimensions: tuple[str, ...]
    levels: tuple[str, ...]


class _Batch(NamedTuple):
    """What `mean_states` makes of passages, padded `(n, 1 + k, w)`, with the mask `(n, 1 + k)` of what is there."""

    states: torch.Tensor
    mask: torch.Tensor


class _Outputs(NamedTuple):
    labels: torch.Tensor
    about: torch.Tensor
    evidence: torch.Tensor
    modality: torch.Tensor
    levels: torch.Tensor


class Network(nn.Module):
    """See `extractors.classifier.network.AttentionNetwork`, whose arrays `arrays` gives."""

    def __init__(self, width: int, labels: Outputs) -> None:
        super().__init__()
        themes, dimensions = len(labels.themes), len(labels.dimensions)
        count = themes + 2 * dimensions
        inner = min(_INNER_WIDTH, width)
        self.mean, self.deviation = nn.Buffer(torch.zeros(width)), nn.Buffer(torch.ones(width))
        self.input, self.inner, self.outer = (
            nn.Linear(width, inner),
            nn.Linear(inner, _HIDDEN),
            nn.Linear(_HIDDEN, inner),
        )
        self.key = nn.Linear(inner, _KEYS)
        self.queries = nn.Parameter(torch.randn(count, _KEYS) * 0.05)
        self.labels = nn.Parameter(torch.randn(count, inner) * 0.01)
        self.means = nn.Parameter(torch.randn(count, inner) * 0.01)
        self.bias = nn.Parameter(
            torch.cat([torch.full((themes,), _RARE_THEME), torch.full((2 * dimensions,), _RARE_DIMENSION)])
        )
        self.about = nn.Linear(inner, len(FIELDS))
        self.evidence, self.modality = nn.Linear(2 * inner, dimensions), nn.Linear(2 * inner, len(OUTCOMES))
        self.levels = nn.Linear(2 * inner, 1 + len(labels.levels))
        self.levels_of_dimension = nn.Parameter(torch.zeros(dimensions, 1 + len(labels.levels)))
        self.dropout = nn.Dropout(_DROPOUT)
        with torch.no_grad():
            self.input.weight.zero_()
            self.input.weight[:, -inner:] = torch.eye(inner)  # begins with the last layer as it is
            self.input.bias.zero_()
            self.outer.weight.zero_()
            self.outer.bias.zero_()
            self.evidence.bias.fill_(_RARE_THEME)

    def forward(self, batch: _Batch) -> _Outputs:
        """Return the log-odds of all labels `(n, T + 2D)` and fields, and those of all sentences in their order."""
        rows = self.input(self.dropout((batch.states - self.mean) / self.deviation))
        hidden = nn.functional.gelu(self.inner(rows), approximate="tanh")
        rows = rows + self.outer(self.dropout(hidden))
        attention = self.key(rows) @ self.queries.T / math.sqrt(_KEYS)
        attention = attention.masked_fill(~batch.mask[:, :, None], -1e4).softmax(dim=1)
        seen = attention.transpose(1, 2) @ rows
        mean = rows[:, 0]
        labels = (self.dropout(seen) * self.labels).sum(dim=2) + self.dropout(mean) @ self.means.T + self.bias
        sentences = torch.cat([rows[:, 1:], mean[:, None].expand_as(rows[:, 1:])], dim=2)[batch.mask[:, 1:]]
        parts = self.dropout(sentences)
        return _Outputs(
            labels, self.about(self.dropout(mean)), self.evidence(parts), self.modality(parts), self.levels(parts)
        )

    def arrays(self) -> dict[str, Floats]:
        """Return the weights under the names that `AttentionNetwork` wants."""
        state = {name: value.detach().numpy().astype(np.float32) for name, value in self.state_dict().items()}
        state["levels.dimension"] = state.pop("levels_of_dimension")
        return state


def keep_memory() -> None:
    """Let the C library of Linux reuse the memory of temporary tensors until the process ends.

    Otherwise freed memory is returned to the system and cleared each time, which took two thirds of all time
    (measured).
    """
    allocator = getattr(ctypes.CDLL(None), "mallopt", None)
    if allocator:
        for parameter, value in _ALLOCATOR.items():
            allocator(parameter, value)


def train_network(examples: Sequence[Example], labels: Outputs, *, seed: int = 0) -> dict[str, Floats]:
    """Return the arrays of a network trained on examples; the same examples and seed give the same network."""
    torch.manual_seed(seed)
    order = random.Random(seed)  # noqa: S311 - nothing is secret
    network = Network(examples[0].read.means.shape[1], labels)
    sample = torch.from_numpy(np.concatenate([one.read.means for one in examples]))
    network.mean.copy_(sample.mean(dim=0))
    network.deviation.copy_(sample.std(dim=0).clamp(min=_LEAST_DEVIATION))
    steps = EPOCHS * math.ceil(len(examples) / _BATCH)
    optimiser = torch.optim.AdamW(network.parameters(), lr=_RATE, weight_decay=_DECAY)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1.0, (step + 1) / _WARM_UP) * max(_LEAST_RATE, 1 - step / steps)
    )
    network.train()
    for _ in range(EPOCHS):
        for batch in _batches(examples, order):
            loss = _loss(network(_packed(batch)), network, batch, labels)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call] # torch leaves it untyped
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            schedule.step()
    return network.eval().arrays()


def _batches(examples: Sequence[Example], order: random.Random) -> Iterator[list[Example]]:
    """Yield the examples in batches of similar length, in random order."""
    shuffled = list(examples)
    order.shuffle(shuffled)
    batches = []
    for start in range(0, len(shuffled), _BUCKET):
        alike = sorted(shuffled[start : start + _BUCKET], key=lambda one: len(one.read.sentences))
        batches += [alike[first : first + _BATCH] for first in range(0, len(alike), _BATCH)]
    order.shuffle(batches)
    yield from batches


def _packed(examples: Sequence[Example]) -> _Batch:
    means = [one.read.means for one in examples]
    shape = len(means), max(map(len, means))
    states, mask = torch.zeros(*shape, means[0].shape[1]), torch.zeros(shape, dtype=torch.bool)
    for row, own in enumerate(means):
        states[row, : len(own)] = torch.from_numpy(own)
        mask[row, : len(own)] = True
    return _Batch(states, mask)


def _loss(found: _Outputs, network: Network, examples: Sequence[Example], labels: Outputs) -> torch.Tensor:
    """Return the sum of the losses of all judged labels."""
    themes, dimensions = len(labels.themes), len(labels.dimensions)
    split = [themes, dimensions, dimensions]
    by_theme, stated, any_ = torch.split(found.labels, split, dim=1)
    want_theme, want_stated, want_any = torch.split(targets(examples, labels), split, dim=1)
    about = torch.tensor([FIELDS.index(one.judged.about) for one in examples])
    wanted, weights, decided, outcomes = _sentence_targets(examples, labels)
    total = (
        binary_cross_entropy_with_logits(by_theme, want_theme) * themes / _THEMES_A_PASSAGE
        + _LOSSES["stated"] * binary_cross_entropy_with_logits(stated, want_stated)
        + _LOSSES["any"] * binary_cross_entropy_with_logits(any_, want_any)
        + _LOSSES["about"] * cross_entropy(found.about, about)
        + _LOSSES["evidence"] * binary_cross_entropy_with_logits(found.evidence, wanted, weight=weights)
    )
    if outcomes:
        rows, outcome = (torch.tensor(column) for column in zip(*outcomes, strict=True))
        each = cross_entropy(found.modality[rows], outcome, reduction="none")
        own = torch.where(outcome == 0, _NOTHING_STATED, 1.0)
        total = total + _LOSSES["modality"] * (own @ each) / own.sum()
    if decided:
        rows, places, levels = (torch.tensor(column) for column in zip(*decided, strict=True))
        by_level = found.levels[rows] + network.levels_of_dimension[places]
        total = total + _LOSSES["levels"] * cross_entropy(by_level, levels)
    return total


def targets(examples: Sequence[Example], labels: Outputs) -> torch.Tensor:
    """Return the labels of each example, `(n, T + 2D)`: its themes, stated dimensions, topic dimensions."""
    wanted = torch.zeros(len(examples), len(labels.themes) + 2 * len(labels.dimensions))
    for row, one in enumerate(examples):
        columns = [labels.themes.index(name) for name in one.judged.themes if name in labels.themes]
        first = len(labels.themes)
        for names in (one.judged.stated, one.judged.dimensions):
            columns += [first + labels.dimensions.index(name) for name in names if name in labels.dimensions]
            first += len(labels.dimensions)
        wanted[row, columns] = 1
    return wanted


def _sentence_targets(
    examples: Sequence[Example], labels: Outputs
) -> tuple[torch.Tensor, torch.Tensor, list[tuple[int, int, int]], list[tuple[int, int]]]:
    """Return which sentences are evidence, with weights, `(sentences, D)`; the decided ones; and the outcomes.

    The decided ones are their row, dimension and level (0 for none), the outcomes row and outcome, as numbers.
    """
    count = sum(len(one.read.sentences) for one in examples)
    wanted = torch.zeros(count, len(labels.dimensions))
    weights = torch.ones(count, len(labels.dimensions))
    decided, outcomes, first = [], [], 0
    for one in examples:
        outcomes += [(first + sentence, outcome) for sentence, outcome in one.outcomes().items()]
        own = [(tag, first + sentence) for tag, sentence in one.stated() if tag.dimension in labels.dimensions]
        last = first + len(one.read.sentences)
        for tag, _ in own:
            weights[first:last, labels.dimensions.index(tag.dimension)] = _OTHER_SENTENCE
        for tag, row in own:
            place = labels.dimensions.index(tag.dimension)
            wanted[row, place] = weights[row, place] = 1
            level = 1 + labels.levels.index(tag.level) if tag.level in labels.levels else 0
            decided.append((row, place, level))
        first = last
    return wanted, weights, decided, outcomes
