import pytest

from configs.proceedings import load_proceedings

VERBS = [
    *("took note", "agreed", "adopted", "approved", "endorsed", "decided", "requested", "invited", "instructed"),
    *("urged", "recommended", "established", "elected", "confirmed", "welcomed", "postponed", "other"),
]


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_of_conclusions_has_forms_in_both_languages(verb):
    found = [one for one in load_proceedings().decisions if one.id == verb]
    assert found
    assert all(list(one.en) and list(one.fr) for one in found)


def test_no_other_verb_is_known():
    assert {one.id for one in load_proceedings().decisions} == set(VERBS)


def test_verbs_that_are_printed_alike_are_told_apart_by_their_auxiliary():
    ((forms, _, _),) = load_proceedings().verbs.find("félicite")
    found = {(form.verb.id, form.finite, "s'est" in form.auxiliaries) for form in forms}
    assert found == {("other", True, False), ("welcomed", False, True)}


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
