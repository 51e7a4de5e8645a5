"""Trains the scorer of maturity tags on labelled passages and writes `configs/scorer.yaml`.

usage: python -m benchmarks.train_scorer --shared ../shared [--dry-run]

Trains on passages judged for one Sustainable Development Goal each (`benchmarks/sdg-tags`, public) and on our own,
which are judged for every dimension: the development split of `tests/gold/maturity.jsonl` and what `registers.jsonl`
beside it holds, in the prose of other bodies. Prints what it reaches with every node left out of its own training (the
scorer has to serve models that it has not seen) and on the test split.
"""

import argparse
import csv
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from configs.maturity import MaturityModel, load_model
from configs.modality import load_modality
from configs.modality_weights import load_modality_weights
from configs.other_business import load_other_business
from configs.scorer import SHIPPED, LevelRule, Scorer, Weights
from configs.sentences import load_sentence_rules
from configs.settings import load_settings
from configs.vocabulary import load_vocabulary
from extractors.claims.claim_reader import ClaimReader
from extractors.claims.modality import compile_modality
from extractors.document import MaturityTag, Passage, PassageTheme
from extractors.maturity.evidence import FEATURES, Encode, StatementSet
from extractors.maturity.fitting import fit_logistic, sigmoid
from extractors.maturity.matter import ENOUGH
from extractors.maturity.tagger import ACCEPTED, SUGGESTED, MaturityTagger
from extractors.themes import compile_themes
from index.encoder import open_encoder

ENGLISH, DEFAULT = "all-MiniLM-L6-v2", "multilingual-e5-small"
VERSION = "6"
GAPS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.2, 1.5)
LEVEL_ACCURACY = 0.88
"""Share of the levels given that have to be right on the development split; the least gap that reaches it is taken."""
REGULARISATION = 0.3
EVIDENCE_PRECISION = 0.1
"""Of the prior of what a sentence that claims nothing, or has few words of the model's matter, adds to the log-odds."""
CAUTIONS = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4)
OTHER_BUSINESS = 8
"""How often a passage about something else stands in papers for each one in our files: about one in twelve passages of
papers on trade is evidence of anything, and most of ours are."""
ACCEPTED_PRECISION = 0.85
"""Share of accepted tags that have to be right, were papers so; the greatest caution that reaches it is taken."""
ROUNDS = 4
"""Of choosing the sentence of each pair that speaks loudest and fitting to these."""
OWN_WEIGHT = 0.35
"""Of a pair of our own beside a public one, which is judged by several people; there are four times as many."""
GOLD = Path(__file__).parents[1] / "tests" / "gold"
SHARED = Path(__file__).parents[2] / "shared"

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Examples:
    """Pairs of passage and node: features of each sentence `(sentences, features)`, the label, node and weight."""

    features: Sequence[NDArray[np.float32]]
    labels: NDArray[np.bool_]
    nodes: NDArray[np.str_]
    weights: Floats

    def where(self, chosen: NDArray[np.bool_]) -> "Examples":
        """Return some of the pairs."""
        features = [one for one, keep in zip(self.features, chosen, strict=True) if keep]
        return Examples(features, self.labels[chosen], self.nodes[chosen], self.weights[chosen])

    def __add__(self, other: "Examples") -> "Examples":
        return Examples(
            [*self.features, *other.features],
            np.concatenate([self.labels, other.labels]),
            np.concatenate([self.nodes, other.nodes]),
            np.concatenate([self.weights, other.weights]),
        )


