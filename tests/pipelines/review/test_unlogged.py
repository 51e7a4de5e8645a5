"""Judgements and the audit log: a line before each and one after, and what a killed process could not say."""

import json
import signal
import subprocess

import pytest

from configs.system.errors import UsageError
from index.filters import EVERY_CLASS
from pipelines.access import audit
from pipelines.maintenance import health, repair
from pipelines.review.desk import record_judgement, undo, upcoming
from pipelines.review.judge import TagChange, history
from pipelines.review.named import judge_named
from pipelines.review.unlogged import unlogged
from pipelines.search.service import reader
from tests.forked import fork_server

KILLED_WHEN_STORED = """
import os, signal, sys
from pathlib import Path
from configs.settings import load_settings
from index.filters import EVERY_CLASS
from pipelines.access import audit
from pipelines.review.desk import Desk, record_judgement, upcoming
from pipelines.review.records import ReviewRecords
from pipelines.search.service import reader
from pipelines.storage.state import State
from tests.dummy_encoder import dummy_encoders

settings = load_settings(Path(sys.argv[1]), encoder="all-MiniLM-L6-v2")
write, lines = audit._write, []

def killed(log, line, **how):
    if lines:  # the one before it is written, and the judgement is stored
        os.kill(os.getpid(), signal.SIGKILL)
    lines.append(line)
    write(log, line, **how)

audit._write = killed
with dummy_encoders(Path(sys.argv[2])), reader(settings) as engine, ReviewRecords(State(settings)) as records:
    desk = Desk(settings, engine, records, "key:ana", EVERY_CLASS)
    record_judgement(desk, upcoming(desk)[0].id, "accept")
"""


def lines(settings):
    return [json.loads(line) for line in (settings.home / "audit.jsonl").read_text().splitlines()]


def audit_finding(settings):
    (found,) = [one for one in health.checks(settings) if one.name == "audit log"]
    return found


def test_each_judgement_has_a_line_before_and_one_after_it(put, desk, settings):
    put([0.55])
    with desk("key:ana") as at:
        said = record_judgement(at, upcoming(at)[0].id, "accept")
    before, after = lines(settings)
    assert (before["intended"], before["who"], before["item"]) == (True, "key:ana", said.item)
    assert (before["act"], before["verdict"]) == ("judgement", "accept")
    assert after == {name: value for name, value in before.items() if name != "intended"} | {"at": after["at"]}
    assert before["judgement"] == said.act == said.judgement.act
    assert unlogged(settings) == ()


def test_what_a_killed_process_stored_is_listed_and_told_of_by_a_repair(put, desk, settings, dummy_cache):
    put([0.55])
    with desk("key:ana") as at:
        first = upcoming(at)[0].id
    command = fork_server().command("-c", KILLED_WHEN_STORED, str(settings.home), str(dummy_cache))
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert [one.get("intended") for one in lines(settings)] == [True]
    (found,) = unlogged(settings)
    assert (found.act, found.author, found.item) == (lines(settings)[0]["judgement"], "key:ana", first)
    finding = audit_finding(settings)
    assert (finding.ok, first in finding.detail, "by ana" in finding.detail) == (True, True, True)
    assert "--repair" in finding.remedy
    assert "audit log" in [one.name for one in repair.repair(settings) if one.done]
    assert unlogged(settings) == ()
    assert audit_finding(settings).remedy is None
    assert (lines(settings)[-1]["judgement"], lines(settings)[-1]["who"]) == (found.act, "key:ana")


def test_what_was_refused_and_what_was_taken_back_is_told_of(put, desk, settings):
    put([0.55])
    with desk("key:ana") as at:
        with pytest.raises(UsageError):
            judge_named(at, "set", [upcoming(at)[0].passage.id], theme="no-such-theme")
        record_judgement(at, upcoming(at)[0].id, "unsure")
        undo(at)
    stored = [(True, False), (False, False)]
    said = [(one.get("intended", False), one.get("refused", False)) for one in lines(settings)]
    assert said == [(True, False), (False, True), *stored, *stored]
    assert unlogged(settings) == ()


def test_judgements_from_before_the_log_begins_are_not_missed(put, desk, settings):
    put([0.55])
    with desk("key:ana") as at:
        record_judgement(at, upcoming(at)[0].id, "accept")
    (settings.home / "audit.jsonl").unlink()
    assert unlogged(settings) == ()
    audit.record(settings.home, "key:ana", "login")
    assert unlogged(settings) == ()


def test_a_line_is_not_longer_than_its_fields_may_be(settings):
    audit.record(settings.home, "key:ana", "export", what="search", query="/?q=" + "x" * 100_000)
    (line,) = lines(settings)
    assert line["query"] == f"/?q={'x' * 496}… (100004 characters)"


@pytest.mark.parametrize(
    "author", ["", " ", "person:", "person:a\nb", "person:" + "a" * 201, "customs-lens 1/1", "a\x1b"]
)
def test_an_author_is_a_name_on_a_line(put, desk, author):
    put([0.55])
    with desk(author) as at, pytest.raises(UsageError, match=r"no name.*--author"):
        record_judgement(at, upcoming(at)[0].id, "accept")


@pytest.mark.parametrize("subject", ["x" * 501, "a\nb", "a\x00b"])
def test_a_subject_is_a_name_on_a_line(put, desk, settings, subject):
    put([0.55])
    with desk("key:ana") as at:
        tag = next(one.id for one in upcoming(at, limit=20) if one.tag)
        with pytest.raises(UsageError, match="no name"):
            record_judgement(at, tag, "set", change=TagChange(subject=subject))
    with reader(settings) as engine:
        assert history(engine, access_classes=EVERY_CLASS) == ()


def test_a_key_and_a_person_of_its_name_are_two(put, desk):
    put([0.55])
    with desk("key:ana") as at:
        said = record_judgement(at, upcoming(at)[0].id, "accept")
    with desk("person:ana") as at:
        with pytest.raises(UsageError, match="no judgement of yours"):
            undo(at)
        assert [one.item for one in at.records.for_second(at.author, item=said.item)] == [said.item]
