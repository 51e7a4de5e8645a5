"""How fast and how well PDFs are read: papers with known text, real ones, and a second opinion on these.

usage: python -m benchmarks.reading [--shared ../shared] [--rounds 3] [--parts speed text words]

`speed`: pages per second of CPU time, every thread of the process counted, each reader in turn on each file;
beside ours stand PDFium alone (open, load page, load text page, get the text) and pdfplumber's `extract_text`.
`text`: what is found of the papers of `benchmarks.papers`. `words`: the share of Apache Tika's distinct words
that ours has too. The machine is noisy: medians, and look at the ratios.
"""

import argparse
import csv
import re
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from benchmarks.papers import Element, Paper, collection
from benchmarks.typesetting import write
from benchmarks.words import print_words
from configs.settings import ReadingLimits
from extractors import readers
from extractors.document import Block, Reading

LIMITS = ReadingLimits()
DEFAULT_SHARED = Path(__file__).parents[2] / "shared"
_MAX_PAGES = 12
"""Pages of a real paper that pdfplumber is asked to read."""


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--shared", type=Path, default=DEFAULT_SHARED)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--files", type=int, default=16, help="real papers in the table of speeds")
    parser.add_argument("--parts", nargs="+", default=["speed", "text", "words"], choices=["speed", "text", "words"])
    options = parser.parse_args()
    if "text" in options.parts:
        print_quality(collection())
    if "speed" in options.parts:
        with tempfile.TemporaryDirectory() as folder:
            synthetic = [Path(folder) / f"{paper.name}.pdf" for paper in collection(paragraphs=60)]
            for paper, path in zip(collection(paragraphs=60), synthetic, strict=True):
                write(paper, path)
            print_speed("synthetic papers", synthetic, options.rounds)
        print_speed("real papers", _sample(options.shared / "corpus", options.files), options.rounds)
    if "words" in options.parts:
        print_words(options.shared, LIMITS)


def print_speed(name: str, files: Sequence[Path], rounds: int) -> None:
    """Print pages per CPU second of each reader on some files, and how ours compares."""
    ways: dict[str, Callable[[Path], int]] = {
        "ours": ours,
        "ours, tables left out": ours_without_tables,
        "PDFium alone": pdfium_alone,
        "pdfplumber": pdfplumber_text,
    }
    pages = sum(pdfium_alone(file) for file in files)
    taken: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(rounds):
        spent = dict.fromkeys(ways, 0.0)
        for file in files:
            for way, read in ways.items():
                if way == "pdfplumber" and taken[way]:
                    continue  # once is enough for what takes twenty times as long
                started = time.process_time()
                read(file)
                spent[way] += time.process_time() - started
        for way, seconds in spent.items():
            if seconds:
                taken[way].append(seconds)
    print(f"\n### Speed: {len(files)} {name}, {pages} pages, {rounds} rounds\n")
    print("| reader | pages per CPU second | × pdfplumber | × PDFium |\n| --- | --- | --- | --- |")
    medians = {way: statistics.median(seconds) for way, seconds in taken.items()}
    for way, seconds in medians.items():
        plumber, pdfium = medians["pdfplumber"] / seconds, medians["PDFium alone"] / seconds
        print(f"| {way} | {pages / seconds:.0f} | {plumber:.1f} | {pdfium:.2f} |")


def ours(path: Path) -> int:
    """Read a file whole and return its pages."""
    return len(readers.read(path, limits=LIMITS).pages)


def ours_without_tables(path: Path) -> int:
    """Read text and structure of a file and return its pages."""
    with patch("extractors.readers.pdf_page.page_tables", lambda *_: ()):
        return ours(path)


def pdfium_alone(path: Path) -> int:
    """Get the text of each page by PDFium and return the pages."""
    import pypdfium2

    document = pypdfium2.PdfDocument(path)
    for page in document:
        text = page.get_textpage()
        text.get_text_range()
        text.close()
        page.close()
    count = len(document)
    document.close()
    return count


def pdfplumber_text(path: Path) -> int:
    """Get the text of each page by pdfplumber and return the pages."""
    import pdfplumber

    with pdfplumber.open(path) as document:
        for page in document.pages:
            page.extract_text()
            page.close()
        return len(document.pages)


