"""Batches as JSON: worked on in the process that holds the run, and in others."""

import json
import os
import pickle
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest
from pydantic import SecretStr

from configs.system.errors import UnavailableError
from index.filters import EVERY_CLASS
from pipelines.ingest.batches import item_as_json, process_batch, result_as_json, result_from_json
from pipelines.ingest.errors import BatchStoppedError
from pipelines.ingest.plan import WHAT_IS_NEW
from pipelines.ingest.planners import SourcePlanner, StagePlanner
from pipelines.ingest.report import Counts, Failure
from pipelines.ingest.run import recorded_run
from pipelines.ingest.runs import ingest
from pipelines.ingest.session import BatchResult
from pipelines.maintenance import health
from pipelines.stages.versions import CODE_VERSIONS
from tests import answers
from tests.given_sources import find_sources

CHECKOUT = Path(__file__).resolve().parents[3]
SECRET = "SECRET-4711"
RUN = "20260101T000000-abcdef"

ELSEWHERE = """
import json, sys
from pathlib import Path
from configs.settings import load_settings
from pipelines.ingest.batches import process_batch
from tests.dummy_encoder import dummy_encoders

home, settings, cache, items, run = json.load(sys.stdin)
with dummy_encoders(Path(cache)):
    print(json.dumps(process_batch(load_settings(home, **settings), items, run)))
"""


@pytest.fixture
def papers(papers):
    (papers / "a.txt").write_text("The single window of Arvenia.")
    (papers / "b.txt").write_text("The single window of Belmora.")
    (papers / "b.txt.meta.yaml").write_text(f"title: Report of Belmora\npassword: {SECRET}\n")
    (papers / "empty.txt").touch()
    with zipfile.ZipFile(papers / "more.zip", "w") as archive:
        archive.writestr("c.txt", "The single window of Cordana.")
        archive.writestr("c.txt.meta.yaml", f"title: Report of Cordana\npassword: {SECRET}\n")
        archive.writestr("copy.txt", "The single window of Arvenia.")
    return papers


@pytest.fixture
def batch(warm, settings, papers):
    """What a run over the papers has to do, as JSON."""
    with recorded_run(settings, passwords=[SECRET]) as run:
        found = find_sources([str(papers)], passwords=[SECRET], limits=settings.reading)
        return [item_as_json(item) for item in run.session.plan(SourcePlanner(found, WHAT_IS_NEW)).items]


@pytest.fixture
def elsewhere(dummy_cache, settings):
    """A function that works on a batch in a process of its own."""

    def work(items, home=settings.home, run=RUN, **more):
        flags = {"encoder": settings.encoder, "workers": settings.workers, **more}
        return subprocess.run(
            [sys.executable, "-c", ELSEWHERE],
            input=json.dumps([str(home), flags, str(dummy_cache), items, run]),
            env=os.environ | {"PYTHONPATH": str(CHECKOUT)},
            capture_output=True,
            text=True,
            check=False,
        )

    return work


def titles(settings):
    result = answers.search(settings, "single window", access_classes=EVERY_CLASS)
    return sorted((hit["document"]["source"].rsplit("/", 1)[-1], hit["document"]["title"]) for hit in result["hits"])


def counts(result):
    return tuple(result["counts"][name] for name in ("indexed", "unchanged", "duplicate", "failed"))


def test_a_batch_holds_nothing_secret(batch):
    assert len(batch) == 5
    assert SECRET not in json.dumps(batch)


@pytest.mark.slow
def test_another_process_does_with_a_batch_what_a_run_does(batch, elsewhere, settings, papers, tmp_path):
    done = elsewhere(batch)
    assert done.returncode == 0, done.stderr
    assert counts(json.loads(done.stdout)) == (3, 0, 1, 1)
    plain = settings.model_copy(update={"home": tmp_path / "plain"})
    ingest(plain, [str(papers)])
    assert titles(settings) == titles(plain)
    assert [one.name for one in health.checks(settings) if not one.ok] == []
    assert ingest(settings, [str(papers)]).indexed == 0


