"""Files of trained weights: what is written is read again, and what holds none is refused with what to do."""

import json
import os
import struct

import numpy as np
import pytest

from configs.system.errors import ConfigError
from configs.system.tensors import read_tensors, write_tensors

REMEDY = "fit it again"


def raw(header, content=b""):
    """A safetensors file of a header as it stands."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + content


BROKEN = {
    "empty": b"",
    "text": b"no weights, but a letter to the reader",
    "header-only-begun": raw({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}})[:20],
    "longer-than-the-file": struct.pack("<Q", 1 << 60) + b"{}",
    "content-cut": raw({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}, b"\0" * 7),
    "shape-of-another-size": raw({"a": {"dtype": "F32", "shape": [3], "data_offsets": [0, 4]}}, b"\0" * 4),
    "numbers-that-numpy-lacks": raw({"a": {"dtype": "BF16", "shape": [1], "data_offsets": [0, 2]}}, b"\0\0"),
    "a-list": raw(b"[]"),
    "nested-without-end": raw(b'{"a":' + b"[" * 100_000),
}


def test_arrays_come_back_with_what_is_said_about_them(tmp_path):
    path = tmp_path / "weights.safetensors"
    arrays = {"a.b": np.arange(6, dtype=np.float32).reshape(2, 3), "none": np.zeros((0, 4), np.float32)}
    write_tensors(path, arrays, {"note": '{"é": "\\n"}', "empty": ""})
    found, about = read_tensors(path, REMEDY)
    assert {name: array.tolist() for name, array in found.items()} == {"a.b": [[0, 1, 2], [3, 4, 5]], "none": []}
    assert found["none"].shape == (0, 4)
    assert about == {"note": '{"é": "\\n"}', "empty": ""}


@pytest.mark.parametrize("kind", [np.float16, np.float64, np.int8])
def test_numbers_of_every_width_are_read_as_float32(tmp_path, kind):
    path = tmp_path / "weights.safetensors"
    write_tensors(path, {"a": np.array([-2, 0.5, 3]).astype(kind)}, {})
    found, _ = read_tensors(path, REMEDY)
    assert found["a"].dtype == np.float32
    assert found["a"].tolist() == np.array([-2, 0.5, 3]).astype(kind).tolist()


def test_an_array_that_is_turned_is_read_as_it_was_seen(tmp_path):
    path, array = tmp_path / "weights.safetensors", np.arange(6, dtype=np.float32).reshape(2, 3)
    write_tensors(path, {"turned": array.T, "every other": array[:, ::2]}, {})
    found, _ = read_tensors(path, REMEDY)
    assert found["turned"].tolist() == [[0, 3], [1, 4], [2, 5]]
    assert found["every other"].tolist() == [[0, 2], [3, 5]]


@pytest.mark.parametrize("header", [{}, {"__metadata__": None}])
def test_nothing_is_said_where_a_file_says_nothing(tmp_path, header):
    (tmp_path / "bare").write_bytes(raw(header))
    assert read_tensors(tmp_path / "bare", REMEDY) == ({}, {})


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_file_is_refused_by_name_with_the_remedy(tmp_path, kind):
    path = tmp_path / "weights.safetensors"
    path.write_bytes(BROKEN[kind])
    with pytest.raises(ConfigError) as error:
        read_tensors(path, REMEDY)
    assert error.value.message.startswith(f"{path}: holds no weights: ")
    assert error.value.remedy == REMEDY


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("pipe", "it is a pipe, not a regular file"),
        ("folder", "it is a folder, not a file"),
        ("missing", "No such file or directory"),
    ],
)
def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path, kind, why):
    path = tmp_path / kind
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    with pytest.raises(ConfigError) as error:
        read_tensors(path, REMEDY)
    assert str(error.value) == f"{path}: holds no weights: {why} ({REMEDY})"


def test_a_full_disk_leaves_the_old_weights(tmp_path, full_disk):
    path = tmp_path / "weights.safetensors"
    write_tensors(path, {"a": np.ones(2, np.float32)}, {"of": "old"})
    with full_disk(), pytest.raises(OSError):
        write_tensors(path, {"a": np.zeros(2, np.float32)}, {"of": "new"})
    found, about = read_tensors(path, REMEDY)
    assert (found["a"].tolist(), about) == ([1, 1], {"of": "old"})
    assert list(tmp_path.iterdir()) == [path]
