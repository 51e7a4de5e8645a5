"""Saved searches: what came into the index since somebody looked is new, once, and nothing else is."""

import datetime as dt
import threading

import pytest

from configs.system.errors import UsageError
from index.filters import EVERY_CLASS
from pipelines.alerts import matching
from pipelines.alerts.check import delete_search, saved_searches
from pipelines.ingest.plan import Selection
from pipelines.ingest.runs import ingest
from pipelines.search.reasons import reason
from pipelines.storage.opening import open_storage
from pipelines.storage.saved_searches import SavedSearch, SentMark
from tests.answers import alerts, save_search
from tests.engines import ENGINES, settings_on

BEFORE_AN_ENGINE_IS_ASKED = pytest.mark.parametrize("_settings", ["embedded"], indirect=True)


def search(name="a", **fields):
    at = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    values = {"query": "window", "mode": "text", "saved": at, "seen": at, "look": 0}
    return SavedSearch(name=name, **(values | fields))


def test_to_ask_for_saved_searches_makes_no_file(settings):
    store = open_storage(settings).open_searches()
    assert (store.all(), store.looked_at(), store.delete("a")) == ([], {}, False)
    assert not settings.home.exists()


def test_a_search_may_be_saved_before_the_first_paper_which_is_new_for_it_then(settings, tmp_path):
    save_search(settings, "windows", "single window", access_classes=EVERY_CLASS)
    (tmp_path / "a.txt").write_text("The single window of Fiji went live in 2021.")
    ingest(settings, [str(tmp_path / "a.txt")])
    (found,) = alerts(settings, access_classes=EVERY_CLASS)
    assert len(found.hits) == 1


