"""What is printed: JSON for programs, tables for people."""

import json
import sys
from typing import Any

import click
from rich.console import Console

LINE_WIDTH = 100


def print_json(value: Any) -> None:  # noqa: ANN401 - any JSON value
    """Print one JSON document to standard output."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2 if sys.stdout.isatty() else None))


def counted(number: int, noun: str) -> str:
    """Return a number and its noun, `1 document` and `2 documents`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def console() -> Console:
    """Return a console on standard output; piped output keeps a readable width."""
    return Console(width=None if sys.stdout.isatty() else LINE_WIDTH, highlight=False, soft_wrap=False)


def messages() -> Console:
    """Return a console on standard error."""
    return Console(stderr=True, highlight=False)
