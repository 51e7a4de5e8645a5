"""Compares the encoders with sentence-transformers: speed, similarity, batch effects, start, and loss in search.

usage: python -m benchmarks.encoding COLLECTIONS [--encoder NAME]... [--part NAME]... [--rounds 5] [--texts 240]
       [--collection NAME]... [--every 1]

COLLECTIONS is a folder with judged collections in BEIR form (`cranfield`, `acts-en-en`, `acts-fr-fr`, `acts-en-fr`,
`acts-fr-en`, language of the queries first). Both sides are measured in turn in one process, in float32 on theirs, with
as many threads as there are cores; medians of processor time, so that other work on the machine matters little.
The part `search` takes long: the original encodes each passage once; `--every 2` takes every second document.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from configs.encoders import resolve_encoder, shipped_encoders
from configs.settings import Settings, load_settings
from index.encoder import Encoder, open_encoder
from index.encoder.protocol import Vectors
from index.encoder.source import identify, model_folder

GOALS = {
    "all-MiniLM-L6-v2": {"query": 4.0, "start s": 1.0, "start MB": 250},
    "multilingual-e5-small": {"query": 3.0, "start s": 1.5, "start MB": 600},
}
FASTER, LIKE, LOSS = 3.0, 0.997, 0.005
WORDS = (8, 20, 40, 80, 120, 150)
"""Lengths of the texts: those of passages."""
QUERIES = 40
COLLECTIONS = ("cranfield", "acts-en-en", "acts-fr-fr", "acts-en-fr", "acts-fr-en")


def main() -> None:
    """Print a table a part."""
    parts = {"speed": speed, "company": company, "query": query, "start": start, "search": search}
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("collections", type=Path)
    parser.add_argument("--encoder", action="append", choices=[spec.id for spec in shipped_encoders().encoders])
    parser.add_argument("--part", action="append", choices=parts)
    parser.add_argument("--collection", action="append", choices=COLLECTIONS)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--texts", type=int, default=240)
    options = parser.parse_args()
    os.environ["OMP_WAIT_POLICY"] = "passive"  # before torch comes: on a busy machine its threads would spin for long
    with tempfile.TemporaryDirectory() as home:
        for name in options.encoder or [spec.id for spec in shipped_encoders().encoders]:
            settings = load_settings(home, encoder=name)
            encoder = open_encoder(settings)
            encoder.query("prepared")
            print(f"\n{encoder.identity.described()}; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
            for part in options.part or parts:
                for what, value, goal in parts[part](settings, encoder, options):
                    print(f"  {part:8} {what:44} {value:>10}  {goal}", flush=True)


Row = tuple[str, str, str]
"""What was measured, the value, and the goal or nothing."""


def speed(settings: Settings, encoder: Encoder, options: argparse.Namespace) -> Iterator[Row]:
    """Encode many texts: how many times faster, and how alike the vectors are."""
    texts, original = sample(options), sentence_transformer(settings)
    prompt = identify(settings)[2].passage

    def theirs() -> Vectors:
        vectors = original.encode(texts, prompt=prompt, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors, np.float32)

    ratio, (wanted, made) = in_turn(theirs, lambda: encoder.passages(texts), options.rounds)
    cosines = (wanted * made).sum(axis=1)
    yield f"{len(texts)} texts, times faster", f"{ratio:.2f}", f">= {FASTER}"
    yield "cosine, mean", f"{cosines.mean():.5f}", f">= {LIKE}"
    yield "cosine, least", f"{cosines.min():.5f}", ""


def company(_: Settings, encoder: Encoder, options: argparse.Namespace) -> Iterator[Row]:
    """Compare the vector of a text alone with that in a batch."""
    texts = sample(options)
    together = encoder.passages(texts)
    alone = np.concatenate([encoder.passages([text]) for text in texts])
    apart = 1 - (together * alone).sum(axis=1) / np.linalg.norm(together, axis=1) / np.linalg.norm(alone, axis=1)
    yield "alone or in company, 1 - cosine, mean", f"{apart.mean():.1e}", ""
    yield "alone or in company, 1 - cosine, largest", f"{apart.max():.1e}", "<= 1e-6"
    yield "alone or in company, component, largest", f"{np.abs(together - alone).max():.1e}", ""


def query(settings: Settings, encoder: Encoder, options: argparse.Namespace) -> Iterator[Row]:
    """Encode one query after the other."""
    texts = list(queries(options.collections / "cranfield"))[:QUERIES]
    original, prompt = sentence_transformer(settings), identify(settings)[2].query

    def theirs() -> None:
        for text in texts:
            original.encode(text, prompt=prompt, normalize_embeddings=True, show_progress_bar=False)

    def ours() -> None:
        for text in texts:
            encoder.query(text)

    ratio, _ = in_turn(theirs, ours, options.rounds)
    began = time.process_time()
    ours()
    milliseconds = (time.process_time() - began) / len(texts) * 1000
    yield "a query, times faster", f"{ratio:.2f}", f">= {GOALS[encoder.identity.name]['query']}"
    yield "a query, processor time", f"{milliseconds:.1f} ms", ""


def start(settings: Settings, encoder: Encoder, options: argparse.Namespace) -> Iterator[Row]:
    """Time a process of its own from its start to its first vector."""
    goals = GOALS[encoder.identity.name]
    runs = [_first_vector(settings) for _ in range(options.rounds)]
    middle = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
    yield "start to first vector, wall", f"{middle['wall']:.2f} s", f"< {goals['start s']}"
    yield "start to first vector, processor", f"{middle['cpu']:.2f} s", ""
    yield "memory at most, with mapped weights", f"{middle['memory']:.0f} MB", f"< {goals['start MB']}"
    yield "private memory of the whole vocabulary, after that", f"{middle['tokenizer']:.0f} MB", ""
    yield "torch imported", "yes" if middle["torch"] else "no", "no"


def search(settings: Settings, encoder: Encoder, options: argparse.Namespace) -> Iterator[Row]:
    """Compare nDCG@10 by meaning alone, where a loss shows most, with that of the original model."""
    from benchmarks.losses import CachingEncoder, gain_of, judged
    from pipelines.stages.components import PipelineComponents

    own = CachingEncoder(encoder)
    original = CachingEncoder(open_encoder(settings.model_copy(update={"encoder_engine": "torch"})))
    for name in options.collection or COLLECTIONS:
        collection = judged(options.collections / name, PipelineComponents(settings), options.every)
        exact = gain_of(collection, original)
        lost = exact - gain_of(collection, own)
        yield f"{name}, nDCG@10 lost of {exact:.4f}", f"{lost:.4f}", f"<= {LOSS}"


def in_turn(theirs: Callable[[], Any], ours: Callable[[], Any], rounds: int) -> tuple[float, tuple[Any, Any]]:
    """Return the ratio of their processor time to ours (medians), and the last results of both."""
    results = [theirs(), ours()]  # warm
    seconds: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for side, work in enumerate((theirs, ours)):
            began = time.process_time()
            results[side] = work()
            seconds[side].append(time.process_time() - began)
    return statistics.median(seconds[0]) / statistics.median(seconds[1]), (results[0], results[1])


def sample(options: argparse.Namespace) -> list[str]:
    """Return texts of the lengths of passages, English and French, the same at every call."""
    chosen = random.Random(0)
    bodies = [
        row["text"] for name in ("acts-en-en", "acts-fr-fr", "cranfield") for row in rows(options.collections / name)
    ]
    texts = []
    for body in chosen.sample(bodies, options.texts):
        words, count = body.split(), chosen.choice(WORDS)
        begin = chosen.randrange(max(1, len(words) - count))
        texts.append(" ".join(words[begin : begin + count]))
    return texts


def rows(folder: Path, file: str = "corpus.jsonl") -> Iterator[dict[str, Any]]:
    """Yield the rows of a collection's file."""
    with (folder / file).open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def queries(folder: Path) -> Iterator[str]:
    """Yield the queries of a collection."""
    return (row["text"] for row in rows(folder, "queries.jsonl"))


