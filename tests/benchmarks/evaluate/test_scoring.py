"""The measures of understanding, each by hand on passages small enough to count."""

import random
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.evaluate.scoring import dimension_counts, frequent_levels, measures, theme_counts
from tests.judged_passages import answer, judged, optional, shown, stated


def measured(name, *pairs):
    return measures([row for row, _ in pairs], [said for _, said in pairs])[name]


def value(name, *pairs):
    return measured(name, *pairs).value


THEMES = [
    (judged(themes=["a", "b"]), answer(themes=["a", "c"])),
    (judged(themes=["a"]), answer(themes=["a"])),
    (judged(), answer(themes=["b"])),
]
FIRST = (judged(stated("x"), stated("y")), answer(shown("y", 0.9), shown("z", 0.6)))
SECOND = (judged(stated("x")), answer(shown("z", 0.9), shown("x", 0.6)))
SURPLUS = answer(shown("x"), shown("x", 0.6), shown("y"), shown("y", 0.3))
TWO_LEVELS = judged(stated("x", "achieved", "L3"), stated("x", "planned", "L4"))
LEVELS = [
    (judged(stated("x", level="L2")), answer(shown("x", level="L2"))),
    (judged(stated("x", level="L2")), answer(shown("x", level="L3"))),
    (judged(stated("x", level="L2")), answer(shown("x", level=None))),
    (judged(stated("x")), answer(shown("x", level="L3"))),
]
INVENTED = [
    (judged(stated("x")), answer(shown("x", level="L3"))),
    (judged(stated("x")), answer(shown("x"))),
    (judged(stated("x", level="L2")), answer(shown("x", level="L3"))),
    (judged(stated("x", level="L2"), stated("x")), answer(shown("x", level="L3"))),
]
WITHOUT_TAG = [
    (judged(weight=3.0), answer(shown("x"), shown("y"))),
    (judged(), answer(shown("x", 0.6))),
    (judged(stated("x")), answer(shown("y"))),
]
# in the highest bin 1.9 are expected and 1 is true; in the second 0.26 and 1
CHANCES = [
    (judged(themes=["a"]), answer(chances={"a": 0.95, "b": 0.15})),
    (judged(themes=["b"]), answer(chances={"a": 0.95, "b": 0.11})),
]


