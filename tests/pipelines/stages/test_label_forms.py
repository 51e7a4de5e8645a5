"""Data that follow from others are derived once, and again where what was kept is no good."""

import types
from unittest.mock import Mock

import pytest

from pipelines.stages.label_forms import key_of, load_or_derive

FORMS = {"guichet unique": [1, 2], "окно": [3], "\udc80": []}


@pytest.fixture
def derive():
    return Mock(return_value=FORMS)


def test_data_are_derived_once(tmp_path, derive):
    assert [load_or_derive(tmp_path, "forms", "a1", derive) for _ in range(3)] == [FORMS] * 3
    assert derive.call_count == 1


def test_another_key_and_another_name_are_derived_for_themselves(tmp_path, derive):
    for name, key in (("forms", "a1"), ("forms", "b2"), ("names", "a1")):
        load_or_derive(tmp_path, name, key, derive)
    assert derive.call_count == 3


@pytest.mark.parametrize("damage", ["empty", "cut", "changed", "folder"])
def test_a_damaged_file_is_derived_again(tmp_path, derive, damage):
    load_or_derive(tmp_path, "forms", "a1", derive)
    (file,) = (tmp_path / "derived").iterdir()
    content = file.read_bytes()
    if damage == "folder":
        file.unlink()
        file.mkdir()
    else:
        file.write_bytes({"empty": b"", "cut": content[:-9], "changed": content.replace(b"[1,2]", b"[1,3]")}[damage])
    assert load_or_derive(tmp_path, "forms", "a1", derive) == FORMS
    assert derive.call_count == 2
    if damage != "folder":
        assert file.read_bytes() == content


def test_a_cache_that_is_a_file_costs_time_alone(tmp_path, derive):
    (tmp_path / "cache").touch()
    assert [load_or_derive(tmp_path / "cache", "forms", "a1", derive) for _ in range(2)] == [FORMS] * 2


def test_a_key_changes_with_the_data_and_with_the_code(tmp_path):
    module = types.ModuleType("made")
    module.__file__ = str(tmp_path / "made.py")
    keys = set()
    for code, fingerprint in (("a = 1", "1"), ("a = 2", "1"), ("a = 2", "2")):
        (tmp_path / "made.py").write_text(code)
        keys.add(key_of(fingerprint, module))
    assert len(keys) == 3
