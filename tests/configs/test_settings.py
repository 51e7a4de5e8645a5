from pathlib import Path

import pytest

from configs.settings import load_settings
from configs.system.errors import ConfigError, UsageError


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch):
    monkeypatch.delenv("CUSTOMS_LENS_HOME", raising=False)


def write(home: Path, text: str) -> None:
    home.mkdir(exist_ok=True)
    (home / "settings.yaml").write_text(text)


def test_each_layer_outranks_the_one_below(tmp_path, monkeypatch):
    write(tmp_path, "encoder: from-file\nmodel: from-file\nvocabulary: from-file\n")
    monkeypatch.setenv("CUSTOMS_LENS_MODEL", "from-environment")
    monkeypatch.setenv("CUSTOMS_LENS_VOCABULARY", "from-environment")
    settings = load_settings(tmp_path, vocabulary="from-flag")
    assert (settings.encoder, settings.model, settings.vocabulary) == ("from-file", "from-environment", "from-flag")
    assert settings.index == "embedded"


def test_nested_values_merge(tmp_path, monkeypatch):
    write(tmp_path, "reading:\n  cpu_seconds: 7\n")
    monkeypatch.setenv("CUSTOMS_LENS_READING__MEMORY_MIB", "512")
    limits = load_settings(tmp_path).reading
    assert (limits.cpu_seconds, limits.memory_mib) == (7, 512)


def test_an_empty_variable_sets_nothing(tmp_path, monkeypatch):
    usual = load_settings(tmp_path)
    for name in ("HOME", "CACHE", "ENCODER", "READING__CPU_SECONDS"):
        monkeypatch.setenv(f"CUSTOMS_LENS_{name}", "")
    assert load_settings(tmp_path) == usual


def test_home_comes_from_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("CUSTOMS_LENS_HOME", str(tmp_path / "elsewhere"))
    assert load_settings().home == tmp_path / "elsewhere"


@pytest.mark.parametrize(
    ("text", "line", "field"),
    [
        ("encoder: x\nreading:\n  cpu_seconds: -1\n", 3, "reading.cpu_seconds"),
        ("encoder: x\ncolour: red\n", 2, "colour"),
        ("index: lucene\n", 1, "index"),
        ("encoder: x\nencoder: y\n", 2, "encoder"),
        ("encoder: x\nreading:\n  wall_seconds: .inf\n", 3, "reading.wall_seconds"),
        ("encoder: x\nreading:\n  wall_seconds: .nan\n", 3, "reading.wall_seconds"),
        ("encoder: x\nreading:\n  wall_seconds: 1.0e+300\n", 3, "reading.wall_seconds"),
        ("reading:\n  cpu_seconds: 99999999999999999999\n", 2, "reading.cpu_seconds"),
        ("reading:\n  memory_mib: 99999999999999999999\n", 2, "reading.memory_mib"),
        ("reading:\n  ocr:\n    seconds_per_page: 99999999999999999999\n", 3, "reading.ocr.seconds_per_page"),
        ("fusion_words: .nan\n", 1, "fusion_words"),
        ("elasticsearch:\n  timeout_seconds: .inf\n", 2, "elasticsearch.timeout_seconds"),
        ('encoder: x\nmodel: "a\\0b"\n', 2, "model"),
        ('reading:\n  ocr:\n    data: "a\\0b"\n', 3, "reading.ocr.data"),
        ("encoder: [x\nworkers: 2\n", 2, None),
    ],
)
def test_a_broken_file_is_named_with_line_and_field(tmp_path, text, line, field):
    write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load_settings(tmp_path)
    assert (caught.value.path, caught.value.line, caught.value.field) == (tmp_path / "settings.yaml", line, field)
    assert "\n" not in str(caught.value)


def test_a_list_instead_of_settings_is_refused(tmp_path):
    write(tmp_path, "- encoder\n")
    with pytest.raises(UsageError, match=r"settings\.yaml"):
        load_settings(tmp_path)


def test_a_bad_flag_is_named(tmp_path):
    with pytest.raises(UsageError, match="--workers 0"):
        load_settings(tmp_path, workers=0)


def test_a_bad_variable_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("CUSTOMS_LENS_WORKERS", "many")
    with pytest.raises(UsageError, match="CUSTOMS_LENS_WORKERS"):
        load_settings(tmp_path)


@pytest.mark.parametrize("value", ["inf", "nan", "1e300", "-1"])
@pytest.mark.parametrize("name", ["READING__WALL_SECONDS", "READING__OCR__SECONDS_PER_PAGE", "FUSION_WORDS"])
def test_a_variable_without_end_is_named(tmp_path, monkeypatch, name, value):
    monkeypatch.setenv(f"CUSTOMS_LENS_{name}", value)
    with pytest.raises(UsageError, match=f"CUSTOMS_LENS_{name}: "):
        load_settings(tmp_path)


