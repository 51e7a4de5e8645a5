"""Lists the files and the environment variables that settings and configured sources refer to.

Fields that name files are detected by their type (`NamesFile`), so that new fields need no change here.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel

from configs.alerts import FILE as ALERTS_FILE
from configs.settings import Settings
from configs.sources import SOURCES_FILE, UPLOADS, load_sources
from configs.system.credentials import VARIABLE
from configs.system.files import expanded
from configs.system.yamlfile import NamesFile, read_yaml, texts

_WITH_VARIABLES = ("settings.yaml", SOURCES_FILE, ALERTS_FILE)
"""The files of a home in which `${NAME}` stands for a variable of the environment."""


class NamedFile(NamedTuple):
    """A file, or a folder, and the field that names it: `sources.yaml: exchange: options.client_keys`.

    `kept` says whether it is a data file of the home, `text` how the field names it.
    """

    field: str
    path: Path
    kept: bool
    text: str


def named_files(settings: Settings) -> Iterator[NamedFile]:
    """Yield the files named in the settings and `sources.yaml`, existing or not; raises as `load_sources`.

    Paths are absolute: those of the settings begin at the current folder, those of sources at the home.
    """
    yield from _of_model(settings, "settings: ", Path.cwd())
    for source in (one for one in load_sources(settings.home) if one.name != UPLOADS):  # that one no file names
        yield from _of_model(source, f"{SOURCES_FILE}: {source.name}: ", settings.home)


def named_variables(home: Path) -> tuple[str, ...]:
    """Return the variables of the environment that settings, sources and alerts name, in order of the alphabet.

    Raises `ConfigError` for a file that is no YAML.
    """
    paths = [path for path in (home / name for name in _WITH_VARIABLES) if path.is_file()]
    found = [text for path in paths for _, text in texts(read_yaml(path)[0])]
    return tuple(sorted({name for text in found for name in VARIABLE.findall(text)}))


def _of_model(model: BaseModel, at: str, base: Path) -> Iterator[NamedFile]:
    for name, field in type(model).model_fields.items():
        yield from _of_value(getattr(model, name), _mark(field.annotation, field.metadata), f"{at}{name}", base)


def _of_value(value: Any, mark: NamesFile | None, at: str, base: Path) -> Iterator[NamedFile]:  # noqa: ANN401 - of YAML
    if isinstance(value, BaseModel):
        yield from _of_model(value, f"{at}.", base)
    elif isinstance(value, Mapping):
        for name, one in value.items():
            yield from _of_value(one, mark, f"{at}.{name}", base)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _of_value(one, mark, at, base)
    elif mark and isinstance(value, str | Path):
        path = Path(os.path.normpath(base / expanded(value)))
        if mark.is_sure or _is_path(str(value), path):
            yield NamedFile(at, path, mark.kept, str(value))


def _is_path(text: str, path: Path) -> bool:
    """Return whether a text, which may be another kind of name, is the path of an existing file."""
    try:
        return path.is_file() or (path.exists() and len(Path(text).parts) > 1)
    except (OSError, ValueError):  # not a valid file name
        return False


def _mark(annotation: Any, metadata: tuple[Any, ...] | list[Any] = ()) -> NamesFile | None:  # noqa: ANN401 - a type
    """Return the `NamesFile` mark of a field's type, also within `NamedPath | None`."""
    if found := next((one for one in metadata if isinstance(one, NamesFile)), None):
        return found
    parts = (_mark(one, getattr(one, "__metadata__", ())) for one in get_args(annotation))
    return next((one for one in parts if one), None)
