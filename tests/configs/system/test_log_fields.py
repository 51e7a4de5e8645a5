"""What log records are about."""

import logging
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest

from configs.system.log_fields import EVENTS, current_fields, log_event, log_fields


def test_fields_hold_within_their_block_and_add_to_those_around_it():
    assert current_fields() == {}
    with log_fields(run="r1"):
        with log_fields(document="d1"):
            assert current_fields() == {"run": "r1", "document": "d1"}
        assert current_fields() == {"run": "r1"}
    assert current_fields() == {}


def test_a_block_that_fails_takes_its_fields_with_it():
    with pytest.raises(ZeroDivisionError), log_fields(run="r1"):
        _ = 1 / 0
    assert current_fields() == {}


def test_a_thread_knows_them_by_a_copy_of_the_context_alone():
    with log_fields(run="r1"), ThreadPoolExecutor(1) as pool:
        assert pool.submit(current_fields).result() == {}
        assert pool.submit(copy_context().run, current_fields).result() == {"run": "r1"}


def test_an_event_bears_its_values(caplog):
    with caplog.at_level(logging.INFO, EVENTS):
        log_event("run ended", found=3)
    (record,) = caplog.records
    assert (record.name, record.message, record.fields) == (EVENTS, "run ended", {"found": 3})
