import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.system.errors import UsageError
from index.analysis import open_analysis
from index.query.expansion import NamedTheme
from index.query.lexer import lexemes
from index.query.parser import MOST_CHARACTERS, QueryError, analysed_query, parse_query
from index.query.tree import Clause, Conjunction, Either, Fuzzy, PaperName, Phrase, Prefix, Word, Wording

ANY_TEXT = st.text(alphabet=st.characters(), max_size=300)
"""Every code point, lone surrogates too."""
SECONDS = 10
"""What the longest query may take; a hundred times what it takes."""


def analysed(text, **rules):
    return analysed_query(parse_query(text), **rules)


def clauses(text):
    root = parse_query(text).root
    assert isinstance(root, Conjunction)
    return root.clauses


@pytest.mark.parametrize("text", ["", "  ", "*"])
def test_nothing_asks_for_everything(text):
    assert parse_query(text).root is None


def test_words_hold_together():
    assert clauses("single window") == (Clause(Word("single")), Clause(Word("window")))


def test_signs_demand_and_forbid():
    found = clauses("+must -not NOT neither")
    assert found == (Clause(Word("must"), "must"), Clause(Word("not"), "not"), Clause(Word("neither"), "not"))


@pytest.mark.parametrize("text", ["e-commerce", "export-import", "l'article", "and/or", "person's"])
def test_marks_inside_a_word_are_part_of_it(text):
    assert clauses(text) == (Clause(Word(text)),)


@pytest.mark.parametrize("text", ['"guichet unique"', "«guichet unique»", '"guichet unique', "“guichet unique”"])
def test_quotes_make_a_phrase_closed_or_not(text):
    assert clauses(text) == (Clause(Phrase("guichet unique"), "must"),)


def test_phrases_hold_in_every_mode_also_behind_or_and_in_brackets():
    def demanded(text):
        return parse_query(text).constraints()

    one, two = (Conjunction((Clause(Phrase(text), "must"),)) for text in ("a b", "c d"))
    assert demanded('"a b" window') == one
    assert demanded('"a b" OR "c d"') == Either((one, two))
    assert demanded('"a b" OR window') is None
    assert demanded('window ("a b" OR "c d")') == Conjunction((Clause(Either((one, two)), "must"),))
    assert demanded('window -"a b"') == Conjunction((Clause(Phrase("a b"), "not"),))


@pytest.mark.parametrize(
    ("text", "position", "name", "nearest"),
    [
        ("boddy:ptc single", 0, "boddy", "body"),
        ("single langage:fr", 7, "langage", "language"),
        ('single boddy:"a b"', 7, "boddy", "body"),
        ("a OR -thème:x", 6, "thème", "theme"),
        ("theme.namd:x", 0, "theme.namd", "theme.named"),
        ("(yeer:2010)", 1, "yeer", "year"),
    ],
)
def test_a_field_that_there_is_not_is_refused_with_the_nearest(text, position, name, nearest):
    with pytest.raises(QueryError, match=f"unknown field '{name}'") as refused:
        parse_query(text)
    assert refused.value.position == position
    assert f"nearest: {nearest}" in refused.value.remedy
    assert "in quotes it is searched as words" in refused.value.remedy


@pytest.mark.parametrize(
    "text",
    [
        '"boddy:ptc"',
        "boddy: ptc",
        "ab:c",
        "WTO:tfa",
        "Boddy:ptc",
        "http://wco.org",
        "mailto:a@wco.org",
        "urn:iso:std",
        "a:b",
        "10:30",
        "note:",
        "note:)",
    ],
)
def test_other_colons_are_text(text):
    assert not parse_query(text).conditions


def test_or_separates_groups():
    root = parse_query("a b OR c").root
    assert root == Either((Conjunction((Clause(Word("a")), Clause(Word("b")))), Conjunction((Clause(Word("c")),))))


def test_brackets_group():
    inner = Either((Conjunction((Clause(Word("b")),)), Conjunction((Clause(Word("c")),))))
    assert clauses("a (b OR c)") == (Clause(Word("a")), Clause(inner))


def test_prefix_and_fuzzy():
    found = clauses("digit* windwo~ tarif~1")
    assert found == (Clause(Prefix("digit")), Clause(Fuzzy("windwo", 2)), Clause(Fuzzy("tarif", 1)))


def test_a_field_makes_a_condition_and_no_word():
    query = parse_query("blockchain year:2015..2020 -language:fr")
    assert query.root == Conjunction((Clause(Word("blockchain")),))
    years, language = query.conditions
    assert years.accepts("2018")
    assert not years.accepts("2021")
    assert language.negated


def test_a_quoted_value_may_hold_spaces():
    (one,) = parse_query('action:"for decision"').conditions
    assert one.accepts("For decision")


def test_a_body_takes_its_sub_bodies():
    (one,) = analysed("body:ptc", descendants={"ptc": ["imsc"]}.__getitem__).conditions
    assert one.accepts("imsc")


def test_colons_behind_other_words_are_text():
    assert clauses("http://example.org/a") == (Clause(Word("http://example.org/a")),)
    assert parse_query("Session: the report").conditions == ()


@pytest.mark.parametrize(("text", "position"), [("x year:abc", 7), ("a OR year:2010", 5), ("(body:ptc)", 1)])
def test_an_impossible_filter_is_pointed_at(text, position):
    with pytest.raises(QueryError, match=f"character {position + 1}") as caught:
        parse_query(text)
    assert caught.value.position == position
    assert isinstance(caught.value, UsageError)


def test_the_plain_text_leaves_out_operators_and_what_is_excluded():
    assert parse_query('+single "one stop" -paper year:2010').plain == "single one stop"
    assert parse_query("What is a Single Window?").plain == "What is a Single Window?"


