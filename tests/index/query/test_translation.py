import pytest

from configs.counterparts import CounterpartRules
from index.analysis import open_analysis
from index.query.expansion import NamedTheme
from index.query.parser import analysed_query, parse_query
from index.query.translation import Counterparts, open_counterparts
from index.query.tree import Phrase, Prefix, ThemeName, Word

ANALYSIS = open_analysis()
SHIPPED = open_counterparts(ANALYSIS)
RULES = CounterpartRules(
    version="1",
    languages=("en", "fr"),
    endings={"ty": {"té"}, "": {"e"}, "ic": {"ique"}},
    words={"goods": {"marchandises", "biens"}, "port": {"port"}},
)


def analysed(text, **rules):
    return analysed_query(parse_query(text), **rules)


def others(word, text, counterparts=SHIPPED):
    (found,) = counterparts.of([word], text)
    return {label.text for label in found.counterparts}


@pytest.mark.parametrize(
    ("word", "text", "expected"),
    [
        ("quality", "the quality of it", "qualité"),
        ("Statistics", "the statistics of it", "statistique"),
        ("goods", "the goods of it", "marchandises"),
        ("qualité", "la qualité des choses", "quality"),
        ("QUALITE", "la qualite des choses", "quality"),
        ("électroniques", "les échanges électroniques", "electronic"),
        ("secretary", "the secretary of it", "secretaire"),
        ("secrétaires", "les secrétaires", "secretary"),
        ("marchandise", "la marchandise", "goods"),
        ("bank", "the bank", "banque"),
        ("members", "the members", "membre"),
        ("centre", "le centre", "center"),
    ],
)
def test_a_word_is_told_in_the_other_language(word, text, expected):
    (found,) = SHIPPED.of([word], text)
    other = {"en": "fr", "fr": "en"}[found.language]
    terms = {ANALYSIS.tokens(label.text, other)[0].term for label in found.counterparts}
    assert ANALYSIS.tokens(expected, other)[0].term in terms


def test_words_that_are_spelt_alike_need_no_counterpart():
    assert others("port", "the port of goods", Counterparts(ANALYSIS, RULES)) == set()


def test_short_words_have_no_other_ending():
    assert others("city", "the city of goods", Counterparts(ANALYSIS, RULES)) == set()
    assert others("unity", "the unity of goods", Counterparts(ANALYSIS, RULES)) == set()
    assert others("quality", "the quality of goods", Counterparts(ANALYSIS, RULES)) == {"qualité"}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("the quality", "en"),
        ("gestion des risques", "fr"),
        ("marchandises", "fr"),
        ("risk management", "en"),
        ("Kyoto 1999", None),
        ("", None),
        ("la the", None),
    ],
)
def test_stop_words_and_listed_words_tell_the_language(text, language):
    assert [word.language for word in SHIPPED.of(["quality"], text)] == [language]


def test_without_a_language_nothing_is_added():
    assert SHIPPED.of(["Kyoto", "quality"], "Kyoto quality") == [Word("Kyoto"), Word("quality")]


def test_numbers_stop_words_and_compounds_are_left_as_they_are():
    found = SHIPPED.of(["2010", "the", "e-commerce", "PC0345"], "the goods of 2010")
    assert [word.counterparts for word in found] == [(), (), (), ()]


def test_only_words_that_stand_alone_get_counterparts():
    def themes_in(text):
        yield NamedTheme(0, 12, "risk", (), (), ())

    query = analysed('risk control "goods" goods* the goods', themes_in=themes_in, counterparts_of=SHIPPED.of)
    assert [(type(leaf), getattr(leaf, "counterparts", ())) for leaf in query.leaves] == [
        (ThemeName, ()),
        (Phrase, ()),
        (Prefix, ()),
        (Word, ()),
        (Word, SHIPPED.of(["goods"], "the goods")[0].counterparts),
    ]


@pytest.mark.parametrize("text", ["the goods +quality", "the goods -quality", "the goods OR quality"])
def test_words_among_operators_are_taken_as_typed(text):
    query = analysed(text, counterparts_of=SHIPPED.of)
    assert query.leaves
    assert not any(leaf.counterparts for leaf in query.leaves)


def test_words_in_brackets_are_words_as_others_are():
    assert analysed("the (goods)", counterparts_of=SHIPPED.of).leaves[-1].counterparts


def test_a_filter_leaves_the_words_beside_it_widened():
    query = analysed("-body:ptc the goods", counterparts_of=SHIPPED.of)
    assert query.leaves[-1].counterparts


def test_the_names_of_filters_tell_no_language():
    query = analysed("year:2014..2016 qualit", counterparts_of=SHIPPED.of)
    assert [leaf.language for leaf in query.leaves] == [None]
    query = analysed("year qualit", counterparts_of=SHIPPED.of)
    assert [leaf.language for leaf in query.leaves] == ["en", "en"]


def test_a_long_query_is_read_with_the_first_words_widened():
    query = analysed(
        "the goods " + " ".join(f"word{number}" for number in range(100)) + " risk", counterparts_of=SHIPPED.of
    )
    assert query.leaves[1].counterparts
    assert not query.leaves[-1].counterparts
