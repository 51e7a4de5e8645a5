"""Measures the mean vectors of the default encoder by language, and writes `configs/centres.json`.

usage: python -m benchmarks.measure_centres [--labels tests/gold/maturity.jsonl] [--encoder multilingual-e5-small]

The texts are ours: the labelled passages and the statements of the maturity models, in English and French. Each half
counts the same. They are encoded as queries and as passages. See `index/ranking/centring.py` for what the means are
for.
"""

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from configs.centres import SHIPPED
from configs.maturity import load_model, shipped_models
from configs.settings import load_settings
from index.encoder import open_encoder
from index.encoder.protocol import Vectors

VERSION = "1"
LANGUAGES = ("en", "fr")
LABELS = Path(__file__).parents[1] / "tests" / "gold" / "maturity.jsonl"
DIGITS = 5


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--labels", type=Path, default=LABELS)
    parser.add_argument("--encoder", default="multilingual-e5-small")
    options = parser.parse_args()
    encoder = open_encoder(load_settings(encoder=options.encoder))

    def queries(texts: Sequence[str]) -> Vectors:
        return np.array([encoder.query(text) for text in texts])

    languages = {}
    for language in LANGUAGES:
        kinds = (labelled(options.labels, language), statements(language))
        print(language, *(f"{len(texts)} texts" for texts in kinds))
        languages[language] = {"query": centre(kinds, queries), "passage": centre(kinds, encoder.passages)}
    made = {options.encoder: {"model_hash": encoder.identity.model_hash, "languages": languages}}
    SHIPPED.write_text(json.dumps({"version": VERSION, "encoders": made}) + "\n", encoding="utf-8")


def labelled(path: Path, language: str) -> list[str]:
    """Return the labelled passages in a language."""
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return [row["text"] for row in rows if row["language"] == language]


def statements(language: str) -> list[str]:
    """Return the statements of the shipped maturity models in a language."""
    return [statement.text for name in shipped_models() for statement in load_model(name).statements(language=language)]


def centre(kinds: Sequence[Sequence[str]], encode: Callable[[Sequence[str]], Vectors]) -> list[float]:
    """Return the mean over kinds of text of the mean of their vectors."""
    means = [encode(texts).mean(axis=0) for texts in kinds]
    return [round(float(number), DIGITS) for number in np.mean(means, axis=0)]


if __name__ == "__main__":
    main()
