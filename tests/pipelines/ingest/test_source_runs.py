"""Runs over a configured source that lists what a dictionary holds, or tells what changed in it."""

import datetime as dt
from contextlib import closing
from dataclasses import replace

import pytest

from configs.sources import Deletions, FeedConfig
from extractors.document import document_id
from index.filters import EVERY_CLASS
from pipelines.ingest import source_ledger, source_state
from pipelines.ingest.deletion import MassDeletionError
from pipelines.ingest.plan import Selection
from pipelines.ingest.report import RunStoppedError
from pipelines.ingest.run import Run
from pipelines.ingest.source_runs import run_source
from pipelines.runs.failures import accept_failure, failures
from pipelines.runs.history import run_details
from pipelines.sources.connectors.contract import ItemError, ListingProblem, SourceAwayError, UnstableItemError
from pipelines.stages import versions
from pipelines.storage.opening import open_storage
from tests import answers
from tests.answers import bad, counts
from tests.shelves import MORE, NAME, ROOT, Feed, Shelf, archive, paper


@pytest.fixture
def shelf():
    return Shelf({f"{number:02}.txt": paper(number) for number in range(4)})


@pytest.fixture
def run(warm, settings):
    def run_it(shelf, *, policy="withdraw", grace_days=30, only=None, force=False, allow=False, **config):
        deletions = Deletions(policy=policy, grace_days=grace_days)
        source = FeedConfig(name=NAME, kind="feed", url=ROOT, deletions=deletions, **config)
        selection = Selection(only=only, force=force)
        shelf.opened.clear()
        report = run_source(settings, source, selection=selection, allow_mass_deletion=allow, connector=shelf)
        assert report.found == report.indexed + report.unchanged + report.duplicate + report.failed
        assert not list((settings.home / "tmp").glob("items/*"))
        return report

    return run_it


@pytest.fixture
def register(settings):
    def read():
        with closing(open_storage(settings).open_register(write=False)) as opened:
            return opened.items(NAME)

    return read


@pytest.fixture
def events(settings):
    """A function that returns what happened to an item, the first thing first."""

    def read(item):
        with closing(open_storage(settings).open_register(write=False)) as opened:
            return [one.event for one in reversed(opened.history(NAME, item))]

    return read


def found(settings, word):
    hits = answers.search(settings, word, mode="text", limit=100, access_classes=EVERY_CLASS)["hits"]
    return sorted(hit["document"]["source"].removeprefix(ROOT) for hit in hits)


def shown(settings, source, access_classes=EVERY_CLASS):
    return answers.show(settings, source, access_classes=access_classes)


class TestKilled:
    """The process ends after the documents are in the ledger and before their items are known to be done."""

    @pytest.fixture
    def killed(self, warm, settings, monkeypatch):
        """A function that runs a source and ends as a killed process would."""

        class Killed(BaseException):
            pass

        def end(*_):
            raise Killed

        def run_it(shelf, owner=source_ledger.SourceLedger, method="_note_opened"):
            with monkeypatch.context() as patched:
                patched.setattr(owner, method, end)
                with pytest.raises(Killed):
                    run_source(settings, FeedConfig(name=NAME, kind="feed", url=ROOT), connector=shelf)

        return run_it

    @pytest.mark.parametrize("kind", [Shelf, Feed])
    def test_what_the_source_loses_before_the_next_run_goes(self, settings, run, killed, register, events, kind):
        shelf = kind({f"{number:02}.txt": paper(number) for number in range(4)})
        run(shelf)
        shelf.items["new.txt"] = paper(9)
        if kind is Feed:
            shelf.log.append(("new.txt", True))
        killed(shelf)
        assert found(settings, "zpaper9") == ["new.txt"]
        del shelf.items["new.txt"]
        if kind is Feed:
            shelf.log.append(("new.txt", False))
        run(shelf, policy="delete", allow=True)
        assert found(settings, "zpaper9") == []
        assert "new.txt" not in register()
        assert events("new.txt") == ["new", "deleted"]
        assert bad(settings) == {}

    def test_so_does_a_new_file_of_an_archive(self, settings, shelf, run, killed):
        shelf.items["all.zip"] = archive(a=paper(7))
        run(shelf)
        shelf.items["all.zip"] = archive(a=paper(7), b=paper(8))
        killed(shelf)
        assert len(found(settings, "zpaper8")) == 1
        shelf.items["all.zip"] = archive(a=paper(7))
        run(shelf, policy="delete", allow=True)
        assert found(settings, "zpaper8") == []
        assert bad(settings) == {}

    def test_what_stays_is_taken_in_by_the_next_run(self, settings, shelf, run, killed, events):
        killed(shelf)
        assert counts(run(shelf), "found", "unchanged") == (4, 4)
        assert events("03.txt") == ["new"]
        run(shelf)
        assert shelf.opened == []
        assert bad(settings) == {}

    def test_what_never_came_into_the_ledger_is_new_once(self, settings, shelf, run, killed, events):
        killed(shelf, Run, "work")
        assert counts(run(shelf), "found", "indexed") == (4, 4)
        assert events("03.txt") == ["new"]
        assert bad(settings) == {}


