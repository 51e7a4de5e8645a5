"""Several workers, each a process with a home of its own, take the same papers into one cluster."""

import json
import signal
import time
import uuid

import pytest

from configs.settings import load_settings
from index.filters import EVERY_CLASS
from tests import answers
from tests.conftest import delete_indices

pytestmark = [pytest.mark.elasticsearch, pytest.mark.postgresql, pytest.mark.model, pytest.mark.slow]
ENCODER = ("--encoder", "all-MiniLM-L6-v2", "--index", "elasticsearch")
PAPERS = 21


@pytest.fixture
def in_cluster(elasticsearch_url, database, monkeypatch):
    """The URL of a database, and variables that name an index of the test; that is deleted afterwards."""
    name = f"test-{uuid.uuid4().hex[:8]}"
    monkeypatch.setenv("ELASTICSEARCH_URL", elasticsearch_url)
    monkeypatch.setenv("ELASTICSEARCH_NAME", name)
    yield database
    delete_indices(load_settings().elasticsearch)


@pytest.fixture
def worker(start, samples, in_cluster, tmp_path):
    """Start a worker on a home; it takes in the samples."""

    def begin(home, *more):
        (tmp_path / home).mkdir(mode=0o700, exist_ok=True)
        (tmp_path / home / "settings.yaml").write_text(f"index: elasticsearch\ndatabase: {in_cluster}\n")
        return start("ingest", samples / "papers", "--home", tmp_path / home, "--json", *ENCODER, *more)

    return begin


@pytest.fixture
def ask(cli, tmp_path):
    def run(home, *arguments):
        return cli(*arguments, "--home", tmp_path / home, "--json", *ENCODER)

    return run


def report(process):
    out, err = process.communicate(timeout=600)
    assert process.returncode == 0, err.decode()
    found = json.loads(out)
    assert found["found"] == PAPERS == found["indexed"] + found["unchanged"] + found["failed"]
    return found, err.decode()


def bad(answer):
    return [check for check in answer.json["checks"] if not check["ok"]]


def test_two_workers_share_the_work_and_what_people_say(in_cluster, worker, ask, tmp_path):
    running = [worker(home) for home in ("a", "b")]
    reports = [report(process)[0] for process in running]
    assert sum(one["indexed"] for one in reports) == PAPERS
    assert sum(one["failed"] for one in reports) == 0
    passages = sum(one["passages"] for one in reports)
    for home in ("a", "b"):
        assert bad(ask(home, "doctor")) == []
        answer = ask(home, "search", "", "--mode", "text").json
        assert (answer["documents"], answer["passages"]) == (16, passages)

    a, b = (load_settings(tmp_path / home, encoder=ENCODER[1]) for home in ("a", "b"))
    tag = next(one for one in answers.waiting(a, access_classes=EVERY_CLASS) if one.tag).id
    answers.judge(a, "reject", [tag], "person:Ana", access_classes=EVERY_CLASS)
    assert [one.judgement.action for one in answers.history(b, tag, access_classes=EVERY_CLASS)] == ["reject"]

    again, said = report(worker("b", "--from", "index"))
    assert again["indexed"] == PAPERS
    assert f"of {reports[0]['indexed']} documents this home does not have what was read" in said
    assert bad(ask("b", "doctor")) == []
    assert ask("a", "search", "", "--mode", "text").json["passages"] == passages


@pytest.mark.long
def test_what_a_killed_worker_left_another_takes_in(in_cluster, worker, ask, tmp_path):
    killed, other = worker("a"), worker("b")
    end = time.monotonic() + 300
    while not list((tmp_path / "a" / "blobs").glob("??")) and time.monotonic() < end:
        time.sleep(0.05)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    found, _ = report(other)
    assert found["failed"] == 0
    assert bad(ask("b", "doctor")) == []
    assert ask("b", "search", "", "--mode", "text").json["documents"] == 16
    assert report(worker("a"))[0]["unchanged"] == PAPERS
