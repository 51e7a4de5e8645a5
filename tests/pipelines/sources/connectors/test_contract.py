"""What every connector has to do, whatever its kind: the contract of `pipelines.sources.connectors.contract`."""

import traceback

import pytest

from configs.system.errors import CustomsLensError
from pipelines.sources.connectors.contract import ItemError, ListingProblem, SourceAwayError
from tests.pipelines.sources.connectors.harness import content, having

ODD_NAMES = (
    *("two words.txt", "a#b.txt", "what?.txt", "100%.txt", "100%25.txt", "a+b.txt", "a;b&c=d.txt", "café.txt"),
    *("cafe\N{COMBINING ACUTE ACCENT}.txt", "\N{ARABIC LETTER ALEF}\N{RIGHT-TO-LEFT MARK}.txt", "[1] (2) {3}.txt"),
    *("it's.txt", "-n.txt", f"{'x' * 196}.txt"),
)


def read_all(connector, cursor=None):
    """Return the items by their paths, the ids that are gone, the problems, the last cursor, and if it is a listing."""
    items, gone, problems, is_listing = {}, set(), [], True
    for page in connector.changes(cursor):
        for item in page.items:
            assert item.path not in items, "an item is listed twice"
            items[item.path] = item
        gone.update(page.gone)
        problems += page.problems
        is_listing, cursor = page.is_listing, page.cursor or cursor
    return items, gone, problems, cursor, is_listing


class TestChanges:
    def test_everything_is_listed_once_with_an_id_and_a_fingerprint_and_again_with_the_same(self, harness, connect):
        paths = ["a.txt", "b.txt", *(["sub/a.txt", "sub/deeper/c.txt"] if harness.has_folders else [])]
        for path in paths:
            harness.put(path, path.encode())
        items, gone, problems, _, is_listing = read_all(connect(harness.config))
        assert set(items) == set(map(harness.path_of, paths))
        assert len({item.id for item in items.values()}) == len(paths)
        assert len({item.uri for item in items.values()}) == len(paths)
        assert all(item.fingerprint for item in items.values())
        assert connect(harness.config).check() == []
        assert connect(harness.config).ids() == {item.id for item in items.values()}
        again, *_ = read_all(connect(harness.config))
        first, second = (
            {path: (item.id, item.uri, item.fingerprint) for path, item in found.items()} for found in (items, again)
        )
        assert first == second
        assert not gone
        assert not problems
        assert is_listing == harness.lists_everything

    @pytest.mark.parametrize("harness", having("may_be_empty"), indirect=True)
    def test_a_source_that_is_empty_lists_nothing(self, harness, connect):
        items, _, problems, _, is_listing = read_all(connect(harness.config))
        assert (items, problems, is_listing) == ({}, [], harness.lists_everything)

    @pytest.mark.parametrize("harness", having("can_change"), indirect=True)
    def test_other_bytes_are_another_fingerprint_of_the_same_id(self, harness, connect):
        for path in ("a.txt", "b.txt"):
            harness.put(path, b"1234")
        first, _, _, cursor, _ = read_all(connect(harness.config))
        harness.put("a.txt", b"5678")
        again, *_ = read_all(connect(harness.config))
        (path, other) = map(harness.path_of, ("a.txt", "b.txt"))
        assert again[path].id == first[path].id
        assert again[path].fingerprint != first[path].fingerprint
        assert again[other].fingerprint == first[other].fingerprint
        since, *_ = read_all(connect(harness.config), cursor)
        assert since[path].fingerprint == again[path].fingerprint

    def test_what_is_new_comes_with_the_next_changes(self, harness, connect):
        harness.put("a.txt", b"1")
        *_, cursor, _ = read_all(connect(harness.config))
        harness.put("b.txt", b"2")
        since, *_ = read_all(connect(harness.config), cursor)
        assert harness.path_of("b.txt") in since

    def test_what_was_removed_is_gone(self, harness, connect):
        for path in ("a.txt", "b.txt"):
            harness.put(path, path.encode())
        first, _, _, cursor, _ = read_all(connect(harness.config))
        removed = first[harness.path_of("a.txt")]
        harness.remove("a.txt")
        everything, *_ = read_all(connect(harness.config))
        assert set(everything) == {harness.path_of("b.txt")}
        since, gone, problems, _, is_listing = read_all(connect(harness.config), cursor)
        assert harness.path_of("a.txt") not in since
        assert not problems
        assert is_listing or (removed.id in gone) == harness.lists_everything

    def test_a_source_that_is_away_is_no_empty_listing_and_has_a_problem_with_a_remedy(self, harness, connect):
        harness.put("a.txt", b"1")
        harness.away()
        (problem,) = connect(harness.config).check()
        assert problem.message
        assert problem.remedy
        with pytest.raises(SourceAwayError) as away:
            read_all(connect(harness.config))
        assert away.value.remedy
        assert away.value.may_pass == harness.is_served
        with pytest.raises(SourceAwayError):
            connect(harness.config).ids()

    @pytest.mark.parametrize("harness", having("has_login"), indirect=True)
    def test_wrong_credentials_are_no_empty_listing_and_a_problem_with_a_remedy(self, harness, connect):
        harness.put("a.txt", b"1")
        wrong = harness.with_wrong_login()
        (problem,) = connect(wrong).check()
        assert problem.message
        assert problem.remedy
        assert not [secret for secret in harness.secrets if secret in repr(problem)]
        with pytest.raises(SourceAwayError) as refused:
            read_all(connect(wrong))
        assert not refused.value.may_pass
        with pytest.raises(SourceAwayError):
            connect(wrong).ids()

    @pytest.mark.parametrize("harness", having("can_lock"), indirect=True)
    def test_a_part_that_cannot_be_listed_is_a_problem_of_its_own(self, harness, connect):
        harness.put("a.txt", b"1")
        harness.put("locked/b.txt", b"2")
        harness.lock("locked")
        items, gone, (problem,), _, _ = read_all(connect(harness.config))
        assert set(items) == {harness.path_of("a.txt")}
        assert not gone
        assert "locked" in problem.place
        assert problem.reason
        with pytest.raises(SourceAwayError, match="locked"):
            connect(harness.config).ids()

    @pytest.mark.parametrize("harness", having("has_folders"), indirect=True)
    def test_globs_choose_by_the_path_within_the_source(self, harness, connect):
        for path in ("a.txt", "b.md", "sub/c.txt", "sub/old/d.txt"):
            harness.put(path, path.encode())
        chosen = harness.config.model_copy(update={"include": ("**/*.txt",), "exclude": ("sub/old/**", "a.*")})
        items, *_ = read_all(connect(chosen))
        assert set(items) == {harness.path_of("sub/c.txt")}
        assert connect(chosen).ids() == {item.id for item in items.values()}


