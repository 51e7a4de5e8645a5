"""Which arithmetic a processor gets: by what it can do, and by accuracy; no clock is asked."""

import numpy as np
import pytest

from index.encoder import plans
from index.encoder.plans import Plan, choose, choose_for_queries, wanted_precision
from index.encoder.processor import processor_features

NOTHING = np.empty((0, 1), np.float32)


@pytest.mark.parametrize(
    ("features", "precision"),
    [
        ({"amx_bf16", "amx_int8", "avx512_vnni"}, "bfloat16"),
        ({"avx512_bf16", "avx512_vnni"}, "bfloat16"),
        ({"avx512_bf16"}, "bfloat16"),
        ({"avx512_vnni"}, "int8"),
        ({"avx_vnni"}, "int8"),
        (set(), "float32"),
    ],
)
def test_the_processor_decides(features, precision):
    assert wanted_precision(frozenset(features)) == precision


def test_features_are_read_from_what_the_system_tells(tmp_path):
    told = tmp_path / "cpuinfo"
    told.write_text("processor\t: 0\nflags\t\t: fpu avx2 avx512_vnni avx512_bf16x amx_bf16\n")
    assert processor_features(told) == {"avx512_vnni", "amx_bf16"}
    assert processor_features(tmp_path / "none") == frozenset()


@pytest.fixture
def cosines(monkeypatch):
    """What each arithmetic's vectors are said to be like; no graph is made."""
    found = {"int8": 0.9999, "bfloat16": 0.9999, "float32": 1.0}
    monkeypatch.setattr(plans, "cosine_of", lambda plan, *_: found[plan.precision])
    monkeypatch.setattr(plans, "_with_int8_weights", lambda graph: graph.with_name("rounded.xml"))
    return found


@pytest.mark.parametrize(
    ("features", "wanted"),
    [({"amx_bf16", "avx512_vnni"}, "bfloat16"), ({"avx512_bf16"}, "bfloat16"), ({"avx512_vnni"}, "int8")],
)
@pytest.mark.parametrize(("cosine", "stays"), [(0.9985, True), (0.9975, False)])
def test_a_plan_that_strays_gives_way_to_the_exact_one(tmp_path, cosines, features, wanted, cosine, stays):
    cosines[wanted] = cosine
    plan, found = choose(tmp_path / "exact.xml", frozenset(features), [], NOTHING)
    assert (plan.precision, found) == ((wanted, cosine) if stays else ("float32", 1.0))


def for_queries(folder, features, passages):
    return choose_for_queries(folder / "exact.xml", frozenset(features), [], NOTHING, passages)


@pytest.mark.parametrize("features", [{"amx_bf16", "amx_int8"}, {"avx512_bf16", "avx512_vnni"}, {"avx_vnni"}])
@pytest.mark.parametrize("precision", ["bfloat16", "float32"])
def test_queries_run_in_8_bits_where_the_processor_multiplies_them(tmp_path, cosines, features, precision):
    passages = Plan(precision, tmp_path / "passages.xml", {})
    plan, cosine = for_queries(tmp_path, features, passages)
    assert (plan.precision, cosine) == ("int8", 0.9999)
    cosines["int8"] = 0.9975
    assert for_queries(tmp_path, features, passages) is None


@pytest.mark.parametrize(
    ("features", "precision"),
    [({"amx_bf16"}, "bfloat16"), ({"avx512_bf16"}, "bfloat16"), (set(), "float32"), ({"avx512_vnni"}, "int8")],
)
def test_queries_run_as_passages_do_elsewhere(tmp_path, features, precision):
    assert for_queries(tmp_path, features, Plan(precision, tmp_path / "passages.xml", {})) is None
