"""Measures the processor time of an ingestion by stage, on real papers.

usage: python -m benchmarks.stages [--corpus ../shared/corpus] [--files 40] [--encoder NAME]

The papers are ingested, and what the reading children used is counted; then they are ingested once more from the stage
`tag` on, which reads nothing, and each step of that is timed. What the first run took beyond that and its children is
the reading's own share in the process that works. What the children take for text recognition is found by reading
once more without it. All of it is processor time of all threads, so that other work on the machine counts nothing.
Loading the encoder and the tables of labels is left out of the shares: it is paid once a run.
"""

import argparse
import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

from benchmarks.ingest import DEFAULT_CORPUS, chosen
from configs.settings import ReadingLimits, load_settings
from extractors import isolation
from extractors.classifier.about import AboutThemes
from extractors.classifier.classifier import Classifier
from extractors.classifier.scorer import PassageInput
from extractors.classifier.tagger import Tagger
from extractors.document import Passage
from extractors.entities.subjects import SubjectFinder
from extractors.reading import read_document
from index.embedded.engine import EmbeddedEngine
from index.encoder import opening
from index.encoder.protocol import Vectors
from pipelines.ingest.plan import Selection
from pipelines.ingest.runs import ingest
from pipelines.stages import components
from pipelines.stages.passage_reader import WINDOW, PassageReader
from pipelines.storage.blobs import BlobStore
from pipelines.storage.ledger import Ledger

_Made = TypeVar("_Made")

LOADING = "loading encoder and labels"
STEPS: tuple[tuple[Any, str, str], ...] = (
    (opening, "_engine", LOADING),
    (components, "compile_themes", LOADING),
    (components, "EntityMatcher", LOADING),
    (components, "split", "splitting into passages"),
    (components, "name_themes", "named themes"),
    (components, "name_entities", "names of countries and organisations"),
    (opening._LazyEncoder, "passages_with_states", "encoding"),  # noqa: SLF001
    (Classifier, "read", "classifier: dimensions, levels, evidence"),
    (AboutThemes, "score", "themes by meaning"),
    (SubjectFinder, "find", "whose maturity it is"),
    (Tagger, "tags", "maturity tags"),
    (EmbeddedEngine, "put", "index: commit"),
    (EmbeddedEngine, "flush", "index: words and vectors"),
    (EmbeddedEngine, "close", "index: words and vectors"),
    (BlobStore, "put", "blobs and ledger"),
    (BlobStore, "put_text", "blobs and ledger"),
    (Ledger, "write", "blobs and ledger"),
)
"""What is timed: where it stands, its name, and the step that it is a part of; what one calls counts as its own."""


def main() -> None:
    """Run both ingestions and print the shares."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--corpus", type=Path, default=DEFAULT_CORPUS)
    parser.add_argument("--files", type=int, default=40)
    parser.add_argument("--encoder")
    options = parser.parse_args()
    files = chosen(options.corpus, options.files)
    with tempfile.TemporaryDirectory() as home:
        settings = load_settings(home, encoder=options.encoder)
        read, first, children = used(lambda: ingest(settings, files))
        PassageReader.windows = one_by_one  # type: ignore[method-assign,assignment]
        steps = Steps()
        steps.watch()
        _, second, _ = used(lambda: ingest(settings, files, selection=Selection(start="tag")))
    settings = settings.model_copy(update={"reading": without_recognition(settings.reading)})
    _, _, plainly = used(lambda: read_all(settings.reading, files))
    known = {name: seconds for name, seconds in steps.seconds.items() if name != LOADING}
    loading = steps.seconds.get(LOADING, 0.0)
    rows = {
        "reading, in the children": plainly,
        "text recognition, in the children": max(0.0, children - plainly),
        "reading, in the process that works": max(0.0, first - second),
        **known,
        "the rest: plan, what was read before": second - loading - sum(known.values()),
    }
    total = sum(rows.values())
    print(f"{read.indexed} PDFs, {read.pages} pages, {read.passages} passages, load {os.getloadavg()[0]:.1f}\n")
    print("| step | share | ms a page |\n| --- | --- | --- |")
    for name, seconds in sorted(rows.items(), key=lambda row: -row[1]):
        print(f"| {name} | {seconds / total:.1%} | {1000 * seconds / read.pages:.1f} |")
    print(f"\n{read.pages / total:.1f} pages a second of processor time; {loading:.1f} s for {LOADING}")


class Steps:
    """Processor time by step, as functions are called; of calls within calls the outermost counts."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._depth = 0

    def watch(self) -> None:
        """Time the functions from now on."""
        for owner, name, step in STEPS:
            setattr(owner, name, self._timed(getattr(owner, name), step))

    def _timed(self, function: Callable[..., Any], step: str) -> Callable[..., Any]:
        @wraps(function)
        def timed(*args: Any, **more: Any) -> Any:  # noqa: ANN401
            outer, self._depth = self._depth == 0 or step == LOADING, self._depth + 1
            before = time.process_time()
            try:
                return function(*args, **more)
            finally:
                self._depth -= 1
                if outer:
                    spent = time.process_time() - before
                    self.seconds[step] = self.seconds.get(step, 0.0) + spent
                    if self._depth and step == LOADING:  # within another step, which shall not count it
                        self.seconds["encoding"] = self.seconds.get("encoding", 0.0) - spent

        return timed


def one_by_one(
    reader: PassageReader, passages: Sequence[Passage], themes: Sequence[str]
) -> Iterator[tuple[list[PassageInput], Vectors]]:
    """Read passages in windows as a run does, but encode none while the classifier works: times would run together."""
    for start in range(0, len(passages), WINDOW):
        yield reader.read(passages[start : start + WINDOW], themes)


def without_recognition(limits: ReadingLimits) -> ReadingLimits:
    """Return limits of readers that leave pages alone which are pictures."""
    return limits.model_copy(update={"ocr": limits.ocr.model_copy(update={"enabled": "off"})})


def read_all(limits: ReadingLimits, files: Sequence[str]) -> None:
    """Read files in children, which have ended then."""
    for file in files:
        read_document(Path(file), source=Path(file).as_uri(), sha256="0" * 64, limits=limits)
    isolation.shutdown()


def used(run: Callable[[], _Made]) -> tuple[_Made, float, float]:
    """Return what a run returns, and the processor seconds of this process and of the children that ended."""
    before, children = time.process_time(), _children()
    report = run()
    return report, time.process_time() - before, _children() - children


def _children() -> float:
    found = resource.getrusage(resource.RUSAGE_CHILDREN)
    return found.ru_utime + found.ru_stime


if __name__ == "__main__":
    main()
