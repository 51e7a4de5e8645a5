"""What a second reviewer does not learn of the first judgement, over an index with chosen tags and themes."""

import pytest

from index.filters import EVERY_CLASS
from pipelines.review import desk as review
from pipelines.review.blinding import withheld
from pipelines.review.judge import TagChange, history
from pipelines.review.records import ReviewRecords
from pipelines.search.requests import filters_of
from pipelines.storage.state import State
from tests.pipelines.review.conftest import THEME

pytestmark = pytest.mark.usefixtures("judged_twice")


def withheld_from(settings, name, documents=None):
    with ReviewRecords(State(settings)) as records:
        return withheld(records, name, documents)


def shown_to(settings, desk, name):
    """The tags and themes of the only passage, and who said what, as a reviewer is shown them."""
    hidden = withheld_from(settings, name)
    with desk(name) as at:
        ((_, (passage,)),) = at.engine.passages(filters_of([], EVERY_CLASS))
        judgements = [
            one.judgement for one in history(at.engine, access_classes=EVERY_CLASS) if not hidden.hides(one.judgement)
        ]
    seen = hidden.passage(passage)
    return seen.maturity, seen.themes, [(one.author, one.action) for one in judgements]


@pytest.mark.parametrize("verdict", ["accept", "reject", "set"])
def test_others_see_a_tag_as_the_tagger_left_it_until_one_of_them_judged_it(put, desk, settings, verdict):
    before = put([0.55]).passages[0].maturity
    with desk("ana") as at:
        (item,) = review.upcoming(at)
        review.record_judgement(at, item.id, verdict, change=TagChange(level="L2", dimension="legal_framework"))
    assert shown_to(settings, desk, "ana")[0] != before
    assert shown_to(settings, desk, "ana")[2] == [("ana", verdict)]
    for name in ("bo", "cy"):
        assert shown_to(settings, desk, name)[::2] == (before, [])
    with desk("bo") as at:
        review.record_judgement(at, item.id, "accept")
    for name in ("bo", "cy"):
        assert shown_to(settings, desk, name) == shown_to(settings, desk, "ana")


def test_a_theme_is_suggested_again_and_words_that_name_it_stay(put, desk, settings):
    name = {"kind": "named", "status": "accepted", "start": 4, "end": 17, "surface": "single window"}
    named = THEME.model_copy(update=name)
    put([0.1], themes=[THEME, named])
    with desk("ana") as at:
        item = next(one for one in review.upcoming(at) if one.theme)
        review.record_judgement(at, item.id, "accept")
    assert {one.status for one in shown_to(settings, desk, "ana")[1]} == {"accepted"}
    assert set(shown_to(settings, desk, "bo")[1]) == {THEME, named}


def test_who_cannot_tell_learns_it_and_others_do_not(put, desk, settings):
    put([0.55])
    with desk("ana") as at:
        (item,) = review.upcoming(at)
        review.record_judgement(at, item.id, "reject")
    with desk("bo") as at:
        review.record_judgement(at, item.id, "unsure")
    assert shown_to(settings, desk, "bo")[2] == [("ana", "reject")]
    assert shown_to(settings, desk, "cy")[2] == []


def test_only_what_is_drawn_and_stands_is_withheld(put, desk, settings, monkeypatch):
    assert not withheld_from(settings, "bo").judgements
    assert not (settings.home / "state.db").exists()
    document = put([0.55])
    with desk("ana") as at:
        (item,) = review.upcoming(at)
        review.record_judgement(at, item.id, "reject")
        assert not withheld_from(settings, "bo", ["elsewhere"]).judgements
        assert withheld_from(settings, "bo", [document.id]).judgements
        review.undo(at)
        assert not withheld_from(settings, "bo").judgements
        monkeypatch.setattr(review, "is_judged_twice", lambda *_: False)
        review.record_judgement(at, item.id, "reject")
    assert not withheld_from(settings, "bo").judgements
