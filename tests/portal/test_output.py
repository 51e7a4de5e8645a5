"""The way to both streams: what is printed is no markup, commands no terminal, and fits whatever takes it."""

import fcntl
import io
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from rich.table import Table
from rich.text import Text

from portal.cli import output
from portal.cli.output import Terminal, echo, print_json, progress_bar, say, styled
from tests.portal.conftest import RUN, clean_environment
from tests.portal.hostile_texts import EVERYTHING, assert_harmless, assert_json, build_home

MARKUP = "[/x] [bold]b[/] [link=x]\\[ :smile: \\"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("output") / "home"
    build_home(home, f"{EVERYTHING} Ж é")
    return home


@pytest.fixture
def shown(monkeypatch):
    """A function that returns what a terminal 200 columns wide gets of something."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")

    def go(value, **options):
        out = Terminal(width=200)
        out.file = io.StringIO()
        out.print(value, **options)
        return out.file.getvalue()

    return go


class TestPrintedForPeople:
    def test_markup_in_a_text_is_text(self, shown):
        assert shown(MARKUP) == f"{MARKUP}\n"
        assert MARKUP in shown(styled((MARKUP, "bold"), MARKUP))

    @pytest.mark.parametrize("place", ["title", "caption", "column", "footer", "cell"])
    def test_markup_in_a_table_is_text(self, shown, place):
        names = {name: MARKUP for name in ("title", "caption") if name == place}
        table = Table(**names, min_width=60)
        table.show_footer = place == "footer"
        table.add_column(MARKUP if place == "column" else "c", footer=MARKUP if place == "footer" else "")
        table.add_row(MARKUP if place == "cell" else "x")
        assert MARKUP in re.sub(r"\x1b\[[0-9;]*m", "", shown(table))

    def test_nothing_that_is_rendered_commands_the_terminal(self, shown):
        table = Table(title=EVERYTHING, caption=EVERYTHING)
        table.add_column(EVERYTHING)
        table.add_row(Text(EVERYTHING))
        for value in (EVERYTHING, Text(EVERYTHING), styled((EVERYTHING, "bold")), table):
            assert_harmless(shown(value, style="dim"))
            assert_harmless(shown(value, soft_wrap=True))

    def test_a_rule_is_harmless(self, monkeypatch):
        monkeypatch.setenv("FORCE_COLOR", "1")
        out = Terminal(width=40)
        out.file = io.StringIO()
        out.rule(EVERYTHING)
        assert_harmless(out.file.getvalue())

    def test_plain_text_is_harmless(self, capsys):
        echo(f"{EVERYTHING}\n\ttabs stay")
        say(EVERYTHING)
        out, err = capsys.readouterr()
        assert_harmless(out)
        assert_harmless(err)
        assert out.endswith("\n\ttabs stay\n")

    @pytest.mark.parametrize(("seconds", "lines"), [(0, ["comparing: 7 of 1,000"]), (3600, [])])
    def test_progress_is_a_line_now_and_then_where_there_is_no_terminal(self, monkeypatch, capsys, seconds, lines):
        monkeypatch.setattr(output, "_LINE_SECONDS", seconds)
        with progress_bar("comparing") as show:
            show(7, 1000, "a name that is told to nobody")
        assert capsys.readouterr().err.splitlines() == lines

    def test_a_progress_bar_is_harmless(self, monkeypatch, capsys):
        monkeypatch.setenv("FORCE_COLOR", "1")
        with progress_bar(EVERYTHING) as show:
            show(1, 2, f"{MARKUP[:20]}\x1b[8m\x9b8m")
        err = capsys.readouterr().err
        assert_harmless(err, bar=True)
        assert MARKUP[:20] in err

    def test_json_on_a_terminal_is_harmless(self, capsys):
        print_json({EVERYTHING: [EVERYTHING, float("nan"), float("inf")]})
        out = capsys.readouterr().out
        assert assert_json(out) == {EVERYTHING: [EVERYTHING, None, None]}


SAY = """
import logging, sys, threading, warnings
from portal.cli import app
bad = "\\x1b]52;c;eA==\\x07\\x9b8m\\u202e \\x1b[8m"
def callback(*_):
    logging.getLogger("pipelines").warning("log %s", bad)
    try:
        raise OSError(5, bad, bad)
    except OSError:
        logging.getLogger("pipelines").exception("with a traceback %s", bad)
    warnings.warn(bad)
    raise {error}
app.cli.invoke = callback
app.main(["themes", *sys.argv[1:]])
"""


@pytest.mark.slow
class TestStandardError:
    @pytest.mark.parametrize("arguments", [(), ("--debug",)])
    @pytest.mark.parametrize(("error", "code"), [("OSError(5, bad, bad)", 3), ("RuntimeError(bad)", 70)])
    def test_logs_warnings_tracebacks_and_errors_are_harmless(self, process, arguments, error, code):
        done = process(*arguments, code=SAY.replace("{error}", error))
        assert done.code == code
        assert "log ]52;c;eA==" in done.err
        assert "UserWarning: ]52;c;eA==" in done.err
        assert ("Traceback" in done.err.splitlines()[-12:][0] or done.err.count("Traceback") == 2) == bool(arguments)
        assert_harmless(done.err)

    def test_a_log_record_keeps_its_lines(self, process):
        code = "import logging; from portal.cli.output import prepare_streams; prepare_streams(debug=False)"
        done = process(code=f"{code}; logging.warning('one\\n\\ttwo\\x1b')")
        assert done.err == "one\n\ttwo\n"


PEOPLE = ("matrix", "--by=subject")
JSON = (*PEOPLE, "--json")
WRONG = ("search", "date:x")
EXIT_CODES = {
    PEOPLE: 0,
    JSON: 0,
    ("themes",): 0,
    ("matrix", "--by=body"): 0,
    ("vocabulary", "check"): 0,
    ("rebuild",): 0,
    WRONG: 2,
}
"""Commands, and what each ends with."""
ALL = """
import json, os, sys
from pathlib import Path
from portal.cli import main
codes = []
for command in json.loads(os.environ["COMMANDS"]):
    try:
        main([*command, *sys.argv[2:]])
    except SystemExit as end:
        codes.append(end.code)
