"""The start page: its counts are those after the click, and a home that is empty or being filled says so."""

import re

import pytest

from configs.settings import load_settings
from pipelines.ingest import heartbeat, session
from pipelines.ingest.runs import ingest
from tests.portal.web.conftest import asked, keys_of, page

PAPER = "The Committee took note of the single window in {word}. Declarations are lodged electronically there."
WORDS = ("Arvenia", "Belmora", "Cordania")


def papers_at(client, address):
    return int(re.match(r"\s*(\d+)", page(client, address).xpath("string(//p[@class='summary']//strong)"))[1])


def plain(tree, path):
    return " ".join(tree.xpath(f"string({path})").split())


@pytest.fixture(scope="module")
def start(papers_home):
    """The start page of the samples, and a client."""
    with asked(papers_home) as client:
        yield client, page(client, "/")


class TestOfTheSamples:
    def test_every_mark_of_a_chart_leads_to_as_many_papers_as_it_says(self, start):
        client, tree = start
        marks = tree.xpath("//figure//svg//a")
        counts = {one.get("href"): int(re.search(r"(\d+) papers?$", one.xpath("string(./title)"))[1]) for one in marks}
        assert {figure: len(tree.xpath(f"//figure[@id='{figure}']//svg//a")) > 5 for figure in FIGURES} == FIGURES
        assert counts == {address: papers_at(client, address) for address in counts}

    def test_the_figures_of_a_chart_have_the_same_links(self, start):
        _, tree = start
        for figure in FIGURES:
            marks = tree.xpath(f"//figure[@id='{figure}']//svg//a/@href")
            assert marks
            figures = tree.xpath(
                f"//figure[@id='{figure}']//*[self::table or @class='bars']//a[ancestor::td or @class='count']"
            )
            assert sorted(one.get("href") for one in figures) == sorted(marks)

    @pytest.mark.parametrize(("address", "said"), [("/", ""), ("/?lang=fr", "que dit-on de")])
    def test_examples_are_asked_in_the_language_of_the_reader_and_answered(self, start, address, said):
        client, _ = start
        examples = page(client, address).xpath("//ul[@class='examples']//a")
        client.cookies.clear()
        assert said in examples[0].text
        assert len({one.get("href") for one in examples}) == 3
        for one in examples:
            assert papers_at(client, one.get("href")) > 0, one.text

    def test_tiles_count_what_the_search_counts(self, start):
        client, tree = start
        found = client.get("/api/v1/facets?facet=body&facet=language").json()
        tiles = [plain(one, ".") for one in tree.xpath("//ul[@class='tiles']/li")]
        listed = page(client, "/bodies").xpath("//ul[@class='body-list']/li")
        assert tiles[:2] == [f"{found['documents']} papers", f"{len(listed)} bodies"]
        assert f"{len(found['facets']['language'])} languages" in tiles
        assert "1 scan without text" in tiles
        assert papers_at(client, tree.xpath("//ul[@class='tiles']/li[1]/a/@href")[0]) == found["documents"]

    def test_the_latest_papers_are_the_first_by_date(self, start):
        client, tree = start
        listed = page(client, "/?sort=date").xpath("//ol[@class='hits']//h2/a/@href")
        shown = tree.xpath("//section[@id='latest']/ul/li/a/@href")
        assert shown == [one.partition("?")[0] for one in listed[: len(shown)]]
        assert shown

    def test_what_is_counted_is_given_as_json(self, start):
        client, tree = start
        found = client.get("/overview.json").json()
        themes = {one["theme"]: one["papers"] for one in found["themes"]}
        marks = tree.xpath("//figure[@id='themes']//svg//a/@href")
        assert [f"/?theme={name}" for name in themes] == marks

    def test_what_asks_something_is_answered_and_what_asks_nothing_is_the_start_page(self, start):
        client, _ = start
        for address in ("/?q=", "/?lang=en", "/?q=+", "/?unknown=1"):
            assert page(client, address).xpath("//ul[@class='tiles']"), address
        for address in ("/?q=window", "/?body=ptc", "/?sort=date", "/?page=2", "/?mode=text"):
            assert page(client, address).xpath("//ol[@class='hits']"), address


FIGURES = {"years": True, "themes": True, "dimensions": True}


@pytest.fixture
def folder(tmp_path):
    papers = tmp_path / "papers"
    papers.mkdir()
    for word in WORDS:
        (papers / f"{word}.txt").write_text(PAPER.format(word=word), encoding="utf-8")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "settings.yaml").write_text("encoder: all-MiniLM-L6-v2\nworkers: 1\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def keys(folder):
    """Keys of an administrator and a reader for open papers, and of a reader of every paper, each as headers."""
    return keys_of(folder / "home", admin=("admin", []), reader=("reader", []), every="reader")


def test_an_empty_home_says_how_to_begin(folder, keys):
    with asked(folder / "home") as client:
        said = {role: plain(page(client, "/", headers=key), "//section[@class='empty']") for role, key in keys.items()}
    assert "customs-lens ingest PAPERS/" in said["admin"]
    assert "customs-lens" not in said["reader"]
    assert "There is nothing to search yet" in said["reader"]


def test_a_home_of_papers_that_a_reader_may_not_see_is_empty_for_that_reader(folder, keys):
    for word in WORDS:
        (folder / "papers" / f"{word}.txt.meta.yaml").write_text("access: restricted\n", encoding="utf-8")
    ingest(load_settings(folder / "home"), [str(folder / "papers")])
    with asked(folder / "home") as client:
        tree = page(client, "/", headers=keys["reader"])
    assert "There is nothing to search yet" in plain(tree, "//section[@class='empty']")
    assert not tree.xpath("//ul[@class='tiles']")


def test_a_run_at_work_says_how_far_it_is_and_names_papers_to_who_may_read_all(folder, keys, monkeypatch):
    monkeypatch.setattr(heartbeat, "EVERY_SECONDS", 0.01)
    monkeypatch.setattr(session, "SHOW_SECONDS", 0.0)
    home = folder / "home"
    seen = []
    with asked(home) as client:

        def progress(done, total, name):
            while heartbeat.run_at_work(home).done < done:
                pass
            seen.append(
                {role: plain(page(client, "/", headers=key), "//*[@id='filling']") for role, key in keys.items()}
            )

        ingest(load_settings(home), [str(folder / "papers")], progress=progress)
        after = page(client, "/", headers=keys["admin"])
    assert re.match(r"1 of 3 papers read · about (a|\d) minutes? left · last: Arvenia.txt ", seen[0]["every"])
    assert re.match(r"1 of 3 papers read · about (a|\d) minutes? left 1 paper can", seen[0]["admin"])
    assert "1 paper can be searched already." in seen[0]["admin"]
    assert "2 of 3 papers read" in seen[1]["admin"]
    assert re.match(r"33 % of the papers read · about (a|\d) minutes? left 1 paper can", seen[0]["reader"])
    assert not any(word in one["reader"] for one in seen for word in (*WORDS, "of 3"))
    assert plain(after, "//*[@id='filling']") == ""
    assert "3 new this week" in [plain(one, ".") for one in after.xpath("//ul[@class='tiles']/li")]
