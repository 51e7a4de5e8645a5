"""The limits of what is close: for the encoders that are shipped, each for the model that it is now."""

import pytest

from configs.closeness import load_closeness
from configs.encoders import shipped_encoders
from configs.settings import load_settings
from configs.system.errors import ConfigError
from index.encoder import encoder_identity


def test_every_shipped_encoder_has_limits_of_its_model():
    limits = load_closeness().encoders
    shipped = [one.id for one in shipped_encoders().encoders]
    assert sorted(limits) == sorted(shipped)
    hashes = {name: encoder_identity(load_settings(encoder=name)).model_hash for name in shipped}
    assert {name: one.model_hash for name, one in limits.items()} == hashes


def test_a_weight_below_zero_is_refused(tmp_path):
    file = tmp_path / "closeness.yaml"
    mode = "{answered: {nearest: -1, topic: 1, limit: 1}, best: {words: 1, scores: 1, ranks: 1, limit: 1}}"
    file.write_text(f"version: '2'\nwords: 0.6\nencoders:\n  e: {{model_hash: a, hybrid: {mode}, vector: {mode}}}\n")
    with pytest.raises(ConfigError, match="greater than or equal to 0"):
        load_closeness(file)
