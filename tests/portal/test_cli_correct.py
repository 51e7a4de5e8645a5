"""`correct`: fields of one paper or several, taken back, refused, and asked once more."""

import io

import pytest

pytestmark = pytest.mark.model

PAPER, OTHER = "PC9005E1a", "PC9002E1a"


@pytest.fixture
def run(cli, own_home):
    """Run a command over a copy of the samples."""

    def command(*arguments):
        return cli(*arguments, "--home", own_home)

    return command


@pytest.fixture
def shown(run):
    return lambda name=PAPER: run("show", name, "--json").json


def test_a_paper_is_corrected_and_the_correction_taken_back(run, shown):
    done = run("correct", PAPER, "date=2024-02-29", "title=A better = title", "--by", "ana", "--json")
    assert done.code == 0, done.err
    assert (done.json["id"], done.json["date"], done.json["title"]) == (shown()["id"], "2024-02-29", "A better = title")
    assert [(one["field"], one["by"]) for one in shown()["corrected"]] == [
        ("title", "person:ana"),
        ("date", "person:ana"),
    ]
    text = run("show", PAPER).out
    assert "title: A better = title (was SUMMARY REPORT" in " ".join(text.split())
    assert "date: 2024-02-29 (was 2025-11-21), ana on " in " ".join(text.split())
    assert run("search", "", "--filter", "date=2024-02-29", "--json").json["documents"] == 1
    done = run("correct", PAPER, "--undo", "title", "--undo", "date")
    assert (done.code, "title: as it was read" in done.out) == (0, True)
    assert (shown()["date"], shown()["corrected"]) == ("2025-11-21", [])


def test_several_papers_are_corrected_at_once(run, shown, monkeypatch):
    done = run("correct", PAPER, OTHER, "body=hsc", "--json")
    assert [one["body"] for one in done.json["documents"]] == ["hsc", "hsc"]
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PAPER}\n\n{OTHER}\n"))
    assert run("correct", "-", "kind=note").code == 0
    assert [shown(name)["kind"] for name in (PAPER, OTHER)] == ["note", "note"]


def test_a_class_that_opens_is_asked_for_once_more(run, shown):
    assert run("correct", PAPER, "access=restricted").code == 0
    refused = run("correct", PAPER, "access=public")
    assert (refused.code, "--yes" in refused.line, shown()["access"]) == (2, True, "restricted")
    assert run("correct", PAPER, "access=public", "--yes").code == 0
    assert shown()["access"] == "public"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((PAPER, "date=2024-02-30"), "date: '2024-02-30' is no date"),
        ((PAPER, "body=hsx"), "body: 'hsx' is no body (ids such as hsc"),
        ((PAPER, "access=sekret"), "access: 'sekret' is no access class here (one of public, restricted"),
        ((PAPER, "colour=red"), "'colour' is no field that can be corrected (one of title, date"),
        (("nothing", "body=hsc"), "'nothing': no document of this id, symbol or source"),
        (("body=hsc",), "no DOCUMENT to correct"),
        ((PAPER,), "nothing to correct (give field=value"),
        ((PAPER, "body=hsc", "body=ptc"), "body: is given twice"),
        ((PAPER, "body=hsc", "--undo", "body"), "body: is corrected and undone at once"),
        ((PAPER, "body=hsc", "--by", "customs-lens 1"), "is no name of a person"),
    ],
)
def test_what_cannot_be_is_one_line_that_names_the_field(run, shown, arguments, says):
    refused = run("correct", *arguments)
    assert (refused.code, refused.out) == (2, "")
    assert says in refused.line
    assert shown()["corrected"] == []
