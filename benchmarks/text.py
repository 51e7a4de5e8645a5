"""Measures the extraction of text and structure from PDFs with known text.

usage: python -m benchmarks.text

The papers are those of `benchmarks.papers`. Characters, headings, whole paragraphs and footnotes are compared with
what the papers were made of.
"""

import re
import statistics
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.papers import Element, Paper, collection
from benchmarks.typesetting import write
from configs.settings import ReadingLimits
from extractors import readers
from extractors.document import Block, Reading

LIMITS = ReadingLimits()


def main() -> None:
    """Print what is found of the papers, those in one column and those in two apart."""
    papers = collection()
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


@dataclass(frozen=True, slots=True)
class Quality:
    """The quality of a reading: character ratio, then counts of found, expected and right elements by kind."""

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
    body = [block for block in blocks if _printed(block) not in front]
    truth = _folded(" ".join(_printed(element) for element in paper.elements if element.kind != "footnote"))
    text = _folded(" ".join(_printed(block) for block in blocks if block.kind != "footnote"))
    left = sum(len(re.findall(rf"{re.escape(line)}(?!\w)", text)) for line in paper.furniture)
    numbers = {f"{page.number}." for page in reading.pages}
    return Quality(
        ratio=Indel.normalized_similarity(truth, text),
        headings=_counts(paper.elements, body, ("heading",)),
        paragraphs=_counts(paper.elements, body, ("paragraph", "item")),
        notes=_counts(paper.elements, body, ("footnote",)),
        furniture=left + sum(_printed(block) in numbers for block in blocks),
    )


def _quality_row(name: str, some: Sequence[Quality]) -> str:
    ratios = [one.ratio for one in some]
    cells = [f"{statistics.mean(ratios):.4f} ({min(ratios):.4f})"]
    for kind in ("headings", "paragraphs", "notes"):
        got, wanted, right = (sum(counts) for counts in zip(*(getattr(one, kind) for one in some), strict=True))
        cells.append(f"{right / max(1, wanted):.3f} / {right / max(1, got):.3f}")
    return f"| {name} | {' | '.join(cells)} | {sum(one.furniture for one in some)} |"


def _counts(truth: Sequence[Element], blocks: Sequence[Block], kinds: tuple[str, ...]) -> tuple[int, int, int]:
    wanted = Counter(_folded(_printed(element)) for element in truth if element.kind in kinds)
    got = Counter(_folded(_printed(block)) for block in blocks if block.kind in kinds)
    return got.total(), wanted.total(), (got & wanted).total()


def _printed(thing: Element | Block) -> str:
    """Return number and text of an element or block; a bullet is not kept."""
    number = thing.number if thing.number and thing.number != "•" else ""
    return thing.text if number == thing.text else f"{number} {thing.text}".strip()


def _folded(text: str) -> str:
    return " ".join(text.split())


if __name__ == "__main__":
    main()
