"""Passages of a small made-up language, judged and encoded without any encoder: what classifiers learn in tests.

A word has one vector wherever it stands. Some words decide what a passage is about; a passage is a few sentences, of
which those with the word of a dimension state something of it.
"""

import random
import zlib
from dataclasses import replace

import numpy as np

from extractors.classifier.scorer import MODALITIES, PassageInput
from extractors.classifier.states import TokenStates
from pipelines.fitting.examples import Example
from pipelines.fitting.fit import Target
from pipelines.fitting.network import Outputs
from pipelines.fitting.passages import JudgedPassage, JudgedTag

WIDTH = 12
"""Numbers of a vector; the state of a token is twice as wide."""
THEMES = {"windows": "single-window", "risks": "risk-management", "seals": "smart-seals", "trust": "trusted-trader"}
DIMENSIONS = {"standards": "data_standards", "staff": "people_capacity"}
VERBS = dict(zip(("works", "will", "should", "lacks"), MODALITIES, strict=True))
LEVELS = {"nowhere": "L0", "partly": "L1", "everywhere": "L2"}
FILLERS = ("the", "committee", "met", "noted", "paper", "again", "members", "thanked", "chair", "room")
LABELS = Outputs(tuple(THEMES.values()), tuple(DIMENSIONS.values()), tuple(LEVELS.values()))


def word_vector(word):
    """The unit vector of a word."""
    found = np.random.default_rng(zlib.crc32(word.encode())).normal(size=WIDTH)
    return (found / np.linalg.norm(found)).astype(np.float32)


def target(labels=LABELS):
    """What a classifier of these passages is fitted for."""
    words = {name: word for word, name in THEMES.items()}
    return Target("toy", "toy-model", labels, np.stack([word_vector(words[name]) for name in labels.themes]))


def read(sentences):
    """What a classifier reads of sentences, which are lists of words."""
    words = [word for sentence in sentences for word in sentence]
    text = " ".join(words)
    places, spans, at = [], [], 0
    for sentence in sentences:
        first = at
        for word in sentence:
            places.append((at, at + len(word)))
            at += len(word) + 1
        spans.append((first, at - 1))
    inner = np.stack([word_vector(word) for word in [*words, "<end>"]])
    states = np.concatenate([np.roll(inner, 1, axis=1), inner], axis=1)
    starts, ends = np.array([*places, (-1, -1)], np.intp).T
    mean = inner.mean(axis=0)
    cues = [next((1 + MODALITIES.index(VERBS[word]) for word in one if word in VERBS), 0) for one in sentences]
    named = np.array([sum(THEMES.get(word) == name for word in words) for name in LABELS.themes], np.float32)
    vector = (mean / np.linalg.norm(mean)).astype(np.float32)
    return PassageInput(text, vector, TokenStates(states, starts, ends), tuple(spans), named, cues.__getitem__)


def example(number, chance, **fields):
    """One judged passage, drawn by `chance`; `fields` are those of `JudgedPassage`."""
    sentences = [chance.sample(FILLERS, 4) for _ in range(chance.randint(1, 4))]
    themes = chance.sample(sorted(THEMES), chance.choice((0, 1, 1, 2)))
    for word in themes:
        chance.choice(sentences).append(word)
    tags, places = [], []
    for word in chance.sample(sorted(DIMENSIONS), chance.choice((0, 1, 1))):
        place = chance.randrange(len(sentences))
        verb, level = chance.choice(sorted(VERBS)), chance.choice([*sorted(LEVELS), None])
        sentences[place] += [word, verb, *filter(None, [level])]
        tags.append(
            JudgedTag(dimension=DIMENSIONS[word], modality=VERBS[verb], level=level and LEVELS[level], evidence=word)
        )
        places.append(place)
    inputs = read(sentences)
    judged = JudgedPassage(
        id=f"p{number}",
        language="en",
        text=inputs.text,
        about="customs-digital" if themes else "customs-paper" if tags else "none",
        themes=tuple(THEMES[word] for word in themes),
        tags=tuple(tags),
        **({"source": f"paper {number // 3}", "weight": 1.0} | fields),
    )
    return Example(judged, inputs, tuple(places))


def examples(count, seed=0, **fields):
    """Judged passages, three of each paper."""
    chance = random.Random(seed)
    return [example(number, chance, **fields) for number in range(count)]


def halved(one):
    """An example with states in half precision, as those of an encoder are kept."""
    tokens = one.read.tokens
    return replace(one, read=replace(one.read, tokens=tokens._replace(states=tokens.states.astype(np.float16))))
