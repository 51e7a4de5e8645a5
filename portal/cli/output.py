"""What is printed: JSON for programs, tables for people."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape

LINE_WIDTH = 100
_LONGEST_NAME = 40
_BEFORE = 60
"""Characters of a line that are shown before one that is pointed at."""
_INDENT = 2


def print_json(value: Any) -> None:  # noqa: ANN401 - any JSON value
    """Print one JSON document to standard output."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2 if sys.stdout.isatty() else None))


def counted(number: int, noun: str) -> str:
    """Return a number and its noun, `1 document` and `2 documents`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def write_page(path: Path, page: str) -> None:
    """Write a web page, and say where it is."""
    path.write_text(page, encoding="utf-8")
    messages().print(f"wrote {escape(str(path))}", soft_wrap=True)


def console() -> Console:
    """Return a console on standard output; piped output keeps a readable width."""
    return Console(width=None if sys.stdout.isatty() else LINE_WIDTH, highlight=False, soft_wrap=False)


def messages() -> Console:
    """Return a console on standard error."""
    return Console(stderr=True, highlight=False)


def pointed_at(text: str, position: int) -> str:
    """Return the part of a line around a character, and below it a caret under that character."""
    start = max(0, position - _BEFORE)
    end = start + LINE_WIDTH - _INDENT
    shown = "".join(letter if letter.isprintable() else " " for letter in text[start:end])
    before = cell_len(shown[: position - start])
    return f"{' ' * _INDENT}{shown}\n{' ' * (_INDENT + before)}^"


@contextmanager
def progress_bar(description: str) -> Iterator[Callable[[int, int, str], None]]:
    """Show a bar on standard error, if that is a terminal, and give what moves it: done, total, what is worked on."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    status = messages()
    with Progress(*columns, console=status, transient=True, disable=not status.is_terminal) as progress:
        bar = progress.add_task(description, total=None)

        def show(done: int, total: int, name: str) -> None:
            shortened = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
            progress.update(bar, completed=done, total=total, description=escape(shortened))

        yield show
