"""A run that a full disk ends: what it says of what it did is what the next run finds."""

import shutil
import subprocess

import pytest

from configs.system.errors import UnavailableError
from pipelines.ingest.runs import ingest
from pipelines.runs.history import LAST, run_details
from tests.conftest import missing

PAPERS, DISK_MIB = 40, 20
PARAGRAPH = "The Committee of country {n} noted the single window, its data model and its pilot projects of {n} ports. "


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(command, capture_output=True, check=False).returncode:
        missing("mounting a small disk is refused here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.parametrize("free_kib", [1500, 2500, 4000])
def test_what_it_counts_as_indexed_is_what_the_next_run_finds_unchanged(warm, settings, papers, small_disk, free_kib):
    for number in range(PAPERS):
        text = "\n\n".join(f"{PARAGRAPH.format(n=number) * 3} Part {part} of {number}." for part in range(24))
        (papers / f"{number}.txt").write_text(f"zpaper{number}\n\n{text}")
    settings = settings.model_copy(update={"home": small_disk / "home", "disk_free_mib": 0})
    filler = small_disk / "filler"
    filler.write_bytes(b"x" * (DISK_MIB * 1024 - free_kib) * 1024)
    with pytest.raises(UnavailableError, match="the disk is full") as stopped:
        ingest(settings, [str(papers)])
    report = stopped.value.report
    assert report.indexed > 0
    assert report.found == PAPERS == report.indexed + report.failed
    filler.unlink()
    run = run_details(settings, LAST).run
    assert (run.id, run.indexed) == (report.run, report.indexed)
    following = ingest(settings, [str(papers)])
    assert (following.unchanged, following.indexed) == (report.indexed, report.failed)
