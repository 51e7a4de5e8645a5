"""Where the words of a judgement of a whole passage stand after another cut, and the themes as people leave them."""

import pytest

from extractors.document import Mention, Passage, PassageTheme
from extractors.judgements import AnchoredJudgement, PassageTexts
from extractors.themes.judgements import ThemeJudgement, theme_id, theme_of, themes_as_judged

ROWS = [f"Office {number}\tscanner {number}\tin use" for number in range(8)]
HEAD = "Office\tEquipment\tState"


def judgement(theme="paperless", action="accept", *, number=1, quote="x", offset=0, why=None):
    values = {"id": number, "at": "2024-01-01T00:00:00Z", "author": "ana", "action": action, "document": "d"}
    values |= {"tag": theme_id("d-0", theme), "theme": theme, "label": theme.title(), "why": why}
    return ThemeJudgement(quote=quote, offset=offset, **values)


def about(theme="paperless", confidence=0.6, status="suggested"):
    return PassageTheme(id=theme, label=theme, kind="about", confidence=confidence, status=status, why="nearest")


NAMED = PassageTheme.of(Mention(id="paperless", start=0, end=9, surface="paperless", label="paperless"))


def judged(themes, *judgements):
    passage = Passage(id="d-0", ordinal=0, text="x", themes=tuple(themes))
    found = themes_as_judged(passage, [AnchoredJudgement(one, 0, 0, 1) for one in judgements])
    return [(one.id, one.kind, one.confidence, one.status) for one in found]


def table(*rows):
    return "\n".join([HEAD, *rows])


class TestPlaces:
    def test_a_passage_is_found_whole_in_a_larger_one(self):
        old, new = PassageTexts(["One.", "Two is longer.\nThree."]), PassageTexts(["One. Two is longer. Three."])
        placed = new.place(judgement(quote="Two is longer.\nThree.", offset=old.offset(1, 0)))
        assert (placed.passage, placed.start, placed.end) == (0, 5, 26)

    def test_of_a_passage_that_is_cut_the_larger_part_counts(self):
        placed = PassageTexts(["One. Two", "is longer. Three."]).place(
            judgement(quote="Two is longer. Three.", offset=4)
        )
        assert placed.passage == 1

    def test_a_table_is_found_where_most_of_its_rows_are_between_repeated_headers(self):
        old = PassageTexts([table(*ROWS[:4]), table(*ROWS[4:])])
        cut = [table(*ROWS[:3]), table(*ROWS[3:5]), table(*ROWS[5:])]
        placed = PassageTexts(cut).place(judgement(quote=table(*ROWS[4:]), offset=old.offset(1, 0)))
        assert (placed.passage, placed.start, placed.end) == (2, 0, len(cut[2]))

    def test_a_passage_that_changed_a_little_is_found(self):
        placed = PassageTexts(["First of all.", "One line stays.\nAnother was changed."]).place(
            judgement(quote="One line stays.\nAnother.", offset=11)
        )
        assert placed.passage == 1

    @pytest.mark.parametrize(
        "quote", ["Gone.\nAll of it.", "One line stays.\nMost of the rest is not there any more.", ""]
    )
    def test_a_passage_that_is_mostly_gone_leaves_it_loose(self, quote):
        assert PassageTexts(["One line stays.\nAnother was changed."]).place(judgement(quote=quote)) is None


class TestThemes:
    @pytest.mark.parametrize("action", ["accept", "set"])
    def test_an_accepted_theme_is_certain(self, action):
        assert judged([about()], judgement(action=action)) == [("paperless", "about", 1.0, "accepted")]

    def test_a_theme_is_added_where_there_was_none(self):
        (found,) = themes_as_judged(
            Passage(id="d-0", ordinal=0, text="x"),
            [AnchoredJudgement(judgement(action="set", why="added by ana"), 0, 0, 1)],
        )
        assert (found.label, found.why, found.start) == ("Paperless", "added by ana", None)

    def test_a_rejected_theme_is_gone_named_or_not(self):
        assert judged([NAMED, about(), about("mobile")], judgement(action="reject")) == [
            ("mobile", "about", 0.6, "suggested")
        ]

    def test_what_is_named_stays_named_where_a_theme_is_accepted(self):
        found = judged([NAMED, about()], judgement())
        assert found == [("paperless", "named", 1.0, None), ("paperless", "about", 1.0, "accepted")]

    def test_the_newest_judgement_counts(self):
        reject, accept = judgement(action="reject", number=1), judgement(number=2)
        for order in ([reject, accept], [accept, reject]):
            assert judged([NAMED, about()], *order)[0][:2] == ("paperless", "named")
        assert judged([NAMED, about()], judgement(number=1), judgement(action="reject", number=2)) == []

    def test_themes_by_meaning_stand_by_confidence(self):
        found = judged([about("a", 0.9, "accepted"), about("b", 0.7)], judgement("b"), judgement("c", "set"))
        assert [one[0] for one in found] == ["b", "c", "a"]


@pytest.mark.parametrize(
    ("name", "theme"),
    [("d-0:theme:paperless", "paperless"), ("d-0:law:12", None), ("d-0", None), ("d-0:theme", None), ("", None)],
)
def test_the_id_of_a_theme_tells_it(name, theme):
    assert theme_of(name) == theme
    assert theme is None or theme_id("d-0", theme) == name