class TestOpen:
    def test_it_gives_the_bytes(self, harness, connect):
        stored = {"a.txt": b"1", "b.bin": bytes(range(256)) * 1000}
        for path, data in stored.items():
            harness.put(path, data)
        connector = connect(harness.config)
        items, *_ = read_all(connector)
        for path, data in stored.items():
            for one in (connector, connect(harness.config)):  # an item of an earlier listing is opened too
                assert content(one, items[harness.path_of(path)]) == harness.bytes_of(path, data)

    def test_an_item_that_was_removed_meanwhile_fails_alone(self, harness, connect):
        for path in ("a.txt", "b.txt"):
            harness.put(path, path.encode())
        connector = connect(harness.config)
        items, *_ = read_all(connector)
        harness.remove("a.txt")
        with pytest.raises(ItemError):
            content(connector, items[harness.path_of("a.txt")])
        assert content(connector, items[harness.path_of("b.txt")]) == harness.bytes_of("b.txt", b"b.txt")

    def test_a_source_that_is_away_is_no_failure_of_an_item(self, harness, connect):
        harness.put("a.txt", b"1")
        items, *_ = read_all(connect(harness.config))
        harness.away()
        with pytest.raises(SourceAwayError):
            content(connect(harness.config), items[harness.path_of("a.txt")])

    def test_odd_names(self, harness, connect):
        names = [name for name in ODD_NAMES if name not in harness.odd_names]
        for number, name in enumerate(names):
            harness.put(name, f"{number} {name}".encode())
        connector = connect(harness.config)
        items, *_ = read_all(connector)
        assert set(items) == set(map(harness.path_of, names))
        for number, name in enumerate(names):
            stored = f"{number} {name}".encode()
            assert content(connector, items[harness.path_of(name)]) == harness.bytes_of(name, stored)


class TestSidecars:
    @pytest.mark.parametrize("harness", having("has_sidecars"), indirect=True)
    def test_its_fields_come_with_the_item_and_it_is_no_item(self, harness, connect):
        harness.put("a.txt", b"1", {"title": "Report", "sessions": [12]})
        harness.put("b.txt", b"2")
        items, *_ = read_all(connect(harness.config))
        assert set(items) == {harness.path_of("a.txt"), harness.path_of("b.txt")}
        fields = items[harness.path_of("a.txt")].sidecar
        assert (fields["title"], fields["sessions"]) == ("Report", [12])
        assert "title" not in items[harness.path_of("b.txt")].sidecar

    @pytest.mark.parametrize("harness", having("has_sidecars"), indirect=True)
    def test_another_sidecar_is_another_fingerprint(self, harness, connect):
        seen = []
        for sidecar in (None, {"title": "One"}, {"title": "Two"}):
            harness.put("a.txt", b"1", sidecar)
            items, *_ = read_all(connect(harness.config))
            seen.append(items[harness.path_of("a.txt")].fingerprint)
        assert len(set(seen)) == 3


class TestSecrets:
    def test_none_shows(self, harness, connect, caplog):
        caplog.set_level("DEBUG", "pipelines")
        for path in ("a.txt", "b.txt"):
            harness.put(path, path.encode())
        connector = connect(harness.config)
        items, *rest = read_all(connector)
        said = [repr(one) for one in (connector, harness.config, items, rest)]
        said += [item.fingerprint for item in items.values()]
        harness.remove("a.txt")
        with pytest.raises(ItemError) as failed:
            content(connector, items[harness.path_of("a.txt")])
        harness.away()
        away = connect(harness.config)
        said += [said_of(failed.value), repr(away), repr(away.check())]
        with pytest.raises(SourceAwayError) as gone:
            read_all(away)
        said += [said_of(gone.value), caplog.text]
        shown = "\n".join(said)
        assert not [secret for secret in harness.secrets if secret in shown]


def said_of(error: CustomsLensError) -> str:
    """Return what an error says, its traceback and what it came from too."""
    return "".join(traceback.format_exception(error)) + repr(error)


@pytest.mark.parametrize(
    ("within", "unknown"), [(None, {"a", "a/b", "ab"}), ("", {"a", "a/b", "ab"}), ("a", {"a", "a/b"}), ("a/b", {"a/b"})]
)
def test_a_problem_leaves_unknown_what_lies_within(within, unknown):
    problem = ListingProblem(place="x", reason="refused", within=within)
    assert {item for item in ("a", "a/b", "ab") if problem.leaves_unknown(item)} == unknown
