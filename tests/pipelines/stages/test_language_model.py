"""The model of languages, unpacked once: the same answers, whatever became of what was kept."""

import pytest

from extractors.text import language
from pipelines.stages.language_model import prepare_languages

TEXTS = [
    "The Single Window connects nine agencies at the border.",
    "Le guichet unique relie neuf organismes à la frontière.",
    "La ventanilla única conecta nueve organismos en la frontera.",
    "Единое окно связывает девять ведомств на границе.",
    "单一窗口连接九个机构",
    "TOO SHORT",
]


@pytest.fixture
def answers(monkeypatch):
    """Gives what a new process tells of the texts, by the model that a function prepares."""

    def told(prepare=None):
        monkeypatch.setattr(language, "_loaded", [])
        if prepare:
            prepare()
            assert language._loaded
        return [language._classify(text) for text in TEXTS]

    return told


def test_languages_are_told_as_by_the_packed_model(answers, tmp_path):
    first, second = (answers(lambda: prepare_languages(tmp_path)) for _ in range(2))
    assert first == second == answers()
    assert [name for name, _ in first[:5]] == ["en", "fr", "es", "ru", "zh"]


@pytest.mark.parametrize(
    "damage", [lambda _: b"", lambda kept: kept[:-99], lambda kept: kept[:999] + b"x" + kept[1000:]]
)
def test_a_damaged_file_is_made_again(answers, tmp_path, damage):
    right = answers(lambda: prepare_languages(tmp_path))
    (file,) = (tmp_path / "languages").iterdir()
    kept = file.read_bytes()
    file.write_bytes(damage(kept))
    assert answers(lambda: prepare_languages(tmp_path)) == right
    assert file.read_bytes() == kept


def test_a_cache_that_takes_no_files_costs_time_alone(answers, tmp_path):
    (tmp_path / "cache").touch()
    assert answers(lambda: prepare_languages(tmp_path / "cache")) == answers()
