"""Reports as web pages: nothing that a paper or a person gave is executed, or turns what stands beside it."""

import re
from html.parser import HTMLParser

import pytest

from pipelines.evaluation.relevance import CaseResult, Finding, RelevanceReport, ShownPaper
from pipelines.evaluation.understanding.report import LabelRow, MeasureRow, Mistake, SetReport, UnderstandingReport
from pipelines.evaluation.understanding.scoring import measures
from portal.reports.page import grid, page, section, text
from portal.reports.relevance import relevance_page
from portal.reports.understanding import understanding_page
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


class Elements(HTMLParser):
    """The elements and the attributes of a page."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes = set(), set()
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def assert_plain(made):
    found = Elements(made)
    assert not found.tags & {"script", "img", "iframe", "object", "link", "a"}
    assert not {name for name in found.attributes if name.startswith("on")}
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", made)


def test_the_parts_of_a_page_are_text():
    table = grid([HOSTILE], [f"<tr><td>{text(HOSTILE)}</td></tr>"])
    assert_plain(page(HOSTILE, [section(HOSTILE, text(HOSTILE)), table]))


def test_the_report_of_relevance_cases_is_text():
    passed = CASE.model_copy(update={"passed": True})
    report = RelevanceReport(about=HOSTILE, index=HOSTILE, cases=2, passed=1, failed=1, results=(CASE, passed))
    assert_plain(relevance_page(report))


def understanding(name="committee", words=HOSTILE, *, folds=None, seen=0, value=0.5):
    """A report of one set, each text of which is as given."""
    label = LabelRow(id=words, right=1.0, wrong=2.25, missed=0.0, precision=0.3077, recall=None, f1=value)
    mistake = Mistake(passage=words, text=words, kind=words, id=words, confidence=0.876)
    of_set = SetReport(
        passages=3,
        measures=(MeasureRow(name=words, value=value, low=0.25, high=0.75, n=12),),
        themes=(label,),
        dimensions=(label,),
        false_positives=(mistake,),
        false_negatives=(mistake,),
    )
    return UnderstandingReport(encoder=words, model=words, folds=folds, seen=seen, passages=3, sets={name: of_set})


def test_the_report_of_judged_passages_is_text():
    assert_plain(understanding_page(understanding(name=HOSTILE)))


def test_the_report_of_judged_passages_shows_hostile_text_as_it_stands():
    made = understanding_page(understanding(words="<img src=x onerror=alert(1)> & 'so on'"))
    assert made.count("&lt;img src=x onerror=alert(1)&gt; &amp; &#x27;so on&#x27;") == 1 + 2 + 2 * 3


@pytest.mark.parametrize(
    ("fields", "verdict", "said"),
    [
        ({"folds": 5}, "good", "fitted without its paper (5 folds)"),
        ({"seen": 2}, "bad", "2 of 3 passages trained the classifier"),
        ({}, "good", "None of the passages trained the classifier"),
    ],
)
def test_the_report_of_judged_passages_says_how_far_it_can_be_trusted(fields, verdict, said):
    made = understanding_page(understanding(**fields))
    assert f"<div class='verdict {verdict}'>" in made
    assert said in made


def test_numbers_of_judged_passages_are_rounded_and_what_is_none_is_a_dash():
    made = understanding_page(understanding(words="x", value=None))
    assert "<td>x</td><td>–</td><td>0.250 – 0.750</td><td>12</td>" in made
    assert "<td>0.308</td><td>–</td><td>–</td><td>1.0</td><td>2.2</td><td>0.0</td>" in made
    assert "<td>0.88</td>" in made


def test_measures_of_judged_passages_have_names_for_people():
    for name in measures([], []):
        assert f"<td>{name}</td><td>0.500</td><td>0.250" not in understanding_page(understanding(words=name))
