"""Batches as JSON: worked on in the process that holds the run, and for other workers."""

import json
import pickle
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from configs.system.errors import UnavailableError
from index.filters import EVERY_CLASS
from pipelines.ingest.batches import (
    has_secret,
    item_as_json,
    part_as_text,
    part_from_text,
    result_as_json,
    result_from_json,
)
from pipelines.ingest.errors import BatchStoppedError
from pipelines.ingest.plan import WHAT_IS_NEW
from pipelines.ingest.planners import SourcePlanner
from pipelines.ingest.recorded import process_batch, recorded_run
from pipelines.ingest.report import BatchResult, Counts, Failure
from pipelines.ingest.runs import ingest
from tests import answers
from tests.given_sources import find_sources

SECRET = "SECRET-4711"


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


def titles(settings):
    result = answers.search(settings, "single window", access_classes=EVERY_CLASS)
    return sorted((hit["document"]["source"].rsplit("/", 1)[-1], hit["document"]["title"]) for hit in result["hits"])


def test_a_batch_holds_nothing_secret(batch):
    assert len(batch) == 5
    assert SECRET not in json.dumps(batch)


def test_the_process_of_the_run_uses_its_session_and_its_sources(warm, settings, papers):
    shown = []

    def run_batch(items, run, _):
        rows = json.loads(json.dumps([item_as_json(item) for item in items]))
        result = result_from_json(json.loads(json.dumps(process_batch(rows, run))))
        shown.append("end of the batch")
        return result

    report = ingest(settings, [str(papers)], run_batch=run_batch, progress=lambda *seen: shown.append(seen[:2]))
    assert (report.indexed, report.duplicate, report.failed) == (3, 1, 1)
    assert shown == [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5), "end of the batch"]
    assert ("b.txt", "Report of Belmora") in titles(settings)


def test_another_thread_does_not_use_the_session_of_the_run(batch, settings):
    with recorded_run(settings) as run, ThreadPoolExecutor(1) as pool:
        refused = pool.submit(process_batch, batch, run.id).exception()
    assert isinstance(refused, UnavailableError)
    assert run.id in refused.message


def test_a_part_for_other_workers_says_all_that_is_known_of_a_source_but_secrets(batch, settings, papers):
    with recorded_run(settings, passwords=[SECRET]) as run:
        found = find_sources([str(papers)], passwords=[SECRET], limits=settings.reading)
        planned = run.session.plan(SourcePlanner(found, WHAT_IS_NEW)).items
    assert sorted(item.source.name for item in planned if has_secret(item)) == ["b.txt", "c.txt"]
    given = [item for item in planned if not has_secret(item)]
    given[0] = replace(given[0], revision="seen")
    text = part_as_text(given)
    assert SECRET not in text
    items = part_from_text(text)
    assert [item_as_json(item) for item in items] == [item_as_json(item) for item in given]
    assert [item.source.description for item in items] == [item.source.description for item in given]
    assert [item.source.steps for item in items] == [item.source.steps for item in given]


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