@given(ANY_TEXT)
def test_any_text_is_a_query_or_a_query_error(text):
    position = 0
    try:
        parse_query(text)
    except QueryError as error:
        position = error.position
    assert 0 <= position <= len(text)


@given(st.text(alphabet="AB \"()+-*~:OR«»'", max_size=80))
def test_any_mix_of_operators_is_a_query(text):
    """Words in capitals alone: three lower-case letters before a colon mean a field, which has to be there."""
    parse_query(text)


@given(st.text(alphabet=st.sampled_from("ab1 PC/.\"'()+-*~:é«\u0301"), min_size=1, max_size=12), st.integers(1, 1500))
def test_ten_kilobytes_of_anything_are_a_query_or_a_query_error(text, times):
    started = time.process_time()
    with contextlib.suppress(QueryError):
        parse_query(text * times)
    assert time.process_time() - started < SECONDS


@pytest.mark.parametrize("text", ["(" * 10_000, '"' * 9_999, "a OR " * 2_000, "-+" * 5_000, "x" * 10_000])
def test_ten_kilobytes_of_one_mark_are_a_query(text):
    parse_query(text)


def test_a_loose_phrase_says_how_loose():
    assert clauses('"data exchange"~3 "data"~ window') == (
        Clause(Phrase("data exchange", 3), "must"),
        Clause(Phrase("data"), "must"),
        Clause(Word("~")),
        Clause(Word("window")),
    )
    found = clauses('"data exchange"~0 "data exchange"~007')
    assert found == (Clause(Phrase("data exchange"), "must"), Clause(Phrase("data exchange", 7), "must"))


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ('x "a b c d e f"~9', 2),
        ('x "a b"~1000', 2),
        ('"a b"~99999', 0),
        (f'"a b"~{"9" * 5000}', 0),
        (" ".join(f"w{place}" for place in range(1001)), 4890),
    ],
)
def test_what_is_too_much_is_pointed_at(text, position):
    with pytest.raises(QueryError) as caught:
        parse_query(text)
    assert caught.value.place == (text, position)


@pytest.mark.parametrize(
    ("text", "form", "paper"),
    [
        ("PC 0345", "pc0345", "pc0345"),
        ("pc0345e1a", "pc0345e1a", "pc0345"),
        ("Doc. PC-0345-E1a", "pc0345e1a", "pc0345"),
        ("(SP0250),", "sp0250", "sp0250"),
        ("EX.CL/9(II) Rev.1", "excl9iirev1", "excl9ii"),
        ("wt/comtd/m/43 rev. 1", "wtcomtdm43rev1", "wtcomtdm43"),
        ("wco/ptc/12", "wcoptc12", "wcoptc12"),
        ("42.020", "42020", "42020"),
    ],
)
def test_a_symbol_is_one_name_in_any_spelling(text, form, paper):
    query = parse_query(f"window {text} data" if text != "42.020" else text)
    (name,) = [leaf for leaf in query.leaves if isinstance(leaf, PaperName)]
    assert (name.form, name.paper) == (form, paper)
    assert query.plain in ("window data", "window , data", "")


@pytest.mark.parametrize("text", ["PC 2010", "42020 tons", "ISO 9001", "and/or", "2010/11/12", '"PC0345"', "PC0345*"])
def test_what_only_looks_like_a_symbol_is_words(text):
    assert not [leaf for leaf in parse_query(text).leaves if isinstance(leaf, PaperName)]


def test_the_same_field_twice_means_either_value():
    (one,) = parse_query("language:fr x language:en").conditions
    assert one.accepts("fr")
    assert one.accepts("en")


@pytest.mark.parametrize("letter", "a1~*-:(")
def test_the_time_for_one_long_word_does_not_grow_with_the_square_of_its_length(letter):
    begin = time.process_time()
    list(lexemes("a" + letter * 200_000))
    assert time.process_time() - begin < SECONDS  # more than a minute before


def test_a_query_that_is_a_whole_file_is_refused():
    assert parse_query("a" * MOST_CHARACTERS).leaves
    with pytest.raises(QueryError, match="10,000 characters at most, this one has 10,001"):
        parse_query("a" * (MOST_CHARACTERS + 1))


def themes_in(text):
    start = text.find("single window")
    if start >= 0:
        yield NamedTheme(
            start, start + len("single window"), "single-window", (), (Wording("fr", "guichet unique"),), ()
        )


def test_a_label_of_a_theme_is_one_name():
    query = analysed("the single window, now", themes_in=themes_in)
    assert [leaf.text for leaf in query.leaves] == ["the", "single window,", "now"]
    assert [one.theme for one in query.themes] == ["single-window"]
    assert query.plain == "the single window, now"
    assert query.has_or_fallback


@pytest.mark.parametrize("text", ['"single window"', "a-single window", "single windows", "+single window"])
def test_words_of_a_label_that_is_not_whole_are_words(text):
    assert not analysed(text, themes_in=themes_in).themes


@given(ANY_TEXT)
def test_an_index_that_knows_nothing_takes_a_query_as_it_was_parsed(text):
    with contextlib.suppress(QueryError):
        query = parse_query(text)
        assert analysed_query(query) == query


def test_stop_words_that_stand_alone_are_taken_away():
    query = analysed("the exchange +of (data in) -the", without_stop_words=open_analysis().without_stop_words)
    left = [(clause.occur, getattr(clause.node, "text", None)) for clause in query.root.clauses]
    assert left == [("any", "exchange"), ("must", "of"), ("any", None), ("not", "the")]


def test_a_query_of_nothing_but_stop_words_keeps_them():
    query = analysed("to be or not to be", without_stop_words=open_analysis().without_stop_words)
    assert [leaf.text for leaf in query.leaves] == ["to", "be", "or", "not"]
