"""What is put is safe and whole, whatever happens to the writer; what does not fit is refused with the remedy."""

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from configs.system.errors import MismatchError, UnavailableError
from extractors.maturity.judgements import TagJudgement
from index.elastic import bulk, schema
from index.elastic import writer as writing
from index.elastic.bulk import RowsRefusedError
from index.elastic.engine import ElasticEngine
from index.elastic.reindex import reindex
from index.filters import EVERYTHING
from index.results import SearchRequest
from tests.crew import Member, let_die
from tests.states import judgements_in

pytestmark = pytest.mark.elasticsearch
CHECKOUT = Path(__file__).resolve().parents[3]


def found(engine, query="", **more):
    return engine.search(SearchRequest(filters=EVERYTHING, query=query, mode="text", **more), None)


def texts(engine, query=""):
    return sorted(one.text for hit in found(engine, query, passages=50).hits for one in hit.passages)


def rows(raw, index):
    raw.client.indices.refresh(index=index)
    return raw.client.count(index=index)["count"]


def kill(engine):
    """Leave everything as a writer does that dies: nothing is flushed, the journal names it still."""
    writer, engine._writer = engine._writer, None
    silence(writer._journal)


def silence(journal):
    """Let the other workers take one for dead."""
    let_die(journal.name)


def test_the_same_document_again_adds_nothing(writer, put, make, raw):
    put(make.paper("a", "text"))
    writer.flush()
    before = raw.client.get(index=raw.documents, id="journal")["_version"]
    put(make.paper("a", "text"))
    assert raw.client.get(index=raw.documents, id="journal")["_version"] == before
    assert rows(raw, raw.passages) == 1


def test_a_new_state_takes_the_place_of_the_old_one(writer, put, make, raw):
    put(make.paper("a", "one", "two", "three"))
    writer.flush()
    put(make.paper("a", "four"))
    assert texts(writer) == ["four"]
    assert rows(raw, raw.passages) == 1


def test_readers_see_what_was_put_after_the_flush(writer, opened, put, make):
    put(make.paper("a", "old"))
    writer.flush()
    reader = opened()
    put(make.paper("a", "new"), make.paper("b", "other"))
    assert texts(reader) == ["old"]
    writer.flush()
    assert texts(reader) == ["new", "other"]
    writer.remove(make.paper("b").id)
    assert texts(reader) == ["new"]


def test_a_batch_is_flushed_by_itself(monkeypatch, writer, opened, put, make):
    monkeypatch.setattr(writing, "_BATCH", 2)
    put(*(make.paper(f"p{n}", "text") for n in range(3)))
    assert found(opened()).documents == 2


def test_what_was_put_by_a_writer_that_died_is_there_for_the_next(opened, make, raw):
    dead = opened(write=True)
    old = make.paper("a", "old", "old too")
    dead.put(old, make.vectors(old), versions={})
    dead.flush()
    new = make.paper("a", "New")
    dead.put(new, make.vectors(new), versions={})
    kill(dead)
    raw.client.indices.refresh(index=raw.passages)
    assert texts(opened()) == ["old", "old too"]
    assert texts(opened(write=True)) == ["New"]
    assert rows(raw, raw.passages) == 1