class TestWhatIsThere:
    def test_it_is_ingested_once_and_opened_once(self, settings, shelf, run, register, events):
        report = run(shelf)
        assert counts(report, "found", "indexed", "failed") == (4, 4, 0)
        assert found(settings, "zpaper3") == ["03.txt"]
        assert shelf.is_closed
        again = run(shelf)
        assert counts(again, "found", "unchanged") == (4, 4)
        assert shelf.opened == []
        assert register()["03.txt"].documents == (document_id(f"{ROOT}03.txt"),)
        assert events("03.txt") == ["new"]
        assert bad(settings) == {}

    def test_a_changed_item_alone_is_opened(self, settings, shelf, run, events):
        run(shelf)
        shelf.items["03.txt"] = paper(3, edition=1)
        assert counts(run(shelf), "indexed", "unchanged") == (1, 3)
        assert shelf.opened == ["03.txt"]
        assert found(settings, "zedition1") == ["03.txt"]
        assert events("03.txt") == ["new", "changed"]

    def test_without_fingerprints_everything_is_opened_and_nothing_read_again(self, shelf, run, events):
        shelf.has_fingerprints = False
        run(shelf)
        assert counts(run(shelf), "indexed", "unchanged") == (0, 4)
        assert len(shelf.opened) == 4
        assert events("03.txt") == ["new"]

    def test_batches_are_small_on_the_disk(self, settings, warm, shelf):
        small = settings.model_copy(update={"batch_documents": 2})
        most = []
        opening = shelf.open
        shelf.open = lambda item: most.append(len(list(settings.home.glob("tmp/items/*")))) or opening(item)
        config = FeedConfig(name=NAME, kind="feed", url=ROOT)
        assert run_source(small, config, connector=shelf).indexed == 4
        assert max(most) == 1

    def test_an_archive_is_looked_through_as_one_that_lies_here(self, settings, shelf, run, register):
        shelf.items = {"all.zip": archive(one=paper(1), two=paper(2))}
        assert counts(run(shelf), "found", "indexed") == (2, 2)
        assert found(settings, "zpaper2") == [f"zip://two.txt::{ROOT}all.zip"]
        assert len(register()["all.zip"].documents) == 2
        assert counts(run(shelf), "found", "unchanged") == (2, 2)

    def test_what_the_source_says_of_an_item_is_its_sidecar(self, settings, shelf, run):
        shelf.sidecars["01.txt"] = {"title": "Agenda of the 3rd Session", "date": "2019-05-03"}
        run(shelf)
        assert shown(settings, f"{ROOT}01.txt")["title"] == "Agenda of the 3rd Session"
        shelf.sidecars["01.txt"] = {"title": "Report of the 3rd Session"}
        assert run(shelf).indexed == 1
        assert shown(settings, f"{ROOT}01.txt")["title"] == "Report of the 3rd Session"

    def test_body_and_access_hold_for_documents_that_do_not_say_themselves(self, settings, shelf, run):
        shelf.sidecars["01.txt"] = {"access": "restricted"}
        run(shelf, body="ptc", access="members")
        assert [shown(settings, f"{ROOT}0{n}.txt")["access"] for n in (1, 2)] == ["restricted", "members"]
        assert shown(settings, f"{ROOT}02.txt")["body"] == "ptc"
        assert run(shelf, body="ptc", access="members").unchanged == 4
        assert run(shelf, access="members").indexed == 4  # what was said of them is not what is said now
        assert shown(settings, f"{ROOT}02.txt")["body"] is None

    def test_what_another_version_of_a_stage_made_is_made_again_and_all_by_force(self, shelf, run, monkeypatch):
        run(shelf)
        monkeypatch.setitem(versions.CODE_VERSIONS, "tag", "0")
        assert run(shelf).indexed == 4
        assert counts(run(shelf), "indexed", "unchanged") == (0, 4)
        assert counts(run(shelf, force=True), "found", "indexed") == (4, 4)

    @pytest.mark.parametrize("harm", ["lost by the index", "lost by the ledger", "of another version"])
    def test_one_that_is_not_as_the_many_before_it_is_found(self, settings, shelf, run, monkeypatch, harm):
        monkeypatch.setattr(source_state, "_AT_ONCE", 2)
        run(shelf)
        name, storage = document_id(f"{ROOT}03.txt"), open_storage(settings)
        engine = storage.open_engine(None, write=True)
        with closing(engine), closing(storage.open_ledger(write=True)) as ledger:
            entry = ledger.entry(name)
            if harm == "lost by the index":
                engine.remove(name)
            elif harm == "lost by the ledger":
                ledger.remove([name])
            else:
                ledger.write(replace(entry, versions=entry.versions | {"index": "0"}))
        assert counts(run(shelf), "indexed", "unchanged") == (1, 3)
        assert shelf.opened == ["03.txt"]
        assert counts(run(shelf), "indexed", "unchanged") == (0, 4)
        assert bad(settings) == {}


