"""Measures maturity tags on our labelled passages and sentences, and on public passages.

usage: python -m benchmarks.tagging [--shared ../shared] [--parts tags modality sdg sdg-folds]

`tags`: dimension, level and modality of the labelled passages' test split, by statements alone. `modality`: that of
labelled sentences, by cues. `sdg`: public passages judged for one goal each, no label of the scored goal used.
`sdg-folds`: the same passages in five parts, each scored after fitting to the other four, labels of the goals too. Both
run `python -m benchmarks.evaluate tagging`.
"""

import argparse
import csv
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.running import CHECKOUT, DEFAULT_SHARED, converted
from configs.modality import load_modality
from configs.settings import load_settings
from extractors.claims.modality import ModalityRules
from extractors.document import MaturityTag, Passage
from pipelines.fitting.measures import f1_score
from pipelines.stages import components

GOLD = CHECKOUT / "tests" / "gold"
FOLDS = 5
Row = dict[str, Any]


def main() -> None:
    """Print the parts that were asked for."""
    parts: Mapping[str, Callable[[Path], None]] = {
        "tags": lambda _: print_tags(),
        "modality": lambda _: print_modality(),
        "sdg": print_left_out,
        "sdg-folds": print_folds,
    }
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--shared", type=Path, default=DEFAULT_SHARED)
    parser.add_argument("--parts", nargs="+", default=[*parts], choices=[*parts])
    options = parser.parse_args()
    for part in options.parts:
        print(f"\n### {part}\n")
        parts[part](options.shared)


def print_tags() -> None:
    """Print how good dimension, level and modality of the test split are, by language."""
    rows = [row for row in _rows("maturity.jsonl") if row["split"] == "test"]
    with tempfile.TemporaryDirectory() as home:
        tools = components.PipelineComponents(load_settings(Path(home)))
        found = [_tags(row, tools) for row in rows]
    dimensions = [dimension.id for dimension in tools.model.dimensions]
    print("| | dimension macro F1 | level, of those given | of those labelled | modality | accepted on negatives |")
    print("| --- | --- | --- | --- | --- | --- |")
    for language in ("en", "fr"):
        pairs = [(row, tags) for row, tags in zip(rows, found, strict=True) if row["language"] == language]
        print(_tags_line(language, pairs, dimensions))


def print_modality() -> None:
    """Print the share of labelled sentences whose modality is right, by language and split."""
    rules = ModalityRules(load_modality())
    right, all_of = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for row in _rows("modality.jsonl"):
        group = row["language"], row["split"]
        all_of[group] += 1
        right[group] += rules.judge(row["text"], row["language"]).modality == row["modality"]
    for (language, split), count in sorted(all_of.items()):
        print(f"{language} {split}: {right[language, split]} of {count} right")


def print_left_out(shared: Path) -> None:
    """Print the measures of the public passages, each goal scored without any of its labels."""
    with _goals(shared) as (model, labels):
        _print(_evaluated(model, labels, labels))


def print_folds(shared: Path) -> None:
    """Print the mean measures of five parts of the public passages, each scored by what was fitted to the others."""
    with _goals(shared) as (model, labels), labels.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
        found = []
        for fold in range(FOLDS):
            scored, known = labels.with_name("scored.csv"), labels.with_name("known.csv")
            _write(scored, [row for n, row in enumerate(rows) if n % FOLDS == fold])
            _write(known, [row for n, row in enumerate(rows) if n % FOLDS != fold])
            found.append(_evaluated(model, scored, known))
        _print({name: sum(one[name] for one in found) / FOLDS for name in found[0] if name != "per_node"})


def _rows(name: str) -> list[Row]:
    return [json.loads(line) for line in (GOLD / name).read_text(encoding="utf-8").splitlines()]


def _tags(row: Row, tools: components.PipelineComponents) -> tuple[MaturityTag, ...]:
    """Return the tags of one passage, which is tagged alone."""
    passage = Passage(id="0-0", ordinal=0, text=row["text"], language=row["language"])
    inputs, _ = tools.passage_reader.read([passage], ())
    scorer = tools.statement_scorer
    return tools.tagger_of(scorer).tags(passage, scorer.read(inputs)[0], {})


def _tags_line(language: str, pairs: Sequence[tuple[Row, tuple[MaturityTag, ...]]], dimensions: Sequence[str]) -> str:
    shown = [(row, _given(tags)) for row, tags in pairs]
    f1 = [_f1([pair for pair in shown if one not in pair[0].get("also", ())], one) for one in dimensions]
    own = [(row, tag) for row, tags in pairs for tag in _of(row["dimension"], tags)]
    stated = [(row, tag) for row, tag in own if row["level"]]
    given = [(row, tag) for row, tag in stated if tag.level]
    levels = sum(row["level"] == tag.level for row, tag in given)
    modality = sum(row["modality"] == tag.modality for row, tag in own)
    negatives = [tags for row, tags in pairs if row["dimension"] is None]
    wrong = sum(any(tag.status == "accepted" for tag in tags) for tags in negatives)
    cells = (
        f"{sum(f1) / len(f1):.3f}",
        f"{levels} of {len(given)}",
        f"{levels} of {len(stated)}",
        f"{modality} of {len(own)}",
        f"{wrong} of {len(negatives)}",
    )
    return f"| {language} | {' | '.join(cells)} |"


def _given(tags: Sequence[MaturityTag]) -> set[str]:
    return {tag.dimension for tag in tags if tag.status != "hidden"}


def _of(dimension: str | None, tags: Sequence[MaturityTag]) -> list[MaturityTag]:
    """Return the surest tag of a dimension, if it is shown."""
    return [tag for tag in tags if tag.dimension == dimension and tag.status != "hidden"][:1]


def _f1(pairs: Sequence[tuple[Row, set[str]]], dimension: str) -> float:
    hits = sum(row["dimension"] == dimension and dimension in given for row, given in pairs)
    wrong = sum(row["dimension"] != dimension and dimension in given for row, given in pairs)
    missed = sum(row["dimension"] == dimension and dimension not in given for row, given in pairs)
    return f1_score(hits, wrong, missed)


@contextmanager
def _goals(shared: Path) -> Iterator[tuple[Path, Path]]:
    """Yield the goals as a model, and the file of labels."""
    with converted(shared) as folder:
        yield folder / "sdg" / "model.yaml", folder / "sdg" / "labels.csv"


def _evaluated(model: Path, scored: Path, known: Path) -> dict[str, Any]:
    """Return what the command measures on labelled texts, fitted to others."""
    home = model.with_name("home")
    options = ("--fit", known, "--model", model, "--home", home, "--json")
    command = [sys.executable, "-m", "benchmarks.evaluate", "tagging", *map(str, (scored, *options))]
    run = subprocess.run(command, cwd=CHECKOUT, check=True, stdout=subprocess.PIPE)
    measures: dict[str, Any] = json.loads(run.stdout)
    return measures


def _write(path: Path, rows: Sequence[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["text", "node", "label"])
        writer.writeheader()
        writer.writerows(rows)


def _print(measures: dict[str, Any]) -> None:
    print(", ".join(f"{name} {value:.3f}" for name, value in measures.items() if isinstance(value, float)))


if __name__ == "__main__":
    main()
