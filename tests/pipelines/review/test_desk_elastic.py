"""The desk over a cluster: the queue, a judgement and its undo are as over the embedded index."""

import pytest

from index.filters import EVERY_CLASS
from pipelines.review import desk as review
from pipelines.review import queue_table
from pipelines.review.records import ReviewRecords
from pipelines.search.requests import filters_of
from pipelines.search.service import reader
from pipelines.storage.state import State
from tests.pipelines.review.conftest import DIMENSION

pytestmark = pytest.mark.elasticsearch


@pytest.fixture
def settings(settings, cluster):
    return settings.model_copy(update={"index": "elasticsearch", "elasticsearch": cluster})


def test_items_are_served_judged_and_given_back(put, desk, settings):
    put([0.55, 0.95])
    put([0.6], "b", access="restricted")

    def accepted(at):
        wanted = filters_of([f"dimension={DIMENSION}"], EVERY_CLASS)
        return sum(len(passages) for _, passages in at.engine.passages(wanted))

    with desk() as at:
        assert queue_table.refresh(settings, at.engine, at.records, access_classes=EVERY_CLASS) == 3
        assert queue_table.refresh(settings, at.engine, at.records, access_classes=frozenset({"public"})) == 2
        doubtful = next(one for one in review.upcoming(at, limit=3) if one.tag.confidence < 0.9)
        assert accepted(at) == 1
        review.record_judgement(at, doubtful.id, "accept")
        assert accepted(at) == 2
        assert queue_table.is_current(at.engine, at.records, access_classes=EVERY_CLASS)
        review.undo(at)
        assert accepted(at) == 1
        assert review.item_at(at, doubtful.id).tag == doubtful.tag
    put([0.7], "c")
    with reader(settings) as engine, ReviewRecords(State(settings)) as records:
        assert not queue_table.is_current(engine, records, access_classes=EVERY_CLASS)