class TestFailures:
    def test_an_item_that_fails_is_tried_again_until_it_is_in_quarantine(self, shelf, run, register):
        shelf.faults["03.txt"] = ItemError("03.txt: the server answers 423 Locked", "ask who locked it")
        for attempt in (1, 2, 3):
            report = run(shelf)
            assert counts(report, "failed", "indexed") == (1, 3 if attempt == 1 else 0)
            assert "423 Locked" in report.failures[0].error
            assert shelf.opened.count("03.txt") == 1
            assert register()["03.txt"].failed == attempt
        assert counts(run(shelf), "failed", "unchanged") == (1, 3)
        assert shelf.opened == []
        shelf.faults.clear()
        assert run(shelf).failed == 1
        assert counts(run(shelf, only="failed"), "found", "indexed") == (1, 1)
        assert register()["03.txt"].failed == 0
        assert run(shelf).unchanged == 4

    def test_a_document_in_quarantine_is_read_when_it_changes(self, shelf, run):
        shelf.items["03.txt"] = b"%PDF-1.7 broken"
        for is_opened in (True, True, True, False):
            assert run(shelf).failed == 1
            assert ("03.txt" in shelf.opened) == is_opened
        shelf.items["03.txt"] = paper(3)
        assert counts(run(shelf), "failed", "indexed") == (0, 1)

    @pytest.mark.parametrize("runs", [1, 3])
    def test_an_accepted_failure_is_unchanged_until_its_bytes_change(self, settings, shelf, run, register, runs):
        shelf.items["03.txt"] = b"%PDF-1.7 broken"
        for _ in range(runs):
            assert run(shelf).failed == 1
        name = f"{ROOT}03.txt"
        accepted = accept_failure(settings, name, "ana").accepted
        assert accepted.by == "ana"
        for force in (False, True, False):
            done = counts(run(shelf, force=force), "failed", "unchanged", "indexed")
            assert done == ((0, 1, 3) if force else (0, 4, 0))
        assert register()["03.txt"].failed == 0
        assert [one.accepted for one in failures(settings)] == [accepted]
        assert run(shelf, only="failed").found == 0
        accept_failure(settings, name, "ana", undo=True)
        assert run(shelf).failed == 1
        accept_failure(settings, name, "ana")
        shelf.items["03.txt"] = b"%PDF-1.7 broken otherwise"
        assert run(shelf).failed == 1
        assert [one.accepted for one in failures(settings)] == [None]

    def test_an_item_that_is_being_changed_is_left_for_the_next_run(self, settings, shelf, run, register):
        run(shelf)
        shelf.faults["03.txt"] = UnstableItemError("03.txt: was changed since it was listed")
        shelf.items["03.txt"] = paper(3, edition=1)
        report = run(shelf)
        assert counts(report, "failed", "unchanged") == (1, 3)
        assert found(settings, "zpaper3") == ["03.txt"]
        assert register()["03.txt"].failed == 0
        shelf.faults.clear()
        assert counts(run(shelf), "failed", "indexed") == (0, 1)
        assert found(settings, "zedition1") == ["03.txt"]

    def test_a_copy_of_another_size_is_not_taken(self, shelf, run):
        whole = shelf.items["03.txt"]
        listed = shelf.item("03.txt")
        shelf.item = lambda name, item=shelf.item: listed if name == "03.txt" else item(name)
        shelf.items["03.txt"] = whole[:20]
        report = run(shelf)
        assert counts(report, "failed", "indexed") == (1, 3)
        assert "it is being changed" in report.failures[0].error
        shelf.items["03.txt"] = whole
        assert counts(run(shelf), "failed", "indexed") == (0, 1)

    def test_a_source_that_goes_away_keeps_what_was_done_and_loses_nothing(self, settings, shelf, run):
        run(shelf)
        shelf.items |= {f"{number}.txt": paper(number) for number in range(12, 20)}
        shelf.page, shelf.away_after = 2, 6
        with pytest.raises(RunStoppedError, match="does not answer") as stopped:
            run(shelf, policy="delete")
        assert counts(stopped.value.report, "indexed", "unchanged", "deleted") == (2, 4, 0)
        shelf.away_after = None
        assert counts(run(shelf), "indexed", "unchanged") == (6, 6)
        assert bad(settings) == {}

    def test_an_item_during_which_the_source_goes_away_is_listed_as_left(self, shelf, run):
        shelf.faults["02.txt"] = SourceAwayError("the share is gone", "mount it")
        with pytest.raises(RunStoppedError, match="the share is gone") as stopped:
            run(shelf)
        assert counts(stopped.value.report, "indexed", "failed") == (2, 2)
        shelf.faults.clear()
        assert counts(run(shelf), "indexed", "unchanged") == (2, 2)

    def test_only_leaves_what_is_new_to_another_run(self, shelf, run, caplog):
        run(shelf)
        shelf.items["new.txt"] = paper(77)
        del shelf.items["01.txt"]
        shelf.items["02.txt"] = paper(2, edition=1)
        assert counts(run(shelf, only="changed"), "found", "indexed", "withdrawn") == (1, 1, 0)
        assert "1 items were never ingested" in caplog.text
        assert counts(run(shelf), "indexed", "unchanged", "withdrawn") == (1, 3, 1)


