"""The options that every command takes, and the settings made of them."""

import functools
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click

from configs.errors import UnavailableError, UsageError
from configs.files import is_utf8
from configs.settings import LOG_FORMAT, Settings, load_settings
from index.results import MOST_CONTEXT
from portal.cli.log_lines import LogFormat
from portal.cli.output import use_log_format

_ANY_BYTES = ("sources", "document", "passwords", "query")
"""Arguments that may be any bytes: names of files, which have no other, what is tried, and what finds nothing."""

_LOG_FORMAT = "--log-format"

P = ParamSpec("P")
R = TypeVar("R")

SETTINGS_OPTIONS = ("encoder", "model", "index", "workers")
"""Options that are settings of the same name; none is secret."""


def common(command: Callable[..., R]) -> Callable[..., R]:
    """Add the common options; the command gets `settings` and `as_json` for them."""

    @click.option(
        "--home",
        type=click.Path(readable=False, path_type=Path),
        help="Folder where everything is kept  [$CUSTOMS_LENS_HOME or ./customs-lens-home]",
    )
    @click.option("--encoder", metavar="NAME|PATH", help="Model that makes the vectors  [multilingual-e5-small]")
    @click.option("--model", metavar="ID|FILE.yaml", help="Maturity model  [dcmm-interop]")
    @click.option(
        "--index",
        type=click.Choice(["embedded", "elasticsearch"]),
        help="Search engine; elasticsearch is reached by $ELASTICSEARCH_URL  [embedded]",
    )
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON document, for programs.")
    @click.option(
        _LOG_FORMAT,
        type=click.Choice(["text", "json"]),
        help="How messages and logs are written to standard error; json is one object a line  [text]",
    )
    @click.option("--debug", is_flag=True, help="Log every step and show tracebacks.")
    @functools.wraps(command)
    def wrapper(
        *args: Any,  # noqa: ANN401 - whatever the wrapped command takes
        home: Path | None,
        encoder: str | None,
        model: str | None,
        index: str | None,
        log_format: LogFormat | None,
        debug: bool,  # noqa: ARG001 - read by `main` before commands are parsed
        **kwargs: Any,  # noqa: ANN401
    ) -> R:
        _refuse_bytes(kwargs)
        flags = {name: kwargs.pop(name) for name in ("workers",) if name in kwargs} | {"log_format": log_format}
        settings: Settings = load_settings(home, encoder=encoder, model=model, index=index, **flags)
        use_log_format(settings.log_format)
        return command(*args, settings=settings, **kwargs)

    return wrapper


def log_format_of(arguments: Sequence[str]) -> LogFormat:
    """Return the format of logs that a command line or the environment asks for.

    It holds until the settings are read, and for what is wrong with them.
    """
    given = os.environ.get(LOG_FORMAT, "")
    for before, one in zip(("", *arguments), arguments, strict=False):
        if before == _LOG_FORMAT or one.startswith(f"{_LOG_FORMAT}="):
            given = one.rpartition("=")[2]
    return "json" if given == "json" else "text"


def _refuse_bytes(arguments: dict[str, Any]) -> None:
    """Raise `UsageError` where bytes that are not UTF-8 stand in text that is looked for or stored."""
    for name, value in arguments.items():
        texts = value if isinstance(value, tuple) else (value,)
        if name not in _ANY_BYTES and not all(is_utf8(text) for text in texts if isinstance(text, str)):
            raise UsageError(f"{name.rstrip('s')}: holds bytes that are not UTF-8 text", "type it in UTF-8")


def filters(command: Callable[P, R]) -> Callable[P, R]:
    """Add `--filter`."""
    option = click.option(
        "--filter",
        "filters",
        metavar="FIELD=VALUE",
        multiple=True,
        help="Only what has this value; a..b is a range; the same field twice means either (repeatable).",
    )
    return option(command)


def search_mode(command: Callable[P, R]) -> Callable[P, R]:
    """Add `--mode`."""
    option = click.option(
        "--mode",
        type=click.Choice(["hybrid", "text", "vector"]),
        default="hybrid",
        show_default=True,
        help="Match words, meaning (vector) or both.",
    )
    return option(command)


def page_file(flag: str, what: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Add an option for the file of a web page; one that cannot be written is refused before the work begins."""
    return click.option(
        flag,
        "page",
        type=click.Path(readable=False, path_type=Path, dir_okay=False),
        callback=writable,
        help=f"Also write {what} to this file, as a web page.",
    )


def writable(_: click.Context, option: click.Parameter, path: Path | None) -> Path | None:
    """Return the file that an option names; raises `UnavailableError` where it cannot be written."""
    if path and not os.access(path if path.exists() else path.absolute().parent, os.W_OK):
        message = f"{option.opts[0]} {path}: cannot be written"
        raise UnavailableError(message, "check that the folder is there, and its rights")
    return path


def context(command: Callable[P, R]) -> Callable[P, R]:
    """Add `--context`."""
    option = click.option(
        "--context",
        metavar="N",
        type=click.IntRange(0, MOST_CONTEXT),
        default=0,
        show_default=True,
        help="Passages to show before and after each, as far as its section goes.",
    )
    return option(command)
