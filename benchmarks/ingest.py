"""Compares the whole ingestion with Haystack and with an analyst's simple script, on the same PDFs, in turns.

usage: python -m benchmarks.ingest [--corpus ../shared/corpus] [--files 100] [--rounds 1] [--haystack PYTHON]

Each side runs in a process of its own and pays for its imports and its model; in each round every side has its turn.
The script reads with pdfplumber's `extract_text`, cuts the text into windows of 150 words, encodes them with
`SentenceTransformer.encode` (the same multilingual model) and keeps a list of dicts. Haystack's pipeline is converter
(pypdf), splitter (150 words), SentenceTransformers embedder (the same model, from its folder on this machine) and
writer into its document store in memory. It takes a Python of its own, with haystack-ai, pypdf and
sentence-transformers-haystack in it. Ours reads structure and tables, finds themes, tags maturity, encodes, and commits
every document to an index that can be searched. Pages that are pictures give no side any text: ours could recognise
it, and is told not to. The encoder is prepared before. The machine is shared: look at the ratios, not at the seconds.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import zip_longest
from pathlib import Path

WORDS = 150
"""Words in a window of the script: about as many tokens as a passage may have."""
DEFAULT_CORPUS = Path(__file__).parents[2] / "shared" / "corpus"


def main() -> None:
    """Run the sides in turn and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--corpus", type=Path, default=DEFAULT_CORPUS)
    parser.add_argument("--files", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument(
        "--haystack", metavar="PYTHON", help="a Python that has Haystack; without it that side is left out"
    )
    parser.add_argument("--save", type=Path, metavar="FILE.jsonl", help="add the figures of each run to this file")
    parser.add_argument("--script", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.script:
        print(json.dumps(by_script(options.script)))
        return
    files = chosen(options.corpus, options.files)
    model = prepare()
    sides: dict[str, Callable[[], dict[str, float]]] = {
        "Customs Lens": lambda: ours(files),
        "script": lambda: script(files, model),
    }
    if options.haystack:
        sides["Haystack"] = lambda: haystack(options.haystack, files, model)
    print(f"load average {os.getloadavg()[0]:.1f}", flush=True)
    rounds: list[dict[str, dict[str, float]]] = []
    for number in range(options.rounds):
        names = list(sides) if number % 2 == 0 else list(sides)[::-1]  # nobody is always first
        rounds.append({})
        for name in names:
            rounds[-1][name] = sides[name]()
            if options.save:
                with options.save.open("a", encoding="utf-8") as file:
                    file.write(json.dumps({"side": name, "round": number, **rounds[-1][name]}) + "\n")
    show(rounds, len(files))


def chosen(corpus: Path, count: int) -> list[str]:
    """Return PDF files of a corpus, as many from each of its folders as there are, in a fixed order."""
    folders: dict[Path, list[Path]] = {}
    for path in sorted(corpus.rglob("*.pdf")):
        if "awkward" not in path.parts:  # files that are made to be difficult
            folders.setdefault(path.parent, []).append(path)
    turns = zip_longest(*folders.values())
    return [str(path) for turn in turns for path in turn if path][:count]


def show(rounds: Sequence[dict[str, dict[str, float]]], files: int) -> None:
    """Print the medians of each side, and of the others' ratios to ours."""
    print(f"{files} PDFs, {len(rounds)} round(s), load average {os.getloadavg()[0]:.1f}\n")
    print("| | wall s | CPU s | pages/s | passages/s | peak MiB |\n| --- | --- | --- | --- | --- | --- |")
    for name in rounds[0]:
        runs = [one[name] for one in rounds]
        wall, cpu, memory = (statistics.median(run[key] for run in runs) for key in ("wall", "cpu", "memory"))
        pages, passages = runs[0]["pages"], runs[0]["passages"]
        print(f"| {name} | {wall:.0f} | {cpu:.0f} | {pages / wall:.1f} | {passages / wall:.1f} | {memory:.0f} |")
    for key in ("wall", "cpu"):
        for name in [one for one in rounds[0] if one != "Customs Lens"]:
            ours_, others = [one["Customs Lens"] for one in rounds], [one[name] for one in rounds]
            ratios = [b[key] / b["pages"] / (a[key] / a["pages"]) for a, b in zip(ours_, others, strict=True)]
            print(f"\n{key}: {name} takes {statistics.median(ratios):.2f} × the time per page")


def prepare() -> str:
    """Prepare the encoder and return the folder that sentence-transformers loads."""
    from configs.encoders import resolve_encoder
    from configs.settings import load_settings
    from index.encoder import open_encoder
    from index.encoder.source import model_folder

    settings = load_settings()
    open_encoder(settings).query("prepared")
    return str(model_folder(resolve_encoder(settings.encoder), settings))


def ours(files: Sequence[str]) -> dict[str, float]:
    """Ingest into a new home and return what it took."""
    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, "-m", "portal.cli", "ingest", *files, "--home", home, "--json"]
        return measured(command)


def script(files: Sequence[str], model: str) -> dict[str, float]:
    """Run the script and return what it took."""
    return measured([sys.executable, "-m", "benchmarks.ingest", "--script", model, *files])


def haystack(python: str, files: Sequence[str], model: str) -> dict[str, float]:
    """Run Haystack's pipeline by a Python of its own and return what it took."""
    return measured([python, str(Path(__file__).with_name("ingest_haystack.py")), model, *files])


def measured(command: Sequence[str]) -> dict[str, float]:
    """Run a command that prints JSON with `pages` and `passages`; return these, seconds and MiB."""
    started = time.perf_counter()
    checkout = {"PYTHONPATH": str(Path(__file__).parents[1]), "CUSTOMS_LENS_READING__OCR__ENABLED": "off"}
    environment = {**os.environ, **checkout, "HF_HUB_OFFLINE": "1", "HAYSTACK_TELEMETRY_ENABLED": "False"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
    output = process.stdout.read() if process.stdout else b""
    _, status, usage = os.wait4(process.pid, 0)  # its own time and its children's
    if not output:
        sys.exit(f"{' '.join(command[:4])} …: ended with {os.waitstatus_to_exitcode(status)} and no result")
    counts = json.loads(output)
    return {
        "pages": counts["pages"],
        "passages": counts["passages"],
        "wall": time.perf_counter() - started,
        "cpu": usage.ru_utime + usage.ru_stime,
        "memory": usage.ru_maxrss / 1024,
    }


def by_script(arguments: Sequence[str]) -> dict[str, int]:
    """Do the analyst's job and return the pages and windows."""
    import pdfplumber
    from sentence_transformers import SentenceTransformer

    model, *files = arguments
    rows: list[dict[str, object]] = []
    pages = 0
    for file in files:
        with pdfplumber.open(file) as document:
            for number, page in enumerate(document.pages, 1):
                words = (page.extract_text() or "").split()
                starts = range(0, len(words), WORDS)
                rows.extend({"file": file, "page": number, "text": " ".join(words[n : n + WORDS])} for n in starts)
                page.close()
            pages += len(document.pages)
    vectors = SentenceTransformer(model, device="cpu").encode([f"passage: {row['text']}" for row in rows])
    for row, vector in zip(rows, vectors, strict=True):
        row["vector"] = vector
    return {"pages": pages, "passages": len(rows)}


if __name__ == "__main__":
    main()