class TestChanges:
    @pytest.fixture
    def feed(self):
        return Feed({f"{number:02}.txt": paper(number) for number in range(4)})

    def test_what_changed_alone_is_told_and_counted_with_the_rest(self, settings, feed, run):
        run(feed)
        feed.put("12.txt", paper(12))
        feed.put("03.txt", paper(3, edition=1))
        feed.take("02.txt")
        assert counts(run(feed), "found", "indexed", "unchanged", "withdrawn") == (4, 2, 2, 1)
        assert feed.asked == [None, "0"]
        assert counts(run(feed), "found", "unchanged", "withdrawn") == (4, 4, 1)
        assert feed.asked[-1] == "3"

    def test_a_cursor_that_expired_is_made_good_by_a_listing(self, feed, run):
        run(feed)
        feed.take("02.txt")
        feed.expired = True
        assert counts(run(feed), "found", "unchanged", "withdrawn") == (3, 3, 1)
        assert feed.asked == [None, "0", None]

    def test_a_cursor_of_other_settings_does_not_count(self, feed, run):
        run(feed)
        run(feed, include=("**/*.pdf",))
        run(feed, include=("**/*.pdf",), access="members")
        assert feed.asked == [None, None, None]  # the last, since all documents are made again

    def test_a_failure_is_tried_again_though_the_source_does_not_tell_it_twice(self, feed, run):
        run(feed)
        feed.put("12.txt", paper(12))
        feed.faults["12.txt"] = ItemError("12.txt: 403")
        assert run(feed).failed == 1
        feed.faults.clear()
        assert counts(run(feed), "indexed", "failed") == (1, 0)
        assert feed.asked == [None, "0", "1"]

    def test_a_refused_deletion_is_told_again(self, feed, run):
        feed.items |= MORE
        run(feed)
        for number in range(7):
            feed.take(f"{number:02}.txt")
        for _ in range(2):
            with pytest.raises(MassDeletionError, match="7 of 12 documents are missing"):
                run(feed)
        assert counts(run(feed, allow=True), "found", "withdrawn") == (5, 7)