@pytest.mark.parametrize(
    ("name", "pairs", "expected", "n"),
    [
        ("themes_precision", THEMES, 2 / 4, 4),
        ("themes_recall", THEMES, 2 / 3, 3),
        ("themes_f1", THEMES, 2 * 2 / (3 + 4), 7),
        *(  # a passage counts as often as it stands for, and not without a weight
            ("themes_recall", [(judged(themes=["a"], weight=w), answer(themes=["a"])), other], value, n)
            for w, other, value, n in (
                (9.0, (judged(themes=["a"], weight=1.0), answer()), 0.9, 2),
                (1.0, (judged(themes=["a"], weight=None), answer()), 1, 1),
            )
        ),
        (
            "accepted_right",  # the last is suggested, not accepted
            [
                (judged(stated("x"), optional("y")), answer(shown("x"), shown("y"), shown("z"))),
                (judged(stated("x")), answer(shown("w", 0.6))),
            ],
            2 / 3,
            3,
        ),
        (
            "stated_shown",
            [
                (
                    judged(*map(stated, "xyzw")),
                    answer(shown("x"), shown("y", 0.5), shown("z", 0.3), shown("w", status="rejected")),
                )
            ],
            2 / 4,
            4,
        ),
        (
            "stated_accepted",
            [(judged(stated("x"), stated("y"), optional("z")), answer(shown("x"), shown("y", 0.6), shown("z")))],
            1 / 2,
            2,
        ),
        ("surplus_tags", [(judged(stated("x")), SURPLUS)], 1 / 3, 3),
        ("surplus_tags", [(judged(stated("x"), stated("x", "planned")), SURPLUS)], 0, 3),
        ("stated_shown", [(judged(optional("x"), stated("x", "planned")), answer())], 0, 1),
        (
            "modality_right",
            [(judged(optional("x"), stated("x", "planned")), answer(shown("x", modality="planned")))],
            1,
            1,
        ),
        ("main_first", [FIRST], 1, 1),
        ("main_first", [SECOND], 0, 1),
        ("main_first", [FIRST, SECOND], 0.5, 2),
        ("main_first", [(judged(stated("x")), answer())], 0, 1),
        ("main_first", [(judged(stated("x")), answer(shown("x", 0.4)))], 0, 1),
        ("main_first", [(judged(stated("x"), optional("y")), answer(shown("y", 0.9), shown("x", 0.6)))], 0, 1),
        ("main_first", [(judged(stated("x")), answer(shown("z", 0.6), shown("x", 0.7)))], 1, 1),
        ("modality_right", [(TWO_LEVELS, answer(shown("x", modality="planned", level="L4")))], 1, 1),
        ("level_right", [(TWO_LEVELS, answer(shown("x", level="L4")))], 1, 1),
        ("level_right", [(TWO_LEVELS, answer(shown("x", level="L2")))], 0, 1),
        (
            "modality_right",  # the surest of two tags counts
            [(judged(stated("x", "planned")), answer(shown("x", 0.6, modality="planned"), shown("x", 0.9)))],
            0,
            1,
        ),
        ("level_right", LEVELS, 1 / 3, 3),
        ("level_invented", INVENTED, 1 / 2, 2),
        ("accepted_without_tag", WITHOUT_TAG, 3 / 4, 2),
        ("themes_ece", CHANCES, (0.9 + 0.74) / 4, 4),
        (
            "themes_ece",
            [
                (judged(themes=["a"], weight=3.0), answer(chances={"a": 0.75})),
                (judged(weight=1.0), answer(chances={"a": 0.75})),
            ],
            0,
            2,
        ),
        ("themes_ece", [(judged(), answer(chances={"a": 0.0}))], 0, 1),
        ("themes_ece", [(judged(), answer(chances={"a": 1.0}))], 1, 1),
        ("themes_ece", [(judged(themes=["a"]), answer(chances={"a": 1.0, "b": 0.0}))], 0, 2),
        (
            "tags_ece",  # optional ones are taken for true
            [(judged(stated("x"), optional("y")), answer(dimensions={"x": 0.8, "y": 0.7, "z": 0.4}))],
            (0.2 + 0.3 + 0.4) / 3,
            3,
        ),
    ],
)
def test_a_measure_has_the_value_that_is_counted_by_hand(name, pairs, expected, n):
    found = measured(name, *pairs)
    assert (found.value, found.n) == (pytest.approx(expected), n)


def test_the_most_frequent_level_is_that_of_other_papers():
    rows = [judged(stated("x", level=level), source=paper) for level, paper in (("L3", "a"), ("L3", "a"), ("L1", "b"))]
    frequent = frequent_levels([*rows, judged(optional("x"), source="c")])
    assert [frequent(judged(source=name), "x") for name in ("a", "b", "c")] == ["L1", "L3", "L3"]
    assert frequent(judged(), "y") is None
    found = measures(rows, [answer(shown("x", level="L1"))] * 3, frequent)
    assert (found["level_right"].value, found["level_most_frequent"].value) == (pytest.approx(1 / 3), 0)


def test_an_optional_tag_is_neither_missed_nor_wrong():
    absent = (judged(optional("x")), answer())
    given = (judged(optional("x")), answer(shown("x")))
    assert value("stated_shown", absent, given) is None
    assert value("accepted_right", absent, given) == 1
    assert value("accepted_without_tag", absent, given) is None
    assert value("modality_right", absent, given) is None
    assert dimension_counts([absent[0], given[0]], [absent[1], given[1]]).get("x", (0, 0, 0)) == (0, 0, 0)


