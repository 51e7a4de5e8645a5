"""Queries that cannot be read are pointed at on a terminal."""

import os
import pty
import subprocess
import sys

import pytest

from portal.cli.output import pointed_at

MAIN = "from portal.cli.app import main; main()"


@pytest.mark.parametrize(
    ("text", "position", "shown"),
    [
        ("customs year:20x", 13, "  customs year:20x\n               ^"),
        ("x", 1, "  x\n   ^"),
        ("a\tb\x1b[0m c", 4, "  a b [0m c\n      ^"),
        ("税関 year:x", 8, "  税関 year:x\n            ^"),
    ],
)
def test_a_character_is_pointed_at(text, position, shown):
    assert pointed_at(text, position) == shown


def test_of_a_long_line_the_part_around_is_shown():
    line, caret = pointed_at("a" * 500 + "!" + "b" * 500, 500).split("\n")
    assert len(line) <= 100
    assert line[len(caret) - 1] == "!"


def test_a_terminal_shows_the_query_and_a_caret(tmp_path):
    terminal, end = pty.openpty()
    command = [sys.executable, "-c", MAIN, "search", "customs a OR year:2010", "--home", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=end) as process:
        os.close(end)
        said = b""
        try:
            while part := os.read(terminal, 4096):
                said += part
        except OSError:  # what a terminal says when its last writer is gone
            pass
        assert process.wait() == 2
    os.close(terminal)
    lines = said.decode().replace("\r", "").splitlines()
    assert lines[0].startswith("customs-lens: query, character 14: year:2010 holds for the whole query only")
    assert lines[1:] == ["  customs a OR year:2010", "               ^"]
