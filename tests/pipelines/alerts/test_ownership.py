"""Whose a saved search is: stored with it on both engines, and asked before it is shown or changed."""

import datetime as dt
import json
import sqlite3
from contextlib import closing

import pytest

from configs.errors import UsageError
from index.elastic.client import connect
from index.filters import EVERY_CLASS
from pipelines.access.keys import LOCAL, Reader
from pipelines.alerts.check import save_search
from pipelines.alerts.ownership import may_change, may_see, owner_of
from pipelines.storage.elastic_searches import ClusterSearches
from pipelines.storage.saved_searches import LocalSearches, SavedSearch
from pipelines.workspace import SEARCHES

PLACES = ["embedded", pytest.param("elasticsearch", marks=pytest.mark.elasticsearch)]
AT = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
OF_HOME = SavedSearch(name="windows", query="window", mode="text", saved=AT, seen=AT, look=0)
OF_ANA = OF_HOME.model_copy(update={"name": "ana/windows", "owner": "ana"})


def key(name, role="reviewer"):
    return Reader(name=name, role=role, access_classes=frozenset())


@pytest.mark.parametrize(
    ("reader", "search", "sees", "changes"),
    [
        (key("ana"), OF_ANA, True, True),
        (key("bo"), OF_ANA, False, False),
        (key("boss", "admin"), OF_ANA, True, True),
        (LOCAL, OF_ANA, True, True),
        (key("ana"), OF_HOME, True, False),
        (key("boss", "admin"), OF_HOME, True, True),
        (LOCAL, OF_HOME, True, True),
    ],
)
def test_who_sees_and_changes_a_search(reader, search, sees, changes):
    assert (may_see(reader, search), may_change(reader, search)) == (sees, changes)


def test_what_is_saved_without_a_key_is_of_the_home():
    assert (owner_of(LOCAL), owner_of(key("ana"))) == (None, "ana")
    assert (OF_HOME.short_name, OF_ANA.short_name) == ("windows", "windows")


@pytest.fixture(params=PLACES)
def opened(request, tmp_path):
    """Open the store as several programs do."""
    stores = []

    def open_one():
        local = request.param == "embedded"
        stores.append(LocalSearches(tmp_path) if local else ClusterSearches(request.getfixturevalue("cluster")))
        return stores[-1]

    yield open_one
    for store in stores:
        store.close()


def test_the_same_name_of_two_owners_is_two_searches(opened):
    given = [OF_ANA, OF_HOME.model_copy(update={"name": "bo/windows", "owner": "bo"}), OF_HOME]
    for one in given:
        opened().save(one, replace=False)
    opened().note_seen("ana/windows", 5, AT)
    assert opened().all() == [OF_ANA.model_copy(update={"look": 5}), *given[1:]]
    assert opened().delete("ana/windows")
    assert opened().all() == given[1:]


def test_searches_of_a_file_of_the_version_before_are_of_the_home(tmp_path):
    with closing(LocalSearches(tmp_path)) as store:
        store.save(OF_HOME, replace=False)
    with closing(sqlite3.connect(tmp_path / SEARCHES)) as file:
        row = json.dumps(OF_HOME.model_dump(mode="json", exclude={"owner"}))
        file.execute("UPDATE searches SET search = ?", (row,))
        file.execute("DROP TABLE arrivals")
        file.execute("DROP TABLE sent")
        file.execute("PRAGMA user_version = 1")
        file.commit()
    with closing(LocalSearches(tmp_path)) as store:
        assert store.all() == [OF_HOME]
        store.save(OF_ANA, replace=False)
        assert store.all() == [OF_ANA, OF_HOME]


@pytest.mark.elasticsearch
def test_an_index_of_the_version_before_takes_owners(cluster):
    with closing(ClusterSearches(cluster)) as store:
        store.save(OF_HOME, replace=False)
    at = connect(cluster)
    mapping = dict(at.client.indices.get_mapping(index=at.searches))[at.searches]["mappings"]
    del mapping["properties"]["owner"]
    row = at.client.get(index=at.searches, id="search windows")["_source"]
    at.client.indices.delete(index=at.searches)
    at.client.indices.create(index=at.searches, mappings=mapping)
    at.client.index(index=at.searches, id="search windows", document=row)
    at.client.close()
    with closing(ClusterSearches(cluster)) as store:
        store.save(OF_ANA, replace=False)
        assert store.all() == [OF_ANA, OF_HOME]


def test_a_name_that_is_too_long_with_its_owner_is_refused(settings):
    with pytest.raises(UsageError, match="too long"):
        save_search(settings, None, "ü" * 100, "window", access_classes=EVERY_CLASS, owner="ü" * 200)