Path(sys.argv[1]).write_text(json.dumps(codes))
"""
"""All of them in one process, whose streams may be closed."""


def all_commands(target, home):
    """Return the command line and the environment of a process that runs them; it writes the exit codes to a file."""
    return [sys.executable, "-c", ALL, str(target), f"--home={home}"], {"COMMANDS": json.dumps(list(EXIT_CODES))}


@pytest.mark.slow
class TestStreams:
    @pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8:strict"])
    def test_an_encoding_that_lacks_letters_gets_escapes(self, process, home, encoding):
        environment = {"PYTHONIOENCODING": encoding}
        done = process(*PEOPLE, "--home", home, environment=environment, encoding=encoding.partition(":")[0])
        assert (done.code, done.err) == (0, "")
        assert ("\\u0416" in done.out) == (encoding != "utf-8:strict")

    @pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
    def test_json_is_valid_in_any_encoding(self, process, home, encoding):
        environment = {"PYTHONIOENCODING": encoding}
        done = process(*JSON, "--home", home, environment=environment, encoding=encoding)
        assert "Ж é" in json.dumps(assert_json(done.out), ensure_ascii=False)

    @pytest.mark.parametrize("more", [{}, {"PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}], ids=str)
    def test_the_c_locale(self, process, home, more):
        environment = {"LC_ALL": "C", **more}
        assert process("themes", "--home", home, environment=environment, encoding="utf-8", errors="replace").code == 0

    @pytest.mark.parametrize("closed", [">&-", ">&- 2>&-", "<&-"])
    def test_a_process_without_its_streams_does_its_work(self, home, tmp_path, closed):
        line, environment = all_commands(tmp_path / "codes.json", home)
        whole = ["sh", "-c", f'"$@" {closed}', "sh", *line]
        subprocess.run(whole, env=clean_environment(**environment), capture_output=True, check=False)
        assert json.loads((tmp_path / "codes.json").read_text()) == list(EXIT_CODES.values())

    def test_no_file_is_opened_in_the_place_of_a_closed_stream(self, tmp_path):
        code = "import sys; from portal.cli.output import prepare_streams; prepare_streams(debug=False);"
        code += "file = open(sys.argv[1], 'w'); file.write(str(file.fileno()))"
        line = ["sh", "-c", '"$@" <&- >&- 2>&-', "sh", sys.executable, "-c", code, tmp_path / "number"]
        subprocess.run(line, env=clean_environment(), check=True)
        assert int((tmp_path / "number").read_text()) > 2

    @pytest.mark.parametrize("command", [PEOPLE, JSON, WRONG], ids=" ".join)
    def test_a_reader_that_went_away_changes_no_exit_code(self, home, command):
        line = [sys.executable, "-c", RUN, *command, f"--home={home}"]
        reader, writer = os.pipe()
        os.close(reader)
        done = subprocess.run(line, env=clean_environment(), stdout=writer, stderr=writer, check=False)
        os.close(writer)
        assert done.returncode == EXIT_CODES[command]

    def test_a_full_disk_under_standard_output_is_said(self, home):
        with Path("/dev/full").open("wb") as full:
            line = [sys.executable, "-c", RUN, *JSON, f"--home={home}"]
            done = subprocess.run(line, env=clean_environment(), stdout=full, stderr=subprocess.PIPE, check=False)
        assert done.returncode == 3
        assert b"No space left" in done.stderr

    def test_a_full_disk_under_standard_error_changes_no_exit_code(self, home):
        with Path("/dev/full").open("wb") as full:
            line = [sys.executable, "-c", RUN, "show", "nothing", f"--home={home}"]
            assert subprocess.run(line, env=clean_environment(), stderr=full, check=False).returncode == 2


TERMINALS = [
    (80, {"TERM": "xterm-256color"}),
    (80, {"TERM": "dumb"}),
    (80, {"NO_COLOR": "1"}),
    (80, {"COLUMNS": "1"}),
    (80, {"COLUMNS": "0"}),
    (80, {"COLUMNS": "wide"}),
    (1, {}),
    (0, {}),
    (80, {"PYTHONIOENCODING": "ascii"}),
]


@pytest.mark.slow
@pytest.mark.parametrize(("columns", "environment"), TERMINALS, ids=str)
def test_a_real_terminal_of_any_kind_is_told_of_styles_alone(home, tmp_path, columns, environment):
    line, commands = all_commands(tmp_path / "codes.json", home)
    shown = on_a_terminal(line, columns, clean_environment(**commands, **environment))
    assert json.loads((tmp_path / "codes.json").read_text()) == list(EXIT_CODES.values())
    assert_harmless(shown, bar=True)


def on_a_terminal(line, columns, environment):
    """Run a process with a terminal for all of its streams, and return what the terminal got."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    done = subprocess.Popen(line, stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    got = bytearray()
    while True:
        try:
            piece = os.read(ours, 1 << 16)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        got += piece
    os.close(ours)
    done.wait()
    return got.decode()