@pytest.mark.parametrize(
    ("judged_as", "level", "said", "right"),
    [
        ("planned", None, "planned", True),
        ("planned", None, "recommended", False),
        ("planned", "L0", "achieved", False),
        ("achieved", "L0", "lacking", True),
        ("lacking", "L0", "achieved", True),
        ("lacking", "L1", "achieved", True),
        ("lacking", "L2", "achieved", False),
        ("achieved", None, "lacking", False),
        ("lacking", "L1", "planned", False),
        ("achieved", "L3", None, False),
        ("achieved", "L0", None, False),
    ],
)
def test_modality_where_the_dimension_is_right(judged_as, level, said, right):
    row = judged(stated("x", judged_as, level))
    assert value("modality_right", (row, answer(shown("x", modality=said)))) == right


def test_modality_and_level_rest_on_dimensions_that_are_shown_and_stated():
    pairs = (
        (judged(stated("x", "planned", "L2")), answer(shown("y"))),
        (judged(stated("x", "planned", "L2")), answer(shown("x", 0.4))),
        (judged(optional("x")), answer(shown("x", level="L2"))),
    )
    for name in ("modality_right", "level_right", "level_invented"):
        assert measured(name, *pairs) == (None, None, None, 0, None)


# nothing to measure


NAMES = sorted(measures([], []))


@pytest.mark.parametrize("name", NAMES)
def test_no_passages_have_no_measures(name):
    assert measures([], [])[name] == (None, None, None, 0, None)
    assert value(name, (judged(stated("x"), themes=["a"], weight=None), answer(shown("x"), themes=["a"]))) is None


def test_a_measure_without_anything_that_counts_is_none():
    found = measures([judged()], [answer()])
    assert {name for name, one in found.items() if one.value is not None} == {"accepted_without_tag"}
    found = measures([judged(stated("x"))], [answer()])
    assert {name for name, one in found.items() if one.value is not None} == {
        "stated_accepted",
        "stated_found",
        "stated_shown",
        "main_first",
    }


def test_a_tag_is_right_in_all_parts_with_modality_evidence_and_the_level_that_it_has():
    row = judged(stated("x", "planned", "L3"))
    said = [
        (shown("x", 0.9, modality="planned", level="L3"), 1),
        (shown("x", 0.9, modality="planned", level=None), 1),
        (shown("x", 0.9, modality="planned", level="L2"), 0),
        (shown("x", 0.9, modality="achieved", level="L3"), 0),
    ]
    for tag, right in said:
        assert value("accepted_all_right", (row, answer(tag))) == right
    elsewhere = replace(answer(said[0][0]), evidence=(frozenset({said[0][0].start + 1}),))
    assert value("accepted_all_right", (row, elsewhere)) == 0


def test_what_is_stated_is_ranked_and_organisations_count_alike():
    many = [judged(stated("x"), source=f"p{n}", organisation="many") for n in range(30)]
    few = [judged(source=f"q{n}", organisation="few") for n in range(10)]
    few += [judged(stated("x"), source=f"r{n}", organisation="few") for n in range(10)]
    chances = [0.9] * 30 + [0.8] * 10 + [0.1] * 10
    given = [replace(answer(), stated={"x": chance}) for chance in chances]
    found = measures([*many, *few], given)["stated_average_precision"]
    of_few = sum((n + 1) / (10 + n + 1) for n in range(10)) / 10
    assert found.mean == pytest.approx((1 + of_few) / 2)
    assert found.value > found.mean


# intervals


def drawn(count, seed, per_paper=2):
    """Passages and answers at random, in papers."""
    chance = random.Random(seed)
    rows, answers = [], []
    for number in range(count):
        themes = [name for name in "abcd" if chance.random() < 0.4]
        tags = [stated(name, chance.choice(("achieved", "planned"))) for name in "xy" if chance.random() < 0.5]
        weight = chance.choice((0.5, 1.0, 7.5))
        rows.append(judged(*tags, themes=themes, source=f"paper {number // per_paper}", weight=weight))
        said = [name for name in "abcd" if chance.random() < (0.8 if name in themes else 0.2)]
        chances = {name: chance.random() for name in "abcd"}
        given = [shown(name, chance.choice((0.3, 0.6, 0.9)), level=chance.choice(("L1", None))) for name in "xyz"]
        answers.append(answer(*given, themes=said, chances=chances, dimensions={"x": 0.5, "z": 0.2}))
    return rows, answers


