"""Files of judged data read into rows, with errors that name the file and the line."""

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from configs.system.errors import ConfigError, UnavailableError
from configs.system.files import read_file
from configs.system.yamlfile import config_error

RowT = TypeVar("RowT", bound=BaseModel)

_MOST_BYTES = 1 << 30
"""Of a file: the documents of a judged collection, which are held at once."""


class JudgedRow(BaseModel):
    """Root of the rows of judged files: frozen; fields that nobody asks for are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")


def read_jsonl(path: Path, kind: type[RowT]) -> Iterator[tuple[int, RowT]]:
    """Yield the rows of a file of one JSON object a line, each with its line (from 1); empty lines count nothing.

    Raises `UnavailableError` where the file cannot be read and `ConfigError` for a line that is no such row.
    """
    for number, line in read_lines(path):
        try:
            yield number, kind.model_validate_json(line)
        except ValidationError as error:
            raise _broken(path, number, error) from error


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines that hold anything, each with its number (from 1).

    Raises `UnavailableError` where the file cannot be read and `ConfigError` where it is no UTF-8 text.
    """
    yield from ((number, line) for number, line in enumerate(text_of(path).split("\n"), 1) if line.strip())


def text_of(path: Path) -> str:
    """Return the text of a file with line feeds at the ends of lines; raises as `read_lines`."""
    try:
        return read_file(path, most=_MOST_BYTES).decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(path, "is not UTF-8 text", line=line, remedy="save the file as UTF-8") from error
    except OSError as error:
        raise UnavailableError(f"{path}: cannot be read: {error.strerror}", "check the path and its rights") from error


def _broken(path: Path, line: int, error: ValidationError) -> ConfigError:
    if error.errors()[0]["type"] == "json_invalid":
        return ConfigError(
            path, f"broken JSON: {error.errors()[0]['ctx']['error']}", line=line, remedy="correct the line"
        )
    if error.errors()[0]["type"] == "model_type":
        return ConfigError(path, "is no JSON object", line=line, remedy="write one JSON object a line")
    return config_error(path, {(): line}, error)
