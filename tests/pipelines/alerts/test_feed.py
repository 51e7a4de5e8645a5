"""The feed of saved searches: valid, with ids that stay, and only what its reader may see."""

from contextlib import closing

import feedparser
import pytest
from lxml import etree

from configs.system.errors import UsageError
from index.filters import EVERY_CLASS
from pipelines.alerts import check
from pipelines.alerts import feed as feeds
from pipelines.ingest.runs import ingest
from pipelines.search.service import SearchService
from pipelines.storage.opening import open_storage
from tests.answers import alerts, save_search

pytestmark = pytest.mark.slow
ATOM = "{http://www.w3.org/2005/Atom}"
NOBODY = frozenset()


class TestFeed:
    @pytest.fixture(autouse=True)
    def _home(self, warm, settings, papers):
        self.settings, self.papers = settings, papers
        self.put("old", "The single window of Arvenia was opened to traders in 2021.")
        self.save("windows", "window")
        self.save("plans", "planned")

    def save(self, name, query):
        save_search(self.settings, name, query, access_classes=EVERY_CLASS)

    def put(self, name, text, **sidecar):
        (self.papers / f"{name}.txt").write_text(text)
        if sidecar:
            lines = "".join(f"{field}: {value}\n" for field, value in sidecar.items())
            (self.papers / f"{name}.txt.meta.yaml").write_text(lines)
        ingest(self.settings, [str(self.papers)])

    def read(self, *names, access_classes=EVERY_CLASS, **more):
        with SearchService(self.settings) as service:
            text = feeds.feed(self.settings, service, names, access_classes=access_classes, **more)
        found = feedparser.parse(text)
        assert not found.bozo, found.get("bozo_exception")
        assert found.version == "atom10"
        for element in (etree.fromstring(text), *etree.fromstring(text).iter(f"{ATOM}entry")):
            assert all(element.find(f"{ATOM}{name}") is not None for name in ("id", "title", "updated"))
        return found

    def test_it_begins_empty_and_has_what_came_since(self):
        assert self.read().entries == []
        self.put("new", "The window of Belmora was opened.")
        self.save("late", "window")
        assert [entry.title for entry in self.read("windows").entries] == ["new.txt"]
        assert self.read("late").entries == []

    def test_the_latest_paper_comes_first_once_with_its_searches_and_why(self, monkeypatch):
        self.put("first", "The window of Castora was opened.")
        self.read()  # from now on it is known that it came
        self.put("new", "A window of Belmora is planned.")
        found = self.read(portal="https://papers.example")
        assert [entry.title for entry in found.entries] == ["new.txt", "first.txt"]
        assert sorted(tag.term for tag in found.entries[0].tags) == ["plans", "windows"]
        content = found.entries[0].content[0].value
        assert "“A window of Belmora is planned.”" in content
        assert "word: window — windows" in content
        assert "word: planned — plans" in content
        assert found.entries[0].link.startswith("https://papers.example/documents/")
        assert [entry.title for entry in self.read("plans").entries] == ["new.txt"]
        with pytest.raises(UsageError, match="no saved search"):
            self.read("none")
        monkeypatch.setattr(feeds, "MOST_PAPERS", 1)
        assert [entry.title for entry in self.read("windows").entries] == ["new.txt"]

    def test_ids_and_times_stay_and_nothing_is_used_up(self):
        self.put("new", "A window of Belmora is planned.")
        first = self.read()
        self.put("newer", "A window of Castora is planned.")
        second = self.read()
        kept = [(entry.id, entry.updated) for entry in second.entries[1:]]
        assert kept == [(entry.id, entry.updated) for entry in first.entries]
        assert first.feed.id == second.feed.id
        assert {entry.id[:9] for entry in second.entries} == {"urn:uuid:"}
        assert [len(one.hits) for one in alerts(self.settings, access_classes=EVERY_CLASS)] == [2, 2]

    def test_a_reader_gets_only_papers_of_its_access_classes(self):
        self.put("open", "A window of Castora is planned.")
        self.put("new", "A window of Belmora is planned.", access="members")
        assert len(self.read("windows", access_classes=NOBODY).entries) == 1
        assert len(self.read("windows", access_classes=frozenset({"members"})).entries) == 2

    def test_what_xml_cannot_hold_does_not_break_it(self):
        self.save("a", "window")
        saved = check.saved_searches(self.settings)[0].model_copy(update={"name": "<a & b>\uffff\x1b"})
        with closing(open_storage(self.settings).open_searches()) as store:
            store.save(saved, replace=False)  # as an earlier version did
        self.put("new", "A window of Belmora is planned.")
        assert "<a & b>�" in {tag.term for tag in self.read("<a & b>\uffff\x1b").entries[0].tags}
