"""Measures the time to render pages of PDFs: `python -m benchmarks.page_images [FOLDER] [--width DOTS]`.

Every page of the sample papers, or of a random part of the PDFs in a folder, is drawn once, each paper's pages one
after the other; pages of papers that nobody opened before stand apart. Nothing is cached.
"""

import argparse
import random
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles

from configs.settings import ReadingLimits
from configs.system.errors import CustomsLensError, UsageError
from extractors.page_renderer import PageRenderer

SAMPLES = Path(__file__).resolve().parents[1] / "samples" / "papers"
MOST_PAPERS, MOST_PAGES = 60, 6


def drawn(renderer: PageRenderer, path: Path, width: int) -> Iterator[tuple[float, int]]:
    """Yield the seconds and bytes of each of the first pages of a paper."""
    for number in range(1, MOST_PAGES + 1):
        began = time.perf_counter()
        try:
            png = renderer.png(path, number, width=width)
        except UsageError:
            return
        yield time.perf_counter() - began, len(png)


def line(name: str, seconds: list[float]) -> str:
    """Return median, 90th percentile and maximum in milliseconds."""
    ninety = quantiles(seconds, n=10)[-1]
    parts = (f"{value * 1000:.0f}" for value in (median(seconds), ninety, max(seconds)))
    return f"{name:<12} {len(seconds):>4} pages   p50, p90, max: {', '.join(parts)} ms"


def main() -> None:
    """Draw and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=SAMPLES)
    parser.add_argument("--width", type=int, default=900)
    options = parser.parse_args()
    papers = sorted(options.folder.rglob("*.pdf"))
    papers = random.Random(1).sample(papers, min(len(papers), MOST_PAPERS))
    renderer = PageRenderer(ReadingLimits(), processes=1)
    first, further, sizes, failed = [], [], [], 0
    try:
        began = time.perf_counter()
        renderer.start()
        print(f"a process started in {time.perf_counter() - began:.2f} s")
        for paper in papers:
            try:
                pages = list(drawn(renderer, paper, options.width))
            except CustomsLensError as error:
                failed += 1
                print(f"{paper.name}: {error}")
                continue
            first += [seconds for seconds, _ in pages[:1]]
            further += [seconds for seconds, _ in pages[1:]]
            sizes += [size for _, size in pages]
    finally:
        renderer.close()
    print(line("first", first))
    print(line("further", further))
    print(line("all", first + further))
    print(f"{median(sizes) / 1024:.0f} KiB a picture (median), {failed} papers could not be drawn")


if __name__ == "__main__":
    main()