@pytest.mark.slow
def test_another_process_is_refused_while_one_holds_the_home(batch, elsewhere, settings):
    with recorded_run(settings):
        refused = elsewhere(batch)
    assert f"process {os.getpid()}" in refused.stderr
    assert refused.returncode != 0


@pytest.mark.elasticsearch
@pytest.mark.slow
def test_another_worker_of_a_cluster_works_beside_the_one_that_holds_the_run(
    warm, settings, cluster, database, papers, elsewhere, tmp_path
):
    shared = {"index": "elasticsearch", "elasticsearch": cluster, "database": SecretStr(database)}
    settings = settings.model_copy(update=shared)
    found = find_sources([str(papers)])

    def run_batch(items, run, done):
        flags = {"elasticsearch": json.loads(cluster.model_dump_json(exclude={"api_key"})), "database": database}
        flags["index"] = "elasticsearch"
        result = elsewhere([item_as_json(item) for item in items], tmp_path / "other", run, **flags)
        assert result.returncode == 0, result.stderr
        return result_from_json(json.loads(result.stdout))

    with recorded_run(settings, run_batch=run_batch) as run:
        report = run.execute(SourcePlanner(found, WHAT_IS_NEW)).report
    assert (report.indexed, report.duplicate, report.failed) == (3, 1, 1)
    assert len(titles(settings)) == 3


def test_the_process_of_the_run_uses_its_session_and_its_sources(warm, settings, papers, monkeypatch):
    """The home is held, so that another session would be refused; nothing is looked for again."""
    monkeypatch.setattr("pipelines.ingest.batches.find_again", lambda *_: pytest.fail("looks for sources"))
    shown = []

    def run_batch(items, run, _):
        rows = json.loads(json.dumps([item_as_json(item) for item in items]))
        result = result_from_json(json.loads(json.dumps(process_batch(settings, rows, run))))
        shown.append("end of the batch")
        return result

    report = ingest(settings, [str(papers)], run_batch=run_batch, progress=lambda *seen: shown.append(seen[:2]))
    assert (report.indexed, report.duplicate, report.failed) == (3, 1, 1)
    assert shown == [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5), "end of the batch"]
    assert ("b.txt", "Report of Belmora") in titles(settings)


def test_another_thread_does_not_use_the_session_of_the_run(batch, settings):
    refused = []

    def work(run):
        try:
            process_batch(settings, batch, run.id)
        except UnavailableError as error:
            refused.append(error.message)

    with recorded_run(settings) as run:
        thread = threading.Thread(target=work, args=(run,))
        thread.start()
        thread.join()
    assert f"process {os.getpid()}" in refused[0]


def test_what_is_made_from_the_blob_store_needs_no_source(batch, settings, papers, monkeypatch):
    process_batch(settings, batch, RUN)
    for path in papers.iterdir():
        path.unlink()
    monkeypatch.setitem(CODE_VERSIONS, "tag", "next")
    with recorded_run(settings) as run:
        rows = [item_as_json(item) for item in run.session.plan(StagePlanner("tag")).items]
    assert counts(process_batch(settings, rows, "later")) == (3, 0, 0, 0)


def test_a_source_that_changed_since_it_was_planned_fails_alone(batch, settings, papers):
    (papers / "a.txt").unlink()
    (papers / "b.txt.meta.yaml").write_text("title: another\n")
    result = process_batch(settings, batch, RUN)
    errors = {failure["source"].rsplit("/", 1)[-1]: failure["error"] for failure in result["counts"]["failures"]}
    assert errors.keys() == {"a.txt", "b.txt", "empty.txt"}
    assert "sidecar was changed" in errors["b.txt"]
    assert result["counts"]["indexed"] == 1


def test_a_result_is_the_same_after_json():
    result = BatchResult(
        Counts(indexed=2, failed=1, failures=[Failure(source="a", status="crashed", stage="read", error="x")]),
        frozenset("b"),
    )
    assert result_from_json(json.loads(json.dumps(result_as_json(result)))) == result


def test_the_error_of_a_batch_reaches_other_processes_whole():
    error = BatchStoppedError("the disk is full", "free space", counts=Counts(indexed=1), deferred={"a"}, left=["b"])
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.counts, again.deferred, again.left) == (str(error), Counts(indexed=1), {"a"}, ["b"])