class TestWhatIsGone:
    def test_it_is_withdrawn_then_deleted(self, settings, shelf, run, events, monkeypatch):
        run(shelf)
        del shelf.items["03.txt"]
        assert counts(run(shelf), "found", "withdrawn", "deleted") == (3, 1, 0)
        assert counts(run(shelf), "found", "withdrawn", "deleted") == (3, 1, 0)
        assert found(settings, "zpaper3") == ["03.txt"]
        monkeypatch.setattr(source_ledger, "_now", lambda: dt.datetime.now(dt.UTC) + dt.timedelta(days=31))
        assert counts(run(shelf), "found", "withdrawn", "deleted") == (3, 0, 1)
        assert found(settings, "zpaper3") == []
        assert events("03.txt") == ["new", "withdrawn", "deleted"]
        assert bad(settings) == {}

    def test_back_within_the_grace_it_is_not_read_again(self, settings, shelf, run, events):
        run(shelf)
        content = shelf.items.pop("03.txt")
        run(shelf)
        shelf.items["03.txt"] = content
        assert counts(run(shelf), "unchanged", "withdrawn") == (4, 0)
        assert shelf.opened == []
        assert events("03.txt") == ["new", "withdrawn", "restored"]

    def test_back_later_it_is_new_with_its_history(self, settings, shelf, run, events):
        run(shelf)
        content = shelf.items.pop("03.txt")
        assert run(shelf, policy="delete").deleted == 1
        shelf.items["03.txt"] = content
        assert counts(run(shelf), "indexed", "unchanged") == (1, 3)
        assert events("03.txt") == ["new", "deleted", "new"]

    def test_it_is_kept_where_the_policy_says_so(self, settings, shelf, run, caplog):
        run(shelf)
        shelf.items.clear()
        assert counts(run(shelf, policy="keep"), "found", "withdrawn", "deleted", "kept") == (0, 0, 0, 0)
        assert "lists nothing, and 4 items of it are known" in caplog.text
        assert found(settings, "zpaper3") == ["03.txt"]

    @pytest.mark.parametrize("policy", ["withdraw", "delete"])
    @pytest.mark.parametrize("missing", [7, 12])
    def test_too_much_at_once_is_left_and_the_rest_of_the_run_done(self, settings, shelf, run, policy, missing):
        shelf.items |= MORE
        run(shelf)
        for number in range(missing):
            del shelf.items[f"{number:02}.txt"]
        shelf.items["new.txt"] = paper(77)
        with pytest.raises(MassDeletionError, match="--allow-mass-deletion") as refused:
            run(shelf, policy=policy)
        assert counts(refused.value.report, "indexed", "withdrawn", "deleted", "kept") == (1, 0, 0, missing)
        assert len(found(settings, "window")) == 13
        report = run(shelf, policy=policy, allow=True)
        assert (report.withdrawn, report.deleted) == ((missing, 0) if policy == "withdraw" else (0, missing))

    def test_a_listing_with_problems_deletes_nothing_where_they_are(self, settings, shelf, run):
        shelf.items["locked/1.txt"] = paper(50)
        run(shelf)
        del shelf.items["03.txt"], shelf.items["locked/1.txt"]
        shelf.problems = (ListingProblem(place="locked", reason="403", within="locked"),)
        report = run(shelf, policy="delete")
        assert counts(report, "deleted", "failed") == (1, 1)
        shelf.problems = (ListingProblem(place="papers", reason="403"),)
        assert counts(run(shelf, policy="delete"), "deleted", "failed") == (0, 1)
        shelf.problems = ()
        assert counts(run(shelf, policy="delete"), "deleted", "failed") == (1, 0)

    @pytest.mark.parametrize("policy", ["withdraw", "delete"])
    def test_what_could_never_be_ingested_is_no_document_that_is_deleted(self, settings, shelf, run, register, policy):
        shelf.items |= {"empty.txt": b"", "broken.pdf": b"%PDF-1.7\n" + b"no paper at all " * 50}
        assert run(shelf).failed == 2
        del shelf.items["empty.txt"], shelf.items["broken.pdf"]
        report = run(shelf, policy=policy)
        assert counts(report, "unchanged", "failed", "withdrawn", "deleted") == (4, 0, 0, 0)
        assert register().keys() == {f"{number:02}.txt" for number in range(4)}
        assert [row.outcome for row in run_details(settings, report.run).documents] == []

    def test_a_clock_that_was_set_back_deletes_nothing(self, settings, shelf, run, register, monkeypatch):
        run(shelf)
        del shelf.items["03.txt"]
        with monkeypatch.context() as patch:
            patch.setattr(source_ledger, "_now", lambda: dt.datetime.now(dt.UTC) + dt.timedelta(days=400))
            run(shelf)
        assert counts(run(shelf), "withdrawn", "deleted") == (1, 0)
        assert register()["03.txt"].withdrawn <= dt.datetime.now(dt.UTC)

    def test_what_was_moved_is_not_missing(self, settings, shelf, run):
        run(shelf)
        for number in range(4):
            shelf.items[f"moved/{number}.txt"] = shelf.items.pop(f"{number:02}.txt")
        report = run(shelf)
        assert counts(report, "found", "indexed", "deleted", "withdrawn", "kept") == (4, 4, 4, 0, 0)
        assert found(settings, "zpaper3") == ["moved/3.txt"]
        assert counts(run(shelf), "found", "unchanged") == (4, 4)
        assert bad(settings) == {}

    def test_an_item_that_lies_elsewhere_is_another_document(self, settings, shelf, run):
        run(shelf)
        shelf.uris["03.txt"] = f"{ROOT}elsewhere/03.txt"
        assert counts(run(shelf), "found", "indexed", "deleted", "withdrawn") == (4, 1, 1, 0)
        assert found(settings, "zpaper3") == ["elsewhere/03.txt"]
        assert bad(settings) == {}

    def test_a_document_under_another_id_is_not_gone(self, settings, shelf, run):
        run(shelf)
        shelf.items["again"] = shelf.items.pop("03.txt")
        shelf.uris["again"] = f"{ROOT}03.txt"
        assert counts(run(shelf), "found", "unchanged", "withdrawn", "deleted") == (4, 4, 0, 0)
        assert bad(settings) == {}

    def test_a_member_that_vanished_is_withdrawn_and_restored(self, settings, shelf, run):
        whole = archive(**{f"n{number}": paper(number) for number in range(5)})
        shelf.items = {"all.zip": whole}
        run(shelf)
        shelf.items["all.zip"] = archive(**{f"n{number}": paper(number) for number in range(4)})
        assert counts(run(shelf), "found", "withdrawn") == (4, 1)
        assert len(found(settings, "zpaper4")) == 1
        shelf.items["all.zip"] = whole
        assert counts(run(shelf), "found", "unchanged", "withdrawn") == (5, 5, 0)
        shelf.items["all.zip"] = archive(**{f"n{number}": paper(number) for number in range(4)})
        assert counts(run(shelf, policy="delete"), "found", "deleted") == (4, 1)
        assert bad(settings) == {}

    def test_a_container_that_cannot_be_opened_has_lost_nothing(self, settings, shelf, run):
        shelf.items = {"all.zip": archive(one=paper(1), two=paper(2))}
        run(shelf)
        whole, shelf.items["all.zip"] = shelf.items["all.zip"], b"PK\3\4 broken"
        assert counts(run(shelf, policy="delete"), "failed", "deleted") == (1, 0)
        assert len(found(settings, "window")) == 2
        shelf.items["all.zip"] = whole
        assert counts(run(shelf, policy="delete"), "found", "failed", "unchanged", "deleted") == (2, 0, 2, 0)

    def test_the_other_of_two_with_the_same_bytes_takes_the_place(self, settings, shelf, run):
        shelf.items["copy.txt"] = shelf.items["03.txt"]
        shelf.sidecars["copy.txt"] = {"title": "The copy"}
        assert counts(run(shelf, access="members"), "indexed", "duplicate") == (4, 1)
        del shelf.items["03.txt"]
        report = run(shelf, policy="delete", access="members")
        assert counts(report, "found", "indexed", "unchanged", "duplicate", "deleted") == (4, 1, 3, 0, 1)
        assert found(settings, "zpaper3") == ["copy.txt"]
        assert shown(settings, f"{ROOT}copy.txt")["access"] == "members"
        assert bad(settings) == {}
