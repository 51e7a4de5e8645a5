"""`evaluate decisions`: rows that are found, sentences that are right, and files that are not."""

import json

import pytest

from benchmarks.evaluate.decisions import evaluate_decisions
from configs.settings import load_settings
from configs.system.errors import ConfigError, UnavailableError

MINUTES = """MINUTES OF THE MEETING

The Committee requested the Secretariat to prepare a draft by 30 June 2031.

The Chair thanked the delegates for coming.

The Committee took note of the report.
"""
RESOLUTION = """RESOLUTION

The General Assembly,

Recalling its resolution 3,

Urges Member States to sign the accord;

Adopts the plan.
"""
ASKED = {
    "paper": "minutes.txt",
    "verb": "requested",
    "addressee": "The Secretariat",
    "deadline": "30 June 2031",
    "text": "The Committee requested the Secretariat to",
}


@pytest.fixture
def evaluate(tmp_path):
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "minutes.txt").write_text(MINUTES, encoding="utf-8")
    (tmp_path / "papers" / "resolution.txt").write_text(RESOLUTION, encoding="utf-8")

    def run(*rows, listed=None, papers=None):
        written = (row if isinstance(row, str) else json.dumps(row) for row in rows)
        (tmp_path / "decisions.jsonl").write_text("\n".join(written), encoding="utf-8")
        if listed is not None:
            (tmp_path / "papers.json").write_text(listed, encoding="utf-8")
        return evaluate_decisions(load_settings(tmp_path / "home"), tmp_path, papers=papers)

    return run


def values(report, group="all"):
    return {one.name: (one.value, one.n) for one in report.measures[group]}


def test_rows_are_found_by_the_first_words_of_their_sentence(evaluate):
    found = values(evaluate(ASKED))
    assert found == {
        "found": (1.0, 1),
        "right": (0.5, 2),  # the report that was noted is no row
        "verb": (1.0, 1),
        "addressee": (1.0, 1),
        "deadline": (1.0, 1),
        "addressee_invented": (None, 0),
    }


def test_what_differs_is_listed_with_the_line_of_its_row(evaluate):
    other = ASKED | {"verb": "urged", "addressee": "Norland", "deadline": "by May"}
    unsure = {"paper": "minutes.txt", "verb": "other", "text": "The Chair thanked the delegates", "sure": False}
    missed = unsure | {"text": "Norland offered its help", "sure": True}
    mistakes = evaluate(other, unsure, missed).mistakes
    assert [(one.kind, one.line, one.judged, one.given) for one in mistakes] == [
        ("verb", 1, "urged", "requested"),
        ("addressee", 1, "Norland", "the Secretariat"),
        ("deadline", 1, "by May", "by 30 June 2031"),
        ("missed", 3, "other", None),
        ("wrong", None, None, "took note"),
    ]


def test_an_addressee_where_none_is_judged_is_counted(evaluate):
    found = values(evaluate(ASKED | {"addressee": None}))
    assert found["addressee_invented"] == (1.0, 1)
    assert found["addressee"] == (None, 0)


def test_minutes_and_resolutions_are_measured_apart_and_together(evaluate):
    urged = {"paper": "resolution.txt", "verb": "urged", "addressee": "Member States", "text": "Urges Member States to"}
    report = evaluate(ASKED, urged)
    assert (report.papers, report.rows) == (2, 2)
    assert values(report, "minutes")["found"] == values(report, "resolutions")["found"] == (1.0, 1)
    assert values(report)["found"] == (1.0, 2)
    assert values(report, "resolutions")["right"] == (0.5, 2)
    (right,) = (one for one in report.measures["all"] if one.name == "right")
    assert (right.low, right.high) == (0.5, 0.5)


def test_a_paper_without_rows_that_was_read_counts_what_is_given_in_it(evaluate):
    listed = '["minutes.txt", "resolution.txt"]'
    assert values(evaluate(ASKED, listed=listed))["right"] == (0.25, 4)


def test_papers_may_lie_elsewhere(evaluate, tmp_path):
    (tmp_path / "papers").rename(tmp_path / "elsewhere")
    with pytest.raises(UnavailableError, match=r"minutes\.txt: cannot be read.*--papers"):
        evaluate(ASKED)
    assert values(evaluate(ASKED, papers=tmp_path / "elsewhere"))["found"] == (1.0, 1)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("{", "decisions.jsonl:1: broken JSON"),
        ({"paper": "minutes.txt", "text": "x"}, "decisions.jsonl:1: verb: this field is missing"),
        (ASKED | {"verb": "danced"}, "decisions.jsonl:1: verb: danced is no verb of decisions"),
    ],
)
def test_a_broken_row_is_named_by_file_and_line(evaluate, row, problem):
    with pytest.raises(ConfigError, match=problem):
        evaluate(row)


def test_a_file_without_rows_and_a_broken_list_of_papers_are_refused(evaluate):
    with pytest.raises(ConfigError, match="there is nothing in it"):
        evaluate()
    with pytest.raises(ConfigError, match=r"papers\.json: is no list of papers"):
        evaluate(ASKED, listed='{"minutes.txt": 1}')
