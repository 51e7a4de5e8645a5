"""The whole job beside the script that an analyst would write, on the same PDFs, in one run.

usage: python benchmarks/ingest.py [--corpus ../shared/corpus] [--files 60] [--rounds 1]

Each side runs in a process of its own and pays for its imports and its model. The script reads with
pdfplumber's `extract_text`, cuts the text into windows of 150 words, encodes them with
`SentenceTransformer.encode` (the same multilingual model) and keeps a list of dicts. Ours reads structure and
tables, finds themes, tags maturity, encodes, and commits every document to an index that can be searched.
The encoder is prepared before. The machine is shared: look at the ratio, not at the seconds.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

WORDS = 150
"""Words in a window of the script: about as many tokens as a passage may have."""
DEFAULT_CORPUS = Path(__file__).parents[2] / "shared" / "corpus"


def main() -> None:
    """Run both sides in turn and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--corpus", type=Path, default=DEFAULT_CORPUS)
    parser.add_argument("--files", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--script", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.script:
        print(json.dumps(by_script(options.script)))
        return
    files = sorted(map(str, (*options.corpus.glob("customs/**/*.pdf"), *options.corpus.glob("committees/**/*.pdf"))))
    files = files[: options.files]
    model = prepare()
    rounds = [(ours(files), script(files, model)) for _ in range(options.rounds)]
    print(f"{len(files)} PDFs, {options.rounds} round(s)\n")
    print("| | wall s | CPU s | pages/s | passages/s | peak MiB |\n| --- | --- | --- | --- | --- | --- |")
    for number, name in enumerate(("Customs Lens", "script")):
        runs = [one[number] for one in rounds]
        wall, cpu, memory = (statistics.median(run[key] for run in runs) for key in ("wall", "cpu", "memory"))
        pages, passages = runs[0]["pages"], runs[0]["passages"]
        print(f"| {name} | {wall:.0f} | {cpu:.0f} | {pages / wall:.1f} | {passages / wall:.1f} | {memory:.0f} |")
    for key in ("wall", "cpu"):
        ratios = [two[key] / two["pages"] / (one[key] / one["pages"]) for one, two in rounds]
        print(f"\n{key}: the script takes {statistics.median(ratios):.2f} × the time per page")


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
    return measured([sys.executable, __file__, "--script", model, *files])


def measured(command: Sequence[str]) -> dict[str, float]:
    """Run a command that prints JSON with `pages` and `passages`; return these, seconds and MiB."""
    started = time.perf_counter()
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
    output = process.stdout.read() if process.stdout else b""
    _, _, usage = os.wait4(process.pid, 0)  # its own time and its children's
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
