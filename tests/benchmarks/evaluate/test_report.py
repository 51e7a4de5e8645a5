"""The report of judged passages: sets apart, and the mistakes that a person should read first."""

import pytest
from lxml import html

from benchmarks.evaluate.report import (
    Answered,
    LabelRow,
    MeasureByOrganisation,
    Mistake,
    SetReport,
    UnderstandingReport,
    figures_of,
    page_of,
    report_of,
)
from benchmarks.evaluate.scoring import measures
from tests.judged_passages import answer, judged, optional, shown, stated
from tests.pipelines.pages.test_reports import HOSTILE, assert_plain

BY = Answered("encoder", "model", None, 0)


def report(*pairs, name="committee"):
    rows = [row for row, _ in pairs]
    return report_of({name: rows}, {row.id: said for row, said in pairs}, BY)


def of_set(*pairs):
    return report(*pairs).sets["committee"]


def test_sets_are_reported_apart_and_empty_ones_not_at_all():
    one, other = judged(themes=["a"]), judged(themes=["a"])
    found = report_of(
        {"committee": [one], "papers": [other]},
        {one.id: answer(themes=["a"]), other.id: answer()},
        BY._replace(folds=3, seen=1),
    )
    assert (found.passages, found.folds, found.seen) == (2, 3, 1)
    recalls = {name: own.measures[2].value for name, own in found.sets.items()}
    assert {own.measures[2].name for own in found.sets.values()} == {"themes_recall"}
    assert recalls == {"committee": 1, "papers": 0}
    assert report_of({"committee": [], "papers": [one]}, {one.id: answer()}, BY).sets.keys() == {"papers"}


def listed(mistakes):
    return [(one.kind, one.id, one.confidence) for one in mistakes]


def test_wrong_ones_are_shown_the_surest_first():
    found = of_set(
        (judged(themes=["a"]), answer(shown("x", 0.7), themes=["a", "b"], chances={"a": 0.9, "b": 0.6})),
        (judged(), answer(shown("y", 0.95), shown("z", 0.3))),
    )
    assert listed(found.false_positives) == [("dimension", "y", 0.95), ("dimension", "x", 0.7), ("theme", "b", 0.6)]


def test_missed_ones_are_shown_the_least_expected_first():
    said = answer(shown("x", 0.4), chances={"a": 0.2}, dimensions={"x": 0.4, "y": 0.01})
    found = of_set((judged(stated("x"), stated("y"), themes=["a"]), said))
    assert listed(found.false_negatives) == [("dimension", "y", 0.01), ("theme", "a", 0.2), ("dimension", "x", 0.4)]


def test_an_optional_dimension_is_no_mistake_either_way():
    found = of_set((judged(optional("x")), answer(shown("x"))), (judged(optional("x")), answer()))
    assert (found.false_positives, found.false_negatives) == ((), ())


def test_a_theme_that_the_product_does_not_know_is_missed_without_any_confidence():
    (mistake,) = of_set((judged(themes=["unknown"]), answer())).false_negatives
    assert (mistake.id, mistake.confidence) == ("unknown", 0)


def test_few_mistakes_are_shown_with_the_beginning_of_a_passage():
    rows = [(judged(themes=["a"], text="x" * 5000), answer(chances={"a": n / 100})) for n in range(60)]
    missed = of_set(*rows).false_negatives
    assert len(missed) < 60
    assert [one.confidence for one in missed] == [n / 100 for n in range(len(missed))]
    assert len(missed[0].text) < 500


def test_themes_and_dimensions_have_their_measures():
    found = of_set(
        (judged(stated("x"), themes=["a"], weight=3.0), answer(shown("x"), themes=["a"])),
        (judged(themes=["a"]), answer()),
    )
    (theme,), (dimension,) = found.themes, found.dimensions
    assert (theme.id, theme.right, theme.missed, theme.recall) == ("a", 3, 1, pytest.approx(0.75))
    assert (dimension.id, dimension.precision, dimension.f1) == ("x", 1, 1)


def value(found, name):
    return next(one.value for one in found.measures if one.name == name)


def test_passages_without_a_weight_are_reported_with_the_others_alike():
    pairs = [(judged(stated("x"), weight=3.0), answer(shown("x"))), (judged(stated("x"), weight=None), answer())]
    found = report(*pairs, name="papers")
    assert found.passages == 1
    assert {name: value(own, "stated_shown") for name, own in found.sets.items()} == {
        "papers": 1.0,
        "papers, unweighted": 0.5,
    }


def test_figures_are_those_of_real_papers_and_only_what_was_measured():
    pairs = [(judged(themes=["a"]), answer(themes=["a"])), (judged(themes=["b"]), answer())]
    rows, answers = [row for row, _ in pairs], {row.id: said for row, said in pairs}
    found = figures_of(report_of({"committee": rows, "papers": rows}, answers, BY._replace(folds=2)))
    assert (found.encoder, found.model, found.folds, found.passages) == ("encoder", "model", 2, {"papers": 2})
    assert found.measures["papers"]["themes_recall"].value == 0.5
    assert "level_right" not in found.measures["papers"]


def cells(made):
    rows = html.fromstring(made).xpath("//tr")
    return [[" ".join(cell.text_content().split()) for cell in row] for row in rows]


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
    return page_of(understanding(*given, **fields))


def test_the_report_of_judged_passages_shows_hostile_text_as_it_stands():
    assert_plain(understood(name=HOSTILE))
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
