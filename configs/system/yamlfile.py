"""Loads YAML files as validated values, with errors that name the file, the line and the field."""

import hashlib
import json
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Any, TypeAlias, TypeVar, cast

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from configs.system.errors import ConfigError, UnavailableError
from configs.system.files import read_file

ModelT = TypeVar("ModelT", bound=BaseModel)
Location = tuple[int | str, ...]

_IMPOSSIBLE = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError)
"""What PyYAML raises for values that are none: a day that is not in the calendar, `!!int ''`, `!!timestamp soon`."""
_SENTENCES = {
    "extra_forbidden": "there is no such field",
    "missing": "this field is missing",
    "list_type": "is no list",
    "tuple_type": "is no list",
    "dict_type": "is no mapping: write 'name: value', one a line",
    "model_type": "is no mapping: write 'name: value', one a line",
    "model_attributes_type": "is no mapping: write 'name: value', one a line",
    "union_tag_not_found": "the field 'kind' is missing",
    "string_type": "is no text: put it into quotes",
}
"""What pydantic says of Python's types, as a person says it of a file."""
_MAX_FIELDS = 200_000
"""Fields of a file, those counted again that an alias (`*name`) repeats: a short file may stand for billions."""

_KEPT = 32
"""Files whose values are kept: those of the product, a home's own, and a few that are tried."""


def _without_nul(path: Path) -> Path:
    if "\0" in str(path):  # the system raises a ValueError for it, and not an OSError
        raise ValueError("holds the character NUL")
    return path


@dataclass(frozen=True)
class NamesFile:
    """Marks the type of a field that names a file or a folder.

    `kept` says that it is a data file, which belongs to the home where it lies in it. Without `is_sure` it may be the
    name of something else.
    """

    kept: bool = False
    is_sure: bool = True


NamedPath: TypeAlias = Annotated[Path, AfterValidator(_without_nul), NamesFile()]
"""The path of a file or folder that a setting names."""
DataFile: TypeAlias = Annotated[str, NamesFile(kept=True, is_sure=False)]
"""The name of a data file of the product, or the path of one."""


