"""Logs as JSON: one object a line on standard error, without secrets, and without a traceback but for `--debug`."""

import json
import logging
from datetime import UTC, datetime
from pathlib import Path

import pytest

from configs.system.log_fields import log_fields
from configs.system.log_lines import JsonFormatter, log_line
from configs.system.redaction import RedactingFilter
from portal.cli.options import log_format_of
from tests.portal.hostile_texts import EVERYTHING, assert_harmless, assert_json

SECRET = "https://reader:s3same@papers.example/a?sig=abcdef0123456789"


def lines_of(text):
    return [assert_json(line) for line in text.splitlines()]


def record(message="told", *args, error=None, **more):
    made = logging.LogRecord("pipelines.x", logging.WARNING, __file__, 1, message, args, None)
    made.exc_info = (type(error), error, error.__traceback__) if error else None
    made.__dict__.update(more)
    RedactingFilter().filter(made)
    return made


def formatted(*args, debug=False, **more):
    return JsonFormatter(debug=debug, ascii_only=False).format(record(*args, **more))


class TestFormatter:
    def test_a_record_is_one_object_on_one_line(self):
        line = formatted("two\nlines %s", 1)
        assert "\n" not in line
        found = assert_json(line)
        assert (found["level"], found["logger"], found["message"]) == ("warning", "pipelines.x", "two\nlines 1")

    def test_the_time_is_that_of_the_record_in_utc(self):
        at = datetime(2024, 2, 29, 23, 59, 59, 500_000, UTC)
        line = log_line("x", level="info", logger="y", created=at.timestamp())
        assert json.loads(line)["time"] == "2024-02-29T23:59:59.500Z"

    def test_it_says_what_run_and_document_it_is_about(self):
        with log_fields(run="r1", document="d1"):
            found = assert_json(formatted())
        assert (found["run"], found["document"]) == ("r1", "d1")

    def test_values_of_an_event_stand_beside(self):
        assert assert_json(formatted(fields={"found": 3}))["found"] == 3

    def test_no_traceback_but_for_debug(self):
        with pytest.raises(OSError) as caught:
            Path("/nowhere/at/all").read_bytes()
        plain, debug = (assert_json(formatted(error=caught.value, debug=one)) for one in (False, True))
        assert plain["error"] == debug["error"]
        assert plain["error"].startswith("FileNotFoundError: ")
        assert "traceback" not in plain
        assert debug["traceback"].startswith("Traceback")

    @pytest.mark.parametrize("debug", [False, True])
    def test_it_holds_no_secret(self, debug):
        with log_fields(source=SECRET):
            line = formatted("%s", SECRET, error=OSError(SECRET), debug=debug, fields={"a": [{"b": SECRET}]})
        assert "s3same" not in line
        assert "abcdef" not in line
        assert line.count("papers.example/a") >= 4

    def test_it_commands_no_terminal(self):
        assert_harmless(formatted(EVERYTHING, fields={"a": EVERYTHING}))


@pytest.mark.parametrize(
    ("arguments", "variable", "expected"),
    [
        ((), None, "text"),
        (("themes", "--log-format", "json"), None, "json"),
        (("themes", "--log-format=json"), None, "json"),
        ((), "json", "json"),
        (("--log-format", "text"), "json", "text"),
        ((), "loud", "text"),
    ],
)
def test_the_format_is_known_before_the_settings_are(monkeypatch, arguments, variable, expected):
    if variable:
        monkeypatch.setenv("CUSTOMS_LENS_LOG_FORMAT", variable)
    assert log_format_of(arguments) == expected


def test_an_error_is_an_object_too(cli, tmp_path):
    done = cli("themes", "--home", tmp_path / "none", "--log-format", "json")
    (line,) = lines_of(done.err)
    assert (done.code, line["level"], line["logger"]) == (3, "error", "customs-lens")
    assert line["message"].endswith("(run customs-lens ingest first)")


def test_so_is_wrong_usage(cli):
    (line,) = lines_of(cli("search", "--log-format", "json", "--nonsense").err)
    assert line["level"] == "error"


def test_the_settings_file_may_say_so(cli, tmp_path):
    (tmp_path / "settings.yaml").write_text("log_format: json\n")
    (line,) = lines_of(cli("themes", "--home", tmp_path).err)
    assert "there is no index yet" in line["message"]


def test_the_next_command_of_a_process_writes_text_again(cli, tmp_path):
    cli("themes", "--home", tmp_path / "none", "--log-format", "json")
    assert cli("themes", "--home", tmp_path / "none").line.startswith("customs-lens: ")
