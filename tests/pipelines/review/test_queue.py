"""The queue of what is to be judged: what waits in it, and what is asked first."""

from types import SimpleNamespace

import pytest

from extractors.classifier.classifier import TagLimits
from index.filters import EVERY_CLASS
from pipelines.review.desk import progress, record_judgement, undo, upcoming
from pipelines.review.named import judge_named
from pipelines.review.queue_table import waiting_items
from pipelines.search.service import reader


def test_what_was_judged_elsewhere_waits_no_more_and_does_when_it_is_taken_back(put, desk):
    put([0.55, 0.65])
    with desk() as at:
        first, second = (one.id for one in upcoming(at))
        judge_named(at._replace(author="bo"), "accept", [first], drawn=False)
        assert [one.id for one in upcoming(at)] == [second]
        assert progress(at).waiting == 1
        record_judgement(at, second, "reject")
        assert upcoming(at) == ()
        undo(at)
        assert [one.id for one in upcoming(at)] == [second]


@pytest.mark.parametrize(("knows_model", "nearest"), [(True, 0.52), (False, 0.21)])
def test_near_is_what_the_classifier_in_use_suggests_from(settings, put, monkeypatch, knows_model, nearest):
    note = SimpleNamespace(suggested_theme=0.3, accepted_theme=0.8)
    classifier = SimpleNamespace(note=note, limits=TagLimits(0.5, 0.8, 0.8), knows=lambda _: knows_model)
    monkeypatch.setattr("pipelines.review.queue_table.load_classifier", lambda *_: classifier)
    confidences = [0.21, 0.52, 0.35, 0.65]
    put(confidences)
    with reader(settings) as engine:
        items = list(waiting_items(settings, engine, access_classes=EVERY_CLASS))
    first = min(items, key=lambda one: one.distance)
    assert confidences[int(first.id.partition(":")[0].rpartition("-")[2])] == nearest
