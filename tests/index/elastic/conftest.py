"""Indices of their own for each test, on a node that all tests share."""

import uuid
from collections.abc import Iterator

import pytest

from configs.elasticsearch import ElasticsearchSettings
from index.elastic.client import connect
from index.elastic.engine import ElasticEngine


@pytest.fixture
def cluster(elasticsearch_url) -> Iterator[ElasticsearchSettings]:
    """How the cluster is reached; its pauses are short, and what a test leaves in it is deleted."""
    settings = ElasticsearchSettings(
        url=elasticsearch_url,
        name=f"test-{uuid.uuid4().hex[:8]}",
        backoff_seconds=0.05,
        timeout_seconds=30,
        patience_seconds=0,
    )
    yield settings
    opened = connect(settings)
    names = list(opened.client.indices.get_alias(index=f"{settings.name}-*"))
    if names:
        opened.client.indices.delete(index=names)
    opened.client.close()


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
        engine = ElasticEngine(more.pop("settings", cluster), more.pop("identity", identity), write=write, **more)
        engines.append(engine)
        return engine

    yield open_one
    for engine in engines:
        engine.close()
