"""Files that users name: what is no regular file is refused at once, and a write leaves all or nothing."""

import errno
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from configs.system.errors import UnavailableError
from configs.system.files import UNFINISHED, IrregularFileError, open_regular, read_file, write_atomically
from configs.system.yamlfile import read_yaml

KILLED_WHILE_WRITING = """
import os, signal, sys
from pathlib import Path
from configs.system import files
def sync(descriptor):
    os.kill(os.getpid(), signal.SIGKILL)
os.fsync = sync
files.write_atomically(Path(sys.argv[1]), "new " * 1000)
"""


@pytest.fixture
def odd(tmp_path):
    """A function that returns the name of something of a kind that is no regular file."""

    def make(kind):
        path = tmp_path / kind
        if kind == "pipe":
            os.mkfifo(path)
        elif kind == "socket":
            with socket.socket(socket.AF_UNIX) as server:
                server.bind(os.path.relpath(path))
        elif kind == "device":
            return Path("/dev/zero")
        else:
            path.mkdir()
        return path

    return make


@pytest.mark.parametrize("kind", ["pipe", "socket", "device", "folder"])
def test_what_is_no_regular_file_is_refused_and_not_waited_for(odd, kind):
    path = odd(kind)
    with pytest.raises(OSError, match=f"it is a {kind}, not a"):
        open_regular(path)
    with pytest.raises(UnavailableError, match=f"cannot be read: it is a {kind}, not a"):
        read_yaml(path)


@pytest.mark.parametrize("name", ["/proc/version", "/proc/kmsg", "/sys/kernel/mm/transparent_hugepage/enabled"])
def test_what_the_system_makes_up_is_refused_and_not_waited_for(name):
    """Some of these never end, though they look like regular files."""
    if not Path(name).exists():
        pytest.skip(f"this system has no {name}")
    with pytest.raises(IrregularFileError, match=r"made up by the system \((proc|sysfs)\), not a regular file"):
        open_regular(Path(name))


def test_a_name_that_no_file_can_have(tmp_path):
    with pytest.raises(OSError, match="NUL"):
        read_file(tmp_path / "a\0b")


def test_a_link_to_a_file_is_read(tmp_path):
    (tmp_path / "file").write_bytes(b"text")
    (tmp_path / "link").symlink_to("file")
    assert read_file(tmp_path / "link") == b"text"


def test_a_larger_file_is_not_read_at_all(tmp_path):
    path = tmp_path / "sparse"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(OSError, match="larger than 1 MiB") as error:
        read_file(path, most=1 << 20)
    assert error.value.errno == errno.EFBIG


def test_a_full_disk_leaves_the_old_file_and_nothing_beside_it(tmp_path, full_disk):
    path = tmp_path / "file"
    path.write_text("old")
    with full_disk(), pytest.raises(OSError):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_kill_leaves_the_old_file(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    command = [sys.executable, "-c", KILLED_WHILE_WRITING, str(path)]
    assert subprocess.run(command, check=False).returncode == -9
    assert path.read_text() == "old"
    assert all(left.name.endswith(UNFINISHED) for left in tmp_path.iterdir() if left != path)


def test_text_and_bytes_are_written_with_the_usual_rights(tmp_path):
    write_atomically(tmp_path / "text", "é\n")
    write_atomically(tmp_path / "bytes", b"\xff")
    (tmp_path / "usual").touch()
    assert ((tmp_path / "text").read_bytes(), (tmp_path / "bytes").read_bytes()) == (b"\xc3\xa9\n", b"\xff")
    assert (tmp_path / "text").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_the_rights_of_the_old_file_and_a_link_to_it_stay(tmp_path):
    (tmp_path / "file").write_text("old")
    (tmp_path / "file").chmod(0o640)
    (tmp_path / "link").symlink_to("file")
    write_atomically(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_text() == "new"
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o640


def test_a_name_as_long_as_names_may_be(tmp_path):
    path = tmp_path / ("é" * 127)
    write_atomically(path, "text")
    assert path.read_text() == "text"


def test_a_pipe_gets_what_is_written_and_stays_one(odd):
    path = odd("pipe")
    with pytest.raises(OSError) as error:  # nobody reads it: that is not waited for
        write_atomically(path, "text")
    assert error.value.errno == errno.ENXIO
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    write_atomically(path, "text")
    assert os.read(reader, 10) == b"text"
    os.close(reader)
    assert path.is_fifo()


def test_a_device_stays_one():
    write_atomically(Path("/dev/null"), "text")
    assert Path("/dev/null").is_char_device()
