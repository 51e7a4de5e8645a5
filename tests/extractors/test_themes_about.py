"""Themes of a passage of both kinds: what each row says, and in which order the rows stand."""

import pytest

from extractors.document import Mention, Passage, PassageTheme
from extractors.themes.about import AboutTheme, merged_themes, status_of

SHAPE = ["id", "label", "kind", "start", "end", "surface", "confidence", "status", "why"]
WINDOW = Mention(id="single-window", start=4, end=17, surface="single window", label="Single Window")
RISK = Mention(id="risk-management", start=30, end=45, surface="risk management", label="risk management")
PAPERLESS = AboutTheme("paperless", 0.83214, "accepted", "paper is replaced by data")
TRUST = AboutTheme("trust", 0.61, "suggested", "trusted traders")


def test_named_themes_stand_by_offset_and_then_the_others_by_confidence():
    themes = merged_themes([RISK, WINDOW], [TRUST, PAPERLESS], str.upper)
    assert [(one.id, one.kind) for one in themes] == [
        ("single-window", "named"),
        ("risk-management", "named"),
        ("paperless", "about"),
        ("trust", "about"),
    ]


def test_a_named_theme_has_its_place_and_is_certain():
    (theme,) = merged_themes([WINDOW], [], str.upper)
    assert theme.model_dump() == {
        "id": "single-window",
        "label": "Single Window",
        "kind": "named",
        "start": 4,
        "end": 17,
        "surface": "single window",
        "confidence": 1.0,
        "status": None,
        "why": "Single Window",
    }


def test_a_theme_by_meaning_has_no_place_and_says_why():
    (theme,) = merged_themes([], [PAPERLESS], str.upper)
    assert list(theme.model_dump()) == SHAPE
    assert (theme.start, theme.end, theme.surface) == (None, None, None)
    assert (theme.label, theme.confidence, theme.status) == ("PAPERLESS", 0.8321, "accepted")
    assert theme.why == "paper is replaced by data"


def test_a_theme_of_both_kinds_has_a_row_of_each():
    both = merged_themes([WINDOW], [AboutTheme("single-window", 0.7, "suggested", "one window")], str.upper)
    assert [(one.id, one.kind, one.confidence, one.status) for one in both] == [
        ("single-window", "named", 1.0, None),
        ("single-window", "about", 0.7, "suggested"),
    ]


@pytest.mark.parametrize(
    ("confidence", "status"),
    [(1.0, "accepted"), (0.8, "accepted"), (0.79, "suggested"), (0.5, "suggested"), (0.49, None)],
)
def test_a_status_follows_from_the_confidence(confidence, status):
    assert status_of(confidence) == status


def test_another_limit_may_be_set_for_suggestions():
    assert status_of(0.45, suggested=0.4) == "suggested"
    assert status_of(0.6, suggested=0.65) is None


def test_a_passage_gives_what_its_words_name():
    themes = merged_themes([RISK, WINDOW], [PAPERLESS], str.upper)
    assert Passage(id="a-0", ordinal=0, text="x", themes=themes).named == (WINDOW, RISK)


@pytest.mark.parametrize("field", ["label", "confidence", "status"])
def test_a_theme_with_a_kind_is_complete(field):
    whole = PassageTheme.of(WINDOW).model_dump()
    del whole[field]
    with pytest.raises(ValueError, match=field):
        PassageTheme.model_validate(whole)
