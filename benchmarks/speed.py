"""Compares the speed of reading whole PDFs with other readers.

usage: python -m benchmarks.speed [--shared ../shared] [--rounds 3] [--sets synthetic real tables] [--files 16]

Pages per second of processor time, every thread and child process counted, each reader in turn on each file. Ours
reads text, structure and tables; pdfplumber gets the text (`extract_text`) or text and tables (`extract_tables`
as well); LiteParse, where it is installed (`pip install liteparse`), writes Markdown without text recognition;
PDFium alone opens the file and gets the text of each page. `tables` are the papers of the ICDAR 2013 table
competition. The machine is noisy: medians, the load average beside them, and look at the ratios.
"""

import argparse
import csv
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from unittest.mock import patch

from benchmarks.papers import collection
from benchmarks.running import DEFAULT_SHARED
from benchmarks.typesetting import write
from configs.settings import OcrSettings, ReadingLimits
from extractors import readers

LIMITS = ReadingLimits(ocr=OcrSettings(enabled="off"))
SETS = ("synthetic", "real", "tables")
_PARAGRAPHS = 60
"""Paragraphs of a synthetic paper."""
_MAX_PAGES = 12
"""Pages of a real paper that pdfplumber is asked to read."""
_OURS = "Customs Lens"
_BESIDE = {
    "pdfplumber, text and tables": "pdfplumber text and tables",
    "pdfplumber, text": "pdfplumber text",
    "LiteParse": "LiteParse",
    "PDFium alone": "PDFium alone",
}
"""The readers that the others are compared with, and what their columns are called."""

Read = Callable[[Path], object]


def main() -> None:
    """Print a table for each set."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--shared", type=Path, default=DEFAULT_SHARED)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--files", type=int, default=16, help="real papers")
    parser.add_argument("--sets", nargs="+", default=SETS, choices=SETS)
    options = parser.parse_args()
    if "synthetic" in options.sets:
        with tempfile.TemporaryDirectory() as folder:
            print_speed("synthetic papers", synthetic(Path(folder)), options.rounds)
    if "real" in options.sets:
        print_speed("real papers", sample(options.shared / "corpus", options.files), options.rounds)
    if "tables" in options.sets:
        judged = sorted((options.shared / "benchmarks" / "tables-icdar2013").rglob("*.pdf"))
        print_speed("papers of the ICDAR 2013 table competition", judged, options.rounds)


def print_speed(name: str, files: Sequence[Path], rounds: int) -> None:
    """Print pages per second of processor time of each reader on some files, and how they compare."""
    ways = usable_readers()
    pages = sum(map(pdfium_alone, files))
    for read in ways.values():
        read(files[0])  # its imports are no part of the measure
    taken: dict[str, list[float]] = {way: [] for way in ways}
    for number in range(rounds):
        spent = dict.fromkeys(ways, 0.0)
        for file in files:
            for way, read in ways.items():
                if number and way.startswith("pdfplumber"):
                    continue  # once is enough for what takes twenty times as long
                began = cpu_seconds()
                read(file)
                spent[way] += cpu_seconds() - began
        for way, seconds in spent.items():
            if seconds:
                taken[way].append(seconds)
    load = os.getloadavg()[0]
    print(f"\n### Speed: {len(files)} {name}, {pages} pages, {rounds} rounds, load average {load:.1f}\n")
    medians = {way: statistics.median(seconds) for way, seconds in taken.items()}
    beside = {way: title for way, title in _BESIDE.items() if way in medians}
    print("| reader | pages per CPU second |", *(f"× {title} |" for title in beside.values()))
    print("| --- | --- |", *("--- |" for _ in beside))
    for way, seconds in medians.items():
        ratios = (f"{medians[other] / seconds:.2f} |" for other in beside)
        print(f"| {way} | {pages / seconds:.1f} |", *ratios)


def usable_readers() -> dict[str, Read]:
    """Return the readers that are installed."""
    ways: dict[str, Read] = {
        _OURS: ours,
        f"{_OURS}, tables left out": ours_without_tables,
        "PDFium alone": pdfium_alone,
        "pdfplumber, text": pdfplumber_text,
        "pdfplumber, text and tables": pdfplumber_whole,
    }
    if find_spec("liteparse"):
        parser = import_module("liteparse").LiteParse(ocr_enabled=False, quiet=True, output_format="markdown")
        ways["LiteParse"] = lambda path: parser.parse(path).text
    return ways


def cpu_seconds() -> float:
    """Return the processor time of this process, all its threads, and its children that have ended."""
    return time.process_time() + sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])


def ours(path: Path) -> int:
    """Read text, structure and tables of a file and return its pages."""
    return len(readers.read(path, limits=LIMITS).pages)


def ours_without_tables(path: Path) -> int:
    """Read text and structure of a file and return its pages."""
    with patch("extractors.readers.pdf.page.page_tables", lambda *_: ()):
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


def pdfplumber_text(path: Path) -> None:
    """Get the text of each page by pdfplumber."""
    import pdfplumber

    with pdfplumber.open(path) as document:
        for page in document.pages:
            page.extract_text()
            page.close()


def pdfplumber_whole(path: Path) -> None:
    """Get the text and the tables of each page by pdfplumber."""
    import pdfplumber

    with pdfplumber.open(path) as document:
        for page in document.pages:
            page.extract_text()
            page.extract_tables()
            page.close()


def synthetic(folder: Path) -> list[Path]:
    """Write the papers whose text is known and return their files."""
    papers = collection(paragraphs=_PARAGRAPHS)
    files = [folder / f"{paper.name}.pdf" for paper in papers]
    for paper, file in zip(papers, files, strict=True):
        write(paper, file)
    return files


def sample(corpus: Path, count: int) -> list[Path]:
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


if __name__ == "__main__":
    main()
