"""A home that kept its own ledger and judgements gives them to the cluster that it uses from now on."""

import datetime as dt
from contextlib import closing

import pytest

from configs.settings import load_settings
from extractors.maturity.labels import Label
from extractors.themes.annotated import ThemeLabel
from index.filters import EVERY_CLASS
from pipelines.storage.ledger import Entry
from pipelines.storage.migration import take_over
from pipelines.storage.opening import open_storage
from pipelines.storage.tombstones import Tombstone

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
    ledger = open_storage(settings).open_ledger(write=True)
    ledger.write(Entry(id=name, source=f"file:///{name}", sha256=name, outcome="indexed", status="read", run="r"))
    ledger.close()
    labels = open_storage(settings).open_annotations(write=False)
    labels.add([label(name), of_theme(name)])
    labels.close()


def kept(settings):
    ledger, labels = (
        open_storage(settings).open_ledger(write=False),
        open_storage(settings).open_annotations(write=False),
    )
    found = [entry.id for entry in ledger.entries()], [one.quote for one in labels.since(0)]
    ledger.close()
    labels.close()
    return found


def test_everything_is_taken_over_once_and_the_home_keeps_it(alone, shared_by_all, caplog):
    caplog.set_level("INFO", "pipelines")
    keep(alone, "a")
    keep(shared_by_all, "b")
    take_over(shared_by_all)
    assert kept(shared_by_all) == (["a", "b"], ["b", "b", "a", "a"])
    assert "1 rows were taken over" in caplog.text
    assert "2 judgements were taken over" in caplog.text
    keep(alone, "later")
    take_over(shared_by_all)
    assert kept(shared_by_all) == (["a", "b"], ["b", "b", "a", "a"])
    assert kept(alone) == (["a", "later"], ["a", "a", "later", "later"])


def test_a_home_with_nothing_leaves_no_trace(shared_by_all):
    take_over(shared_by_all)
    assert not shared_by_all.home.exists()
    assert kept(shared_by_all) == ([], [])


def test_tombstones_are_taken_over(alone, shared_by_all):
    keep(alone, "a")
    left = Tombstone(id="b", key="PC0001", sha256="1", at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC), access="restricted")
    with closing(open_storage(alone).open_ledger(write=True)) as ledger:
        ledger.add_tombstone(left)
    take_over(shared_by_all)
    with closing(open_storage(shared_by_all).open_ledger(write=False)) as ledger:
        assert ledger.tombstones(["PC0001"], access_classes=EVERY_CLASS) == [left]
        assert ledger.tombstones(["PC0001"], access_classes=frozenset()) == []
