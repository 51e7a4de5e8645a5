"""A new version of the index behind the same names, and the way back."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from configs.system.errors import UnavailableError, UsageError
from index.elastic import schema
from index.elastic.reindex import reindex, roll_back
from index.filters import EVERY_CLASS, EVERYTHING
from index.results import SearchRequest
from tests.crew import Member

pytestmark = pytest.mark.elasticsearch
CHECKOUT = Path(__file__).resolve().parents[3]


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
    return found, dict(engine.documents(access_classes=EVERY_CLASS)), engine.counts()


def test_a_reader_gets_the_same_answers_from_the_new_version(filled, cluster, opened, make, raw):
    reader = opened()
    before = answers(reader, make)
    done = []
    report = reindex(cluster, Member(), progress=lambda n, of: done.append((n, of)))
    assert (report.documents, report.passages, done[-1]) == (3, 3, (3, 3))
    assert report.index.endswith("-passages-000002")
    assert answers(reader, make) == answers(opened(), make) == before
    assert schema.versions(raw) == (2, [1, 2])
    assert all(check.ok for check in reader.checks())


def test_the_version_before_is_kept_and_older_ones_are_not(filled, cluster, raw, opened, make):
    reindex(cluster, Member())
    report = reindex(cluster, Member())
    assert report.deleted == (f"{cluster.name}-passages-000001",)
    assert schema.versions(raw) == (3, [2, 3])
    writer = opened(write=True)
    late = make.paper("late", "late")
    writer.put(late, make.vectors(late), versions={})
    writer.close()
    assert roll_back(cluster, Member()).index.endswith("-000002")
    assert opened().counts().documents == 3
    assert reindex(cluster, Member()).index.endswith("-000003")


READER = """
import json, sys, threading
import numpy as np
from configs.elasticsearch import ElasticsearchSettings
from index.elastic.engine import ElasticEngine
from index.filters import EVERY_CLASS, EVERYTHING
from index.results import MatrixModel, SearchRequest
url, name, vector = sys.argv[1], sys.argv[2], np.array(json.loads(sys.argv[3]), np.float32)
MODEL = MatrixModel(id="m", provenance="derived", dimensions=("systems",), levels=("L1",))
REQUESTS = [
    (SearchRequest(query="window", mode="text", filters=EVERYTHING, facets=("body", "level"), k=50, passages=2), None),
    (SearchRequest(query="window", mode="hybrid", filters=EVERYTHING, k=5, passages=2), vector),
]
def answers(engine):
    for request, given in REQUESTS:
        found = engine.search(request, given)  # equals may change places: an index made anew has them in another order
        yield found.passages, found.documents, len(found.hits), sorted(map(str, found.facets.items()))
    yield engine.document("file:///p003", access_classes=EVERY_CLASS, full=True).model_dump(mode="json")
    yield engine.counts().model_dump(mode="json")
    yield engine.matrix(EVERYTHING, MODEL).model_dump(mode="json")
    yield sorted(dict(engine.documents(access_classes=EVERY_CLASS)))
ended, asked, wrong = threading.Event(), [], []
def ask(again):
    engine = None
    while not ended.is_set():
        try:
            if engine is None or again:
                engine and engine.close()
                engine = ElasticEngine(ElasticsearchSettings(url=url, name=name), None, write=False)
            found = list(answers(engine))
        except Exception as error:
            wrong.append(f"{type(error).__name__}: {error}")
            engine = None
        else:
            wrong.extend(f"{was} became {now}"[:2000] for was, now in zip(expected, found, strict=True) if was != now)
            asked.append(1)
first = ElasticEngine(ElasticsearchSettings(url=url, name=name), None, write=False)
expected = list(answers(first))
threads = [threading.Thread(target=ask, args=(again,)) for again in (False, True)]
for thread in threads:
    thread.start()
print("ready", flush=True)
sys.stdin.readline()
ended.set()
for thread in threads:
    thread.join()
print(json.dumps({"asked": len(asked), "wrong": wrong[:3]}))
"""


@pytest.mark.long
@pytest.mark.slow
def test_no_question_fails_or_counts_wrong_while_versions_come_and_go(writer, make, cluster):
    """Questions from several threads of several processes, by readers kept open and by new ones."""
    for number in range(80):
        texts = [f"customs window {number}", *[f"other words {number} {n}" for n in range(3)]]
        tags = [[make.tag(level="L1", model="m")]] if number % 3 == 0 else []
        paper = make.paper(f"p{number:03}", *texts, tags=tags, body="ptc" if number % 2 else "council")
        writer.put(paper, make.vectors(paper), versions={})
    writer.close()
    vector = json.dumps(make.vectors(make.paper("q", "x"))[0].tolist())
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    command = [sys.executable, "-c", READER, cluster.url, cluster.name, vector]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    readers = [subprocess.Popen(command, text=True, env=environment, **pipes) for _ in range(2)]
    try:
        assert [reader.stdout.readline() for reader in readers] == ["ready\n"] * 2
        for _ in range(2):
            assert reindex(cluster, Member()).documents == 80
        roll_back(cluster, Member())
        assert reindex(cluster, Member()).documents == 80
        roll_back(cluster, Member())
    finally:
        ended = [reader.communicate("\n", timeout=600) for reader in readers]
    for out, err in ended:
        found = json.loads(out)
        assert found["wrong"] == [], err
        assert found["asked"] > 10


def test_what_an_interrupted_run_left_is_made_again(filled, cluster, raw, identity, opened, make):

    before = answers(opened(), make)
    schema.create(raw.at(2), identity, Member().state)
    raw.client.index(index=raw.at(2).passages, document={"document": "half"}, refresh=True)
    reindex(cluster, Member())
    assert answers(opened(), make) == before


def test_other_settings_take_effect(filled, cluster, raw):
    reindex(cluster.model_copy(update={"shards": 2}), Member())
    (found,) = raw.client.indices.get(index=raw.passages).values()
    assert found["settings"]["index"]["number_of_shards"] == "2"


def test_while_a_writer_is_at_work_it_is_refused(writer, cluster):
    with pytest.raises(UnavailableError, match="is writing it"):
        reindex(cluster, Member())


def test_without_an_index_or_an_earlier_version_it_is_refused(cluster, filled):
    with pytest.raises(UsageError, match="no earlier version"):
        roll_back(cluster, Member())
    with pytest.raises(UnavailableError, match="no index yet"):
        reindex(cluster.model_copy(update={"name": cluster.name + "-other"}), Member())
