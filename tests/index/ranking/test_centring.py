import numpy as np
import pytest

from configs.centres import EncoderCentres, LanguageCentres, load_centres
from configs.settings import load_settings
from configs.system.errors import ConfigError
from index.encoder import EncoderIdentity, encoder_identity
from index.ranking.centring import Centring, centring_of

ENGLISH = LanguageCentres(query=(0.8, 0.0, 0.0, 0.2), passage=(0.8, 0.0, 0.0, 0.0))
FRENCH = LanguageCentres(query=(0.0, 0.8, 0.0, 0.2), passage=(0.0, 0.8, 0.0, 0.0))
CENTRING = Centring(EncoderCentres(model_hash="abc", languages={"en": ENGLISH, "fr": FRENCH}))
NOWHERE = np.zeros(4, np.float32)


def identity(name, model_hash):
    return EncoderIdentity(name=name, model_hash=model_hash, dimension=384, engine="openvino", max_tokens=256)


def test_a_query_loses_what_the_queries_of_its_language_have_in_common():
    query = np.array([0.8, 0.0, 0.5, 0.2], np.float32)
    assert CENTRING.query(query, "en", NOWHERE) == pytest.approx([0, 0, 1, 0], abs=1e-6)


def test_a_query_in_a_language_that_cannot_be_told_loses_what_all_have_in_common():
    query = np.array([0.4, 0.4, 0.5, 0.2], np.float32)
    assert CENTRING.query(query, None, NOWHERE) == pytest.approx([0, 0, 1, 0], abs=1e-6)
    assert CENTRING.query(query, "ru", NOWHERE) == pytest.approx([0, 0, 1, 0], abs=1e-6)


def test_a_query_that_is_nothing_but_common_stays_as_it_is():
    query = np.array(ENGLISH.query, np.float32)
    assert CENTRING.query(query, "en", NOWHERE) == pytest.approx(query)


def test_an_index_lies_where_its_passages_do_beside_the_centres_of_their_languages():
    aside = np.array([0, 0, 0.3, 0], np.float32)
    vectors = np.array([ENGLISH.passage, FRENCH.passage] * 5000, np.float32) + aside
    assert CENTRING.offset(vectors, ["en", "fr"] * 5000) == pytest.approx(aside, abs=0.01)


def test_few_passages_say_little_and_those_of_unknown_languages_nothing():
    vectors = np.array([[0.8, 0.0, 0.3, 0.0], [9.0, 9.0, 9.0, 9.0]], np.float32)
    assert np.abs(CENTRING.offset(vectors, ["en", "ru"])).max() < 0.02
    assert CENTRING.offset(vectors[1:], ["ru"]) == pytest.approx(NOWHERE)
    assert CENTRING.offset(vectors[:0], []) == pytest.approx(NOWHERE)


def test_centres_hold_for_the_model_they_were_measured_on_only():
    (name, centres), *_ = load_centres().encoders.items()
    assert centring_of(identity(name, centres.model_hash))
    assert centring_of(identity(name, "0" * 16)) is None
    assert centring_of(identity("all-MiniLM-L6-v2", centres.model_hash)) is None


@pytest.mark.model
def test_the_centres_are_those_of_the_shipped_model():
    assert centring_of(encoder_identity(load_settings()))


def test_a_broken_file_of_centres_is_named(tmp_path):
    path = tmp_path / "centres.json"
    path.write_text('{"version": "1", "encoders": {"a": {"languages": {}}}}')
    with pytest.raises(ConfigError, match=r"centres\.json"):
        load_centres(path)
