"""Themes of a paper: numbers and colours that agree wherever they are shown, and that can be read in light and dark."""

import re

import pytest

from extractors.document import Passage, PassageTheme
from pipelines.search.service import DocumentTheme
from pipelines.viewing.document_view import PageView, PassageOnPage
from portal.web.app import _STATIC
from portal.web.theme_marks import COLOURS, ThemeMarks

TEXT = "A <single> window & its transit rules."


def listed(*names):
    return [DocumentTheme(id=name, label=name, mentions=1, about=0, passages=1, strength=1.0) for name in names]


def named(theme, surface):
    start = TEXT.index(surface)
    place = {"start": start, "end": start + len(surface), "surface": surface}
    return PassageTheme(id=theme, label=theme, kind="named", confidence=1.0, status=None, **place)


def passage(*themes):
    return Passage(id="p-0", ordinal=0, text=TEXT, themes=themes)


MARKS = ThemeMarks(listed("windows", "transit"), str.upper)


def test_the_words_of_a_theme_carry_its_number_its_colour_and_its_name():
    shown = MARKS.quoted(passage(named("windows", "<single> window"), named("transit", "transit")), [])
    assert shown == (
        'A <span class="theme theme-1" title="WINDOWS" data-number="1">&lt;single&gt; window</span> &amp; its '
        '<span class="theme theme-2" title="TRANSIT" data-number="2">transit</span> rules.'
    )


def test_a_sentence_stays_marked_and_a_theme_that_leaves_it_is_numbered_once():
    shown = MARKS.quoted(passage(named("windows", "<single> window")), [(0, len("A <single>"))])
    assert shown == (
        '<em>A <span class="theme theme-1" title="WINDOWS">&lt;single&gt;</span></em>'
        '<span class="theme theme-1" title="WINDOWS" data-number="1"> window</span> &amp; its transit rules.'
    )


def test_words_are_marked_in_sentences_and_outside_and_parted_where_these_end():
    shown = MARKS.text("one two three", [(0, 7)], [(4, 13)], [])
    assert shown == "<em>one <mark>two</mark></em><mark> three</mark>"


def test_of_themes_in_one_another_the_longer_is_marked():
    shown = MARKS.quoted(passage(named("windows", "transit"), named("transit", "transit rules")), [])
    assert re.findall(r'data-number="(\d)">([^<]*)<', shown) == [("2", "transit rules")]


def test_a_theme_that_the_paper_does_not_have_is_not_marked():
    theme = named("elsewhere", "window")
    assert "<span" not in MARKS.quoted(passage(theme), [])
    assert MARKS.of(passage(theme)) == ()
    assert MARKS.text("a <b>", [], [], []) == "a &lt;b&gt;"


def test_more_themes_than_colours_keep_numbers_of_their_own():
    many = ThemeMarks(listed(*(f"t{n}" for n in range(COLOURS + 2))), str)
    assert (many.get(f"t{COLOURS}").number, many.get(f"t{COLOURS}").colour) == (COLOURS + 1, 1)


def test_marks_stand_beside_the_box_and_on_the_page():
    box = (60.0, 160.0, 594.0, 184.0)  # 24 points high: one mark fits below the box's top
    place = PassageOnPage(passage="p-0", boxes=(box,), evidence=False)
    page = PageView(number=1, label=None, width=600, height=800, passages=(place,))
    themed = passage(named("windows", "window"), named("transit", "transit"))
    placed = list(MARKS.beside(themed, place, page))
    assert [one.mark.number for one in placed] == [1, 2]
    assert [one.x for one in placed] == [577.5, 592.5]
    assert all(160 < one.y < 184 for one in placed)
    assert not list(MARKS.beside(themed, place.model_copy(update={"boxes": ()}), page))


def luminance(colour):
    """Relative luminance (WCAG 2.2)."""
    digits = colour.lstrip("#")
    digits = "".join(2 * one for one in digits) if len(digits) == 3 else digits
    channels = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(
    ("scheme", "background", "mark"), [("light", "#fff", "#ffe48a"), ("dark", "#13171f", "#66540a")]
)
def test_every_colour_can_be_read(scheme, background, mark):
    css = (_STATIC / "portal.css").read_text(encoding="utf-8")
    assert f"--mark: {mark}" in css
    line = [one for one in css.splitlines() if "--on-theme:" in one][scheme == "dark"]
    colours = dict(re.findall(r"--theme-(\d+): (#\w+)", line))
    on_theme = re.search(r"--on-theme: (#\w+)", line)[1]
    assert len(set(colours.values())) == COLOURS
    for colour in colours.values():
        assert contrast(colour, on_theme) >= 4.5
        assert contrast(colour, background) >= 4.5
        assert contrast(colour, mark) >= 3.0
