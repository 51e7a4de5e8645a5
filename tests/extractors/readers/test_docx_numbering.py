"""The numbers that Word prints, from the XML of a numbering part: levels, restarts, overrides, forms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from extractors.readers.docx.lists import Numbering, load_lists
from extractors.readers.number_forms import count_in_form
from extractors.text.numbering import letters

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
NS = f"{{{W}}}"
NEVER = '<w:lvlRestart w:val="0"/>'


def level(depth, text, form="decimal", start=1, more=""):
    began = "" if start is None else f'<w:start w:val="{start}"/>'
    return f'<w:lvl w:ilvl="{depth}">{began}<w:numFmt w:val="{form}"/>{more}<w:lvlText w:val="{text}"/></w:lvl>'


def abstract(key, *levels):
    return f'<w:abstractNum w:abstractNumId="{key}">{"".join(levels)}</w:abstractNum>'


def instance(key, of, **overrides):
    """An instance of an abstract list; `at0="…"` is what its override of level 0 holds."""
    held = "".join(f'<w:lvlOverride w:ilvl="{at[2:]}">{xml}</w:lvlOverride>' for at, xml in overrides.items())
    return f'<w:num w:numId="{key}"><w:abstractNumId w:val="{of}"/>{held}</w:num>'


def start(value):
    return f'<w:startOverride w:val="{value}"/>'


def numbering(*parts, styles=()):
    root = etree.fromstring(f'<w:numbering xmlns:w="{W}">{"".join(parts)}</w:numbering>')
    return Numbering(load_lists(root, NS, dict(styles)))


def numbers(resolver, *places, language=None):
    """The numbers of paragraphs, each given by its depth or by (list, depth)."""
    named = (place if isinstance(place, tuple) else ("1", place) for place in places)
    return [resolver.next_number(str(key), depth, language) for key, depth in named]


def outline(*, restart="", key="1"):
    levels = (level(0, "%1."), level(1, "%1.%2", more=restart), level(2, "(%3)", "lowerLetter"))
    return abstract(key, *levels)


AFTER_FIRST = level(2, "%3", more='<w:lvlRestart w:val="1"/>')
SIGN, LETTER = level(1, "—", "bullet"), level(3, "%1%4", "lowerLetter")
HIDDEN = level(0, "%1.").replace("</w:lvl>", "<w:rPr><w:vanish/></w:rPr></w:lvl>")
NOTHING = level(0, "%1", "none")
ARTICLE = level(0, "Article %1", "upperRoman")
LEGAL, ILLEGAL = (level(1, "%1.%2", "lowerLetter", more=more) for more in ("<w:isLgl/>", '<w:isLgl w:val="0"/>'))
OUTLINE = (level(0, "%1."), level(1, "%1.%2"), level(2, "(%3)", "lowerLetter"))
ONE_LIST = {
    "a level restarts below every level above it": (
        OUTLINE,
        (0, 1, 2, 2, 1, 2, 0, 2),
        ["1.", "1.1", "(a)", "(b)", "1.2", "(a)", "2.", "(a)"],
    ),
    "a level may restart after one level only": (
        (level(0, "%1."), level(1, "%2)"), AFTER_FIRST),
        (0, 1, 2, 1, 2, 0, 2),
        ["1.", "1)", "1", "2)", "2", "2.", "1"],
    ),
    "a level may never restart": (
        (level(0, "%1."), level(1, "%1.%2", more=NEVER)),
        (0, 1, 0, 1, 1),
        ["1.", "1.1", "2.", "2.2", "2.3"],
    ),
    "a level above that was left out starts": (
        (level(0, "%1.", start=3), level(1, "%1.%2")),
        (1, 1, 0, 1),
        ["3.1", "3.2", "4.", "4.1"],
    ),
    "legal numbering shows decimals": ((ARTICLE, LEGAL), (0, 0, 1), ["Article I", "Article II", "2.1"]),
    "legal numbering that is off": ((ARTICLE, ILLEGAL), (1,), ["I.a"]),
    "a bullet adds nothing to a number below it": (
        (level(0, "%1."), SIGN, level(2, "%1.%2%3."), LETTER),
        (0, 1, 2, 3),
        ["1.", "•", "1.1.", "1a"],
    ),
    "an empty level adds nothing": ((NOTHING, level(1, "%1%2.")), (0, 1), [None, "1."]),
    "signs are bullets and words are numbers": (
        (level(0, "–"), level(1, "Annex"), level(2, "", "bullet")),
        (0, 1, 2),
        ["•", "Annex", None],
    ),
    "what is left without its counts is not printed": (
        (NOTHING, level(1, "%1.%2.", "none"), level(2, "%1.%3.", "decimal")),
        (0, 1, 2),
        [None, None, ".1."],
    ),
    "a text that names a level below is not printed": ((level(0, "%1.%2"),), (0,), [None]),
    "a hidden number counts": ((HIDDEN, level(1, "%1.%2")), (0, 0, 1), [None, None, "2.1"]),
    "a level without a start begins at nought": ((level(0, "%1.", start=None),), (0, 0), ["0.", "1."]),
    "a level not defined is the one above it": ((level(0, "%1."),), (0, 3, 0), ["1.", "2.", "3."]),
}


@pytest.mark.parametrize("case", ONE_LIST)
def test_the_numbers_of_a_list(case):
    levels, depths, printed = ONE_LIST[case]
    assert numbers(numbering(abstract("1", *levels), instance(1, 1)), *depths) == printed


@pytest.mark.parametrize("value", ["8", "99", "-1", "x"])
def test_a_restart_that_word_does_not_know_counts_as_none(value):
    resolver = numbering(outline(restart=f'<w:lvlRestart w:val="{value}"/>'), instance(1, 1))
    assert numbers(resolver, 0, 1, 0, 1) == ["1.", "1.1", "2.", "2.1"]


def test_instances_of_one_abstract_list_are_counted_together():
    resolver = numbering(outline(), instance(1, 1), instance(2, 1), outline(key="9"), instance(3, 9))
    assert numbers(resolver, (1, 0), (2, 0), (3, 0), (1, 0)) == ["1.", "2.", "1.", "3."]


def test_an_instance_takes_its_starts_once_for_each_level():
    resolver = numbering(outline(restart=NEVER), instance(1, 1), instance(2, 1, at0=start(8), at1=start(5)))
    places = [(1, 0), (1, 1), (2, 0), (2, 1), (2, 1), (2, 0), (1, 0), (1, 1)]
    assert numbers(resolver, *places) == ["1.", "1.1", "8.", "8.5", "8.6", "9.", "10.", "10.7"]


def test_the_start_of_an_instance_holds_whenever_its_level_restarts():
    resolver = numbering(outline(), instance(1, 1, at1=start(5)))
    assert numbers(resolver, 0, 1, 1, 0, 1) == ["1.", "1.5", "1.6", "2.", "2.5"]


def test_whole_levels_are_overridden_several_in_one_instance_and_the_count_goes_on():
    roman_level, letter_level = level(0, "%1)", "upperRoman"), level(1, "%1-%2", "upperLetter", more=NEVER)
    resolver = numbering(outline(), instance(1, 1), instance(2, 1, at0=roman_level, at1=letter_level))
    assert numbers(resolver, (1, 0), (2, 0), (2, 1), (2, 1), (2, 0), (2, 1), (1, 0)) == [
        "1.",
        "II)",
        "II-A",
        "II-B",
        "III)",
        "III-A",  # Word passes over the restart of an override
        "4.",
    ]


def test_a_level_and_its_start_may_be_overridden_together():
    resolver = numbering(outline(), instance(1, 1, at0=start(4) + level(0, "Rule %1", start=9)))
    assert numbers(resolver, 0, 0) == ["Rule 4", "Rule 5"]


def test_a_list_style_lends_its_levels_and_its_count():
    parts = (
        abstract("1", '<w:styleLink w:val="Rules"/>', level(0, "%1)", "lowerRoman")),
        abstract("2", '<w:numStyleLink w:val="Rules"/>'),
        instance(1, 1, at0=start(3)),
        instance(2, 2),
    )
    assert numbers(numbering(*parts, styles={"Rules": "1"}.items()), (2, 0), (1, 0)) == ["iii)", "iii)"]
    assert numbers(numbering(*parts), (2, 0), (2, 0)) == ["i)", "ii)"]  # the style itself is missing


def test_list_styles_that_point_at_each_other_end():
    parts = (
        abstract("1", '<w:numStyleLink w:val="B"/>'),
        abstract("2", '<w:numStyleLink w:val="A"/>'),
        instance(1, 1),
        instance(2, 2),
    )
    assert numbers(numbering(*parts, styles={"A": "1", "B": "2"}.items()), 0) == [None]


def test_formats_that_only_newer_versions_know_stand_in_an_alternative():
    mc = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    form = (
        f'<mc:AlternateContent xmlns:mc="{mc}"><mc:Choice Requires="w14"><w:numFmt w:val="custom" '
        'w:format="001, 002, 003, ..."/></mc:Choice><mc:Fallback><w:numFmt w:val="decimal"/></mc:Fallback>'
        "</mc:AlternateContent>"
    )
    made = level(0, "%1").replace('<w:numFmt w:val="decimal"/>', form)
    assert numbers(numbering(abstract("1", made), instance(1, 1)), 0) == ["001"]


@pytest.mark.parametrize(
    "broken",
    [
        instance(1, 7),
        '<w:num w:numId="1"/>',
        abstract("1", '<w:lvl w:ilvl="x"/>', '<w:lvl w:ilvl="12"/>') + instance(1, 1, atx=start(1), at9=start("y")),
    ],
)
def test_broken_definitions_number_nothing(broken):
    assert numbers(numbering(broken), 0, 8, 9, -1, ("404", 0)) == [None] * 5


@given(places=st.lists(st.tuples(st.integers(1, 3), st.integers(0, 2)), max_size=40))
def test_a_level_counts_up_by_one_until_a_level_above_it_is_used(places):
    """Instances without starts share a count; it may only go up by one, or restart below a level above."""
    resolver = numbering(
        abstract("1", level(0, "%1"), level(1, "%2"), level(2, "%3")), *(instance(key, 1) for key in (1, 2, 3))
    )
    last = dict.fromkeys(range(3), 0)
    for (_, depth), number in zip(places, numbers(resolver, *places), strict=True):
        assert int(number) == last[depth] + 1
        last[depth] = int(number)
        for above in range(depth):
            last[above] = max(1, last[above])  # one that was left out counts as begun
        for below in range(depth + 1, 3):
            last[below] = 0


@given(depths=st.lists(st.integers(0, 2), max_size=40))
def test_levels_that_never_restart_count_straight_through(depths):
    parts = (abstract("1", *(level(depth, f"%{depth + 1}", more=NEVER) for depth in range(3))), instance(1, 1))
    found = numbers(numbering(*parts), 0, *depths)
    for depth in range(3):
        of_depth = [int(number) for number, at in zip(found, (0, *depths), strict=True) if at == depth]
        assert of_depth in (list(range(1, len(of_depth) + 1)), list(range(2, len(of_depth) + 2)))


@given(starts=st.lists(st.integers(0, 50), min_size=1, max_size=4), places=st.lists(st.integers(0, 3), max_size=30))
def test_each_instance_begins_at_its_own_start(starts, places):
    keys = range(2, len(starts) + 2)
    instances = (instance(key, 1, at0=start(value)) for key, value in zip(keys, starts, strict=True))
    resolver = numbering(abstract("1", level(0, "%1")), *instances)
    chosen = [(place % len(starts) + 2, 0) for place in places]
    begun = set()
    before = None
    for (key, _), number in zip(chosen, numbers(resolver, *chosen), strict=True):
        assert int(number) == (starts[key - 2] if key not in begun else before + 1)
        begun.add(key)
        before = int(number)


@pytest.mark.parametrize(
    ("value", "form", "printed"),
    [
        (7, "decimalZero", "07"),
        (12, "decimalZero", "12"),
        (4, "upperRoman", "IV"),
        (28, "lowerLetter", "bb"),
        (53, "upperLetter", "AAA"),
        (780, "lowerLetter", "z" * 30),
        (781, "lowerLetter", "a"),
        (1, "ordinal", "1st"),
        (12, "ordinal", "12th"),
        (23, "ordinal", "23rd"),
        (3, "russianLower", "в"),
        (30, "russianUpper", "АА"),
        (2, "arabicAlpha", "ب"),
        (3, "decimalEnclosedCircle", "③"),
        (21, "decimalEnclosedCircle", "21"),
        (5, "numberInDash", "- 5 -"),
        (255, "hex", "FF"),
        (12, "thaiNumbers", "๑๒"),
        (5, "chicago", "**"),
        (5, "none", ""),
        (5, "japaneseLegal", "5"),
        (5, "cardinalText", "5"),
        (7, "0001, 0002, 0003, ...", "0007"),
        (0, "upperRoman", "0"),
        (40_000, "lowerRoman", "40000"),
    ],
)
def test_forms_of_counts(value, form, printed):
    assert count_in_form(value, form) == printed


@pytest.mark.parametrize(("language", "printed"), [("fr", "1er 2e"), ("es", "1º 2º"), ("de", "1. 2."), ("ru", "1. 2.")])
def test_ordinals_of_other_languages(language, printed):
    assert " ".join(count_in_form(value, "ordinal", language) for value in (1, 2)) == printed
    resolver = numbering(abstract("1", level(0, "%1", "ordinal")), instance(1, 1))
    assert " ".join(numbers(resolver, 0, 0, language=language)) == printed


@given(st.integers(1, 780))
def test_letters_go_back(value):
    text = letters(value)
    assert (len(text) - 1) * 26 + ord(text[0]) - ord("a") + 1 == value
    assert len(set(text)) == 1


@given(st.integers(0, 10**9), st.sampled_from(["lowerLetter", "upperRoman", "chicago", "russianLower", "ordinal"]))
def test_no_count_makes_a_long_text(value, form):
    assert 0 < len(count_in_form(value, form)) <= 60