class ConfigValue(BaseModel):
    """Root of the values that come from data files: frozen; an unknown field and a number without end are errors.

    No error quotes what a field was given, not in a traceback either: it may be a password.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, hide_input_in_errors=True)

    @cached_property
    def fingerprint(self) -> str:
        """16 hex digits that change with anything in the value, in what order too; comments and layout do not count."""
        content = json.dumps(self.model_dump(), ensure_ascii=False, default=_plain)
        return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _plain(value: object) -> object:
    """Convert values that JSON cannot represent: sets to sorted lists, all else to text."""
    return sorted(value) if isinstance(value, set | frozenset) else str(value)


def load_yaml(path: Path, model: type[ModelT]) -> ModelT:
    """Return the file at `path` as a validated `model`.

    Raises `UnavailableError` where the file cannot be read and `ConfigError`, naming line and field, where
    it is not YAML, names a key twice, never ends for its aliases, or does not fit the model. While a file holds the
    same bytes it is the same value, made once in a process.
    """
    return cast("ModelT", _validated(path, _bytes_of(path), model))


@lru_cache(maxsize=_KEPT)
def _validated(path: Path, content: bytes, model: type[BaseModel]) -> BaseModel:
    data, lines = parse_yaml(content, path)
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise config_error(path, lines, error) from error


def read_yaml(path: Path) -> tuple[Any, dict[Location, int]]:
    """Return the plain data of a YAML file and the line (from 1) of every field in it.

    An empty file is an empty mapping. Raises as `load_yaml` does for unreadable files and broken YAML.
    """
    return parse_yaml(_bytes_of(path), path)


def _bytes_of(path: Path) -> bytes:
    try:
        return read_file(path)
    except OSError as error:
        message = f"{path}: cannot be read: {error.strerror}"
        raise UnavailableError(message, "check the path and its rights") from error


def parse_yaml(content: bytes, path: Path) -> tuple[Any, dict[Location, int]]:
    """Return as `read_yaml` does, from bytes of the file at `path`, which need not exist."""
    try:
        loader = yaml.CSafeLoader(content.decode())
    except UnicodeDecodeError as error:
        raise ConfigError(path, "is not UTF-8 text", remedy="save the file as UTF-8") from error
    except yaml.YAMLError as error:
        raise ConfigError(path, f"broken YAML: {error}", remedy="fix the syntax") from error
    try:
        root = loader.get_single_node()
        lines: dict[Location, int] = {}
        if root is None:
            return {}, lines
        _locate(path, root, (), lines)
        return loader.construct_document(root), lines
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        message = f"broken YAML: {error.problem}"
        raise ConfigError(path, message, line=line, remedy="fix the syntax there") from error
    except yaml.YAMLError as error:
        raise ConfigError(path, f"broken YAML: {error}", remedy="fix the syntax") from error
    except _IMPOSSIBLE as error:
        raise ConfigError(
            path, f"holds an impossible value: {error}", remedy="put it into quotes or correct it"
        ) from error
    except RecursionError as error:
        raise ConfigError(path, "its fields are nested too deeply", remedy="take the aliases out") from error
    finally:
        loader.dispose()


def texts(data: object, at: Location = ()) -> Iterator[tuple[Location, str]]:
    """Yield every text value in the plain data of a file, with its place."""
    if isinstance(data, str):
        yield at, data
    elif isinstance(data, Mapping):
        for name, value in data.items():
            yield from texts(value, (*at, str(name)))
    elif isinstance(data, list):
        for number, value in enumerate(data):
            yield from texts(value, (*at, number))


def config_error(path: Path, lines: Mapping[Location, int], error: ValidationError) -> ConfigError:
    """Turn the first problem of a validation into one error that names the line and the field."""
    problem = error.errors()[0]
    more = error.error_count() - 1
    return _placed(path, lines, problem["loc"], plain_sentence(problem) + (f" (and {more} more)" if more else ""))


def config_errors(path: Path, lines: Mapping[Location, int], error: ValidationError) -> list[ConfigError]:
    """Turn every problem of a validation into an error that names the line and the field.

    Of a list whose entries are refused, the entries are named and not the list, which is then too short.
    """
    problems = error.errors()
    around = {problem["loc"][:length] for problem in problems for length in range(len(problem["loc"]))}
    return [
        _placed(path, lines, problem["loc"], plain_sentence(problem))
        for problem in problems
        if problem["loc"] not in around
    ]


def plain_sentence(problem: ErrorDetails) -> str:
    """Return the problem in words that do not mention the program's types."""
    return _SENTENCES.get(problem["type"], problem["msg"].removeprefix("Value error, "))


def _locate(path: Path, node: yaml.Node, at: Location, lines: dict[Location, int]) -> None:
    lines.setdefault(at, node.start_mark.line + 1)
    if len(lines) > _MAX_FIELDS:
        raise ConfigError(path, f"stands for more than {_MAX_FIELDS:,} fields", remedy="take the aliases out")
    if isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            _locate(path, item, (*at, number), lines)
    elif isinstance(node, yaml.MappingNode):
        seen: set[Hashable] = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                line = key.start_mark.line + 1
                raise ConfigError(path, "a name is no text", line=line, remedy="write 'name: value'")
            if key.value in seen:
                line = key.start_mark.line + 1
                raise ConfigError(path, "stands twice", line=line, field=key.value, remedy="keep one")
            seen.add(key.value)
            lines[(*at, key.value)] = key.start_mark.line + 1
            _locate(path, value, (*at, key.value), lines)


def _placed(path: Path, lines: Mapping[Location, int], location: Location, message: str) -> ConfigError:
    location = _without_kind(lines, location)
    field = ".".join(str(part) for part in location) or None
    return ConfigError(path, message, line=nearest_line(lines, location), field=field)


def _without_kind(lines: Mapping[Location, int], location: Location) -> Location:
    """Return the location of a field without the kind that pydantic puts behind a list's entry of several kinds."""
    for at in range(1, len(location)):
        before, kind, rest = location[:at], location[at], location[at + 1 :]
        is_kind = isinstance(before[-1], int) and isinstance(kind, str) and before in lines and rest
        is_field = (*before, kind) in lines  # a field may have the same name as a kind
        is_other = (*before, kind, *rest[:1]) not in lines and (*before, *rest[:1]) in lines
        if is_kind and (is_other or not is_field):
            return _without_kind(lines, before + rest)
    return location


def nearest_line(lines: Mapping[Location, int], location: Location) -> int | None:
    """Return the line of a field, or of the innermost one around it that is known."""
    for length in range(len(location), -1, -1):
        if location[:length] in lines:
            return lines[location[:length]]
    return None
