"""Reports as web pages: nothing that a paper or a person gave is executed, or turns what stands beside it."""

import re

import html5lib
import pytest
from lxml import html

from pipelines.evaluation.relevance import CaseResult, Finding, RelevanceReport, ShownPaper
from pipelines.evaluation.understanding.report import (
    LabelRow,
    MeasureByOrganisation,
    Mistake,
    SetReport,
    UnderstandingReport,
)
from pipelines.evaluation.understanding.scoring import measures
from pipelines.pages.environment import single_page
from tests.portal.hostile_texts import EVERYTHING

HOSTILE = f"{EVERYTHING} <img src=x onerror=alert(1)> ' onmouseover='x' \" &lt;"
SHOWN = ShownPaper(
    rank=1, paper=HOSTILE, title=HOSTILE, standing=HOSTILE, date=None, language=HOSTILE, pages=(1,), passage=HOSTILE
)
CASE = CaseResult(
    passed=False,
    name=HOSTILE,
    query=HOSTILE,
    mode="text",
    documents=1,
    filters=(HOSTILE,),
    why=HOSTILE,
    findings=(Finding(expected=HOSTILE, diagnosis=HOSTILE), Finding(expected=HOSTILE)),
    shown=(SHOWN,),
)


def assert_plain(made):
    html5lib.HTMLParser(strict=True).parse(made)
    tree = html.fromstring(made)
    assert tree.xpath("//script | //img | //iframe | //object | //link | //a") == []
    assert [name for one in tree.iter() for name in one.keys() if name.startswith("on")] == []  # noqa: SIM118 - of lxml
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", made)


def cells(made):
    """The texts of the cells of a page, row by row."""
    rows = html.fromstring(made).xpath("//tr")
    return [[" ".join(cell.text_content().split()) for cell in row] for row in rows]


def test_the_report_of_relevance_cases_is_text():
    passed = CASE.model_copy(update={"passed": True})
    report = RelevanceReport(about=HOSTILE, index=HOSTILE, cases=2, passed=1, failed=1, results=(CASE, passed))
    assert_plain(single_page("relevance_report.html", report=report))


def understanding(name="committee", words=HOSTILE, *, folds=None, seen=0, value=0.5):
    """A report of one set, each text of which is as given."""
    label = LabelRow(id=words, right=1.0, wrong=2.25, missed=0.0, precision=0.3077, recall=None, f1=value)
    mistake = Mistake(passage=words, text=words, kind=words, id=words, confidence=0.876)
    of_set = SetReport(
        passages=3,
        measures=(MeasureByOrganisation(name=words, value=value, low=0.25, high=0.75, n=12),),
        themes=(label,),
        dimensions=(label,),
        false_positives=(mistake,),
        false_negatives=(mistake,),
    )
    return UnderstandingReport(encoder=words, model=words, folds=folds, seen=seen, passages=3, sets={name: of_set})


def understood(*given, **fields):
    return single_page("understanding_report.html", report=understanding(*given, **fields))


def test_the_report_of_judged_passages_is_text():
    assert_plain(understood(name=HOSTILE))


def test_the_report_of_judged_passages_shows_hostile_text_as_it_stands():
    hostile = "<img src=x onerror=alert(1)> & 'so on'"
    assert sum(cell == hostile for row in cells(understood(words=hostile)) for cell in row) == 1 + 2 + 2 * 3


@pytest.mark.parametrize(
    ("fields", "verdict", "said"),
    [
        ({"folds": 5}, "good", "fitted without its paper (5 folds)"),
        ({"seen": 2}, "bad", "2 of 3 passages trained the classifier"),
        ({}, "good", "None of the passages trained the classifier"),
    ],
)
def test_the_report_of_judged_passages_says_how_far_it_can_be_trusted(fields, verdict, said):
    made = understood(**fields)
    assert [one.text for one in html.fromstring(made).xpath(f"//div[@class='verdict {verdict}']") if said in one.text]


def test_numbers_of_judged_passages_are_rounded_and_what_is_none_is_a_dash():
    rows = cells(understood(words="x", value=None))
    assert ["x", "–", "0.250 – 0.750", "12"] in rows
    assert ["x", "0.308", "–", "–", "1.0", "2.2", "0.0"] in rows
    assert ["x", "0.88", "x", "x"] in rows


def test_measures_of_judged_passages_have_names_for_people():
    assert measures([], [])
    for name in measures([], []):
        assert name not in cells(understood(words=name))[1]
