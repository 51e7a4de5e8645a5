"""When a paper is complete, and what of a folder is taken; the clock is that of the test."""

import os
import shutil

import pytest

from pipelines.watching.arrivals import Arrivals, stamps_of


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "papers").mkdir()
    return tmp_path / "papers"


@pytest.fixture
def arrivals(folder):
    return Arrivals(folder, quiet=2.0)


def write(path, text, time=None):
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    if time is not None:
        os.utime(path, (time, time))
    return path


def take_all(arrivals, now):
    taken = arrivals.complete(now)
    for path in taken:
        arrivals.take(path, stamps_of(path))
    return [path.name for path in taken]


def test_a_paper_is_complete_when_it_was_left_alone(arrivals, folder):
    write(folder / "a.txt", "one")
    arrivals.look(10.0)
    assert arrivals.complete(11.9) == []
    assert take_all(arrivals, 12.0) == ["a.txt"]
    assert arrivals.complete(20.0) == []


def test_one_that_is_being_written_is_waited_for(arrivals, folder):
    path = write(folder / "a.txt", "one")
    arrivals.look(10.0)
    write(path, "one two")
    assert arrivals.complete(11.5) == []
    write(path, "two one", time=100)  # as long as before
    assert arrivals.complete(13.4) == []
    assert take_all(arrivals, 15.5) == ["a.txt"]


def test_a_description_belongs_to_its_paper(arrivals, folder):
    paper = write(folder / "a.txt", "one")
    arrivals.look(0.0)
    assert take_all(arrivals, 3.0) == ["a.txt"]
    sidecar = write(folder / "a.txt.meta.yaml", "body: ptc")
    arrivals.note(sidecar, 4.0)
    assert arrivals.complete(5.0) == []
    assert take_all(arrivals, 6.0) == ["a.txt"]
    arrivals.note(paper, 7.0)
    assert arrivals.complete(9.0) == []
    write(folder / "b.txt.meta.yaml", "body: ptc")
    arrivals.look(10.0)
    assert arrivals.complete(20.0) == []  # its paper has not come yet


def test_one_that_changes_or_comes_back_is_taken_again(arrivals, folder):
    path = write(folder / "a.txt", "one", time=100)
    arrivals.look(0.0)
    assert take_all(arrivals, 3.0) == ["a.txt"]
    write(path, "two", time=200)
    arrivals.note(path, 4.0)
    assert take_all(arrivals, 7.0) == ["a.txt"]
    path.unlink()
    arrivals.note(path, 8.0)
    assert arrivals.vanished == {path}
    write(path, "two", time=200)
    arrivals.note(path, 9.0)
    assert take_all(arrivals, 12.0) == ["a.txt"]


def test_one_that_changed_while_it_was_taken_waits_again(arrivals, folder):
    path = write(folder / "a.txt", "one", time=100)
    arrivals.look(0.0)
    before = stamps_of(path)
    write(path, "two", time=200)
    arrivals.take(path, before)
    arrivals.note(path, 3.0)
    assert arrivals.complete(4.0) == []
    assert take_all(arrivals, 6.0) == ["a.txt"]


def test_a_folder_that_is_moved_in_or_away_is_all_that_is_in_it(arrivals, folder, tmp_path):
    write(tmp_path / "other" / "a.txt", "one")
    moved = (tmp_path / "other").rename(folder / "other")
    arrivals.note(moved, 0.0)
    assert take_all(arrivals, 3.0) == ["a.txt"]
    shutil.rmtree(moved)
    arrivals.note(moved, 4.0)
    assert arrivals.vanished == {moved / "a.txt"}


@pytest.mark.parametrize(
    "name", ["a.pdf.part", "a.PDF.crdownload", ".a.pdf.Xy12", "~$a.docx", ".~lock.a.odt#", ".git/a.txt", "a.tmp"]
)
def test_what_a_program_has_not_finished_is_left_out(arrivals, folder, name):
    write(folder / name, "one")
    arrivals.look(0.0)
    assert arrivals.complete(9.0) == []
    assert arrivals.left_out == {folder / name}


def test_a_hidden_folder_above_the_one_that_is_watched_hides_nothing(tmp_path):
    path = write(tmp_path / ".papers" / "a.txt", "one")
    arrivals = Arrivals(path.parent, quiet=2.0)
    arrivals.look(0.0)
    assert take_all(arrivals, 2.0) == ["a.txt"]


def test_what_is_no_file_is_no_paper(arrivals, folder):
    os.mkfifo(folder / "pipe")
    (folder / "gone").symlink_to(folder / "nowhere")
    arrivals.look(0.0)
    assert arrivals.complete(9.0) == []
    assert arrivals.vanished == set()
