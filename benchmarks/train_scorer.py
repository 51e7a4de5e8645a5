"""Trains the scorer of maturity tags on labelled passages and writes `configs/scorer.yaml`.

usage: python benchmarks/train_scorer.py [--labels tests/gold/maturity.jsonl]

Trains on the development split and prints what it reaches on the test split, and with every dimension left
out of its own training (the scorer has to serve models that it has not seen).
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from configs.maturity import load_model
from configs.scorer import SHIPPED
from configs.settings import load_settings
from configs.vocabulary import load_vocabulary
from extractors.maturity.evidence import FEATURES, Sentences, StatementSet
from extractors.maturity.tagger import ACCEPTED, SUGGESTED
from extractors.themes import compile_themes
from index.encoder import open_encoder

ENCODERS = ("multilingual-e5-small", "all-MiniLM-L6-v2")
VERSION = "1"
LEVELS = {"nearness": 0.0, "gap": 0.8}
"""Chosen on the development split: nineteen of twenty levels right, for some six in ten that are given one."""
REGULARISATION = 0.1
LABELS = Path(__file__).parents[1] / "tests" / "gold" / "maturity.jsonl"


def main() -> None:
    """Train for each shipped encoder and write the file."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--labels", type=Path, default=LABELS)
    rows = [json.loads(line) for line in parser.parse_args().labels.read_text().splitlines()]
    encoders = {name: train(name, rows) for name in ENCODERS}
    nodes = [f"dcmm-interop/{dimension.id}" for dimension in load_model("dcmm-interop").dimensions]
    scorer = {
        "version": VERSION,
        "features": list(FEATURES),
        "default": ENCODERS[0],
        "encoders": encoders,
        "levels": LEVELS,
        "trained_on": nodes,
    }
    head = "# Made by benchmarks/train_scorer.py from tests/gold/maturity.jsonl. Do not edit: train again.\n"
    SHIPPED.write_text(head + yaml.safe_dump(scorer, sort_keys=False))


def train(encoder: str, rows: Sequence[dict[str, str]]) -> dict[str, float | list[float]]:
    """Return the weights for one encoder and print how good they are."""
    features, labels, dimensions = examples(encoder, rows)
    development = np.array([row["split"] == "dev" for row in rows])
    fitted = fit(features[development], labels[development])
    show(f"{encoder}, test split", probabilities(fitted, features[~development]), labels[~development])
    left_out = np.zeros(labels.shape)
    for node in range(len(dimensions)):
        others = [one for one in range(len(dimensions)) if one != node]
        left_out[:, [node]] = probabilities(fit(features[:, others], labels[:, others]), features[:, [node]])
    show(f"{encoder}, each dimension left out", left_out, labels)
    coefficients = [round(float(one), 4) for one in fitted.coef_[0]]
    return {"intercept": round(float(fitted.intercept_[0]), 4), "coefficients": coefficients}


def examples(encoder: str, rows: Sequence[dict[str, str]]) -> tuple[NDArray[np.float32], NDArray[np.bool_], list[str]]:
    """Return features `(rows, dimensions, features)`, labels `(rows, dimensions)` and the dimensions."""
    encode = open_encoder(load_settings(encoder=encoder)).passages
    model, matcher = load_model("dcmm-interop"), compile_themes(load_vocabulary("digital-customs"))
    sets = {}
    for language in sorted({row["language"] for row in rows}):
        statements = list(model.statements(language=language))
        sets[language] = StatementSet(model, statements, encode([one.text for one in statements]))
    features = []
    for row, vector in zip(rows, encode([row["text"] for row in rows]), strict=True):
        themes = frozenset(mention.id for mention in matcher.find(row["text"], row["language"]))
        features.append(sets[row["language"]].features(Sentences(vector[None], [themes]))[0])
    dimensions = [dimension.id for dimension in model.dimensions]
    labels = np.array([[row["dimension"] == name for name in dimensions] for row in rows])
    return np.stack(features), labels, dimensions


def fit(features: NDArray[np.float32], labels: NDArray[np.bool_]) -> LogisticRegression:
    """Return one logistic regression over every pair of passage and dimension."""
    return LogisticRegression(C=REGULARISATION, max_iter=2000).fit(flat(features), labels.ravel())


def probabilities(fitted: LogisticRegression, features: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the probability of each pair, `(rows, dimensions)`."""
    found: NDArray[np.float64] = fitted.predict_proba(flat(features))[:, 1].reshape(features.shape[:2])
    return found


def flat(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return `(rows × dimensions, features)`."""
    return features.reshape(-1, features.shape[-1])


def show(name: str, chances: NDArray[np.float64], labels: NDArray[np.bool_]) -> None:
    """Print the quality of probabilities."""
    predicted, accepted = chances >= SUGGESTED, chances >= ACCEPTED
    both = (predicted & labels).sum(axis=0)
    f1 = 2 * both / np.maximum(1, predicted.sum(axis=0) + labels.sum(axis=0))
    negative = ~labels.any(axis=1)
    print(
        f"{name}: macro F1 {f1.mean():.3f}, {accepted.sum()} accepted with precision {labels[accepted].mean():.3f},"
        f" accepted on {accepted[negative].any(axis=1).sum()} of {negative.sum()} negatives"
    )


if __name__ == "__main__":
    main()