def main() -> None:
    """Train for each shipped encoder and write the file."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--dry-run", action="store_true", help="train and print, write nothing")
    options = parser.parse_args()
    rows = [*labelled("maturity"), *labelled("registers")]
    goals, judged = sustainable_goals(options.shared)
    encoders: dict[str, Any] = {}
    nodes = set[str]()
    for name, languages in ((DEFAULT, ["en", "fr"]), (ENGLISH, ["en"])):
        own = [row for row in rows if row["language"] in languages]
        development = own_examples(name, [row for row in own if row["split"] == "dev"])
        test = own_examples(name, [row for row in own if row["split"] == "test"])
        public = public_examples(name, goals, judged)
        nodes |= {*development.nodes.tolist(), *public.nodes.tolist()}
        encoders[name] = train(name, public + development, test)
    encoders[ENGLISH] = {"languages": ["en"], **encoders[ENGLISH]}
    scorer = {
        "version": VERSION,
        "features": list(FEATURES),
        "default": DEFAULT,
        "encoders": encoders,
        "levels": {"gap": 0.0},
        "trained_on": sorted(nodes),
    }
    known = [row for row in rows if row["split"] == "dev"]
    scorer["evidence"] = evidence_rule(scorer, [row for row in rows if row["split"] != "test"])
    scorer["levels"] = level_rule(scorer, known)
    show_tags(scorer, [row for row in rows if row["split"] == "test"])
    head = "# Made by benchmarks/train_scorer.py. Do not edit: train again.\n"
    if not options.dry_run:
        SHIPPED.write_text(head + yaml.safe_dump(scorer, sort_keys=False), encoding="utf-8")


def labelled(name: str) -> list[dict[str, str]]:
    """Return the labelled passages of one file."""
    return [json.loads(line) for line in (GOLD / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def sustainable_goals(shared: Path) -> tuple[MaturityModel, list[dict[str, str]]]:
    """Return the goals as a model, and rows of `text`, `node` and `label`."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, shared / "benchmarks" / "convert.py", folder], check=True, capture_output=True)
        with (Path(folder) / "sdg" / "labels.csv").open(encoding="utf-8", newline="") as file:
            return load_model(Path(folder) / "sdg" / "model.yaml"), list(csv.DictReader(file))


def public_examples(encoder: str, goals: MaturityModel, rows: Sequence[dict[str, str]]) -> Examples:
    """Return one pair for each row: its text and the goal that it was judged for."""
    places = {goal.id: place for place, goal in enumerate(goals.dimensions)}
    found = features(encoder, goals, [passage(row["text"], "en") for row in rows])
    return Examples(
        [one[:, places[row["node"]]] for one, row in zip(found, rows, strict=True)],
        np.array([row["label"].lower() == "true" for row in rows]),
        np.array([f"{goals.id}/{row['node']}" for row in rows]),
        np.ones(len(rows)),
    )


def own_examples(encoder: str, rows: Sequence[dict[str, str]]) -> Examples:
    """Return a pair of every passage and every dimension, but those that a fair reader may accept or not."""
    model = load_model("dcmm-interop")
    found = features(encoder, model, own_passages(rows))
    names = [dimension.id for dimension in model.dimensions]
    pairs = [
        (one[:, place], row["dimension"] == name, f"{model.id}/{name}")
        for one, row in zip(found, rows, strict=True)
        for place, name in enumerate(names)
        if name not in row.get("also", ())
    ]
    columns, labels, nodes = zip(*pairs, strict=True)
    return Examples(columns, np.array(labels), np.array(nodes), np.full(len(pairs), OWN_WEIGHT))


def own_passages(rows: Sequence[dict[str, str]]) -> list[Passage]:
    """Return the texts of rows as passages with their themes."""
    matcher = compile_themes(load_vocabulary("digital-customs"))
    return [
        passage(row["text"], row["language"]).model_copy(
            update={"themes": tuple(map(PassageTheme.of, matcher.find(row["text"], row["language"])))}
        )
        for row in rows
    ]


def level_rule(scorer: Mapping[str, object], rows: Sequence[dict[str, str]]) -> dict[str, float]:
    """Return the least gap between levels at which enough of those given are right."""
    best: tuple[float, float] = (0.0, GAPS[-1])
    for gap in GAPS:
        given = right = 0
        for row, tags in tagged({**scorer, "levels": {"gap": gap}}, rows):
            levels = [tag.level for tag in tags if tag.dimension == row["dimension"] and tag.level]
            given += bool(row["level"] and levels)
            right += bool(row["level"] and levels[:1] == [row["level"]])
        accuracy = right / max(1, given)
        print(f"gap {gap}: {given} levels given, {accuracy:.3f} of them right")
        best = max(best, (accuracy, gap))
        if accuracy >= LEVEL_ACCURACY:
            best = accuracy, gap
            break
    return {"gap": best[1]}