def sentence_transformer(settings: Settings) -> Any:  # noqa: ANN401 - imported late
    """Return the original model in float32 on the CPU, cutting texts where we do."""
    from index.encoder.torch_encoder import load_sentence_transformer

    spec = resolve_encoder(settings.encoder)
    return load_sentence_transformer(model_folder(spec, settings), spec.max_tokens).to("cpu")


_FIRST_VECTOR = """
import json, resource, sys, time
def lines_of(file, start):  # ru_maxrss is that of the parent, if that had more
    with open(f"/proc/self/{file}") as lines:
        return sum(int(line.split()[1]) for line in lines if line.startswith(start)) / 1024
from configs.settings import load_settings
from index.encoder import open_encoder
open_encoder(load_settings(sys.argv[2], encoder=sys.argv[1])).query("single window")
ended = time.time()
usage, memory = resource.getrusage(resource.RUSAGE_SELF), lines_of("status", "VmHWM")
from index.encoder.preparing import export_folder
from index.encoder.source import identify
from index.encoder.tokens import TokenReader
settings = load_settings(sys.argv[2], encoder=sys.argv[1])
before = lines_of("smaps_rollup", "Private")
kept = TokenReader(export_folder(identify(settings)[0], settings), 256)
kept.ids(["single window"])
print(json.dumps({"ended": ended, "cpu": usage.ru_utime + usage.ru_stime, "memory": memory,
                  "torch": float("torch" in sys.modules), "tokenizer": lines_of("smaps_rollup", "Private") - before}))
"""


def _first_vector(settings: Settings) -> dict[str, float]:
    command = [sys.executable, "-c", _FIRST_VECTOR, settings.encoder, str(settings.home)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    began = time.time()
    printed = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    found: dict[str, float] = json.loads(printed)
    return {**found, "wall": found.pop("ended") - began}


if __name__ == "__main__":
    main()
