"""`runs` and `failures` over runs of two small papers."""

import pytest

from tests.dummy_encoder import dummy_encoders

PAPER = "The Committee took note of the single window in {word}. Declarations are lodged electronically there."
SUMMARY = {
    *("id", "source", "flow", "started", "ended", "status", "found", "indexed", "unchanged", "duplicate"),
    *("failed", "deleted", "withdrawn", "needs_ocr", "seconds"),
}
FAILURE = {
    *("source", "document", "status", "stage", "error"),
    *("attempts", "first_at", "last_at", "quarantined", "accepted", "remedy"),
}


@pytest.fixture(scope="module")
def told(cli, tmp_path_factory):
    """A home in which two runs were made, and the command line over it."""
    folder = tmp_path_factory.mktemp("runs")
    papers = folder / "papers"
    papers.mkdir()
    (papers / "a.txt").write_text(PAPER.format(word="Arvenia"), encoding="utf-8")
    (papers / "broken.pdf").write_bytes(b"%PDF-1.7 is no paper")

    def run(*arguments):
        return cli(*arguments, "--home", folder / "home")

    with dummy_encoders(folder / "cache"):
        assert run("ingest", papers, "--encoder", "all-MiniLM-L6-v2").code == 1
        (papers / "a.txt").write_text(PAPER.format(word="Belmora"), encoding="utf-8")
        assert run("ingest", papers, "--encoder", "all-MiniLM-L6-v2").code == 1
    return run


def test_runs_lists_them_the_latest_first(told):
    found = told("runs", "--json").json
    assert [set(run) for run in found] == [SUMMARY] * 2
    assert [(run["status"], run["found"], run["indexed"], run["failed"]) for run in found] == [("done", 2, 1, 1)] * 2
    assert found[0]["started"] > found[1]["started"]
    assert found[0]["source"].endswith("/papers")
    assert len(told("runs", "-k", "1", "--json").json) == 1
    out = told("runs").out
    assert found[0]["id"] in out
    assert "done" in out


def test_one_run_says_what_it_did(told):
    found = told("runs", "show", "last", "--json").json
    (row,) = found["documents"]
    assert (row["event"], row["outcome"], row["paragraphs"]["unnumbered"]) == ("changed", "indexed", 1)
    (failure,) = found["failures"]
    assert set(failure) == FAILURE
    out = told("runs", "show", found["run"]["id"]).out
    assert "changed" in out
    assert "1 paragraph without a number" in out
    assert failure["remedy"].split(",")[0] in out


def test_failures_says_why_and_what_to_do(told):
    (failure,) = told("failures", "--json").json
    assert (failure["status"], failure["attempts"], failure["quarantined"]) == ("malformed", 1, False)
    out = told("failures").out
    assert "1 failed document" in out
    assert "broken.pdf" in out
    assert told("failures", "--quarantined", "--json").json == []


def test_a_failure_is_accepted_until_its_bytes_change(cli, tmp_path):
    papers, home = tmp_path / "papers", tmp_path / "home"
    papers.mkdir()
    (papers / "a.txt").write_text(PAPER.format(word="Arvenia"), encoding="utf-8")
    broken = papers / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7 is no paper")

    def run(*arguments):
        return cli(*arguments, "--home", home)

    def ingest():
        with dummy_encoders(tmp_path / "cache"):
            return run("ingest", papers, "--encoder", "all-MiniLM-L6-v2").code

    assert ingest() == 1
    (failure,) = run("failures", "--json").json
    done = run("failures", "accept", failure["document"])
    assert (done.code, done.out) == (0, f"Accepted: {broken}\n")
    (accepted,) = run("failures", "--json").json
    assert (set(accepted), accepted["accepted"]["by"]) == (FAILURE, "command line")
    assert "accepted by command line on 20" in run("failures").out
    assert ingest() == 0
    assert run("runs", "--json").json[0]["unchanged"] == 2
    assert run("failures", "accept", "--undo", broken).out == f"Counts as failed again: {broken}\n"
    assert ingest() == 1
    assert run("failures", "accept", broken, "--json").json["accepted"]["by"] == "command line"
    broken.write_bytes(b"%PDF-1.7 is no paper either")
    assert ingest() == 1
    assert run("failures", "accept", papers / "a.txt").code == 2
    assert "put it behind 'failures accept'" in run("failures", "--json", "accept", broken).line


@pytest.mark.parametrize("kind", ["html", "json"])
def test_the_report_of_a_run_is_a_file(told, tmp_path, kind):
    path = tmp_path / f"report.{kind}"
    with dummy_encoders(tmp_path / "cache"):
        found = told("runs", "show", "last", "--report", path, "--encoder", "all-MiniLM-L6-v2")
    assert (found.code, found.err) == (0, f"wrote {path}\n")
    text = path.read_text(encoding="utf-8")
    assert ("<!doctype html>" in text) == (kind == "html")
    assert "broken.pdf" in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "nothing"), "customs-lens runs lists them"),
        (("show", "last", "--report", "report.pdf"), "ends in none of .html, .json"),
        (("--json", "show", "last"), "--json"),
    ],
)
def test_mistakes_are_one_line(told, arguments, said):
    found = told("runs", *arguments)
    assert (found.code, said in found.line) == (2, True)
