"""Themes of passages of both kinds on the command line, and what a person says of them; from a hand-made scorer."""

import pytest

from configs.settings import load_settings
from configs.system.errors import UsageError
from index.filters import EVERY_CLASS
from pipelines.stages import components
from tests import answers
from tests.scorers import WordScorer
from tests.states import judgements_in

pytestmark = pytest.mark.model

SHAPE = ["id", "label", "kind", "start", "end", "surface", "confidence", "status", "why"]
TEXT = (str, None)
SENTENCES = {
    "one.txt": "The single window of Arvenia went live. No file has to be brought to an office any more.",
    "two.txt": "Traders of Norland bring no file to the office, and talks with them go on.",
    "three.txt": "The delegate of Norland thanked the Secretariat for the working document.",
}
SCORER = WordScorer({"file": ("paperless", 0.834), "talks": ("digital-divide", 0.61), "office": ("e-services", 0.55)})


@pytest.fixture
def _scored(monkeypatch):
    monkeypatch.setattr(components.PipelineComponents, "theme_scorer", SCORER)


@pytest.fixture
def home(cli, tmp_path, _scored):
    """A home with three papers, made by the small encoder, which its settings name."""
    papers = tmp_path / "papers"
    papers.mkdir()
    for name, text in SENTENCES.items():
        (papers / name).write_text(text)
    home = tmp_path / "home"
    home.mkdir()
    (home / "settings.yaml").write_text("encoder: all-MiniLM-L6-v2\n")
    assert cli("ingest", papers, "--home", home).code == 0
    return home


@pytest.fixture
def ask(cli, home):
    def run(*arguments):
        done = cli(*arguments, "--home", home, "--json")
        assert done.code == 0, done.err
        return done.json

    return run


@pytest.fixture
def passages(ask, home):
    """The id of the passage of each paper."""
    return {name: ask("show", home.parent / "papers" / name, "--full")["passages"][0]["id"] for name in SENTENCES}


def found(ask, *filters):
    arguments = [f"--filter={one}" for one in filters]
    hits = ask("search", "", "--mode", "text", *arguments)["hits"]
    return sorted(hit["document"]["source"].rpartition("/")[2] for hit in hits)


def test_both_kinds_are_told_apart_in_search_filters_and_facets(ask):
    assert found(ask, "theme=paperless") == ["one.txt", "two.txt"]
    assert found(ask, "theme.named=single-window") == ["one.txt"]
    assert found(ask, "theme=single-window") == found(ask, "theme.named=paperless") == []
    assert found(ask, "theme=e-services") == ["one.txt", "two.txt"]
    assert found(ask, "theme=e-services", "theme.status=suggested") == ["one.txt", "two.txt"]
    assert found(ask, "theme=e-services", "theme.status=accepted") == []
    assert found(ask, "theme=paperless", "theme.status=suggested") == []
    facets = ask("search", "", "--facet", "theme", "--facet", "theme.named", "--facet", "theme.status")["facets"]
    counts = {field: {one["value"]: one["count"] for one in values} for field, values in facets.items()}
    assert counts == {
        "theme": {"paperless": 2, "e-services": 2, "digital-divide": 1},
        "theme.named": {"single-window": 1},
        "theme.status": {"accepted": 2, "suggested": 2},
    }


def test_one_shape_everywhere(ask, cli, home, tmp_path, passages):
    file = tmp_path / "papers" / "one.txt"
    (hit,) = ask("search", "live", "--mode", "text")["hits"]
    shown = ask("show", file, "--full")["passages"][0]["themes"]
    tagged = ask("tag", file)["passages"][0]["themes"]
    extracted = ask("extract", file)["passages"][0]["themes"]
    assert hit["passages"][0]["themes"] == shown == tagged == extracted
    assert [list(theme) for theme in shown] == [SHAPE] * 3
    assert [(one["id"], one["kind"], one["confidence"], one["status"]) for one in shown] == [
        ("single-window", "named", 1.0, None),
        ("paperless", "about", 0.834, "accepted"),
        ("e-services", "about", 0.55, "suggested"),
    ]
    assert shown[0]["why"] == "Single Window"
    assert shown[1]["why"] == "it says file"


def test_people_can_tell_them_apart(cli, home, tmp_path):
    file = tmp_path / "papers" / "one.txt"
    tagged = cli("tag", file, "--home", home).out.splitlines()
    lines = [" ".join(line.split()) for line in tagged if line.startswith("  theme")]
    assert lines == [
        "theme single-window",
        "theme ≈ paperless 0.83 accepted: it says file",
        "theme ≈ e-services 0.55 suggested: it says office",
    ]
    searched = cli("search", "live", "--mode", "text", "--home", home).out
    assert "single-window · ≈ paperless 0.83" in searched
    assert "e-services" not in searched
    shown = cli("show", file, "--home", home).out
    assert "Single Window: 1 mention in 1 passage (" in shown
    assert "Paperless trade and dematerialization: 1 passage about it (" in shown


