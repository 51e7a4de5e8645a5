"""Trains the weights of modality on labelled sentences and writes `configs/modality_weights.yaml`.

usage: python -m benchmarks.train_modality [--dry-run]

What vectors say is learnt from the development and training sentences of `tests/gold/modality.jsonl` and the evidence
of the development passages of `tests/gold/maturity.jsonl`; how far cues are believed, from the training sentences
alone, which no cue was written for. Prints what both reach there on sentences left out, with their translations.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from benchmarks.running import CHECKOUT
from configs.modality import load_modality
from configs.modality_weights import SHIPPED
from configs.settings import load_settings
from extractors.claims.modality import PLAIN, STRONG, Judgement, compile_modality
from extractors.maturity.fitting import fit_logistic
from index.encoder import open_encoder

VERSION = "1"
ENCODER = "multilingual-e5-small"
LANGUAGES = ("en", "fr")
GOLD = CHECKOUT / "tests" / "gold"
REGULARISATION = 30.0
"""From 10 to 100 the sentences left out are read about as well."""
TRUST_PRECISION = 1.0
"""Of the prior of what cues add to the log-odds."""
FOLDS = 10
KIN = 0.93
"""Cosine from which two sentences are taken for translations of one: they are left out together."""
TRUST = ("nothing", "weak", "plain", "strong")

Floats = NDArray[np.float64]
Places = NDArray[np.intp]


@dataclass(frozen=True)
class Sentences:
    """Unit vectors `(n, d)`, the claim, what the cues say and how sure they are, and which are for training."""

    vectors: Floats
    claims: NDArray[np.str_]
    cued: NDArray[np.str_]
    trust: Places
    fresh: NDArray[np.bool_]
    folds: Places


def main() -> None:
    """Train and write the file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--dry-run", action="store_true", help="train and print, write nothing")
    options = parser.parse_args()
    sentences = labelled()
    names = sorted(set(sentences.claims.tolist()))
    left_out = log_chances(sentences, names)
    trust = fit_trust(sentences, left_out, names, sentences.fresh)
    show(sentences, left_out, names)
    fitted, middle = fit(sentences.vectors, sentences.claims)
    intercepts = fitted.intercept_ - fitted.coef_ @ middle
    weights = {
        "version": VERSION,
        "encoder": ENCODER,
        "languages": list(LANGUAGES),
        "trust": {name: round(float(value), 2) for name, value in zip(TRUST, trust, strict=True)},
        "claims": {
            name: {"intercept": round(float(intercept), 3), "coefficients": [round(float(one), 3) for one in row]}
            for name, intercept, row in zip(fitted.classes_.tolist(), intercepts, fitted.coef_, strict=True)
        },
    }
    print(f"trust: {weights['trust']}")
    head = "# Made by benchmarks/train_modality.py. Do not edit: train again.\n"
    if not options.dry_run:
        text = yaml.safe_dump(weights, sort_keys=False, default_flow_style=None, width=120)
        SHIPPED.write_text(head + text, encoding="utf-8")


def labelled() -> Sentences:
    """Return the sentences that may be learnt from."""
    rows = [row for row in _read(GOLD / "modality.jsonl") if row["split"] != "test"]
    for row in _read(GOLD / "maturity.jsonl"):
        if row["split"] == "dev" and row["dimension"]:
            start, end = row.get("evidence") or (0, len(row["text"]))
            rows.append({**row, "text": row["text"][start:end]})
    rules = compile_modality(load_modality())
    judged = [rules.judge(row["text"], row["language"]) for row in rows]
    encode = open_encoder(load_settings(encoder=ENCODER)).passages
    vectors = encode([row["text"] for row in rows]).astype(np.float64)
    return Sentences(
        vectors,
        np.array([row["modality"] or "nothing" for row in rows]),
        np.array([one.modality or "nothing" for one in judged]),
        np.array([_trust(one) for one in judged]),
        np.array([row["split"] == "train" for row in rows]),
        _folds(vectors),
    )


def fit(vectors: Floats, claims: NDArray[np.str_]) -> tuple[LogisticRegression, Floats]:
    """Return a multinomial logistic regression over vectors less their mean, and that mean.

    Claims that are labelled more often are not expected more often.
    """
    middle: Floats = vectors.mean(axis=0)
    regression = LogisticRegression(C=REGULARISATION, max_iter=3000, class_weight="balanced")
    return regression.fit(vectors - middle, claims), middle


def log_chances(sentences: Sentences, names: Sequence[str]) -> Floats:
    """Return the logarithm of the probability of each claim `(n, claims)`, fitted without the sentence and its kin."""
    found = np.zeros((len(sentences.claims), len(names)))
    for fold in range(FOLDS):
        own = sentences.folds == fold
        fitted, middle = fit(sentences.vectors[~own], sentences.claims[~own])
        found[own] = fitted.predict_log_proba(sentences.vectors[own] - middle)
    return found


def fit_trust(sentences: Sentences, left_out: Floats, names: Sequence[str], chosen: NDArray[np.bool_]) -> Floats:
    """Return what cues of each strength add to the log-odds of the claim that they make."""
    cued = np.array([names.index(one) for one in sentences.cued.tolist()])
    chances = left_out[np.arange(len(cued)), cued]
    odds = chances - np.log(-np.expm1(chances))
    strengths = np.eye(len(TRUST))[sentences.trust]
    right = sentences.cued == sentences.claims
    penalties = np.full(len(TRUST), TRUST_PRECISION)
    return fit_logistic(strengths[chosen], right[chosen], penalties=penalties, offset=odds[chosen])


def show(sentences: Sentences, left_out: Floats, names: Sequence[str]) -> None:
    """Print the share of training sentences that cues, vectors and both read right, fitted without the sentence."""
    both = np.empty_like(sentences.claims)
    for fold in range(FOLDS):
        own = sentences.folds == fold
        trust = fit_trust(sentences, left_out, names, sentences.fresh & ~own)
        both[own] = np.array(names)[_with_cues(sentences, left_out, names, trust)[own].argmax(axis=1)]
    vectors = np.array(names)[left_out.argmax(axis=1)]
    for name, read in (("cues", sentences.cued), ("vectors", vectors), ("both", both)):
        right = (read == sentences.claims)[sentences.fresh]
        print(f"{name}: {right.sum()} of {len(right)} sentences left out are read right, {right.mean():.3f}")


def _with_cues(sentences: Sentences, left_out: Floats, names: Sequence[str], trust: Floats) -> Floats:
    scores = left_out.copy()
    cued = [names.index(one) for one in sentences.cued.tolist()]
    scores[np.arange(len(scores)), cued] += trust[sentences.trust]
    return scores


def _trust(judgement: Judgement) -> int:
    """Return the place in `TRUST` of what cues say."""
    return (1 + (judgement.strength >= PLAIN) + (judgement.strength >= STRONG)) if judgement.modality else 0


def _folds(vectors: Floats) -> Places:
    """Return a fold for each sentence, the same for those of one meaning."""
    group = np.arange(len(vectors))
    for first, second in zip(*np.nonzero(np.triu(vectors @ vectors.T > KIN, 1)), strict=True):
        group[group == group[second]] = group[first]
    return np.random.default_rng(0).integers(0, FOLDS, len(vectors))[group]


def _read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


if __name__ == "__main__":
    main()
