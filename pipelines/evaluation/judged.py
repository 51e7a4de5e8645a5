"""Files of judged data read into rows, with errors that name the file and the line."""

import csv
import io
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
    yield from ((number, line) for number, line in enumerate(_text(path).split("\n"), 1) if line.strip())


def read_csv(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows of a CSV file with a header that names the columns, each with the line (from 1) it begins in.

    Raises `UnavailableError` where the file cannot be read and `ConfigError` where the header lacks a column or a
    row has more or fewer cells than the header.
    """
    reader = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    remedy = f"the first line has to name the columns {', '.join(columns)}"
    try:
        header = [name.strip() for name in next(reader, [])]
        if missing := [name for name in columns if name not in header]:
            raise ConfigError(path, f"there is no column {missing[0]}", line=1, remedy=remedy)
        done = reader.line_num
        for cells in reader:
            line, done = done + 1, reader.line_num
            if not cells:
                continue
            if len(cells) != len(header):
                message = f"{len(cells)} cells, the header names {len(header)}"
                raise ConfigError(path, message, line=line, remedy="put quotes around a cell that holds a comma")
            yield line, dict(zip(header, cells, strict=True))
    except csv.Error as error:
        raise ConfigError(path, f"broken CSV: {error}", line=reader.line_num, remedy="correct the quotes") from error


def _text(path: Path) -> str:
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
