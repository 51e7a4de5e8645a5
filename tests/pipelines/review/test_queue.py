"""The queue of what is to be judged: what is asked first."""

from types import SimpleNamespace

import pytest

from extractors.classifier.classifier import TagLimits
from index.filters import EVERY_CLASS
from pipelines.review.queue_table import waiting_items
from pipelines.search.service import reader


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