def evidence_rule(scorer: Mapping[str, object], rows: Sequence[dict[str, str]]) -> dict[str, float]:
    """Return what counts for a sentence being evidence beside its being about a dimension, never in its favour."""
    pairs = [
        (tag, row, tag.dimension == row["dimension"])
        for row, tags in tagged(scorer, rows)
        for tag in tags
        if tag.dimension not in row.get("also", ())
    ]
    lines = {code: matter(code) for code in ("en", "fr")}
    short = [max(0.0, ENOUGH - lines[row["language"]](row["text"][tag.start : tag.end])) for tag, row, _ in pairs]
    features = np.array(
        [[tag.modality is None, one] for (tag, _, _), one in zip(pairs, short, strict=True)], np.float64
    )
    chances = np.clip([tag.confidence for tag, _, _ in pairs], 0.001, 0.999)
    labels, odds = np.array([label for _, _, label in pairs]), np.log(chances / (1 - chances))
    weights = np.array([OTHER_BUSINESS if row["dimension"] is None else 1 for _, row, _ in pairs])
    often = np.repeat(np.arange(len(pairs)), weights)
    rarer = np.column_stack([features, np.ones(len(pairs))])  # what papers have less of as a whole is left to caution
    penalties = np.full(3, EVIDENCE_PRECISION)
    found = fit_logistic(rarer[often], labels[often], penalties=penalties, offset=odds[often])
    unclaimed, off_matter = (round(min(0.0, float(one)), 2) for one in found[:2])
    caution = caution_for(sigmoid(odds + features @ [unclaimed, off_matter]), labels, weights)
    print(f"of {len(pairs)} tags {labels.sum()} are right: unclaimed {unclaimed}, off matter {off_matter}, {caution=}")
    return {"unclaimed": unclaimed, "off_matter": off_matter, "caution": caution}


def caution_for(chances: Floats, labels: NDArray[np.bool_], weights: NDArray[np.intp]) -> float:
    """Return the greatest factor of log-odds at which enough of the accepted tags would be right in papers."""
    for caution in CAUTIONS:
        accepted = np.log(chances / (1 - chances)) * caution >= np.log(ACCEPTED / (1 - ACCEPTED))
        precision = weights[accepted & labels].sum() / max(1, weights[accepted].sum())
        print(f"caution {caution}: {accepted.sum()} accepted, {precision:.3f} of them would be right in papers")
        if precision >= ACCEPTED_PRECISION:
            return caution
    return CAUTIONS[-1]


def matter(language: str) -> Callable[[str], float]:
    """Return what tells whether a sentence speaks of what the shipped model is about."""
    encoder = ENGLISH if language == "en" else DEFAULT
    other = load_other_business().in_language(language)
    statements = StatementSet(load_model("dcmm-interop"), language, memory(encoder), other)
    return lambda sentence: float(statements.matter([sentence])[0])


def show_tags(scorer: Mapping[str, object], rows: Sequence[dict[str, str]]) -> None:
    """Print how good whole tags are: dimension, level, modality, and none on what is about something else."""
    counts: Counter[str] = Counter()
    for row, tags in tagged(scorer, rows):
        accepted = [tag for tag in tags if tag.status == "accepted"]
        own = [tag for tag in tags if tag.dimension == row["dimension"] and tag.status != "hidden"]
        counts["negatives"] += row["dimension"] is None
        counts["negatives with an accepted tag"] += row["dimension"] is None and bool(accepted)
        counts["dimension found"] += bool(own)
        counts["modality right"] += bool(own) and own[0].modality == row["modality"]
        counts["level given"] += bool(own and row["level"] and own[0].level)
        counts["level right"] += bool(own and row["level"]) and own[0].level == row["level"]
    print(f"tags of {len(rows)} passages of the test split: {dict(counts)}")


def tagged(
    scorer: Mapping[str, object], rows: Sequence[dict[str, str]]
) -> Iterator[tuple[dict[str, str], tuple[MaturityTag, ...]]]:
    """Yield each row with the tags that a scorer gives it."""
    encoders = {name: memory(name) for name in (DEFAULT, ENGLISH)}
    tagger = MaturityTagger(
        load_model("dcmm-interop"),
        Scorer.model_validate(scorer),
        claim_reader(),
        load_sentence_rules(),
        load_other_business(),
        encoder=DEFAULT,
        encoders=encoders,
    )
    passages = own_passages(rows)
    vectors = encoders[DEFAULT]([one.text for one in passages])
    for row, one in zip(rows, tagger.tag(passages, vectors), strict=True):
        yield row, one.maturity


def claim_reader() -> ClaimReader:
    """Return what reads modality, as it is shipped."""
    return ClaimReader(compile_modality(load_modality()), load_modality_weights())


@cache
def memory(encoder: str) -> Encode:
    """Return an encoder that keeps the vector of every text."""
    encode, kept = open_encoder(load_settings(encoder=encoder)).passages, dict[str, NDArray[np.float32]]()

    def vectors(texts: Sequence[str]) -> NDArray[np.float32]:
        new = [text for text in dict.fromkeys(texts) if text not in kept]
        kept.update(zip(new, encode(new) if new else (), strict=True))
        return np.stack([kept[text] for text in texts])

    return vectors