def test_half_a_document_is_never_seen_and_goes_with_the_next_writer(monkeypatch, opened, make, raw):
    dead = opened(write=True)
    old, new = make.paper("a", "old"), make.paper("a", "new", "new too")
    dead.put(old, make.vectors(old), versions={})
    dead.flush()
    monkeypatch.setattr(writing, "document_row", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        dead.put(new, make.vectors(new), versions={})
    kill(dead)
    raw.client.indices.refresh(index=raw.passages)
    assert rows(raw, raw.passages) == 3
    assert texts(opened()) == ["old"]
    assert texts(opened(write=True)) == ["old"]
    assert rows(raw, raw.passages) == 1


def test_a_writer_that_dies_while_it_deletes_is_finished_by_the_next(monkeypatch, opened, make, raw):
    dead = opened(write=True)
    for text in ("old", "new"):
        one = make.paper("a", text)
        dead.put(one, make.vectors(one), versions={})
        monkeypatch.setattr(writing.Writer, "_deletions", lambda *_: 1 / 0)
        if text == "old":
            monkeypatch.undo()
            dead.flush()
    with pytest.raises(ZeroDivisionError):
        dead.flush()
    monkeypatch.undo()
    kill(dead)
    assert texts(opened()) == ["new"]
    assert texts(opened(write=True)) == ["new"]
    assert rows(raw, raw.passages) == 1


def test_a_refused_row_is_told_and_the_document_keeps_its_state(writer, put, make, raw):
    put(make.paper("a", "old"))
    writer.flush()
    raw.client.indices.put_settings(index=raw.passages, settings={"index.mapping.nested_objects.limit": 1})
    many = make.paper("a", "new", tags=[[make.tag(), make.tag("law")]])
    with pytest.raises(RowsRefusedError, match=r"1 of 1 rows were rejected.*nested"):
        writer.put(many, make.vectors(many), versions={})
    put(make.paper("b", "other"))
    writer.flush()
    assert texts(writer) == ["old", "other"]
    assert rows(raw, raw.passages) == 2


def test_what_several_writers_put_is_all_there(opened, make, raw):
    first, second = opened(write=True), opened(write=True)
    for name in "abc":
        for engine, text in ((first, "one"), (second, "two")):
            paper = make.paper(f"{text}-{name}", text)
            engine.put(paper, make.vectors(paper), versions={})
    first.flush()
    assert texts(opened()) == ["one"] * 3
    second.flush()
    assert texts(opened()) == ["one"] * 3 + ["two"] * 3
    assert raw.client.get(index=raw.documents, id="journal")["_source"]["state"]["entries"] == []


@pytest.mark.parametrize("text", ["first", "second"])
def test_of_a_document_that_two_put_at_once_the_last_to_be_seen_stays(opened, make, raw, text):
    """Whether they put the same or not: it is there once, and at no time twice or not at all."""
    engines = [opened(write=True), opened(write=True)]
    reader = opened()
    old = make.paper("a", "old")
    engines[0].put(old, make.vectors(old), versions={})
    engines[0].flush()
    for engine, said in zip(engines, ("first", text), strict=True):
        paper = make.paper("a", said)
        engine.put(paper, make.vectors(paper), versions={})
    assert texts(reader) == ["old"]
    engines[0].flush()
    assert texts(reader) == ["first"]
    engines[1].flush()
    assert texts(reader) == [text]
    assert rows(raw, raw.passages) == 1


def test_what_one_takes_out_another_may_put_again(opened, make):
    first, second = opened(write=True), opened(write=True)
    paper = make.paper("a", "text")
    first.put(paper, make.vectors(paper), versions={})
    first.flush()
    assert second.remove(paper.id)
    assert texts(opened()) == []
    first.put(paper, make.vectors(paper), versions={})
    first.flush()
    assert texts(opened()) == ["text"]


def test_what_a_dead_writer_put_is_brought_to_its_end_by_one_that_is_at_work(opened, make):
    dead, alive = opened(write=True), opened(write=True)
    paper = make.paper("a", "text")
    dead.put(paper, make.vectors(paper), versions={})
    kill(dead)
    alive.flush()
    assert texts(opened()) == ["text"]


def test_a_writer_whose_place_was_taken_is_told_so_and_leaves_nothing(monkeypatch, opened, make, raw):
    silent = opened(write=True)
    paper = make.paper("a", "text")
    written = writing.Writer._write

    def while_another_takes_it_for_dead(writer, *arguments):
        silence(writer._journal)
        opened(write=True).flush()
        return written(writer, *arguments)

    monkeypatch.setattr(writing.Writer, "_write", while_another_takes_it_for_dead)
    with pytest.raises(UnavailableError, match="took this one for dead"):
        silent.put(paper, make.vectors(paper), versions={})
    kill(silent)
    assert rows(raw, raw.passages) == 0


def test_a_change_whose_answer_was_lost_is_not_made_twice(monkeypatch, writer, make, put, opened):
    """As where the cluster goes away between the change and its answer, and the request is sent again."""
    sent = type(writer._cluster.client).index

    def twice(client, **more):
        sent(client, **more)
        return sent(client, **more)

    monkeypatch.setattr(type(writer._cluster.client), "index", twice)
    put(make.paper("a", "text"))
    writer.flush()
    assert texts(opened()) == ["text"]


def test_the_claim_of_a_dead_process_ends_with_it(cluster, opened, identity):
    code = f"""
import os
from configs.elasticsearch import ElasticsearchSettings
from index.elastic.engine import ElasticEngine
from index.encoder import EncoderIdentity
from tests.crew import Member
settings = ElasticsearchSettings(url={cluster.url!r}, name={cluster.name!r})
engine = ElasticEngine(settings, EncoderIdentity(**{identity.model_dump()!r}), write=True, worker=Member())
os.kill(os.getpid(), 9)
"""
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    subprocess.run([sys.executable, "-c", code], env=environment, check=False)
    opened(write=True)


def test_an_index_belongs_to_the_state_of_its_first_writer(cluster, writer, opened, identity):
    with pytest.raises(MismatchError, match=r"another state.*CUSTOMS_LENS_DATABASE"):
        ElasticEngine(cluster, identity, write=True, worker=Member("other"))
    writer.close()
    with pytest.raises(MismatchError, match="another state"):
        reindex(cluster, Member("other"))
    reindex(cluster, Member())
    with pytest.raises(MismatchError, match="another state"):
        ElasticEngine(cluster, identity, write=True, worker=Member("other"))
    opened(write=True)


@pytest.mark.parametrize("change", [{"model_hash": "f" * 16}, {"max_tokens": 128}])
@pytest.mark.parametrize("write", [True, False])
def test_another_encoder_is_refused_with_the_remedy(writer, opened, identity, change, write):
    writer.close()
    with pytest.raises(MismatchError, match="run with --encoder tiny, or set ELASTICSEARCH_NAME"):
        opened(identity=identity.model_copy(update=change), write=write)


def test_another_version_is_refused_with_the_remedy(writer, opened, raw):
    raw.client.indices.put_mapping(index=raw.passages, meta={"schema": 1, "encoder": {}})
    with pytest.raises(MismatchError, match=r"version 1,.*customs-lens reindex"):
        opened()


def test_a_newer_version_is_neither_read_nor_made_older(cluster, writer, opened, raw):
    writer.close()
    raw.client.indices.put_mapping(index=raw.passages, meta={"schema": 999, "encoder": {}})
    for refused in (opened, lambda: reindex(cluster, Member())):
        with pytest.raises(MismatchError, match=r"version 999.*or a newer one"):
            refused()


def test_an_index_without_a_field_is_refused_with_the_remedy(monkeypatch, writer, opened):
    monkeypatch.setattr(schema, "FIELDS", (*schema.FIELDS, "tariff"))
    with pytest.raises(MismatchError, match=r"without the fields tariff.*customs-lens reindex"):
        opened()


def test_no_index_yet(opened):
    with pytest.raises(UnavailableError, match=r"no index yet.*run customs-lens ingest"):
        opened()


def test_rows_and_requests_have_a_limit(monkeypatch, writer, make, raw):
    """The rows of one document go in several requests, and all of them arrive."""
    monkeypatch.setattr(bulk, "_BYTES", 4000)
    one = make.paper("a", *[f"number {n}" for n in range(20)])
    sent = []
    original = type(writer._cluster.client).bulk
    monkeypatch.setattr(
        type(writer._cluster.client), "bulk", lambda *a, **more: sent.append(more) or original(*a, **more)
    )
    writer.put(one, make.vectors(one), versions={})
    assert len(sent) > 3
    assert rows(raw, raw.passages) == 20


@pytest.mark.parametrize("dies", [False, True])
def test_a_judgement_that_came_between_put_and_flush_counts(opened, make, tmp_path, dies):
    engine = opened(write=True, judgements=judgements_in(tmp_path))
    other = opened(judgements=judgements_in(tmp_path))
    one = make.paper("a", "We did it.", tags=[[make.tag(status="suggested", end=10)]])
    engine.put(one, make.vectors(one), versions={})
    values = {"at": "2024-01-01T00:00:00Z", "author": "ana", "tag": "t", "model": "m", "model_version": "1"}
    values |= {"provenance": "derived", "document": one.id, "quote": "We did it.", "offset": 0}
    with closing(judgements_in(tmp_path)) as store:
        store.add([TagJudgement(action="accept", judged="systems", dimension="systems", modality="achieved", **values)])
    assert found(other).documents == 0
    if dies:
        kill(engine)
        opened(write=True, judgements=judgements_in(tmp_path))
    else:
        engine.flush()
    request = SearchRequest(filters=EVERYTHING, facets=("dimension",))
    assert other.search(request, None).facets["dimension"][0].value == "systems"


def test_readers_in_other_processes_never_see_half_a_document(cluster, opened, make):
    """Every state of the paper has as many passages as each of its texts says."""
    code = f"""
import time
from configs.elasticsearch import ElasticsearchSettings
from index.elastic.engine import ElasticEngine
from index.filters import EVERYTHING
from index.results import SearchRequest
settings = ElasticsearchSettings(url={cluster.url!r}, name={cluster.name!r})
engine = ElasticEngine(settings, None, write=False)
print("ready", flush=True)
end, seen = time.time() + 4, set()
while time.time() < end or len(seen) < 2:
    for query in ("state", ""):
        (hit,) = engine.search(SearchRequest(filters=EVERYTHING, query=query, mode="text", passages=50), None).hits
        sizes = {{passage.text.split()[1] for passage in hit.passages}}
        assert sizes == {{str(len(hit.passages))}}, (sizes, len(hit.passages))
        seen |= sizes
"""
    engine = opened(write=True)

    def write(size):
        one = make.paper("a", *[f"state {size}"] * size)
        engine.put(one, make.vectors(one), versions={"size": str(size)})
        engine.flush()

    write(3)
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=-1, stderr=-1, text=True, env=environment) as reader:
        assert reader.stdout.readline() == "ready\n"
        size = 0
        while reader.poll() is None:
            size += 1
            write(1 + size % 20)
        assert reader.returncode == 0, reader.stderr.read()
