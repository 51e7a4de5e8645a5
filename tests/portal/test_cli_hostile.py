"""A run over hostile files: each ends in a status, the run lives, nothing is written but its home."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from benchmarks.hostile import MAKERS
from pipelines.workspace import WORKSPACE
from tests.portal.conftest import CHECKOUT
from tests.portal.test_cli_processes import WEIGHED

pytestmark = [pytest.mark.slow, pytest.mark.model, pytest.mark.long]

SETTINGS = {
    "CUSTOMS_LENS_ENCODER": "all-MiniLM-L6-v2",
    "CUSTOMS_LENS_READING__CPU_SECONDS": "2",
    "CUSTOMS_LENS_READING__OCR__SECONDS_PER_PAGE": "2",
    "CUSTOMS_LENS_READING__WALL_SECONDS": "60",
}
MOST_MIB = 256
"""What a run over hostile files may hold beyond what one over sound papers does."""
SHARE = "0.25"
"""Of the size at which `benchmarks.hostile` makes them, which takes minutes to work through; smaller ones are read."""
NEAR_THE_LIMIT = "ratio-in-bounds.zip"
"""An archive that takes about as long to look through as is allowed: whole, one run would list it and the next not."""
LEADING_OUT = ("external", "links", "hostile-names")
"""What the files of these names would read or write if what they refer to were followed: all of them are taken."""
NAMES = [
    name
    for place, name in enumerate(MAKERS)
    if name != NEAR_THE_LIMIT and (place % 6 == 0 or name.startswith(LEADING_OUT))
]
"""One of six: what becomes of each file by itself is tested where ingestion is."""
LONG, MANY = 150, 48
"""Words of a paragraph that is nearly a passage of its own, and how many of them a long paper has."""


@pytest.fixture
def tmp_path(tmp_path_factory):
    """A folder with a short name: the folder for temporary files lies in it, and may not have a long one."""
    return tmp_path_factory.mktemp("hostile")


@pytest.fixture
def ingest(tmp_path, process):
    """A function that ingests a folder from a folder of its own; it returns the report and the peak in MiB."""
    for name in ("here", "temporary"):
        (tmp_path / name).mkdir()
    environment = {**SETTINGS, "TMPDIR": str(tmp_path / "temporary")}

    def go(folder, home):
        arguments = ("ingest", folder, "--home", home, "--workers", "2", "--json")
        done = process(*arguments, code=WEIGHED, environment=environment, timeout=1800, cwd=tmp_path / "here")
        assert done.code in (0, 1), done.err
        return done.json, int(re.search(r"VmHWM:\s+(\d+)", done.err)[1]) / 1024

    return go


def test_a_folder_of_hostile_files_fails_file_by_file_and_harms_nothing(tmp_path, samples, ingest, process):
    hostile, home = tmp_path / "hostile", tmp_path / "home"
    hostile.mkdir()
    _, usual = ingest(sound(samples, tmp_path / "sound"), tmp_path / "usual")
    make(hostile, "--only", *NAMES, "--share", SHARE)
    make(hostile, "--only", NEAR_THE_LIMIT, "--share", "0.02")
    before = tree(tmp_path, home)

    report, peak = ingest(hostile, home)
    assert report["found"] == sum(report[name] for name in ("indexed", "unchanged", "duplicate", "failed"))
    assert report["found"] > len(NAMES)
    assert all(failure["status"] and failure["error"] for failure in report["failures"])
    assert peak < usual + MOST_MIB
    assert tree(tmp_path, home) == before
    assert not list((home / WORKSPACE).rglob("*"))

    again, _ = ingest(hostile, home)
    late = timed_out(report) | timed_out(again)
    assert len(late) < len(NAMES) // 4  # the comparison is of nearly all
    assert (again["unchanged"], again["duplicate"]) == (report["indexed"], report["duplicate"])
    assert again["indexed"] <= len(late)
    assert failed(again, but=late) == failed(report, but=late)
    asked = ("search", "nologin", "--mode", "text", "--home", home, "--json")  # what stands in /etc/passwd
    assert process(*asked, environment=SETTINGS).json["documents"] == 0


def timed_out(report):
    """Return the files in the folder that a limit of time ended, or a part of them: the next run may get further."""
    return {outermost(failure) for failure in report["failures"] if failure["status"] == "timeout"}


def failed(report, *, but):
    """Return what failed with its status, without what lies in some files of the folder."""
    return {(failure["source"], failure["status"]) for failure in report["failures"] if outermost(failure) not in but}


def outermost(failure):
    """Return the file in the folder that a failure lies in."""
    return failure["source"].rsplit("::", maxsplit=1)[-1]


def make(folder, *options):
    """Write hostile files into a folder."""
    making = [sys.executable, "-m", "benchmarks.hostile", "--write", str(folder), *options]
    subprocess.run(making, check=True, cwd=CHECKOUT, env={**os.environ, "PYTHONPATH": str(CHECKOUT)})


def sound(samples, folder):
    """Make a folder with a sample of each format and a long paper, whose passages are as long as passages may be."""
    folder.mkdir()
    for suffix in {path.suffix for path in (samples / "papers").iterdir()}:
        shutil.copy(min((samples / "papers").glob(f"*{suffix}")), folder)
    words = " ".join(path.read_text(encoding="utf-8") for path in sorted((samples / "sources").glob("*.md"))).split()
    assert len(words) > MANY * LONG
    parts = (" ".join(words[start : start + LONG]) for start in range(0, MANY * LONG, LONG))
    (folder / "long.txt").write_text("\n\n".join(parts), encoding="utf-8")
    return folder


def tree(folder, without):
    """Every file and folder below a folder but one of them; files with size and time of their last change."""
    return {
        path: (path.lstat().st_size, path.lstat().st_mtime_ns) if path.is_file() else None
        for path in folder.rglob("*")
        if without not in (path, *path.parents)
    }
