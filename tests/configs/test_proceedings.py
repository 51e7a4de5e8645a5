import pytest

from configs.errors import ConfigError
from configs.proceedings import PROCEEDINGS_FILE, Proceedings, load_proceedings
from configs.yamlfile import load_yaml

VERBS = [
    "took note",
    "endorsed",
    "agreed",
    "approved",
    "adopted",
    "invited",
    "instructed",
    "decided",
    "supported",
    "welcomed",
]


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_of_conclusions_has_forms_in_both_languages(verb):
    (found,) = (one for one in load_proceedings().decisions if one.id == verb)
    assert list(found.en)
    assert list(found.fr)


@pytest.mark.parametrize(
    ("words", "verb"),
    [
        ("endorsed", "endorsed"),
        ("Endorse", "endorsed"),
        ("took-note", "took note"),
        ("take note", "took note"),
        ("prend note", "took note"),
        ("entérine", "endorsed"),
        ("danced", None),
    ],
)
def test_a_decision_is_named_by_any_form_of_its_verb(words, verb):
    assert load_proceedings().decision(words) == verb


@pytest.mark.parametrize(
    ("words", "action"),
    [
        ("take note", "take note"),
        ("Take-Note", "take note"),
        ("information", "take note"),
        ("For decision", "decision"),
        ("Pour décision", "decision"),
        ("décision", "decision"),
        ("orientation", "guidance"),
        ("dinner", None),
    ],
)
def test_an_action_is_named_by_any_word_of_its_mark(words, action):
    assert load_proceedings().action(words) == action


def broken(tmp_path, old: str, new: str):
    text = PROCEEDINGS_FILE.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "proceedings.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("- id: endorsed", "- id: agreed", "stands twice: agreed"),
        ("participle: {has: [taken note]}", "participle: {hath: [taken note]}", "unknown auxiliary: hath"),
        ("lemma: endorse", "lema: endorse", "decisions.1.lemma"),
    ],
)
def test_a_broken_file_is_refused_with_the_reason(tmp_path, old, new, problem):
    with pytest.raises(ConfigError, match=problem):
        load_yaml(broken(tmp_path, old, new), Proceedings)
