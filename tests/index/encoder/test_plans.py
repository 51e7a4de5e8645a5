"""Which arithmetic a processor gets: by what it can do, and by accuracy; no clock is asked."""

import numpy as np
import pytest

from index.encoder import plans
from index.encoder.plans import choose, wanted_precision
from index.encoder.processor import processor_features


@pytest.mark.parametrize(
    ("features", "precision"),
    [
        ({"amx_bf16", "amx_int8", "avx512_vnni"}, "bfloat16"),
        ({"avx512_bf16", "avx512_vnni"}, "bfloat16"),
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


@pytest.mark.parametrize(("cosine", "taken"), [(0.9985, "bfloat16"), (0.9975, "float32")])
def test_a_plan_that_strays_gives_way_to_float32(tmp_path, monkeypatch, cosine, taken):
    cosines = {"bfloat16": cosine, "float32": 1.0}
    monkeypatch.setattr(plans, "cosine_of", lambda plan, *_: cosines[plan.precision])
    plan, found = choose(tmp_path / "exact.xml", frozenset({"avx512_bf16"}), [], np.empty((0, 1), np.float32))
    assert (plan.precision, found) == (taken, cosines[taken])
