"""The desk over a cluster: the queue, a judgement and its undo are as over the embedded index."""

from contextlib import closing

import numpy as np
import pytest

from extractors.document import Document, Passage, document_id
from index.filters import EVERY_CLASS
from pipelines.review import desk as review
from pipelines.review import queue_table
from pipelines.review.desk import Desk
from pipelines.review.records import ReviewRecords
from pipelines.search.requests import filters_of
from pipelines.search.service import reader
from pipelines.stages import components
from pipelines.storage.opening import open_storage
from pipelines.storage.state import State
from tests.pipelines.review.conftest import DIMENSION, SENTENCE, tag

pytestmark = pytest.mark.elasticsearch


def put(settings, name, confidences, access=None):
    number = document_id(f"file:///{name}")
    passages = tuple(
        Passage(id=f"{number}-{n}", ordinal=n, text=f"{SENTENCE} {n}", maturity=(tag(f"{number}-{n}", one),))
        for n, one in enumerate(confidences)
    )
    document = Document(
        id=number, key=number, sha256="0", source=f"file:///{name}", media_type="text/plain", access=access,
        passages=passages,
    )  # fmt: skip
    parts = components.PipelineComponents(settings)
    storage = open_storage(settings)
    with storage.claim(), closing(storage.open_engine(parts.identity, write=True)) as engine:
        vectors = np.ones((len(passages), parts.identity.dimension), np.float32)
        engine.put(document, vectors, versions={"model": "dcmm-interop"})


def test_items_are_served_judged_and_given_back(settings, cluster):
    settings = settings.model_copy(update={"index": "elasticsearch", "elasticsearch": cluster})
    put(settings, "a", [0.55, 0.95])
    put(settings, "b", [0.6], access="restricted")
    public = frozenset({"public"})

    def accepted(at):
        wanted = filters_of([f"dimension={DIMENSION}"], EVERY_CLASS)
        return sum(len(passages) for _, passages in at.engine.passages(wanted))

    with reader(settings) as engine, ReviewRecords(State(settings)) as records:
        assert queue_table.refresh(settings, engine, records, access_classes=EVERY_CLASS) == 3
        assert queue_table.refresh(settings, engine, records, access_classes=public) == 2
        at = Desk(settings, engine, records, "ana", EVERY_CLASS)
        doubtful = next(one for one in review.upcoming(at, limit=3) if one.tag.confidence < 0.9)
        assert accepted(at) == 1
        review.record_judgement(at, doubtful.id, "accept")
        assert accepted(at) == 2
        assert queue_table.is_current(engine, records, access_classes=EVERY_CLASS)
        review.undo(at)
        assert accepted(at) == 1
        assert review.item_at(at, doubtful.id).tag == doubtful.tag
    put(settings, "c", [0.7])
    with reader(settings) as engine, ReviewRecords(State(settings)) as records:
        assert not queue_table.is_current(engine, records, access_classes=EVERY_CLASS)