def test_themes_count_what_passages_are_about(ask):
    def counts(*filters):
        rows = ask("themes", *(f"--filter={one}" for one in filters))["themes"]
        return {one["id"]: (one["documents"], one["passages"]) for one in rows if one["documents"]}

    assert counts() == {"paperless": (2, 2), "e-services": (2, 2), "digital-divide": (1, 1)}
    assert counts("theme.named=single-window") == {"paperless": (1, 1), "e-services": (1, 1)}
    assert counts("theme.status=accepted") == {"paperless": (2, 2)}
    assert counts("theme.status=suggested") == {"e-services": (2, 2), "digital-divide": (1, 1)}


class TestJudgements:
    @pytest.fixture
    def judge(self, home):
        """A function that stores what Ana says, and returns the judgements."""

        def said(action, name, **more):
            return answers.judge(load_settings(home), action, [name], "person:Ana", access_classes=EVERY_CLASS, **more)

        return said

    def test_what_is_said_of_a_theme_counts_at_once(self, ask, judge, passages):
        theme = f"{passages['two.txt']}:theme:digital-divide"
        judge("accept", theme)
        assert found(ask, "theme=digital-divide") == ["two.txt"]
        facets = ask("search", "", "--facet", "theme")["facets"]["theme"]
        assert {one["value"]: one["count"] for one in facets} == {
            "paperless": 2,
            "e-services": 2,
            "digital-divide": 1,
        }
        judge("reject", theme)
        assert found(ask, "theme=digital-divide") == found(ask, "theme=digital-divide", "theme.status=suggested") == []
        judge("accept", theme)
        assert found(ask, "theme=digital-divide") == ["two.txt"]

    def test_a_theme_is_added(self, ask, judge, passages):
        (label,) = judge("set", passages["three.txt"], theme="mobile")
        assert (label.tag, label.author) == (f"{passages['three.txt']}:theme:mobile", "person:Ana")
        assert found(ask, "theme=mobile") == ["three.txt"]
        (hit,) = ask("search", "", "--filter", "theme=mobile")["hits"]
        (theme,) = hit["passages"][0]["themes"]
        assert (theme["kind"], theme["confidence"], theme["status"], theme["start"]) == ("about", 1.0, "accepted", None)
        assert theme["why"] == "added by person:Ana"
        assert "mobile" in {one["id"] for one in ask("themes")["themes"] if one["documents"]}

    def test_a_theme_that_is_named_may_be_rejected(self, ask, judge, passages):
        judge("reject", f"{passages['one.txt']}:theme:single-window")
        assert found(ask, "theme=single-window") == found(ask, "theme.named=single-window") == []

    @pytest.mark.parametrize(
        ("action", "name", "more", "words"),
        [
            ("set", "{three}", {"theme": "paperles"}, "did you mean paperless"),
            ("set", "{three}", {"theme": "Single Window"}, "did you mean single-window"),
            ("set", "{three}", {"theme": "zzz"}, "is no theme of the vocabulary digital-customs"),
            ("accept", "{two}:theme:digital-divid", {}, "did you mean digital-divide"),
            ("reject", "{three}:theme:paperless", {}, "has no theme paperless"),
            ("set", "{two}:theme:paperless", {"theme": "mobile"}, "is no passage"),
            ("set", "{two}:theme:paperless", {}, "accept or reject it"),
            ("set", "{three}", {"theme": "mobile", "quote": "delegate"}, "a theme is of a whole passage"),
            ("set", "{three}", {"theme": "mobile", "change": {"level": "L1"}}, "a theme is of a whole passage"),
            ("set", "0000000000000000-0", {"theme": "mobile"}, "no such tag, theme or passage"),
            ("accept", "{two}:theme:", {}, "no such tag, theme or passage"),
        ],
    )
    def test_mistakes_store_nothing(self, judge, home, passages, action, name, more, words):
        names = {name.removesuffix(".txt"): passage for name, passage in passages.items()}
        with pytest.raises(UsageError, match=words):
            judge(action, name.format(**names), **more)
        assert judgements_in(home).since(0) == []

    def test_a_backup_keeps_what_was_said_of_themes(self, ask, cli, judge, home, passages, tmp_path):
        judge("set", passages["three.txt"], theme="mobile")
        assert ask("backup", tmp_path / "home.backup")["labels"] == 1
        done = cli("restore", tmp_path / "home.backup", "--home", tmp_path / "other", "--json")
        assert (done.code, done.json["labels"]) == (0, 1)
        again = cli("search", "", "--filter", "theme=mobile", "--home", tmp_path / "other", "--json")
        assert again.json["documents"] == 1
        assert cli("rebuild", "--home", home).code == 0
        assert found(ask, "theme=mobile") == ["three.txt"]
