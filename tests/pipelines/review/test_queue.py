"""The queue as a list: the items of the review page in its order, and only those that filters leave."""

from types import SimpleNamespace

import pytest

from configs.system.errors import UsageError
from extractors.classifier.classifier import TagLimits
from extractors.document import Passage, PassageTheme
from extractors.themes.judgements import theme_of
from index.filters import EVERY_CLASS
from pipelines.review.desk import progress, record_judgement, undo, upcoming
from pipelines.review.named import judge_named
from pipelines.review.queue import queue
from pipelines.review.queue_table import waiting_items
from pipelines.search.service import reader
from tests.pipelines.review.conftest import DIMENSION, SENTENCE, tag

THEME = PassageTheme(id="single-window", label="Single Window", kind="about", confidence=0.6, status="suggested")


@pytest.fixture
def two_bodies(put_paper):
    """A paper of one body with two tags, one accepted, and one of another with a tag of another dimension."""

    def passages(*tags):
        def made(number):
            for n, (confidence, dimension) in enumerate(tags):
                name = f"{number}-{n}"
                yield Passage(id=name, ordinal=n, text=SENTENCE, maturity=(tag(name, confidence, dimension=dimension),))

        return made

    put_paper("a", passages((0.55, DIMENSION), (0.9, DIMENSION)), body="ptc")
    put_paper("b", passages((0.55, "legal_framework")), body="ec")


def test_a_list_has_the_order_of_the_review_page(put, desk):
    put([0.5 + n / 40 for n in range(18)], themes=[THEME])
    put([0.6, 0.7], "b")
    with desk() as at:
        page = [one.id for one in upcoming(at, limit=100)]
        listed = queue(at, limit=100, themes=True)
        assert [one.id for one in listed.tags] == [name for name in page if theme_of(name) is None]
        assert [one.id for one in listed.themes] == [name for name in page if theme_of(name) is not None]
        assert (listed.waiting, listed.themes_waiting) == (20, 18)
        few = queue(at, limit=3)
        assert (few.tags, few.waiting, few.themes, few.themes_waiting) == (listed.tags[:3], 20, (), 0)


def test_the_order_is_made_where_the_index_changed(put, desk, settings):
    put([0.55])
    with desk() as at:
        assert queue(at).waiting == 1
        put([0.65], "b")
        assert queue(at).waiting == 2


def test_what_was_judged_elsewhere_waits_no_more_and_does_when_it_is_taken_back(put, desk, settings):
    put([0.55, 0.65])
    with desk() as at:
        first, second = (one.id for one in queue(at).tags)
        judge_named(at._replace(author="bo"), "accept", [first])
        found = queue(at)
        assert ([one.id for one in found.tags], found.waiting, found.labels) == ([second], 1, 1)
        assert progress(at).waiting == 1
        record_judgement(at, second, "reject")
        assert queue(at).waiting == 0
        undo(at)
        assert [one.id for one in queue(at).tags] == [second]


def test_it_is_narrowed_by_dimension_and_filters(two_bodies, desk):
    with desk() as at:
        (one,) = queue(at, dimension="legal_framework").tags
        assert one.tag.dimension == "legal_framework"
        assert queue(at, filters=["body=ec"]).waiting == 1
        (one,) = queue(at, filters=["status=accepted"]).tags
        assert one.tag.confidence == 0.9
        with pytest.raises(UsageError, match="no dimension weather"):
            queue(at, dimension="weather")


def test_filters_narrow_suggested_themes_too(put, desk):
    other = THEME.model_copy(update={"id": "paperless", "label": "Paperless"})
    put([0.55], themes=[THEME, other])
    put([0.65], "b", themes=[THEME])
    with desk() as at:
        found = queue(at, filters=["theme=paperless"], themes=True)
        assert ([one.theme.id for one in found.themes], found.themes_waiting) == (["paperless"], 1)


@pytest.mark.parametrize(("knows_model", "nearest"), [(True, 0.52), (False, 0.21)])
def test_near_is_what_the_classifier_in_use_suggests_from(settings, put, monkeypatch, knows_model, nearest):
    note = SimpleNamespace(suggested_theme=0.3, accepted_theme=0.8)
    classifier = SimpleNamespace(note=note, limits=TagLimits(0.5, 0.8), knows=lambda _: knows_model)
    monkeypatch.setattr("pipelines.review.queue_table.load_classifier", lambda *_: classifier)
    confidences = [0.21, 0.52, 0.35, 0.65]
    put(confidences)
    with reader(settings) as engine:
        items = list(waiting_items(settings, engine, access_classes=EVERY_CLASS))
    first = min(items, key=lambda one: one.distance)
    assert confidences[int(first.id.partition(":")[0].rpartition("-")[2])] == nearest