def passage(text: str, language: str) -> Passage:
    """Return a text as a passage."""
    return Passage(id="0-0", ordinal=0, text=text, language=language)


def features(encoder: str, model: MaturityModel, passages: Sequence[Passage]) -> list[NDArray[np.float32]]:
    """Return `(sentences, nodes, features)` for each passage."""
    encode = memory(encoder)
    nothing = Scorer(
        version="0",
        features=FEATURES,
        default=encoder,
        encoders={encoder: Weights(intercept=0.0, coefficients=(0.0,) * len(FEATURES))},
        levels=LevelRule(gap=0.0),
    )
    tagger = MaturityTagger(
        model,
        nothing,
        claim_reader(),
        load_sentence_rules(),
        load_other_business(),
        encoder=encoder,
        encoders={encoder: encode},
    )
    vectors = encode([one.text for one in passages])
    return [found for _, found, _ in tagger.examples(passages, vectors)]


def train(encoder: str, examples: Examples, test: Examples) -> dict[str, float | list[float]]:
    """Return the weights for one encoder and print how good they are."""
    left_out = np.zeros(len(examples.labels))
    for node in sorted(set(examples.nodes.tolist())):
        own = examples.nodes == node
        left_out[own] = chances(fit(examples.where(~own)), examples.where(own).features)
    public = np.char.startswith(examples.nodes, "sdg/")
    show(f"{encoder}, public, each node left out", left_out[public], examples.where(public))
    show(f"{encoder}, own, each node left out", left_out[~public], examples.where(~public))
    fitted = fit(examples)
    show(f"{encoder}, own test split", chances(fitted, test.features), test)
    print({name: round(float(value), 2) for name, value in zip(FEATURES, fitted.coef_[0], strict=True)})
    return {
        "intercept": round(float(fitted.intercept_[0]), 4),
        "coefficients": [round(float(one), 4) for one in fitted.coef_[0]],
    }


def fit(examples: Examples) -> LogisticRegression:
    """Return one logistic regression over all pairs, by the sentence of each that speaks loudest for the node."""
    guess = np.array([name.endswith("near_relative") for name in FEATURES], np.float64)
    fitted = None
    for _ in range(ROUNDS):
        rows = [one[(one @ guess).argmax()] for one in examples.features]
        fitted = LogisticRegression(C=REGULARISATION, max_iter=5000)
        fitted.fit(np.stack(rows), examples.labels, sample_weight=examples.weights)
        guess = fitted.coef_[0]
    assert fitted is not None
    return fitted


def chances(fitted: LogisticRegression, features: Sequence[NDArray[np.float32]]) -> Floats:
    """Return the probability of each pair, that of its likeliest sentence."""
    starts = np.cumsum([0, *(len(one) for one in features[:-1])])
    likeliest: Floats = np.maximum.reduceat(fitted.predict_proba(np.concatenate(features))[:, 1], starts)
    return likeliest


def show(name: str, chance: Floats, examples: Examples) -> None:
    """Print the quality of probabilities, averaged over nodes."""
    labels, nodes = examples.labels, sorted(set(examples.nodes.tolist()))
    predicted, accepted = chance >= SUGGESTED, chance >= ACCEPTED
    accuracy, f1, auc = [], [], []
    for node in nodes:
        own = examples.nodes == node
        accuracy.append((predicted[own] == labels[own]).mean())
        both = (predicted & labels)[own].sum()
        f1.append(2 * both / max(1, predicted[own].sum() + labels[own].sum()))
        auc.append(roc_auc_score(labels[own], chance[own]))
    print(
        f"{name}: macro accuracy {np.mean(accuracy):.3f} F1 {np.mean(f1):.3f} AUC {np.mean(auc):.3f}"
        f" ECE {calibration_error(chance, labels):.3f},"
        f" {accepted.sum()} of {labels.sum()} accepted with precision {labels[accepted].mean():.3f}"
    )


def calibration_error(chance: Floats, labels: NDArray[np.bool_], bins: int = 10) -> float:
    """Return the expected calibration error over bins of equal width."""
    places = np.minimum((chance * bins).astype(int), bins - 1)
    gaps = [
        (places == place).mean() * abs(chance[places == place].mean() - labels[places == place].mean())
        for place in range(bins)
        if (places == place).any()
    ]
    return float(sum(gaps))


if __name__ == "__main__":
    main()