@pytest.mark.parametrize("seed", range(5))
def test_an_interval_holds_its_value(seed):
    for name, one in measures(*drawn(60, seed)).items():
        if one.value is not None:
            assert one.low <= one.value <= one.high, name


def test_measures_and_intervals_do_not_depend_on_the_order():
    rows, answers = drawn(40, 1)
    there = measures(rows, answers)
    back = measures(rows[::-1], answers[::-1])
    shuffled = list(zip(rows, answers, strict=True))
    random.Random(3).shuffle(shuffled)
    mixed = measures(*zip(*shuffled, strict=True))
    for name, one in there.items():
        for other in (back[name], mixed[name]):
            assert other.n == one.n
            for mine, theirs in zip(one[:3], other[:3], strict=True):
                assert (mine is None and theirs is None) or theirs == pytest.approx(mine, abs=1e-12)


def test_measured_again_intervals_are_the_same():
    assert measures(*drawn(40, 1)) == measures(*drawn(40, 1))


def test_passages_of_one_paper_stand_and_fall_together():
    rows, answers = drawn(200, 2, per_paper=1)
    in_papers = [row.model_copy(update={"source": f"paper {place % 10}"}) for place, row in enumerate(rows)]
    alike = [(judged(themes=["a"], source=f"p{n % 2}"), answer(themes=["a"] if n % 2 else [])) for n in range(100)]
    one = measured("themes_recall", *alike)
    assert (one.low, one.value, one.high) == (0, 0.5, 1)  # both papers, or one of them twice
    apart = measured("themes_recall", *((row.model_copy(update={"source": row.id}), said) for row, said in alike))
    assert apart.high - apart.low < 0.3
    assert measures(in_papers, answers)["themes_f1"].value == measures(rows, answers)["themes_f1"].value


def test_passages_of_one_paper_alone_have_an_interval_without_width():
    pairs = [(judged(themes=["a"], source="p"), answer(themes=["a"] if n else [])) for n in range(2)]
    assert measured("themes_recall", *pairs)[:3] == (0.5, 0.5, 0.5)


# by theme and dimension


def test_themes_are_counted_one_by_one():
    rows = [judged(themes=["a", "b"], weight=2.0), judged(themes=["a"])]
    found = theme_counts(rows, [answer(themes=["a", "c"]), answer()])
    assert found == {"a": (2, 0, 1), "b": (0, 0, 2), "c": (0, 2, 0)}
    assert (found["a"].precision, found["a"].recall, found["a"].f1) == (1, pytest.approx(2 / 3), pytest.approx(0.8))
    assert (found["b"].precision, found["b"].recall, found["b"].f1) == (None, 0, 0)
    assert (found["c"].precision, found["c"].recall, found["c"].f1) == (0, None, 0)
    assert list(found) == sorted(found)


def test_dimensions_are_counted_one_by_one():
    rows = [judged(stated("x"), optional("y")), judged(stated("y"), weight=4.0), judged()]
    said = [answer(shown("x"), shown("y")), answer(shown("y", 0.3)), answer(shown("x", 0.6))]
    assert dimension_counts(rows, said) == {"x": (1, 1, 0), "y": (0, 0, 4)}


def test_sums_of_counts_are_those_of_the_measures():
    rows, answers = drawn(50, 4)
    counts = np.array(list(theme_counts(rows, answers).values())).sum(axis=0)
    precision, recall = counts[0] / (counts[0] + counts[1]), counts[0] / (counts[0] + counts[2])
    found = measures(rows, answers)
    assert found["themes_precision"].value == pytest.approx(precision)
    assert found["themes_recall"].value == pytest.approx(recall)
