"""Hostile files: each ends in a status within its limits, and nothing leads out of the folder."""

import time
from pathlib import Path

import pytest

from benchmarks.hostile import MAKERS, write
from configs.settings import OcrSettings, ReadingLimits
from extractors.reading import read_document
from pipelines.sources.source import SourceError
from tests.given_sources import discover

pytestmark = pytest.mark.slow

SMALL = 0.02  # of the full size
LIMITS = ReadingLimits(
    memory_mib=256, cpu_seconds=2, wall_seconds=120, objects_per_page=5_000, ocr=OcrSettings(enabled="off")
)
STOPPED = {"crashed", "timeout", "too_large"}

ENDS = {
    "read": "many-characters.pdf without-its-end.pdf long-lines.pdf html.pdf hostile-names.zip links.zip"
    " merged-cells.xlsx long.docx long.odt long.xlsx laughs.html quadratic.html external.html external.xml laughs.xhtml"
    " external.xhtml many-groups.rtf long.txt one-line.txt long-runs.txt many-headers.eml messages-100-deep.eml",
    "needs_ocr": "giant-page.pdf page-without-area.pdf huge-image.pdf looping.tif",
    "empty": "empty.pdf deep.xlsx",
    "malformed": "looping-page-tree.pdf deep-arrays.pdf half.pdf lying-sizes.zip laughs.docx"
    " laughs.pptx laughs.xlsx laughs.odt quadratic.docx quadratic.pptx quadratic.xlsx quadratic.odt"
    " external.docx external.pptx external.xlsx external.odt hidden-laughs.docx hidden-laughs.pptx"
    " hidden-laughs.odt hidden-laughs-in-utf-8.docx deep.docx deep.odt deep.xml laughs.xml quadratic.xml"
    " quadratic.xhtml deep-divisions.html deep-tables.html deep-words.html deep-groups.rtf bomb.png"
    " claimed-dots.tif hidden-laughs.xlsx",
    "too_large": "high-ratio.zip overlapping.zip many-members.zip greedy-lzma.zip many-frames.tif",
    "read too_large": "attached-bomb.eml",
}
"""What small copies end in, where it does not hang on how fast the machine is."""

EXPECTED = {name: set(statuses.split()) for statuses, names in ENDS.items() for name in names.split()}


SOME = 6
"""`make test` runs one of so many."""
EACH = [
    pytest.param(name, marks=[pytest.mark.long] if place % SOME else []) for place, name in enumerate(sorted(MAKERS))
]


@pytest.mark.parametrize("name", EACH)
def test_ends_in_a_status_within_its_limits(name, tmp_path):
    write(tmp_path, share=SMALL, names=[name])
    found = set()
    for source in discover([str(tmp_path / name)], limits=LIMITS):
        began = time.monotonic()
        status, message = read(source, tmp_path / "workspace")
        assert time.monotonic() - began < 2 * LIMITS.wall_seconds  # one child takes a member out, one reads it
        assert status == "read" or message
        found.add(status)
    assert found == EXPECTED.get(name, found)
    assert found <= STOPPED | {"read", "empty", "malformed", "needs_ocr"}
    assert {path.name for path in tmp_path.rglob("*")} <= {name, "workspace"}
    assert left_outside() == []


def test_the_files_that_have_to_end_somewhere_are_all_made():
    assert EXPECTED.keys() <= MAKERS.keys()


def read(source, workspace):
    """Return status and message of a source, as an ingestion notes them."""
    try:
        with source.as_file(workspace) as file:
            document = read_document(file, source=source.uri, sha256=source.sha256(), limits=LIMITS)
    except SourceError as error:
        return error.status, error.message
    return document.status, "; ".join(document.warnings)


def left_outside():
    """What the names and links inside the archives would write if they were followed."""
    return [path for pattern in ("tmp/hostile-*.txt", "hostile-*.txt") for path in Path("/").glob(pattern)]
