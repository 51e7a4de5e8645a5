"""A home that kept its own judgements gives them to the cluster that it uses from now on."""

from contextlib import closing

import pytest

from configs.settings import load_settings
from extractors.maturity.labels import Label
from extractors.themes.annotated import ThemeLabel
from pipelines.storage.migration import take_over
from pipelines.storage.opening import open_storage

pytestmark = pytest.mark.elasticsearch


@pytest.fixture
def alone(tmp_path):
    return load_settings(tmp_path / "home")


@pytest.fixture
def shared_by_all(alone, cluster):
    return alone.model_copy(update={"index": "elasticsearch", "elasticsearch": cluster})


def label(quote):
    values = {"at": "2024-01-01T00:00:00Z", "author": "ana", "action": "accept", "tag": "t", "document": "d"}
    values |= {"model": "m", "model_version": "1", "provenance": "derived", "judged": "a", "dimension": "a"}
    return Label(quote=quote, offset=3, **values)


def of_theme(quote):
    values = {"at": "2024-01-01T00:00:00Z", "author": "ana", "action": "set", "tag": "d-0:theme:a", "document": "d"}
    return ThemeLabel(quote=quote, offset=3, theme="a", label="A", **values)


def keep(settings, name):
    labels = open_storage(settings).open_annotations(write=False)
    labels.add([label(name), of_theme(name)])
    labels.close()


def kept(settings):
    with closing(open_storage(settings).open_annotations(write=False)) as labels:
        return [one.quote for one in labels.since(0)]


def test_everything_is_taken_over_once_and_the_home_keeps_it(alone, shared_by_all, caplog):
    caplog.set_level("INFO", "pipelines")
    keep(alone, "a")
    keep(shared_by_all, "b")
    take_over(shared_by_all)
    assert kept(shared_by_all) == ["b", "b", "a", "a"]
    assert "2 judgements were taken over" in caplog.text
    keep(alone, "later")
    take_over(shared_by_all)
    assert kept(shared_by_all) == ["b", "b", "a", "a"]
    assert kept(alone) == ["a", "a", "later", "later"]


def test_a_home_with_nothing_leaves_no_trace(shared_by_all):
    take_over(shared_by_all)
    assert not shared_by_all.home.exists()
    assert kept(shared_by_all) == []
