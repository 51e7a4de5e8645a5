import itertools
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.analysis import PLACEHOLDER, fold, open_analysis

ANALYSIS = open_analysis()


def terms(text, language):
    return [token.term for token in ANALYSIS.tokens(text, language)]


def test_stop_words_keep_their_position():
    assert terms("prevention of the fraud", "en") == ["prevent", PLACEHOLDER, PLACEHOLDER, "fraud"]


@pytest.mark.parametrize("text", ["l'importation", "L’importation", "importation"])
def test_an_elided_article_takes_no_position(text):
    assert terms(text, "fr") == terms("importation", "fr")


def test_an_elision_needs_the_start_of_a_word():
    assert len(terms("aujourd'hui", "fr")) == 2


def test_an_english_possessive_is_no_word():
    assert terms("the person's rights", "en") == [PLACEHOLDER, "person", "right"]


def test_stems_come_before_folding():
    """Snowball knows `-ée` and `-és`; without their accents they would stay."""
    assert len({terms(word, "fr")[0] for word in ("simplifiée", "simplifiés", "simplifier")}) == 1


def test_symbols_stay_whole():
    assert terms("PC0345E1a", "en") == terms("pc0345e1a", "fr") == ["pc0345e1a"]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("trade¹", "trade"),
        ("Article 194⁴⁴", "Article 194"),
        ("l'échange²,", "l'échange"),
        ("TFA³", "TFA"),
        ("EU¹", "EU"),
        ("HS² code", "HS code"),
    ],
)
@pytest.mark.parametrize("language", ["en", "fr", None])
def test_the_raised_number_of_a_note_is_no_part_of_a_word(text, plain, language):
    assert terms(text, language) == terms(plain, language)


def test_a_raised_number_of_a_unit_is_part_of_it():
    assert terms("m² km³", "en") == terms("m2 km3", "en") == ["m2", "km3"]


def test_other_languages_are_folded_and_not_stemmed():
    assert terms("Таможенные органы São", "ru") == ["таможенные", "органы", "sao"]


def test_maize_is_no_stop_word():
    assert terms("mais", "fr") == [PLACEHOLDER]
    assert terms("maïs", "fr") != [PLACEHOLDER]


@pytest.mark.parametrize("language", ["en", "fr", "ru", None])
@given(text=st.text())
def test_offsets_map_back_to_the_text(language, text):
    tokens = ANALYSIS.tokens(text, language)
    assert all(fold(text[token.start : token.end]) == token.word for token in tokens if token.word)
    assert all(left.end <= right.start for left, right in itertools.pairwise(tokens))


@given(text=st.text(alphabet=st.characters(categories=["L", "M", "N", "Z", "P"])))
def test_terms_survive_a_tokenizer_that_splits_at_white_space(text):
    found = [token.term for token in ANALYSIS.tokens(text, "fr")]
    assert " ".join(found).split() == found


@given(word=st.text(alphabet="abcdefghilmnoprstuvéèêëàâîïôûùç", min_size=1, max_size=12))
def test_composed_and_decomposed_accents_give_the_same_terms(word):
    assert terms(unicodedata.normalize("NFD", word), "fr") == terms(word, "fr")


@pytest.mark.parametrize("language", ANALYSIS.fields)
@given(text=st.text(alphabet=st.characters(categories=["L", "M", "N", "Z", "P"]), max_size=60))
def test_tokens_of_other_first_letters_may_be_left_empty_and_no_others(language, text):
    every = ANALYSIS.tokens(text, language)
    for initial in {token.term[0] for token in every if token.term != PLACEHOLDER}:
        some = ANALYSIS.tokens(text, language, {initial})
        assert len(some) == len(every)
        assert all(one in (token, ("", "", 0, 0)) for one, token in zip(some, every, strict=True))
        assert all(one == token for one, token in zip(some, every, strict=True) if token.term[0] == initial)


@pytest.mark.parametrize(
    ("query", "language"),
    [
        ("exchange of data between the administrations", "en"),
        ("l'échange de données entre les administrations", "fr"),
        ("single window", None),
        ("car imports", None),  # "car" is a French stop word, and one tells nothing
        ("the la of de", None),
    ],
)
def test_stop_words_tell_the_language_of_a_query(query, language):
    assert ANALYSIS.language_of_query(query) == language


def test_the_stop_words_of_a_query_are_taken_away_for_texts_in_every_language():
    query = "l'échange de données d'une administration"
    assert ANALYSIS.without_stop_words(query.split(), query) == ["échange", "", "données", "", "administration"]


def test_words_stay_where_the_language_cannot_be_told_or_none_would_be_left():
    assert ANALYSIS.without_stop_words(["car", "imports"], "car imports") == ["car", "imports"]
    assert ANALYSIS.without_stop_words(["to", "be"], "to be") == ["to", "be"]


PIECES = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "l'",
                "d’",
                "qu'",
                "'s",
                "’s",
                "s",
                " ",
                "-",
                "_",
                "\u0301",
                "É",
                "customs",
                "Échange",
                "aujourd'hui",
                "ﬁ",
                "İ",
            ]
        ),
        st.text(alphabet=st.characters(categories=["L", "M", "N", "Z", "P"]), max_size=4),
    ),
    max_size=12,
)


@given(
    pieces=PIECES,
    language=st.sampled_from(["en", "fr", None]),
    initials=st.sets(st.sampled_from("acdehls0"), min_size=1),
)
def test_words_that_begin_so_are_those_of_all_tokens(pieces, language, initials):
    text = "".join(pieces)

    def wanted(tokens):
        return [token for token in tokens if token.term[:1] in initials]

    assert wanted(ANALYSIS.words_from(text, language, initials)) == wanted(ANALYSIS.tokens(text, language))
