"""Measures text recognition: character error by language, and its time compared with the tesseract command.

usage: python -m benchmarks.ocr [--rounds 3] [--noise 20]

Each side reads the same picture of an A4 page at 300 dots per inch. The command is told the language of the page;
ours has to find it, and how the page lies. Both sides are processes of their own; the processor time counts
everything but, on our side, the start of Python and its imports, which one process pays for many documents.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.scanned import TEXTS, character_error, scanned_page


def main() -> None:
    """Run both sides in turn and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--noise", type=float, default=20.0)
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.read:
        print(json.dumps(read(options.read)))
        return
    print("| language | character error | of the command | CPU s | of the command | ratio |")
    print("| --- | --- | --- | --- | --- | --- |")
    for language in TEXTS:
        print(row(language, options.rounds, options.noise), flush=True)


def row(language: str, rounds: int, noise: float) -> str:
    """Return the row of one language: errors of the last round, medians of the times."""
    from PIL import Image

    picture, truth = scanned_page(language, noise=noise)
    times: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        image = Path(folder, "page.png")
        Image.fromarray(picture).save(image, dpi=(300, 300))
        for _ in range(rounds):
            ours = json.loads(output([sys.executable, "-m", "benchmarks.ocr", "--read", str(image)]))
            before = children()
            text = output(["tesseract", str(image), "stdout", "-l", language])
            times.append((ours["cpu"], children() - before))
    mine, command = (statistics.median(side) for side in zip(*times, strict=True))
    ratio = statistics.median(one / other for one, other in times)
    errors = character_error(ours["text"], truth), character_error(text, truth)
    return f"| {language} | {errors[0]:.4f} | {errors[1]:.4f} | {mine:.2f} | {command:.2f} | {ratio:.2f} |"


def read(image: Path) -> dict[str, str | float]:
    """Recognise a picture; return the text and the seconds of processor time, opening the picture included."""
    import numpy as np
    import tesserocr  # noqa: F401 - imported before the clock starts
    from PIL import Image

    from configs.settings import OcrSettings
    from extractors.ocr import Picture, recognise
    from extractors.text.language import language_of

    language_of("The model of languages is loaded before the clock starts.")
    start = time.process_time()
    found = recognise(Picture(np.asarray(Image.open(image)), 300), OcrSettings())
    return {"cpu": time.process_time() - start, "text": " ".join(line.text for line in found.lines)}


def output(command: list[str]) -> str:
    """Run a command in one thread and return what it prints."""
    environment = os.environ | {"OMP_THREAD_LIMIT": "1"}
    return subprocess.run(
        command, check=True, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ).stdout


def children() -> float:
    """Return the seconds of processor time of the processes that have ended."""
    return sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])


if __name__ == "__main__":
    main()
