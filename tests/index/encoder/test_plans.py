"""Which arithmetic a processor gets: by what it can do, and by accuracy; no clock is asked."""

import numpy as np
import pytest

from index.encoder import plans
from index.encoder.plans import choose, wanted_precision
from index.encoder.processor import processor_features


@pytest.mark.parametrize(
    ("features", "precision", "integers_first"),
    [
        ({"amx_bf16", "amx_int8", "avx512_vnni"}, "bfloat16", "bfloat16"),
        ({"avx512_bf16", "avx512_vnni"}, "bfloat16", "int8"),
        ({"avx512_bf16"}, "bfloat16", "bfloat16"),
        ({"avx512_vnni"}, "int8", "int8"),
        ({"avx_vnni"}, "int8", "int8"),
        (set(), "float32", "float32"),
    ],
)
def test_processor_and_encoder_decide(features, precision, integers_first):
    assert wanted_precision(frozenset(features), integers_first=False) == precision
    assert wanted_precision(frozenset(features), integers_first=True) == integers_first


def test_features_are_read_from_what_the_system_tells(tmp_path):
    told = tmp_path / "cpuinfo"
    told.write_text("processor\t: 0\nflags\t\t: fpu avx2 avx512_vnni avx512_bf16x amx_bf16\n")
    assert processor_features(told) == {"avx512_vnni", "amx_bf16"}
    assert processor_features(tmp_path / "none") == frozenset()


@pytest.mark.parametrize(
    ("integers", "halves", "taken"),
    [(0.9985, 0.9999, "int8"), (0.9975, 0.9985, "bfloat16"), (0.9975, 0.9975, "float32")],
)
def test_a_plan_that_strays_gives_way_to_the_next(tmp_path, monkeypatch, integers, halves, taken):
    cosines = {"int8": integers, "bfloat16": halves, "float32": 1.0}
    monkeypatch.setattr(plans, "cosine_of", lambda plan, *_: cosines[plan.precision])
    monkeypatch.setattr(plans, "_with_int8_weights", lambda graph: graph.with_name("int8.xml"))
    features = frozenset({"avx512_bf16", "avx512_vnni"})
    plan, found = choose(tmp_path / "exact.xml", features, [], np.empty((0, 1), np.float32), integers_first=True)
    assert (plan.precision, found) == (taken, cosines[taken])


@pytest.mark.parametrize(("features", "rest"), [({"avx512_bf16", "avx512_vnni"}, "bf16"), ({"avx_vnni"}, "f32")])
def test_what_is_not_in_8_bits_runs_in_bfloat16_where_the_processor_has_it(tmp_path, monkeypatch, features, rest):
    monkeypatch.setattr(plans, "cosine_of", lambda *_: 1.0)
    monkeypatch.setattr(plans, "_with_int8_weights", lambda graph: graph.with_name("int8.xml"))
    plan, _ = choose(tmp_path / "exact.xml", frozenset(features), [], np.empty((0, 1), np.float32), integers_first=True)
    assert plan.properties["INFERENCE_PRECISION_HINT"] == rest
