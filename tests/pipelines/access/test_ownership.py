"""Whose a saved search is: stored with it, and asked before it is shown or changed."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.system.errors import UsageError
from index.filters import EVERY_CLASS
from pipelines.access.keys import LOCAL, AccessKey
from pipelines.access.ownership import may_change, may_see, owner_of
from pipelines.alerts.check import save_search
from pipelines.storage.saved_searches import SavedSearch, stored_name

AT = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
OF_HOME = SavedSearch(name="windows", query="window", mode="text", saved=AT, seen=AT, look=0)
OF_ANA = OF_HOME.model_copy(update={"name": "key:ana/windows", "owner": "key:ana"})
OF_PERSON = OF_HOME.model_copy(update={"name": "person:ana/windows", "owner": "person:ana"})


def key(name, role="reviewer", names_from=None):
    at = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    one = AccessKey(id=name, name=name, role=role, access=(), sha256="", created=at, names_from=names_from)
    return one if names_from else one.reader("")


def person(name):
    return key("sso", names_from="X-Forwarded-User").reader(name)


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
        (person("ana"), OF_ANA, False, False),
        (person("ana"), OF_PERSON, True, True),
        (key("ana"), OF_PERSON, False, False),
        (person("key:ana"), OF_ANA, False, False),
        (key("person:ana"), OF_PERSON, False, False),
    ],
)
def test_who_sees_and_changes_a_search(reader, search, sees, changes):
    assert (may_see(reader, search.owner), may_change(reader, search.owner)) == (sees, changes)


def test_what_is_saved_without_a_key_is_of_the_home():
    assert (owner_of(LOCAL), owner_of(key("ana")), owner_of(person("ana"))) == (None, "key:ana", "person:ana")


def test_the_name_of_a_search_is_shown_without_or_after_its_owners():
    assert {one.short_name for one in (OF_HOME, OF_ANA, OF_PERSON)} == {"windows"}
    assert [one.title for one in (OF_HOME, OF_ANA, OF_PERSON)] == ["windows", *["ana/windows"] * 2]


@given(st.text(), st.text(), st.text(), st.text())
def test_two_owners_never_share_a_stored_name(owner, name, other, other_name):
    one, another = (f"key:{owner}", name), (f"key:{other}", other_name)
    assert (stored_name(*one) == stored_name(*another)) == (one == another)


def test_a_slash_is_no_border_between_owner_and_name():
    names = {stored_name("key:rev", "x/s"), stored_name("key:rev/x", "s"), stored_name("key:rev%2Fx", "s")}
    assert len(names) == 3
    long = OF_HOME.model_copy(update={"name": stored_name("key:rev/x", "s/t"), "owner": "key:rev/x"})
    assert long.short_name == "s/t"


def test_the_same_name_of_two_owners_is_two_searches(searches):
    saved = [OF_ANA, OF_PERSON, OF_HOME]
    for one in saved:
        searches().save(one, replace=False)
    searches().note_seen("key:ana/windows", 5, AT)
    assert searches().all() == [OF_ANA.model_copy(update={"look": 5}), *saved[1:]]
    assert searches().delete("key:ana/windows")
    assert searches().all() == saved[1:]


def test_a_name_that_is_too_long_with_its_owner_is_refused(settings):
    with pytest.raises(UsageError, match="too long"):
        save_search(settings, None, "ü" * 100, "window", access_classes=EVERY_CLASS, owner="ü" * 200)
