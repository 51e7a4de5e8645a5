"""Synthetic papers read to the end, beside golden files: `--regenerate-golden` rewrites them, a person reads them."""

from pathlib import Path

import pytest

from benchmarks.papers import Paper, collection
from benchmarks.text import quality
from benchmarks.typesetting import write
from extractors.document import Reading
from extractors.readers import read

GOLDEN = Path(__file__).parents[3] / "golden"
PAPERS = [paper for paper in collection(paragraphs=12) if (paper.columns, paper.producer) != (1, "fpdf2")][:10]


@pytest.fixture(params=PAPERS, ids=lambda paper: paper.name)
def paper(request) -> Paper:
    return request.param


@pytest.fixture
def reading(paper, tmp_path, limits) -> Reading:
    path = tmp_path / "paper.pdf"
    write(paper, path)
    return read(path, limits=limits)


def shown(reading: Reading) -> str:
    rows = [
        "\t".join(str(value) if value is not None else "-" for value in (b.page, b.kind, b.level, b.number, b.text))
        for b in reading.blocks
    ]
    return "\n".join(rows) + "\n"


def test_a_paper_reads_as_it_did(paper, reading, request):
    file = GOLDEN / f"{paper.name}.tsv"
    if request.config.getoption("--regenerate-golden"):
        GOLDEN.mkdir(exist_ok=True)
        file.write_text(shown(reading), encoding="utf-8")
    assert shown(reading) == file.read_text(encoding="utf-8")


def test_a_paper_reads_as_it_was_written(paper, reading):
    found = quality(paper, reading)
    assert found.ratio >= (0.995 if paper.columns == 1 else 0.99)
    assert found.headings[0] == found.headings[1] == found.headings[2]
    assert found.furniture == 0
