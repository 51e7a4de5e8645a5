"""The order of the queue: its shares, and the audit slice that is drawn once."""

from collections import Counter

from extractors.document import Mention, Passage, PassageTheme
from pipelines.review.ordering import Item, in_audit, is_judged_twice, ordered
from pipelines.review.queue_table import tag_disagreement, theme_disagreement
from tests.pipelines.review.conftest import tag as made_tag

SEED = "a secret"


def items(count, **more):
    values = {"subject": "data", "paper": "p", "body": "ptc", "disagreement": 0.5} | more
    return [Item(id=f"d-{n}:data:0", distance=n / count, **values) for n in range(count)]


def test_of_five_items_three_are_doubtful_one_disagrees_and_one_is_drawn():
    rows = list(ordered(items(1000), SEED))
    assert len({row.item for row in rows}) == len(rows) == 1000
    shares = Counter(row.slice for row in rows[:500])
    assert shares == {"threshold": 300, "disagreement": 100, "audit": 100}
    assert Counter(row.slice for row in rows[:5]) == {"threshold": 3, "disagreement": 1, "audit": 1}


def test_the_audit_slice_is_a_fifth_and_is_kept_apart():
    rows = list(ordered(items(2000), SEED))
    drawn = {row.item for row in rows if row.slice == "audit"}
    assert 0.17 < len(drawn) / 2000 < 0.23
    assert drawn == {row.item for row in rows if in_audit(row.item, SEED)}


def test_the_audit_slice_and_its_order_outlive_changes_of_the_queue():
    def audit(given):
        return [row.item for row in ordered(given, SEED) if row.slice == "audit"]

    before = items(500)
    changed = [one._replace(distance=1 - one.distance, disagreement=0) for one in items(800, paper="q")[:500]]
    assert audit(changed) == audit(before)
    more = audit(items(800))
    assert [one for one in more if one in set(audit(before))] == audit(before)


def test_another_home_draws_another_slice():
    names = [one.id for one in items(200)]
    assert [in_audit(name, SEED) for name in names] != [in_audit(name, "another") for name in names]


def test_a_tenth_is_judged_twice_whatever_its_slice():
    names = [one.id for one in items(3000)]
    twice = {name for name in names if is_judged_twice(name, SEED)}
    assert 0.08 < len(twice) / len(names) < 0.12
    assert {in_audit(name, SEED) for name in twice} == {True, False}


def test_where_nothing_disagrees_the_doubtful_ones_go_on():
    rows = list(ordered(items(100, disagreement=0), SEED))
    assert len(rows) == 100
    assert {row.slice for row in rows} == {"threshold", "audit"}
    assert list(ordered([], SEED)) == []


def test_papers_take_turns():
    own, other = items(50), [one._replace(id=f"e{one.id}", paper="q") for one in items(50)]
    first = [row.item[0] for row in ordered([*own, *other], SEED) if row.slice == "threshold"][:6]
    assert set(first) == {"d", "e"}


def tag(confidence):
    return made_tag("d-0", confidence, "L1", "data", end=4)


def theme(confidence=0.6, name="data-model"):
    return PassageTheme(id=name, label=name, kind="about", confidence=confidence, status="suggested")


NAMED = PassageTheme.of(Mention(id="data-model", start=0, end=4, surface="text", label="Data Model"))
DIMENSIONS = {"data-model": ("data", "systems"), "green-customs": ("people",)}


def passage(*themes, tags=()):
    return Passage(id="d-0", ordinal=0, text="text", themes=themes, maturity=tuple(tags))


def test_a_named_theme_of_the_dimension_speaks_against_a_low_confidence():
    doubted, sure = (tag_disagreement(tag(one), passage(NAMED), DIMENSIONS) for one in (0.55, 0.95))
    assert doubted > sure
    assert tag_disagreement(tag(0.95), passage(), DIMENSIONS) > sure


def test_an_accepted_tag_of_its_main_dimension_speaks_for_a_theme():
    tagged = passage(tags=[tag(0.9)])
    assert theme_disagreement(theme(), tagged, DIMENSIONS) > theme_disagreement(theme(), passage(), DIMENSIONS)
    assert theme_disagreement(theme(name="green-customs"), tagged, DIMENSIONS) < 0.2