@pytest.mark.parametrize("name", ["READING", "READING__OCR__LANGUAGES", "ELASTICSEARCH"])
def test_a_variable_that_has_to_be_json_is_named(tmp_path, monkeypatch, name):
    monkeypatch.setenv(f"CUSTOMS_LENS_{name}", "eng,fra")
    monkeypatch.setenv("CUSTOMS_LENS_MODEL", "not JSON and need not be")
    with pytest.raises(UsageError, match=f"^CUSTOMS_LENS_{name}: is not JSON"):
        load_settings(tmp_path)


def test_a_home_of_a_user_that_is_none_is_a_name_like_others(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert load_settings(tmp_path, cache="~nosuchuser/cache").cache == tmp_path / "~nosuchuser" / "cache"


def test_a_home_whose_name_is_no_text_is_refused(tmp_path):
    with pytest.raises(UsageError, match="not UTF-8"):
        load_settings(f"{tmp_path}/\udcff")


def test_settings_cannot_be_changed(tmp_path):
    with pytest.raises(ValueError, match="frozen"):
        load_settings(tmp_path).encoder = "other"


SHAPE = "'- url: https://HOST/FOLDER/', and below it 'username' and 'password', or 'query'"


@pytest.mark.parametrize(
    ("text", "line", "field"),
    [
        ("workers: 2\ncredentials: SECRET\n", 2, "credentials"),
        ("credentials: {url: 'https://h/', password: SECRET}\n", 1, "credentials"),
        ("credentials:\n  - url: https://h/\n  - SECRET\n", 3, "credentials.1"),
        ("credentials:\n  - https://h/\n", 2, "credentials.0"),
        ("credentials: 7\n", 1, "credentials"),
    ],
)
def test_credentials_of_another_shape_are_told_with_the_one_that_is_wanted(tmp_path, text, line, field):
    write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load_settings(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path}/settings.yaml:{line}: {field}: ")
    assert SHAPE in str(caught.value)
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize("value", ['"SECRET"', '{"url": "https://h/"}', '["SECRET"]'])
def test_so_are_those_of_the_environment(tmp_path, monkeypatch, value):
    monkeypatch.setenv("CUSTOMS_LENS_CREDENTIALS", value)
    with pytest.raises(UsageError, match="CUSTOMS_LENS_CREDENTIALS") as caught:
        load_settings(tmp_path)
    assert SHAPE in str(caught.value)
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "field", "words"),
    [
        ("passwords: 7\n", "passwords", "is no list"),
        ("reading: 7\n", "reading", "is no mapping"),
        ("reading:\n  ocr:\n    languages: eng\n", "reading.ocr.languages", "is no list"),
        ("encoder: 7\n", "encoder", "is no text: put it into quotes"),
        ("credentials:\n  - {url: 'https://h/', password: 4711}\n", "credentials.0.password", "is no text"),
    ],
)
def test_a_value_of_another_kind_is_told_in_plain_words(tmp_path, monkeypatch, text, field, words):
    monkeypatch.delenv("CUSTOMS_LENS_READING__OCR__ENABLED", raising=False)  # of other tests
    write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load_settings(tmp_path)
    assert f": {field}: {words}" in str(caught.value)
    assert "4711" not in str(caught.value)


def test_a_database_is_named_by_its_url_with_any_password_which_is_shown_nowhere(tmp_path, monkeypatch):
    monkeypatch.setenv("CUSTOMS_LENS_DATABASE", "postgresql://lens:SEC/RET@db:5433/lens")
    settings = load_settings(tmp_path, index="elasticsearch")
    assert settings.database.get_secret_value() == "postgresql://lens:SEC%2FRET@db:5433/lens"
    assert "RET" not in repr(settings)


def test_the_password_of_a_database_may_stand_in_a_variable(tmp_path, monkeypatch):
    write(tmp_path, "index: elasticsearch\ndatabase: postgresql://lens:${LENS_PASSWORD}@db/lens\n")
    monkeypatch.delenv("LENS_PASSWORD", raising=False)
    with pytest.raises(ConfigError, match=r"settings\.yaml:2: database: the variable LENS_PASSWORD .* is not set"):
        load_settings(tmp_path)
    monkeypatch.setenv("LENS_PASSWORD", "SEC/R@T")
    assert load_settings(tmp_path).database.get_secret_value() == "postgresql://lens:SEC%2FR%40T@db/lens"


@pytest.mark.parametrize(
    "url", ["lens", "sqlite:///SECRET", "postgresql://db", "postgresql:///lens", "postgresql://db/lens?password=SECRET"]
)
def test_what_is_no_url_of_a_database_is_refused_without_its_words(tmp_path, monkeypatch, url):
    monkeypatch.setenv("CUSTOMS_LENS_DATABASE", url)
    with pytest.raises(UsageError, match="CUSTOMS_LENS_DATABASE: is no URL of a database") as refused:
        load_settings(tmp_path, index="elasticsearch")
    assert "SECRET" not in str(refused.value)


def test_an_embedded_index_has_its_state_in_its_home(tmp_path, monkeypatch):
    monkeypatch.setenv("CUSTOMS_LENS_DATABASE", "postgresql://lens@db/lens")
    with pytest.raises(UsageError, match="database: an embedded index keeps its state in its home"):
        load_settings(tmp_path)
