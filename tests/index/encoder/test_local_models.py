"""Any sentence-transformers folder is an encoder: exported where the graph can hold it, by torch elsewhere."""

import logging

import numpy as np
import pytest

from configs.settings import load_settings
from index.encoder import encoder_identity, open_encoder, preparing

pytestmark = pytest.mark.model

TEXTS = ["the customs single window", "data exchange", "guichet unique of the douane and a risk paper in the border"]


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


def opened(folder, cache, tmp_path, engine="openvino"):
    return open_encoder(load_settings(tmp_path, encoder=str(folder), cache=cache, encoder_engine=engine))


def test_openvino_and_torch_agree(tiny, cache, tmp_path):
    exported = opened(tiny, cache, tmp_path)
    original = opened(tiny, cache, tmp_path, "torch")
    cosines = (exported.passages(TEXTS) * original.passages(TEXTS)).sum(axis=1)
    assert cosines.min() > 0.997
    assert exported.query("single window") @ original.query("single window") > 0.997
    assert exported.identity.engine == "openvino"
    assert exported.identity.fits(original.identity)


def test_both_count_the_same_tokens(tiny, cache, tmp_path):
    # [CLS] tell : … [SEP]
    for engine in ("openvino", "torch"):
        assert opened(tiny, cache, tmp_path, engine).count_tokens(["data exchange", "data " * 90]) == [6, 94]


def test_the_folders_prompts_and_length_count(tiny, cache, tmp_path):
    encoder = opened(tiny, cache, tmp_path)
    assert encoder.identity.max_tokens == 32
    assert encoder.query("data") @ encoder.passages(["data"])[0] < 0.9999
    long = encoder.passages(["data " * 28, "data " * 28 + "risk " * 40])
    assert long[0] @ long[1] == pytest.approx(1, abs=1e-4)


@pytest.mark.long
def test_first_token_pooling_is_exported_too(make_tiny, cache, tmp_path):
    folder = make_tiny(pooling="cls")
    exported, original = (opened(folder, cache, tmp_path, engine) for engine in ("openvino", "torch"))
    assert (exported.passages(TEXTS) * original.passages(TEXTS)).sum(axis=1).min() > 0.997


@pytest.mark.long
def test_a_model_that_cannot_be_exported_runs_by_torch_and_says_so(make_tiny, cache, tmp_path, caplog):
    folder = make_tiny(pooling="max")
    with caplog.at_level(logging.WARNING):
        vectors = opened(folder, cache, tmp_path).passages(TEXTS)
    assert np.allclose(vectors, opened(folder, cache, tmp_path, "torch").passages(TEXTS), atol=1e-5)
    assert "pooling is neither mean nor cls" in caplog.text
    assert encoder_identity(load_settings(tmp_path, encoder=str(folder), cache=cache)).engine == "torch"


@pytest.mark.long
def test_an_export_that_dies_is_not_kept(tiny, tmp_path, caplog, monkeypatch):
    settings = load_settings(tmp_path, encoder=str(tiny), cache=tmp_path / "cache")
    with monkeypatch.context() as patched, caplog.at_level(logging.WARNING):
        patched.setattr(preparing.sys, "executable", "/bin/false")
        assert open_encoder(settings).query("data").shape == (32,)
    assert "by torch this time" in caplog.text
    assert preparing.prepare_encoder(settings).is_dir()


def test_a_changed_model_is_another_model(make_tiny, cache, tmp_path):
    folder = make_tiny()
    before = encoder_identity(load_settings(tmp_path, encoder=str(folder), cache=cache))
    (folder / "config_sentence_transformers.json").write_text("{}")
    after = encoder_identity(load_settings(tmp_path, encoder=str(folder), cache=cache))
    assert not before.fits(after)
