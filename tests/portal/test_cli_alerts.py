"""`alerts` on the command line: what is new and why, as a list, a file, a feed, and sent."""

import json
import shutil

import feedparser
import pytest
from lxml import html

from tests.pipelines.alerts.servers import Webhook
from tests.portal.conftest import copy_of

pytestmark = pytest.mark.model
PAPER = "The zebra crossing of the port of Arvenia is not used by trucks that carry containers."


@pytest.fixture(scope="module")
def home_with_news(sample_home, tmp_path_factory, cli):
    """A home in which a paper is new for one of two searches."""
    folder = tmp_path_factory.mktemp("alerts")
    home = copy_of(sample_home, folder / "home")
    assert cli("save-search", "windows", "single window", "--home", home).code == 0
    assert cli("save-search", "zebras", "zebra", "--home", home).code == 0
    (folder / "paper.txt").write_text(PAPER, encoding="utf-8")
    assert cli("ingest", folder / "paper.txt", "--home", home).code == 0
    return home


@pytest.fixture
def home(home_with_news, tmp_path):
    return shutil.copytree(home_with_news, tmp_path / "home")


def test_the_list_says_why_and_where(cli, home):
    done = cli("alerts", "--peek", "--home", home)
    assert "zebras: 1 new document" in done.out
    assert "“The zebra crossing of the port" in done.out
    assert "word: zebra" in done.out
    (_, zebras) = cli("alerts", "--peek", "--json", "--home", home).json
    (hit,) = zebras["hits"]
    assert hit["why"] == {"words": ["zebra"], "is_near": False, "meaning": None, "themes": [], "filters": []}
    assert hit["quote"] == {"text": PAPER, "marks": [[4, 9]]}
    assert hit["citation"] == "paper.txt"


@pytest.mark.parametrize("name", ["new.html", "new.txt"])
def test_the_digest_is_a_file_and_what_it_tells_is_seen(cli, home, tmp_path, name):
    done = cli("alerts", "--digest", tmp_path / name, "--home", home)
    assert done.code == 0
    assert f"wrote {tmp_path / name}" in done.err
    text = (tmp_path / name).read_text(encoding="utf-8")
    shown = html.fromstring(text).text_content() if name.endswith("html") else text
    assert PAPER in shown
    assert "Nothing new: windows." in shown
    assert "zebras: 0 new documents" in cli("alerts", "--home", home).out


def test_a_feed_is_written_and_nothing_is_used_up(cli, home, tmp_path):
    assert cli("alerts", "zebras", "--feed", tmp_path / "feed.xml", "--home", home).code == 0
    found = feedparser.parse((tmp_path / "feed.xml").read_bytes())
    assert not found.bozo
    assert len(found.entries) == 1
    assert "zebras: 1 new document" in cli("alerts", "--home", home).out


def test_sending_tells_what_each_target_got_and_fails_where_one_failed(cli, home):
    hook = Webhook()
    try:
        (home / "alerts.yaml").write_text(
            f"targets:\n  - {{name: hook, url: 'json://{hook.host}/'}}\n"
            "  - {name: nowhere, url: 'json://127.0.0.1:1/'}\n"
        )
        done = cli("alerts", "--send", "--home", home)
        assert done.code == 1
        assert "hook: 1 new paper (zebras 1) sent" in done.out
        assert "failed nowhere: A Connection error occurred" in done.out
        done = cli("alerts", "--send", "--json", "--home", home)
    finally:
        hook.stop()
    assert (done.code, [one["status"] for one in done.json["targets"]]) == (1, ["nothing new", "failed"])
    assert len(hook.got) == 1
    told = json.dumps(hook.got)
    assert (told.count("paper.txt"), told.count("The zebra crossing")) == (2, 1)  # title, citation; quotation


def test_a_search_by_meaning_alone_is_saved(cli, home):
    assert cli("save-search", "near", "window", "--mode", "vector", "--home", home).code == 0
    assert "near: “window” (vector)" in cli("save-search", "--list", "--home", home).out
    assert cli("save-search", "near", "--delete", "--home", home).code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--digest", "new.pdf"], 2, "--digest new.pdf"),
        (["--digest", "nowhere/new.html"], 3, "cannot be written"),
        (["--send", "--feed", "feed.xml"], 2, "do not go together"),
        (["--send", "--peek"], 2, "nor --peek"),
        (["--send"], 3, "alerts.yaml: there is no such file"),
        (["none", "--feed", "feed.xml"], 2, "no saved search"),
    ],
)
def test_mistakes_are_one_line(cli, home_with_news, tmp_path, monkeypatch, arguments, code, words):
    monkeypatch.chdir(tmp_path)
    done = cli("alerts", *arguments, "--home", home_with_news)
    assert (done.code, done.out) == (code, "")
    assert words in done.line
    assert list(tmp_path.iterdir()) == []


def test_settings_that_do_not_fit_are_told_before_it_ends(cli, tmp_path):
    hook = Webhook()
    try:
        (tmp_path / "alerts.yaml").write_text(
            f"targets:\n  - {{name: it, on: failures, url: 'json://{hook.host}/', interval_hours: 0}}\n"
        )
        (tmp_path / "settings.yaml").write_text("workers: many")
        done = [cli("alerts", "--send", "--home", tmp_path) for _ in range(2)]
    finally:
        hook.stop()
    assert [one.code for one in done] == [2, 2]
    assert "settings.yaml:1: workers" in done[0].line
    assert [one.out for one in done] == ["it: told of settings.yaml\n", "it: nothing new of the sources\n"]
    assert [body["title"] for _, body in hook.got] == ["Customs Lens: settings.yaml fails"]
