"""What `ingest` prints of what others log."""

import logging

import pytest
from prefect._internal.concurrency import services

from pipelines.ingest import runs
from portal.cli.ingest import is_of_prefect


@pytest.mark.parametrize(
    ("name", "module", "theirs"),
    [("EventsWorker", services, True), ("prefect.flow_runs", runs, True), ("pipelines.ingest.runs", runs, False)],
)
def test_what_prefect_says_is_told_from_our_own_words(name, module, theirs):
    record = logging.LogRecord(name, logging.WARNING, module.__file__, 1, "Still processing items", (), None)
    assert is_of_prefect(record) is theirs
