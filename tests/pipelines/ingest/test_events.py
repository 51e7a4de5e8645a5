"""What a run logs for programs: each event with the run and the document that it is about."""

import logging

import pytest

from configs.system.log_fields import EVENTS, current_fields


@pytest.fixture
def events(caplog):
    """A function that returns the events so far by their messages, each with what it is about."""

    class Noting(logging.Handler):
        def emit(self, record):
            message = record.message if hasattr(record, "message") else record.getMessage()
            found[message] = {**current_fields(), **record.fields}

    found = {}
    handler, logger = Noting(), logging.getLogger(EVENTS)
    logger.addHandler(handler)
    with caplog.at_level(logging.INFO, EVENTS):
        yield found
    logger.removeHandler(handler)


def test_a_run_tells_what_it_did_to_each_document(take_in, papers, events):
    (papers / "good.txt").write_text("The single window serves all agencies at the border.")
    (papers / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing")
    report = take_in()
    assert {event["run"] for event in events.values()} == {report.run}
    assert events["run planned"]["found"] == 2
    assert events["document indexed"]["source"].endswith("/good.txt")
    assert events["document indexed"]["passages"] == 1
    failure = events["document failed"]
    assert failure["source"].endswith("/broken.pdf")
    assert (failure["status"], failure["error"]) == (report.failures[0].status, report.failures[0].error)
    assert events["run ended"]["failed"] == 1
    assert current_fields() == {}


def test_what_reads_a_document_knows_which(take_in, papers, monkeypatch):
    (papers / "good.txt").write_text("The single window.")
    seen = {}

    def noting(*args, **more):
        seen.update(current_fields())
        return read_document(*args, **more)

    from pipelines.ingest import prefetch

    read_document = prefetch.read_document
    monkeypatch.setattr(prefetch, "read_document", noting)
    report = take_in()
    assert seen["run"] == report.run
    assert seen["source"].endswith("/good.txt")
