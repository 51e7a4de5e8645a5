"""What was fitted once is read again; other passages, another model and other code are fitted anew."""

from dataclasses import replace

import numpy as np
import pytest

from pipelines.fitting import network, parts
from pipelines.fitting.parts import cached_parts
from tests.toy_passages import examples, target

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def fits(monkeypatch):
    """How often something is fitted."""
    monkeypatch.setattr(network, "EPOCHS", 1)
    done = []
    fit = parts.fit_parts
    monkeypatch.setattr(parts, "fit_parts", lambda *given: done.append(1) or fit(*given))
    return done


def test_the_same_passages_are_fitted_once(tmp_path, fits):
    wanted = replace(target(), cache=tmp_path)
    one, other = (cached_parts(examples(24), wanted) for _ in range(2))
    assert len(fits) == 1
    assert one.keys() == other.keys()
    assert all(np.array_equal(one[part][name], other[part][name]) for part in one for name in one[part])


def test_without_a_cache_nothing_is_kept(tmp_path, fits):
    for _ in range(2):
        cached_parts(examples(24), target())
    assert (len(fits), list(tmp_path.iterdir())) == (2, [])


def test_what_differs_is_fitted_anew(tmp_path, fits, monkeypatch):
    wanted = replace(target(), cache=tmp_path)
    cached_parts(examples(24), wanted)
    cached_parts(examples(24, 1), wanted)
    cached_parts(examples(24), replace(wanted, encoder="another"))
    monkeypatch.setattr(parts, "_code", lambda: "other code")
    cached_parts(examples(24), wanted)
    assert len(fits) == 4


def test_a_damaged_file_is_fitted_anew_and_few_are_kept(tmp_path, fits, monkeypatch):
    wanted = replace(target(), cache=tmp_path)
    cached_parts(examples(24), wanted)
    (file,) = tmp_path.rglob("*.safetensors")
    file.write_bytes(b"damaged")
    cached_parts(examples(24), wanted)
    monkeypatch.setattr(parts, "_MOST", 1)
    cached_parts(examples(24, 1), wanted)
    assert (len(fits), len(list(tmp_path.rglob("*.safetensors")))) == (3, 1)