class TestAStore:
    """It does the same in both databases."""

    def test_a_search_comes_back_as_it_was(self, searches):
        given = [search("b", filters=("body=ptc",), look=3), search("é “a”", mode="hybrid", query="")]
        for one in given:
            searches().save(one, replace=False)
        assert searches().all() == given
        assert searches().delete("b")
        assert not searches().delete("b")
        assert searches().all() == given[1:]

    def test_a_name_is_taken_once_unless_it_is_to_be_replaced(self, searches):
        searches().save(search(), replace=False)
        with pytest.raises(UsageError, match="--replace"):
            searches().save(search(query="other"), replace=False)
        searches().save(search(query="other"), replace=True)
        assert [one.query for one in searches().all()] == ["other"]

    def test_a_document_keeps_the_number_of_the_first_look_that_came_upon_it(self, searches):
        first = searches().look(["a", "b"])
        second = searches().look(["b", "c"])
        assert first < second
        assert searches().looked_at() == {"a": first, "b": first, "c": second}

    def test_what_was_seen_later_stays(self, searches):
        store, at = searches(), dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
        store.save(search(look=1), replace=False)
        searches().note_seen("a", 3, at)
        store.note_seen("a", 2, at.replace(year=2030))
        store.note_seen("none", 2, at)
        assert [(one.look, one.seen) for one in store.all()] == [(3, at)]

    def test_a_mark_of_what_was_sent_only_rises_unless_the_search_is_another_one(self, searches):
        at = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
        mark = SentMark(target="mail", search="é “a”", saved=at, arrival=3, at=at)
        searches().note_sent(mark)
        searches().note_sent(mark.model_copy(update={"arrival": 2}))
        assert searches().sent() == [mark]
        again = mark.model_copy(update={"arrival": 1, "saved": at.replace(year=2026)})
        searches().note_sent(again)
        other = mark.model_copy(update={"target": "chat"})
        searches().note_sent(other)
        assert searches().sent() == [other, again]

    def test_a_document_keeps_the_number_and_time_of_its_arrival(self, searches):
        searches().arrive(["a"])
        first = searches().arrivals()["a"]
        searches().arrive(["a", "b"])
        searches().arrive(["a", "b"])
        assert searches().arrivals()["a"] == first
        searches().arrive(["d"])
        assert searches().arrivals()["d"].number > first.number
        assert searches().looked_at() == {}

    def test_looks_at_once_have_numbers_of_their_own(self, searches):
        numbers = []

        def look(name):
            store = searches()
            numbers.extend(store.look([f"{name}-{number}"]) for number in range(5))

        searches().look([])
        threads = [threading.Thread(target=look, args=(name,)) for name in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(set(numbers)) == len(numbers) == 20
        assert len(searches().looked_at()) == 20


@pytest.mark.slow
class TestAlerts:
    @pytest.fixture(params=ENGINES, autouse=True)
    def _settings(self, request, warm, settings, papers):
        self.settings = settings_on(request, settings.home, encoder=settings.encoder, workers=2)
        self.papers = papers
        self.put("old", "The single window of Arvenia was opened to traders in 2021.")

    def put(self, name, text):
        (self.papers / f"{name}.txt").write_text(text)
        ingest(self.settings, [str(self.papers)])

    def save(self, name="windows", query="single window", **more):
        return save_search(self.settings, name, query, access_classes=EVERY_CLASS, **more)

    def new(self, *names, **more):
        """The new files of each search, by its name."""
        found = alerts(self.settings, names, access_classes=EVERY_CLASS, **more)
        return {one.search.name: [hit.document.source.rsplit("/", 1)[-1] for hit in one.hits] for one in found}

    def test_what_came_since_the_last_look_is_new_once(self):
        self.save()
        assert self.new() == {"windows": []}
        self.put("new", "A single window of Belmora is planned.")
        self.put("other", "A tariff.")
        assert self.new(peek=True) == {"windows": ["new.txt"]}
        assert self.new() == {"windows": ["new.txt"]}
        assert self.new() == {"windows": []}

    @pytest.mark.parametrize("mode", ["text", "hybrid", "vector"])
    def test_only_papers_with_all_words_in_one_passage_are_new(self, mode):
        self.save("nonsense", "hydrogen bicycle lanes in Antarctica", mode=mode)
        self.save("origin", "customs procedures and origin", mode=mode)
        self.put("new", "The minutes of a meeting on formal proofs.")
        self.put("some", "The procedures of customs were simplified.")
        self.put("word", "The original dataset has documents.")
        self.put("all", "The origin of goods is a matter of customs procedures.")
        assert self.new() == {"nonsense": [], "origin": ["all.txt"]}

    def test_each_new_paper_says_why_it_is_new_with_a_sentence_and_where_it_stands(self):
        self.save(filters=["language=en"])
        self.put("new", "Fees are low. A single window of Belmora is planned. It will cost a lot.")
        ((hit,),) = (one.hits for one in alerts(self.settings, access_classes=EVERY_CLASS))
        assert reason(hit.why) == "word: single window"
        assert hit.why.filters == ("language=en",)
        assert hit.quote.text == "A single window of Belmora is planned."
        assert [hit.quote.text[start:end] for start, end in hit.quote.marks] in (
            ["single", "window"],
            ["single window"],
        )
        assert hit.citation == "new.txt"

    def test_what_raises_while_it_is_delivered_leaves_all_new(self):
        def broken(found):
            raise OSError(f"{len(found)} could not be written")

        self.save()
        self.put("new", "A single window of Belmora is planned.")
        with pytest.raises(OSError, match="1 could not"):
            self.new(deliver=broken)
        assert self.new() == {"windows": ["new.txt"]}

    def test_papers_far_apart_in_the_answer_are_explained_all_the_same(self, monkeypatch):
        monkeypatch.setattr(matching, "_WIDEST_GAP", 0)
        (self.papers / "middle.txt").write_text(f"Window {'and gate ' * 9} of Arvenia.")
        self.put("long", f"Window {'and gate ' * 30} of Arvenia.")
        self.save("any", "window")
        (self.papers / "last.txt").write_text(f"Window {'and gate ' * 60} of Belmora.")
        self.put("first", "Window of Belmora.")
        ((*hits,),) = (one.hits for one in alerts(self.settings, access_classes=EVERY_CLASS))
        assert [hit.quote.text.split()[-1] for hit in hits] == ["Belmora.", "…"]
        assert all(hit.passages[0].explain for hit in hits)

    def test_an_old_paper_that_is_taken_in_again_is_not_new(self):
        self.save()
        ingest(self.settings, [str(self.papers)], selection=Selection(force=True))
        assert self.new() == {"windows": []}
        (self.papers / "old.txt").rename(self.papers / "old.gone")
        ingest(self.settings, [str(self.papers)], delete_missing=True, allow_mass_deletion=True)
        (self.papers / "old.gone").rename(self.papers / "old.txt")
        ingest(self.settings, [str(self.papers)], delete_missing=True, allow_mass_deletion=True)
        self.put("old", "The single window of Arvenia was opened to carriers, too.")
        assert "old.txt" not in self.new()["windows"]

    def test_each_search_has_a_mark_of_its_own(self):
        self.save("windows")
        self.save("plans", "planned", filters=["language=en"])
        self.put("new", "A single window of Belmora is planned for the ports of the country.")
        assert self.new("plans") == {"plans": ["new.txt"]}
        self.save("late")
        assert self.new() == {"late": [], "plans": [], "windows": ["new.txt"]}

    def test_searches_are_listed_replaced_and_deleted(self):
        saved = self.save(filters=["language=en"])
        assert saved_searches(self.settings) == (saved,)
        with pytest.raises(UsageError, match="there is a saved search"):
            self.save()
        assert self.save(query="tariff", mode="hybrid", replace=True).mode == "hybrid"
        delete_search(self.settings, "windows")
        assert saved_searches(self.settings) == ()
        for act in (lambda: delete_search(self.settings, "windows"), lambda: self.new("windows")):
            with pytest.raises(UsageError, match="no saved search"):
                act()

    @BEFORE_AN_ENGINE_IS_ASKED
    @pytest.mark.parametrize(
        ("name", "query", "filters"),
        [
            ("a", '"http://bob:SECRET@host/x"', ()),
            ("a", 'tariff "https://host/x?page=2;jsessionid=SECRET"', ()),
            ("a", "tariff", ("symbol=https://host/x#access_token=SECRET",)),
            ("http://bob:SECRET@host", "tariff", ()),
        ],
    )
    def test_a_search_with_credentials_is_refused_and_told_without_them(self, name, query, filters):
        with pytest.raises(UsageError, match="credentials or a signature") as refused:
            self.save(name, query, filters=filters)
        assert "leave them out" in (refused.value.remedy or "")
        assert "SECRET" not in str(refused.value)
        assert saved_searches(self.settings) == ()

    @BEFORE_AN_ENGINE_IS_ASKED
    @pytest.mark.parametrize(
        ("name", "query", "filters"),
        [(" ", "a", ()), ("a" * 101, "a", ()), ("a", " ", ()), ("a", "year:red", ()), ("a", "", ("colour=red",))],
    )
    def test_what_cannot_be_asked_is_not_saved(self, name, query, filters):
        with pytest.raises(UsageError):
            self.save(name, query, filters=filters)
        assert saved_searches(self.settings) == ()
