"""Reports as web pages: nothing that a paper or a person gave is executed, or turns what stands beside it."""

import re

import html5lib
from lxml import html

from pipelines.evaluation.relevance import CaseResult, Finding, RelevanceReport, ShownPaper
from pipelines.pages.environment import single_page
from tests.portal.hostile_texts import EVERYTHING

HOSTILE = f"{EVERYTHING} <img src=x onerror=alert(1)> ' onmouseover='x' \" &lt;"
TEXTS = dict.fromkeys(("paper", "title", "standing", "language", "passage"), HOSTILE)
SHOWN = ShownPaper(rank=1, date=None, pages=(1,), **TEXTS)
FINDINGS = (Finding(expected=HOSTILE, diagnosis=HOSTILE), Finding(expected=HOSTILE))
SAID = {"name": HOSTILE, "query": HOSTILE, "filters": (HOSTILE,), "why": HOSTILE, "findings": FINDINGS}
CASE = CaseResult(passed=False, mode="text", documents=1, shown=(SHOWN,), **SAID)


def assert_plain(made):
    html5lib.HTMLParser(strict=True).parse(made)
    tree = html.fromstring(made)
    assert tree.xpath("//script | //img | //iframe | //object | //link | //a") == []
    assert [name for one in tree.iter() for name in one.keys() if name.startswith("on")] == []  # noqa: SIM118 - of lxml
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", made)


def test_the_report_of_relevance_cases_is_text():
    passed = CASE.model_copy(update={"passed": True})
    report = RelevanceReport(about=HOSTILE, index=HOSTILE, cases=2, passed=1, failed=1, results=(CASE, passed))
    assert_plain(single_page("relevance_report.html", report=report))
