"""Plans joined with the reports of later papers."""

import pytest

from pipelines.desk import profile
from pipelines.desk.sentences import Statement


def said(tag, modality, text, date, **more):
    values = {
        "dimension": "systems", "level": None, "status": "accepted", "confidence": 0.9, "citation": tag, "passage": tag,
        "document": tag, "symbol": None, "title": None, "body": "ptc", "sessions": (1,), "year": date[:4],
        "language": "en", "themes": (),
    }  # fmt: skip
    return Statement(tag=tag, modality=modality, text=text, date=date, **(values | more))


PLAN = said("plan", "planned", "Arvenia plans to connect its single window with the ports.", "2014-03-01")
REPORT = said("report", "achieved", "The single window of Arvenia was connected with the ports.", "2018-03-01")


def joined(*statements):
    return {one.tag: (one.reported_by, one.plan) for one in profile._with_reports(statements)}


def test_a_plan_is_joined_with_the_later_report_of_the_same():
    assert joined(PLAN, REPORT) == {"plan": ("report", None), "report": (None, "plan")}


@pytest.mark.parametrize(
    "other",
    [
        said("report", "achieved", REPORT.text, "2012-01-01"),
        said("report", "recommended", REPORT.text, "2018-03-01"),
        said("report", "achieved", REPORT.text, "2018-03-01", dimension="people"),
        said("report", "achieved", REPORT.text, "2018-03-01", document="plan"),
        said("report", "achieved", "Officers were trained at the academy.", "2018-03-01"),
    ],
)
def test_what_is_earlier_or_no_report_or_of_something_else_is_not(other):
    assert joined(PLAN, other) == {"plan": (None, None), "report": (None, None)}


def test_of_several_reports_the_most_alike_is_taken():
    other = said("other", "achieved", "Arvenia connected its single window.", "2016-01-01", themes=("single-window",))
    plan = PLAN.model_copy(update={"themes": ("single-window",)})
    assert joined(plan, REPORT, other)["plan"] == ("report", None)


def test_what_the_latest_session_of_a_body_brought_is_new():
    old, new = (said(name, "achieved", "x", "2018-01-01", sessions=(number,)) for name, number in (("a", 3), ("b", 4)))
    assert {one.tag: one.is_new for one in profile._with_new_marked([old, new])} == {"a": False, "b": True}
