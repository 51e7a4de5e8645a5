"""A new version of the index behind the same names, and the way back."""

import pytest

from configs.errors import UnavailableError, UsageError
from index.elastic import schema
from index.elastic.reindex import reindex, roll_back
from index.filters import EVERYTHING
from index.protocol import SearchRequest

pytestmark = pytest.mark.elasticsearch


@pytest.fixture
def filled(writer, put, make, opened):
    papers = [
        make.paper("a", "customs window", "other words", tags=[[make.tag(level="L1")]], body="ptc"),
        make.paper("b", "jusqu'où", language="fr"),
        make.paper("empty"),
    ]
    put(*papers)
    writer.close()
    return papers


def answers(engine, make):
    request = SearchRequest(filters=EVERYTHING, query="window jusqu'ou", facets=("body", "level"), passages=9)
    vector = make.vectors(make.paper("a", "x"))[0]
    found = engine.search(request, vector).model_dump(mode="json", exclude={"took_ms"})
    return found, dict(engine.documents()), engine.counts()


def test_a_reader_gets_the_same_answers_from_the_new_version(filled, cluster, opened, make, raw):
    reader = opened()
    before = answers(reader, make)
    done = []
    report = reindex(cluster, progress=lambda n, of: done.append((n, of)))
    assert (report.documents, report.passages, done[-1]) == (3, 3, (3, 3))
    assert report.index.endswith("-passages-000002")
    assert answers(reader, make) == answers(opened(), make) == before
    assert schema.versions(raw) == (2, [1, 2])
    assert all(check.ok for check in reader.checks())


def test_the_version_before_is_kept_and_older_ones_are_not(filled, cluster, raw, opened, make):
    reindex(cluster)
    report = reindex(cluster)
    assert report.deleted == (f"{cluster.name}-passages-000001",)
    assert schema.versions(raw) == (3, [2, 3])
    writer = opened(write=True)
    late = make.paper("late", "late")
    writer.put(late, make.vectors(late), versions={})
    writer.close()
    assert roll_back(cluster).index.endswith("-000002")
    assert opened().counts().documents == 3
    assert reindex(cluster).index.endswith("-000003")


def test_what_an_interrupted_run_left_is_made_again(filled, cluster, raw, identity, opened, make):

    before = answers(opened(), make)
    schema.create(raw.at(2), identity)
    raw.client.index(index=raw.at(2).passages, document={"document": "half"}, refresh=True)
    reindex(cluster)
    assert answers(opened(), make) == before


def test_other_settings_take_effect(filled, cluster, raw):
    reindex(cluster.model_copy(update={"shards": 2}))
    (found,) = raw.client.indices.get(index=raw.passages).values()
    assert found["settings"]["index"]["number_of_shards"] == "2"


def test_while_a_writer_is_at_work_it_is_refused(writer, cluster):
    with pytest.raises(UnavailableError, match="is writing it"):
        reindex(cluster)


def test_without_an_index_or_an_earlier_version_it_is_refused(cluster, filled):
    with pytest.raises(UsageError, match="no earlier version"):
        roll_back(cluster)
    with pytest.raises(UnavailableError, match="no index yet"):
        reindex(cluster.model_copy(update={"name": cluster.name + "-other"}))
