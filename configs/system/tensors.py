"""Reads and writes trained weights: named arrays with metadata as safetensors, which contain no code."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from configs.system.errors import ConfigError
from configs.system.files import read_file, write_atomically

Arrays = Mapping[str, NDArray[Any]]

_MOST_BYTES = 1 << 28
_LENGTH_BYTES = 8  # of the header's length, at the start of a safetensors file


def read_tensors(path: Path, remedy: str) -> tuple[dict[str, NDArray[np.float32]], dict[str, str]]:
    """Return the arrays of a file as float32, and its metadata.

    Raises `ConfigError` with the remedy for a file that cannot be read or holds no arrays.
    """
    try:
        data = read_file(path, most=_MOST_BYTES)
        arrays = {name: array.astype(np.float32) for name, array in load(data).items()}
        length = int.from_bytes(data[:_LENGTH_BYTES], "little")
        about = json.loads(data[_LENGTH_BYTES : _LENGTH_BYTES + length]).get("__metadata__") or {}
    except OSError as error:
        raise ConfigError(path, f"holds no weights: {error.strerror}", remedy=remedy) from error
    except KeyError as error:  # safetensors has data types that numpy lacks
        raise ConfigError(path, f"holds no weights: its numbers are {error.args[0]}", remedy=remedy) from error
    except (SafetensorError, ValueError) as error:
        raise ConfigError(path, f"holds no weights: {error}", remedy=remedy) from error
    return arrays, about


def write_tensors(path: Path, arrays: Arrays, about: Mapping[str, str]) -> None:
    """Write arrays atomically in their data types. Raises `OSError`."""
    whole = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    write_atomically(path, save(whole, metadata=dict(about)))
