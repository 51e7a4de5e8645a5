import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.text.numbering import (
    ItemLevels,
    follows,
    is_item,
    is_unmarked,
    letters,
    roman,
    roman_value,
    split_bullet,
    split_division,
    split_number,
)


@pytest.mark.parametrize(
    ("text", "number", "rest"),
    [
        ("12. The Committee took note.", "12.", "The Committee took note."),
        ("12.The Committee", "12.", "The Committee"),
        ("12.- This Chapter does not cover :", "12.", "This Chapter does not cover :"),
        ("12.-Heading 85.37", "12.", "Heading 85.37"),
        ("(a) simplify procedures;", "(a)", "simplify procedures;"),
        ("(a). simplify procedures;", "(a)", "simplify procedures;"),
        ("(m)contact information", "(m)", "contact information"),
        ("(b)“Silicon-based actuators”", "(b)", "“Silicon-based actuators”"),
        ("(iv) the fourth", "(iv)", "the fourth"),
        ("a) des droits et taxes", "a)", "des droits et taxes"),
        ("1.2 Scope", "1.2", "Scope"),
        ("2.1.3. Purpose", "2.1.3.", "Purpose"),
        ("IV. ACTION REQUESTED", "IV.", "ACTION REQUESTED"),
        ("B. Observers", "B.", "Observers"),
        ("1° les agents", "1°", "les agents"),
        ("4. Decision 2019/23", "4.", "Decision 2019/23"),
        ("2. Agenda 2030 for sustainable trade", "2.", "Agenda 2030 for sustainable trade"),
        ("5. Mai 2021/3", "5.", "Mai 2021/3"),
        ("(أ) النزاعات الفردية", "(أ)", "النزاعات الفردية"),
        ("ب) التعويض", "ب)", "التعويض"),
        ("א. שלום עולם", "א.", "שלום עולם"),
    ],
)
def test_takes_off_a_printed_number(text, number, rest):
    assert split_number(text) == (number, rest)


@pytest.mark.parametrize(
    "text",
    [
        "2015 was a year",
        "1.5 million items",
        "12 Members agreed",
        "(s)he",
        "e.g. this",
        "12.5% of it",
        "12.-5",
        "525). Identify it",
        "The 12. of May",
        "18. Juni 2021",
        "A. Able, N. Baker and C. Cole",
        "C. Cole & D. Dale",
        "24. mai 2019 nr. 15",
        "5. ledna 2021",
        "12. tammikuuta 2020 annettu laki",
        "12.",
    ],
)
def test_leaves_text_without_a_number_alone(text):
    assert split_number(text) == (None, text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Annex II", ("Annex II", "", 1)),
        ("Annex I to Doc. PC0727E1a", ("Annex I", "to Doc. PC0727E1a", 1)),
        ("Annexe II au doc. PC0727F1a (Point V)", ("Annexe II", "au doc. PC0727F1a (Point V)", 1)),
        ("Annex I to the report was adopted", None),
        ("ANNEXE II - Formulaires", ("ANNEXE II", "Formulaires", 1)),
        ("Article 5: Enquiry Points", ("Article 5", "Enquiry Points", 4)),
        ("Article premier", ("Article premier", "", 4)),
        ("«Article 10 bis", ("Article 10 bis", "", 4)),
        ("CHAPITRE V BIS Assiette", ("CHAPITRE V BIS", "Assiette", 2)),
        ("Article 194⁴⁴", ("Article 194", "Article 194⁴⁴", 4)),
        ("Annex II¹ – Rules of origin", ("Annex II", "Rules of origin¹", 1)),
        ("CHAPTER I Legislation", ("CHAPTER I", "Legislation", 2)),
        ("‘Article 2e", ("Article 2e", "", 4)),
        ("Article 5 of the Agreement provides for it", None),
        ("Article 5 Members shall publish it.", None),
        ("Annexed hereto", None),
        ("Particle 5", None),
    ],
)
def test_tells_the_heading_of_a_division(text, expected):
    assert split_division(text) == expected


@pytest.mark.parametrize(
    ("text", "rest"), [("• one", "one"), ("- two", "two"), ("\uf0b7 three", "three"), ("-5", None)]
)
def test_tells_a_bullet(text, rest):
    assert split_bullet(text) == rest


@pytest.mark.parametrize(
    ("number", "item"), [("(a)", True), ("ii)", True), ("12.", False), ("1.2", False), ("IV.", False)]
)
def test_tells_items_from_paragraphs(number, item):
    assert is_item(number) is item


@pytest.mark.parametrize(
    ("before", "number", "comes_next"),
    [
        ("11.", "12.", True),
        ("(a)", "(b)", True),
        ("(iii)", "(iv)", True),
        (None, "1.", True),
        ("3.", "12.", False),
        ("(a)", "(i)", True),
        ("11.", "(l)", False),
        ("1.1", "1.2", True),
    ],
)
def test_tells_the_next_number(before, number, comes_next):
    assert follows(before, number) is comes_next


def test_items_nest_by_the_kind_of_their_marks():
    levels = ItemLevels()
    marks = ["(a)", "(b)", "(i)", "(ii)", "•", "(iii)", "(c)"]
    assert [levels.level(mark) for mark in marks] == [1, 1, 2, 2, 3, 2, 1]


def test_the_letter_after_h_is_no_numeral():
    levels = ItemLevels()
    assert [levels.level(f"({letter})") for letter in "abcdefghijk"] == [1] * 11


@given(st.integers(1, 3999))
def test_roman_numerals_go_there_and_back(value):
    assert roman_value(roman(value)) == value
    assert roman_value(roman(value).upper()) == value


def test_letters_go_on_as_in_word():
    assert [letters(n) for n in (1, 26, 27, 52, 53)] == ["a", "z", "aa", "zz", "aaa"]


@given(st.text(max_size=60))
def test_nothing_is_lost(text):
    number, rest = split_number(text)
    between = "".join(text.split()).removeprefix("".join((number or "").split())).removesuffix("".join(rest.split()))
    assert between in ("", "-", "–", "—", ".")
    assert number or not between
    split_division(text)


@given(st.text("abIVixo(§1.) -•\u00e9", max_size=12))
def test_what_is_unmarked_has_no_number_and_no_bullet(text):
    if is_unmarked(text):
        assert split_number(text) == (None, text)
        assert split_bullet(text) is None


def test_most_text_is_unmarked():
    assert is_unmarked("The Committee took note.")
    assert not any(map(is_unmarked, ("iv. the fourth", "B) Observers", "o an item", "12. The", "(a) take")))


@given(
    st.lists(st.sampled_from(["(a)", "(b)", "(i)", "(ii)", "(v)", "(x)", "•", "a)", "i.", "(aa)", "1)"]), max_size=30)
)
def test_levels_are_never_deeper_than_the_kinds_of_marks(marks):
    levels = ItemLevels()
    assert all(1 <= levels.level(mark) <= 7 for mark in marks)


@given(st.integers(1, 120), st.sampled_from(["{}.", "({})", "{})"]))
def test_every_printed_number_comes_off_a_sentence(value, form):
    number = form.format(value)
    assert split_number(f"{number} The Committee took note.") == (number, "The Committee took note.")


@given(st.integers(1, 39))
def test_roman_items_come_off_in_brackets(value):
    assert split_number(f"({roman(value)}) take note;") == (f"({roman(value)})", "take note;")


@given(st.integers(1, 200))
def test_a_number_follows_the_one_before_it(value):
    assert follows(f"{value}.", f"{value + 1}.")
    assert not follows(f"{value}.", f"{value + 2}.")
