"""Themes of passages of both kinds on the command line, and what a person says of them; from a hand-made scorer."""

import json

import pytest

from pipelines.stages import components
from tests.scorers import WordScorer
from tests.states import judgements_in

pytestmark = pytest.mark.model

WRONG_USE = 2
SHAPE = ["id", "label", "kind", "start", "end", "surface", "confidence", "status", "why"]
TEXT = (str, None)
ABOUT = {
    "id": str,
    "label": str,
    "kind": {"about"},
    "start": None,
    "end": None,
    "surface": None,
    "confidence": float,
    "status": {"suggested"},
    "why": str,
}
LABEL = {
    "id": int,
    "at": str,
    "author": str,
    "act": str,
    "action": {"accept", "reject", "set"},
    "tag": str,
    "document": str,
    "quote": str,
    "offset": int,
    "kind": {"theme"},
    "theme": str,
    "label": str,
    "why": TEXT,
}
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


def test_evaluation_scores_what_is_named_alone(cli, home, tmp_path):
    span = {"start": 4, "end": 17, "theme": "single-window"}
    labels = tmp_path / "labels.jsonl"
    labels.write_text(json.dumps({"text": SENTENCES["one.txt"], "language": "en", "spans": [span]}))
    done = cli("evaluate", "themes", labels, "--home", home, "--json")
    assert (done.json["precision"], done.json["recall"]) == (1.0, 1.0)


class TestReview:
    def test_the_way_of_a_reviewer(self, ask, assert_shape, passages):
        queue = ask("review", "list", "--themes")
        waiting = [{"id": str, "theme": ABOUT, "passage": dict, "document": dict}]
        assert [set(one) for one in queue["themes"]] == [set(waiting[0])] * 3
        assert_shape([one["theme"] for one in queue["themes"]], [ABOUT])
        assert queue["themes_waiting"] == 3
        theme = f"{passages['two.txt']}:theme:digital-divide"
        assert theme in {one["id"] for one in queue["themes"]}
        assert_shape(ask("review", "accept", theme, "--by", "Ana"), {"labels": [LABEL]})
        assert found(ask, "theme=digital-divide") == ["two.txt"]
        assert ask("review", "list", "--themes")["themes_waiting"] == 2
        facets = ask("search", "", "--facet", "theme")["facets"]["theme"]
        assert {one["value"]: one["count"] for one in facets} == {
            "paperless": 2,
            "e-services": 2,
            "digital-divide": 1,
        }
        ask("review", "reject", theme)
        assert found(ask, "theme=digital-divide") == found(ask, "theme=digital-divide", "theme.status=suggested") == []
        ask("review", "accept", theme)
        assert found(ask, "theme=digital-divide") == ["two.txt"]
        history = ask("review", "history", theme)["labels"]
        assert [one["action"] for one in history] == ["accept", "reject", "accept"]
        assert [one["why"] for one in history] == ["it says talks"] * 3
        assert history[0]["passage"] == passages["two.txt"]
        assert "themes" not in ask("review", "list")

    def test_a_theme_is_added(self, ask, passages):
        (label,) = ask("review", "set", passages["three.txt"], "--theme", "mobile", "--author", "Ana")["labels"]
        assert (label["tag"], label["author"]) == (f"{passages['three.txt']}:theme:mobile", "person:Ana")
        assert found(ask, "theme=mobile") == ["three.txt"]
        (hit,) = ask("search", "", "--filter", "theme=mobile")["hits"]
        (theme,) = hit["passages"][0]["themes"]
        assert (theme["kind"], theme["confidence"], theme["status"], theme["start"]) == ("about", 1.0, "accepted", None)
        assert theme["why"] == "added by person:Ana"
        assert "mobile" in {one["id"] for one in ask("themes")["themes"] if one["documents"]}

    def test_a_theme_that_is_named_may_be_rejected(self, ask, passages):
        ask("review", "reject", f"{passages['one.txt']}:theme:single-window")
        assert found(ask, "theme=single-window") == found(ask, "theme.named=single-window") == []

    def test_filters_hold_for_the_queue(self, ask):
        queue = ask("review", "list", "--themes", "--filter", "theme=e-services", "-k", "1")
        assert (len(queue["themes"]), queue["themes_waiting"]) == (1, 2)
        assert queue["themes"][0]["theme"]["id"] == "e-services"

    def test_people_can_read_it(self, cli, home, passages):
        listed = cli("review", "list", "--themes", "--home", home).out
        assert "3 suggested themes not judged yet" in listed
        assert "e-services 0.55: it says office" in listed
        assert f"{passages['two.txt']}:theme:digital-divide" in listed
        said = cli("review", "set", passages["three.txt"], "--theme", "mobile", "--by", "Ana", "--home", home)
        assert "Ana: set theme mobile" in said.out
        assert "Ana: set theme mobile" in cli("review", "history", "--home", home).out

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (["set", "{three}", "--theme", "paperles"], "did you mean paperless"),
            (["set", "{three}", "--theme", "Single Window"], "did you mean single-window"),
            (["set", "{three}", "--theme", "zzz"], "is no theme of the vocabulary digital-customs"),
            (["accept", "{two}:theme:digital-divid"], "did you mean digital-divide"),
            (["reject", "{three}:theme:paperless"], "has no theme paperless"),
            (["set", "{two}:theme:paperless", "--theme", "mobile"], "is no passage"),
            (["set", "{two}:theme:paperless"], "accept or reject it"),
            (["set", "{three}", "--theme", "mobile", "--quote", "delegate"], "--theme is of a whole passage"),
            (["set", "{three}", "--theme", "mobile", "--level", "L1"], "--theme is of a whole passage"),
            (["set", "0000000000000000-0", "--theme", "mobile"], "no such tag, theme or passage"),
            (["accept", "{two}:theme:"], "no such tag, theme or passage"),
        ],
    )
    def test_mistakes_are_one_line_and_store_nothing(self, cli, home, passages, arguments, words):
        names = {name.removesuffix(".txt"): passage for name, passage in passages.items()}
        done = cli("review", *(one.format(**names) for one in arguments), "--home", home)
        assert (done.code, done.out) == (WRONG_USE, "")
        assert words in done.line
        assert judgements_in(home).since(0) == []

    def test_a_backup_keeps_what_was_said_of_themes(self, ask, cli, home, passages, tmp_path):
        ask("review", "set", passages["three.txt"], "--theme", "mobile")
        assert ask("backup", tmp_path / "home.backup")["labels"] == 1
        done = cli("restore", tmp_path / "home.backup", "--home", tmp_path / "other", "--json")
        assert (done.code, done.json["labels"]) == (0, 1)
        again = cli("search", "", "--filter", "theme=mobile", "--home", tmp_path / "other", "--json")
        assert again.json["documents"] == 1
        assert cli("rebuild", "--home", home).code == 0
        assert found(ask, "theme=mobile") == ["three.txt"]
