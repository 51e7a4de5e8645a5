"""Judgements applied to the rows of an index: by whichever reader comes first, and again where the store was away."""

import shutil
from contextlib import closing

import pytest

from configs.system.sqlite.copies import copies
from extractors.maturity.judgements import TagJudgement
from index.elastic.engine import ElasticEngine
from index.elastic.judgement_overlay import JudgementOverlay
from index.filters import EVERYTHING
from index.results import SearchRequest
from tests.crew import Member
from tests.states import judgements_in

pytestmark = pytest.mark.elasticsearch
TEXT = "We did it."


@pytest.fixture
def opened(cluster, identity, tmp_path):
    """Open engines with the judgements of one home; what a test leaves open is closed."""
    engines = []

    def open_one(*, write=False):
        more = {"judgements": judgements_in(tmp_path), "worker": Member() if write else None}
        engines.append(ElasticEngine(cluster, identity, write=write, **more))
        return engines[-1]

    yield open_one
    for engine in engines:
        engine.close()


@pytest.fixture
def put(opened, make):
    def put_one(version="1"):
        writer = opened(write=True)
        paper = make.paper("a", TEXT, tags=[[make.tag(status="suggested", end=10, by="customs-lens 1/1")]])
        writer.put(paper, make.vectors(paper), versions={"read": version, "model": "m"})
        writer.close()
        return paper

    return put_one


@pytest.fixture
def judge(tmp_path):
    def add(paper, action="accept"):
        values = {"at": "2024-01-01T00:00:00Z", "author": "ana", "action": action, "tag": "t", "document": paper.id}
        values |= {"model": "m", "model_version": "1", "provenance": "derived", "judged": "systems"}
        with closing(judgements_in(tmp_path)) as store:
            store.add([TagJudgement(quote=TEXT, offset=0, dimension="systems", **values)])

    return add


def status(engine, query=""):
    (hit,) = engine.search(SearchRequest(query=query, mode="text", filters=EVERYTHING), None).hits
    return hit.passages[0].maturity[0].status


def test_a_reader_that_knew_less_does_not_undo_what_another_applied(monkeypatch, opened, put, judge):
    """It applies an older judgement while another one has applied a newer: it is refused, and looks again."""
    paper = put()
    judge(paper)
    slow, quick = opened(), opened()
    laid, meanwhile = JudgementOverlay.apply, []

    def while_another_is_quicker(self, moment, documents):
        if not meanwhile:
            meanwhile.append(True)
            judge(paper, "reject")
            assert status(quick) == "rejected"
        laid(self, moment, documents)

    monkeypatch.setattr(JudgementOverlay, "apply", while_another_is_quicker)
    for engine in (slow, quick):
        assert status(engine) == "rejected"


def test_judgements_that_could_not_be_read_when_a_paper_was_put_count_once_they_can(opened, put, judge, tmp_path):
    paper = put()
    judge(paper)
    reader = opened()
    assert status(reader) == "accepted"
    path = tmp_path / "state.db"
    path.write_bytes(b"no database" * 1000)
    put("2")
    assert status(opened()) == "suggested"
    path.unlink()
    shutil.copyfile(copies(path)[0].path, path)
    for engine in (opened(), reader):
        assert status(engine) == "accepted"


def test_judgements_after_an_older_copy_took_the_place_of_the_store_count(opened, put, judge, tmp_path):
    one, path = put(), tmp_path / "state.db"
    judge(one)
    kept = copies(path)[0].path.read_bytes()
    reader = opened()
    for _ in range(3):
        judge(one)
    assert status(reader) == "accepted"
    for file in tmp_path.glob("state.db*"):
        file.unlink()
    path.write_bytes(kept)
    assert status(reader) == "accepted"  # whoever judges has looked before
    judge(one, "reject")
    assert status(opened()) == status(reader) == "rejected"
