"""Standard output and standard error: text for people, JSON for programs, log records.

Whatever is printed may come from a paper, a file's name or a person. None of it is markup, and nothing in it commands
the terminal: controls are taken out here, so no command has to think of them. Styles come from `Text` alone.
"""

import codecs
import io
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TextIO

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from configs.system.controls import showable
from configs.system.files import write_atomically
from configs.system.folders import usual_rights
from configs.system.json_text import json_text
from configs.system.log_fields import EVENTS, current_fields
from configs.system.log_lines import JsonFormatter, LogFormat, log_line
from configs.system.redaction import redact, redact_logs

LINE_WIDTH = 100
_LONGEST_NAME = 40
_BEFORE = 60
"""Characters of a line that are shown before one that is pointed at."""
_INDENT = 2
_LOGGER = "customs-lens"
"""The logger that messages of a command bear where logs are JSON."""
_SILENT = logging.CRITICAL + 1
_LINE_SECONDS = 60.0
"""Between two lines that say how far a command is, where no terminal shows a bar."""


class Terminal(Console):
    """A console for plain text: it ignores markup and emoji codes, and removes control characters."""

    def __init__(self, *, stderr: bool = False, width: int | None = None) -> None:
        super().__init__(stderr=stderr, width=width, markup=False, emoji=False, highlight=False)

    def render_str(self, text: str, **options: Any) -> Text:  # noqa: ANN401 - rich's signature
        """Return a text of what may be shown; here, so that it is measured as it will be printed."""
        return super().render_str(_line(text) if self.stderr else showable(text), **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterator[Segment]:
        """Yield what is printed: all text goes through here, whatever made it."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(showable(segment.text), segment.style)

    def on_broken_pipe(self) -> None:
        """Go on in silence where nobody reads any more: what the command does is worth its exit code."""
        _silence(self.file)


class _Formatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return _line(super().format(record))


class _Streams:
    """How standard error is written to in this process: every command sets it up when it begins."""

    log_format: LogFormat = "text"
    debug = False
    handler: logging.Handler | None = None


def prepare_streams(*, debug: bool, log_format: LogFormat = "text") -> None:
    """Set up logging and warnings, and let both streams print what their encoding lacks as escapes."""
    _occupy_closed_descriptors()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    _Streams.debug = debug
    _Streams.handler = logging.StreamHandler(sys.stderr)
    use_log_format(log_format)
    logging.basicConfig(level=logging.DEBUG if debug else logging.WARNING, handlers=[_Streams.handler])
    redact_logs()
    logging.captureWarnings(capture=True)


def use_log_format(log_format: LogFormat) -> None:
    """Write log records and messages as text from now on, or as JSON, one object a line."""
    _Streams.log_format = log_format
    if _Streams.handler:
        text = _Formatter("%(message)s")
        lines = JsonFormatter(debug=_Streams.debug, ascii_only=not _is_utf8(sys.stderr))
        _Streams.handler.setFormatter(lines if log_format == "json" else text)
    shown = logging.DEBUG if _Streams.debug else logging.INFO if log_format == "json" else _SILENT
    logging.getLogger(EVENTS).setLevel(shown)


def echo(text: str, *, end: str = "\n") -> None:
    """Print plain text to standard output."""
    _write(sys.stdout, showable(text) + end)


def say(text: str, *, level: str = "info", **fields: Any) -> None:  # noqa: ANN401 - any JSON value
    """Print plain text to standard error: messages, usage.

    A line of JSON has the level and the fields too; `message` among them stands in the place of the text.
    """
    is_json = _Streams.log_format == "json"
    _write(sys.stderr, (_message(fields.pop("message", text), level, **fields) if is_json else _line(text)) + "\n")


def complain(text: str) -> None:
    """Print to standard error, on one line, why this command ends."""
    line = " ".join(text.split())
    json_lines = _Streams.log_format == "json"
    _write(sys.stderr, (_message(line, "error") if json_lines else _line(f"customs-lens: {line}")) + "\n")


def print_json(value: Any) -> None:  # noqa: ANN401 - any JSON value
    """Print one JSON document to standard output; with nothing but ASCII where the stream does not take UTF-8."""
    text = json_text(value, indent=2 if is_terminal(sys.stdout) else None, ascii_only=not _is_utf8(sys.stdout))
    _write(sys.stdout, f"{text}\n")


def counted(number: int, noun: str) -> str:
    """Return a number and its noun, `1 document` and `2 documents`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def write_page(path: Path, page: str) -> None:
    """Write a web page, and say where it is."""
    with usual_rights():
        write_atomically(path, page)
    say(f"wrote {path}")


def console() -> Terminal:
    """Return a console on standard output; piped output keeps a readable width."""
    return Terminal(width=None if is_terminal(sys.stdout) else LINE_WIDTH)


def messages() -> Terminal:
    """Return a console on standard error."""
    return Terminal(stderr=True)


def styled(*parts: str | tuple[str, str]) -> Text:
    """Return a line of parts, each a text or a text with its style."""
    return Text.assemble(*parts)


def is_terminal(stream: TextIO | None) -> bool:
    """Return whether a stream is shown to a person; a process may have no streams."""
    return stream is not None and stream.isatty()


def pointed_at(text: str, position: int) -> str:
    """Return the part of a line around a character, and a caret below that character."""
    start = max(0, position - _BEFORE)
    end = start + LINE_WIDTH - _INDENT
    shown = "".join(letter if letter.isprintable() else " " for letter in text[start:end])
    before = cell_len(shown[: position - start])
    return f"{' ' * _INDENT}{shown}\n{' ' * (_INDENT + before)}^"


@contextmanager
def progress_bar(description: str) -> Iterator[Callable[[int, int, str], None]]:
    """Show a bar on standard error, and give what moves it: done, total, what is worked on.

    Where that is no terminal there is a line a minute with the numbers, where logs are JSON neither.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    name_column = TextColumn("{task.description}", markup=False)
    columns = (name_column, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    status = messages()
    is_json = _Streams.log_format == "json"
    at = time.monotonic()
    with Progress(*columns, console=status, transient=True, disable=is_json or not status.is_terminal) as progress:
        bar = progress.add_task(description, total=None)

        def show(done: int, total: int, name: str) -> None:
            nonlocal at
            if progress.disable and not is_json and time.monotonic() - at >= _LINE_SECONDS:
                at = time.monotonic()
                say(f"{description}: {done:,} of {total:,}")
            shortened = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
            progress.update(bar, completed=done, total=total, description=shortened)

        yield show


def _occupy_closed_descriptors() -> None:
    """Occupy the descriptors of closed streams: the next opened file would receive log output otherwise."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest that is free


def _line(text: str) -> str:
    """Return a text for standard error after removing what messages must not contain."""
    return redact(showable(text))


def _message(text: str, level: str, **fields: Any) -> str:  # noqa: ANN401
    ascii_only = not _is_utf8(sys.stderr)
    fields = {"logger": _LOGGER, **current_fields(), **fields}
    return log_line(text, level=level, created=time.time(), ascii_only=ascii_only, **fields)


def _write(stream: TextIO | None, text: str) -> None:
    if stream is None:
        return
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        _silence(stream)
    except OSError:
        if stream is not sys.stderr:
            raise
        _silence(stream)  # there is no place left to say it


def _silence(stream: IO[str]) -> None:
    """Send what else is written to a stream to nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _is_utf8(stream: TextIO | None) -> bool:
    encoding = getattr(stream, "encoding", None)
    return encoding is None or codecs.lookup(encoding).name == "utf-8"
