"""A compiled graph that is kept beside the graph: the same vectors, and never a hindrance."""

import shutil

import numpy as np
import pytest

from configs.settings import load_settings
from index.encoder.exported import MODEL, ExportNote
from index.encoder.preparing import prepare_encoder
from index.encoder.streams import compile_graph, infer

pytestmark = pytest.mark.slow

FEED = (np.array([[101, 2309, 3332, 102]], np.int64), np.ones((1, 4), np.int64))


@pytest.fixture
def folder(tmp_path):
    """A copy of a prepared encoder."""
    prepared = prepare_encoder(load_settings(tmp_path / "home", encoder="all-MiniLM-L6-v2"))
    return shutil.copytree(prepared, tmp_path / "copy")


def vector(folder):
    model = compile_graph(folder / MODEL, ExportNote.read(folder).passages.properties)
    return infer(model.create_infer_request(), FEED)


def kept(folder):
    return (folder / MODEL).with_suffix(".compiled")


def test_a_kept_graph_gives_the_same_vectors_from_any_folder(folder):
    by_kept = vector(folder)
    kept(folder).unlink()
    np.testing.assert_array_equal(by_kept, vector(folder))


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content.replace(b"ov=20", b"ov=19"),
        lambda content: content.replace(b"isa=", b"isa=Other "),
        lambda content: content[:1000],
        lambda _: b"",
        lambda _: b"\0" * 5000,
    ],
    ids=["other version", "other processor", "cut off", "empty", "zeros"],
)
def test_one_that_does_not_fit_is_left_aside(folder, change):
    wanted = vector(folder)
    kept(folder).write_bytes(change(kept(folder).read_bytes()))
    np.testing.assert_array_equal(vector(folder), wanted)