def _sample(corpus: Path, count: int) -> list[Path]:
    """Return real papers of a few pages each, evenly from all folders."""
    with (corpus / "MANIFEST.tsv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if row["path"].endswith(".pdf")]
    usable = [
        corpus / row["path"]
        for row in rows
        if not row["path"].startswith("awkward")
        and row["text_layer"] == "yes"
        and row["encrypted"] == "no"
        and row["pages"].isdigit()
        and int(row["pages"]) <= _MAX_PAGES
    ]
    return usable[:: max(1, len(usable) // count)][:count]


@dataclass(frozen=True, slots=True)
class Quality:
    """What a reading has of a paper: character ratio, then found, wanted and right of each kind."""

    ratio: float
    headings: tuple[int, int, int]
    paragraphs: tuple[int, int, int]
    notes: tuple[int, int, int]
    furniture: int


def quality(paper: Paper, reading: Reading) -> Quality:
    """Compare a reading with the truth; white space is folded, the paper's masthead is no heading."""
    from rapidfuzz.distance import Indel

    front = {element.text for element in paper.elements if element.kind == "front"}
    blocks = [block for block in reading.blocks if block.kind not in ("header", "footer")]
    body = [block for block in blocks if _said(block) not in front]
    truth = _folded(" ".join(_said(element) for element in paper.elements if element.kind != "footnote"))
    text = _folded(" ".join(_said(block) for block in blocks if block.kind != "footnote"))
    left = sum(len(re.findall(rf"{re.escape(line)}(?!\w)", text)) for line in paper.furniture)
    numbers = {f"{page.number}." for page in reading.pages}
    return Quality(
        ratio=Indel.normalized_similarity(truth, text),
        headings=_counts(paper.elements, body, ("heading",)),
        paragraphs=_counts(paper.elements, body, ("paragraph", "item")),
        notes=_counts(paper.elements, body, ("footnote",)),
        furniture=left + sum(_said(block) in numbers for block in blocks),
    )


def print_quality(papers: Sequence[Paper]) -> None:
    """Print what is found of papers, those in one column and those in two apart."""
    found: list[tuple[Paper, Quality]] = []
    with tempfile.TemporaryDirectory() as folder:
        for paper in papers:
            path = Path(folder) / f"{paper.name}.pdf"
            write(paper, path)
            found.append((paper, quality(paper, readers.read(path, limits=LIMITS))))
    print(f"\n### Text and structure: {len(papers)} papers with known text (recall / precision)\n")
    print("| papers | character ratio (lowest) | headings | whole paragraphs | footnotes | furniture left |")
    print("| --- | --- | --- | --- | --- | --- |")
    for columns in sorted({paper.columns for paper in papers}):
        for producer in sorted({paper.producer for paper in papers}):
            some = [one for paper, one in found if (paper.columns, paper.producer) == (columns, producer)]
            if some:
                print(_quality_row(f"{columns} column(s), {producer}", some))


def _quality_row(name: str, some: Sequence[Quality]) -> str:
    ratios = [one.ratio for one in some]
    cells = [f"{statistics.mean(ratios):.4f} ({min(ratios):.4f})"]
    for kind in ("headings", "paragraphs", "notes"):
        got, wanted, right = (sum(counts) for counts in zip(*(getattr(one, kind) for one in some), strict=True))
        cells.append(f"{right / max(1, wanted):.3f} / {right / max(1, got):.3f}")
    return f"| {name} | {' | '.join(cells)} | {sum(one.furniture for one in some)} |"


def _counts(truth: Sequence[Element], blocks: Sequence[Block], kinds: tuple[str, ...]) -> tuple[int, int, int]:
    wanted = Counter(_folded(_said(element)) for element in truth if element.kind in kinds)
    got = Counter(_folded(_said(block)) for block in blocks if block.kind in kinds)
    return got.total(), wanted.total(), (got & wanted).total()


def _said(thing: Element | Block) -> str:
    """Return number and text of an element or block; a bullet is not kept."""
    number = thing.number if thing.number and thing.number != "•" else ""
    return thing.text if number == thing.text else f"{number} {thing.text}".strip()


def _folded(text: str) -> str:
    return " ".join(text.split())


if __name__ == "__main__":
    main()
