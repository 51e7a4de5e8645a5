"""`keys`: made, listed and taken back, with a line in the audit log for each, also for what was refused."""

import json

import pytest


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def keys(cli, home):
    """A function that runs `keys` on the home."""
    return lambda *arguments: cli("keys", *arguments, "--home", home)


def audited(home):
    return [json.loads(line) for line in (home / "audit.jsonl").read_text(encoding="utf-8").splitlines()]


def test_a_key_is_made_listed_and_taken_back(keys, home):
    made = json.loads(keys("add", "sso", "--role", "reviewer", "--names-from", "X-Forwarded-User", "--json").out)
    assert made.pop("key").startswith("cl_")
    assert json.loads(keys("list", "--json").out) == {"keys": [made]}
    assert "X-Forwarded-User" in keys("list").out
    assert json.loads(keys("revoke", "sso", "--json").out) == made
    assert [(line["act"], line["name"]) for line in audited(home)] == [("key added", "sso"), ("key revoked", "sso")]
    assert audited(home)[0]["names_from"] == "X-Forwarded-User"


def test_the_header_of_names_is_listed_only_where_a_key_has_one(keys):
    keys("add", "ana")
    assert "names from" not in keys("list").out


@pytest.mark.parametrize("arguments", [("add", "ana"), ("add", "sso", "--names-from", "Cookie"), ("revoke", "nobody")])
def test_what_was_refused_is_in_the_audit_log_as_that(keys, home, arguments):
    keys("add", "ana")
    assert keys(*arguments).code == 2
    assert [line.get("refused", False) for line in audited(home)] == [False, True]


def test_who_revokes_the_last_key_is_told_that_nobody_is_let_in(keys):
    keys("add", "ana")
    keys("add", "ben")
    assert "last key" not in keys("revoke", "ana").err
    assert "keys add" in keys("revoke", "ben").err
    assert "answers nobody" in keys("list").err
    assert keys("add", "ana").code == 0


def test_without_keys_ever_the_machine_itself_reads(keys):
    assert "to everybody on it" in keys("list").err


def test_a_key_has_no_name_that_fills_pages(keys):
    assert keys("add", "a" * 201).code == 2
