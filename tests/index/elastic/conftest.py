"""Indices of their own for each test, on a node that all tests share."""

from collections.abc import Iterator

import pytest

from index.elastic.client import connect
from index.elastic.engine import ElasticEngine
from tests.crew import Member


@pytest.fixture
def raw(cluster):
    """The client itself, to look at rows and to break them."""
    opened = connect(cluster)
    yield opened
    opened.client.close()


@pytest.fixture
def opened(cluster, identity) -> Iterator:
    """Open engines on one index; what a test leaves open is closed."""
    engines: list[ElasticEngine] = []

    def open_one(*, write=False, **more):
        worker = Member() if write else None
        given = more.pop("settings", cluster), more.pop("identity", identity)
        engines.append(ElasticEngine(*given, write=write, worker=worker, **more))
        return engines[-1]

    yield open_one
    for engine in engines:
        engine.close()
