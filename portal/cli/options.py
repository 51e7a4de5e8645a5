"""The options of commands: the common ones with the settings from them, and those that several commands share."""

import functools
import getpass
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from types import NoneType
from typing import Any, Concatenate, Literal, ParamSpec, TypeVar, get_args, get_origin

import click
from pydantic import BaseModel

from configs.settings import LOG_FORMAT, Settings, load_settings
from configs.system.errors import UnavailableError, UsageError
from configs.system.files import is_utf8
from configs.system.log_lines import LogFormat
from pipelines.collection import Collection
from pipelines.search.requests import SearchParameters
from portal.cli.output import use_log_format

_ANY_BYTES = ("sources", "document", "passwords", "query")
"""Arguments that may be any bytes: names of files, passwords to try, and queries, which then find nothing."""

_LOG_FORMAT = "--log-format"

P = ParamSpec("P")
R = TypeVar("R")

SETTINGS_OPTIONS = ("encoder", "model", "index", "workers")
"""Options that set the setting of the same name; none is secret."""


def common(command: Callable[..., R]) -> Callable[..., R]:
    """Add the common options; the command gets `settings` and `as_json` from them."""

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
        _refuse_other_than_utf8(kwargs)
        flags = {name: kwargs.pop(name) for name in ("workers",) if name in kwargs} | {"log_format": log_format}
        settings: Settings = load_settings(home, encoder=encoder, model=model, index=index, **flags)
        use_log_format(settings.log_format)
        return command(*args, settings=settings, **kwargs)

    return wrapper


def log_format_of(arguments: Sequence[str]) -> LogFormat:
    """Return the log format from a command line or the environment.

    It holds until the settings are read, and for errors in them.
    """
    given = os.environ.get(LOG_FORMAT, "")
    for previous, argument in zip(("", *arguments), arguments, strict=False):
        if previous == _LOG_FORMAT or argument.startswith(f"{_LOG_FORMAT}="):
            given = argument.rpartition("=")[2]
    return "json" if given == "json" else "text"


def _refuse_other_than_utf8(arguments: dict[str, Any]) -> None:
    """Raise `UsageError` where an argument that is searched or stored is not UTF-8."""
    for name, value in arguments.items():
        texts = value if isinstance(value, tuple) else (value,)
        if name not in _ANY_BYTES and not all(is_utf8(text) for text in texts if isinstance(text, str)):
            raise UsageError(f"{name.rstrip('s')}: holds bytes that are not UTF-8 text", "type it in UTF-8")


def ask(settings: Settings, answer: Callable[Concatenate[Collection, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Return the answer to a question on the papers of a home."""
    with Collection(settings) as collection:
        return answer(collection, *args, **kwargs)


filters = click.option(
    "--filter",
    "filters",
    metavar="FIELD=VALUE",
    multiple=True,
    help="Only what has this value, with != has it not; a..b is a range; a field twice means either (repeatable).",
)


def parameter(
    model: type[BaseModel], name: str, *flags: str, most: int | None = None, **overrides: object
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Return a decorator that adds the option of a question's parameter, with its type, bounds and description."""
    field = model.model_fields[name]
    options: dict[str, Any] = {"default": field.get_default(call_default_factory=True), "help": f"{field.description}."}
    kind = _type_of(field.annotation)
    if get_origin(kind) is Literal:
        options |= {"type": click.Choice(get_args(kind)), "show_default": field.default is not None}
    elif kind is int:
        bounds = {end: getattr(one, end) for one in field.metadata for end in ("ge", "le") if hasattr(one, end)}
        options |= {"type": click.IntRange(bounds.get("ge"), most or bounds.get("le")), "show_default": True}
    elif get_origin(kind) in (tuple, list):
        options |= {"multiple": True, "metavar": "FIELD", "help": f"{field.description} (repeatable)."}
    elif kind is bool and not any("/" in flag for flag in flags):
        options["is_flag"] = True
    elif kind is bool and field.default is not False:
        options["help"] += f"  [{flags[0].partition('/')[0]}]"
    return click.option(*flags, name, **(options | overrides))


def _type_of(annotation: Any) -> Any:  # noqa: ANN401 - a type
    """Return the type of a field, without None where it is optional."""
    types = [one for one in get_args(annotation) if one is not NoneType]
    return types[0] if NoneType in get_args(annotation) and len(types) == 1 else annotation


search_mode = parameter(SearchParameters, "mode", "--mode")
context = parameter(SearchParameters, "context", "--context")


def writable(_: click.Context, option: click.Parameter, path: Path | None) -> Path | None:
    """Return the file that an option names; raises `UnavailableError` where it cannot be written."""
    if path and not os.access(path if path.exists() else path.absolute().parent, os.W_OK):
        message = f"{option.opts[0]} {path}: cannot be written"
        raise UnavailableError(message, "check that the folder is there, and its rights")
    return path


page_file = click.option(
    "--html",
    "page",
    type=click.Path(readable=False, path_type=Path, dir_okay=False),
    callback=writable,
    help="Also write a report for people to this file, as a web page.",
)


author = click.option("--author", "--by", "author", metavar="NAME", help="Who says so  [the login name]")


def actor_of(author: str | None) -> str:
    """Return the stored name of a person who judges or corrects: the given name, else that of the login."""
    from pipelines.access.actors import person_actor

    return person_actor((author or _login_name()).strip())


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError) as error:
        raise UsageError("this user has no name", "name yourself with --author") from error
