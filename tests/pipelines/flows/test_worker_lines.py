"""What a worker logs comes out of `schedule` with its level, document and reason, in both formats."""

import logging

from configs.system.log_fields import log_fields
from pipelines.flows.worker_lines import WorkerFormatter, pass_on


def told(line):
    found = []
    pass_on(f"worker: {line}", lambda text, *, level="info", **fields: found.append((text, level, fields)))
    return found[0]


def test_a_record_keeps_its_level_its_document_and_its_reason():
    record = logging.LogRecord("events", logging.WARNING, __file__, 1, "document failed", (), None)
    record.fields = {"status": "malformed", "error": "this is no PDF"}
    record.flow_run_name = "ptc 2031"
    with log_fields(document="0f", source="file:///bad.pdf"):
        text, level, fields = told(WorkerFormatter().format(record))
    assert text == "worker: WARNING: ptc 2031: document failed: file:///bad.pdf: this is no PDF"
    assert level == "warning"
    assert fields == {
        "logger": "events",
        "message": "document failed",
        "document": "0f",
        "source": "file:///bad.pdf",
        "flow_run": "ptc 2031",
        "status": "malformed",
        "error": "this is no PDF",
    }


def test_what_is_no_record_is_told_as_it_is():
    assert told('{"level": "info", "time": "", "message": "m", "text": "t", "created": 1}') == (
        "worker: m",
        "info",
        {"message": "m"},
    )
    for line in ("Worker 'a' started!", "17", '{"level": "info"}', "{broken"):
        assert told(line) == (f"worker: {line}", "info", {})
