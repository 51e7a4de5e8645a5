"""Compares table extraction with stock pdfplumber (and LiteParse where it is installed), on judged PDFs.

usage: python -m benchmarks.tables [--shared ../shared] [--only NAME …] [--each]

The measure is that of the ICDAR 2013 table competition (Göbel et al.): each pair of cells with text that are
neighbours in a row or a column is one relation; precision and recall count the relations that the reader and
the truth share. Text is compared by its letters and digits. `macro` is the mean of the documents' F1, `micro`
the F1 of all relations together, `ruled` the macro mean over the documents where stock pdfplumber passes .5.
The wrapped tables are made here with reportlab: no rules, cells of several lines, the truth known.
"""

import argparse
import re
import statistics
import tempfile
import time
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple, TypeAlias

from benchmarks import wrapped_tables
from benchmarks.running import DEFAULT_SHARED

RULED = 0.5
"""F1 of stock pdfplumber from which on a document counts as ruled."""
STOCK = "pdfplumber"
OURS = "Customs Lens"

Rows: TypeAlias = Sequence[Sequence[str | None]]
Relations: TypeAlias = Counter[tuple[str, str, str]]


class Placed(NamedTuple):
    """A cell by its first and last row and column."""

    top: int
    left: int
    bottom: int
    right: int
    text: str


class Score(NamedTuple):
    """Relations of one document: shared, of the reader, of the truth."""

    shared: int
    found: int
    true: int

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.shared / max(1, self.found + self.true)


def main() -> None:
    """Score each reader on each set and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--shared", type=Path, default=DEFAULT_SHARED)
    parser.add_argument("--only", nargs="+", help="readers to run")
    parser.add_argument("--each", action="store_true", help="print each document, too")
    options = parser.parse_args()
    readers = {name: read for name, read in READERS.items() if not options.only or name in options.only}
    if find_spec("liteparse") is None:
        readers.pop("LiteParse", None)
    sets = {"ICDAR 2013": [(path, truth(path)) for path in judged(options.shared / "benchmarks" / "tables-icdar2013")]}
    with tempfile.TemporaryDirectory() as folder:
        made = wrapped_tables.write(Path(folder))
        sets["wrapped cells"] = [(path, sum(map(relations, tables), Counter())) for path, tables in made]
        for title, papers in sets.items():
            report(title, papers, readers, each=options.each)


def report(
    title: str,
    papers: Sequence[tuple[Path, Relations]],
    readers: dict[str, Callable[[Path], Iterable[Rows]]],
    *,
    each: bool,
) -> None:
    """Run the readers on one set in turn, document by document, and print how they did."""
    scores: dict[str, list[Score]] = {name: [] for name in readers}
    seconds = dict.fromkeys(readers, 0.0)
    for path, true in papers:
        for name, read in readers.items():
            start = time.process_time()
            tables = list(read(path))
            seconds[name] += time.process_time() - start
            found: Relations = sum(map(relations, tables), Counter())
            scores[name].append(Score((true & found).total(), found.total(), true.total()))
    print(
        f"\n{title}: {len(papers)} documents\n\n| reader | precision | recall | micro F1 | macro F1 | ruled | CPU s |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- |")
    ruled = [index for index, score in enumerate(scores.get(STOCK, ())) if score.f1 > RULED]
    for name, own in scores.items():
        total = Score(*map(sum, zip(*own, strict=True)))
        macro = statistics.mean(score.f1 for score in own)
        kept = f"{statistics.mean(own[index].f1 for index in ruled):.3f} ({len(ruled)})" if ruled else "–"
        precision, recall = total.shared / max(1, total.found), total.shared / max(1, total.true)
        print(
            f"| {name} | {precision:.3f} | {recall:.3f} | {total.f1:.3f} | {macro:.3f} | {kept} | {seconds[name]:.1f} |"
        )
    if each:
        for index, (path, _) in enumerate(papers):
            print(f"{path.stem:12}", *(f"{name} {own[index].f1:.3f}" for name, own in scores.items()))


def judged(data: Path) -> Iterator[Path]:
    """Yield the PDFs that have a truth beside them."""
    for path in sorted(data.rglob("*-str.xml")):
        paper = path.with_name(path.name.replace("-str.xml", ".pdf"))
        if paper.exists():
            yield paper


def truth(paper: Path) -> Relations:
    """Return the relations in the judged regions of a PDF."""
    found: Relations = Counter()
    for region in ET.parse(paper.with_name(f"{paper.stem}-str.xml")).getroot().iter("region"):
        cells = []
        for cell in region.iter("cell"):
            top, left = int(cell.get("start-row", 0)), int(cell.get("start-col", 0))
            bottom, right = int(cell.get("end-row") or top), int(cell.get("end-col") or left)
            cells.append(Placed(top, left, bottom, right, cell.findtext("content") or ""))
        found += relations_of_cells(cells)
    return found


def relations(rows: Rows) -> Relations:
    """Return the relations of a grid of texts."""
    return relations_of_cells(
        [Placed(y, x, y, x, text or "") for y, row in enumerate(rows) for x, text in enumerate(row)]
    )


def relations_of_cells(cells: Sequence[Placed]) -> Relations:
    """Return each pair of neighbours with text, empty cells skipped, and whether they stand side by side."""
    texts = [letters(cell.text) for cell in cells]
    grid = {
        (y, x): index
        for index, cell in enumerate(cells)
        if texts[index]
        for y in range(cell.top, cell.bottom + 1)
        for x in range(cell.left, cell.right + 1)
    }
    pairs = set()
    across: dict[int, int] = {}
    down: dict[int, int] = {}
    for (y, x), index in sorted(grid.items()):
        if across.setdefault(y, index) != index:
            pairs.add((across[y], index, "across"))
        if down.setdefault(x, index) != index:
            pairs.add((down[x], index, "down"))
        across[y] = down[x] = index
    return Counter((texts[one], texts[other], way) for one, other, way in pairs)


def letters(text: str) -> str:
    """Return what is compared of a text."""
    return re.sub(r"[\W_]+", "", text).upper()


def by_us(path: Path) -> Iterator[Rows]:
    """Yield the tables that the product reads."""
    from configs.settings import ReadingLimits
    from extractors.readers.pdf import reader

    for table in reader.read(path, passwords=(), limits=ReadingLimits()).tables:
        yield table.rows


def by_pdfplumber(path: Path) -> Iterator[Rows]:
    """Yield the tables of pdfplumber as it comes."""
    import pdfplumber

    with pdfplumber.open(path) as document:
        for page in document.pages:
            yield from page.extract_tables()
            page.close()


def by_liteparse(path: Path) -> Iterator[Rows]:
    """Yield the tables in the Markdown of LiteParse."""
    reader = import_module("liteparse").LiteParse(ocr_enabled=False, quiet=True, output_format="markdown")
    text = reader.parse(path).text
    rows: list[list[str]] = []
    for line in (*text.split("\n"), ""):
        if line.strip().startswith("|"):
            row = [re.sub(r"<br>|\*\*", " ", cell) for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
            if not all(re.fullmatch(r"\s*(:?-+:?)?\s*", cell) for cell in row):
                rows.append(row)
        elif rows:
            yield rows
            rows = []


READERS: dict[str, Callable[[Path], Iterable[Rows]]] = {
    OURS: by_us,
    STOCK: by_pdfplumber,
    "LiteParse": by_liteparse,
}


if __name__ == "__main__":
    main()
