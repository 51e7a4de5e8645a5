"""Themes found in text: what each rule of the vocabulary lets through and keeps out."""

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from configs.vocabulary import Vocabulary, load_vocabulary
from extractors.themes import LabelMatcher, compile_themes
from extractors.themes.folding import fold

GOLD = Path(__file__).parents[1] / "gold" / "themes.jsonl"
COLLISIONS = [
    line.split("\t") for line in GOLD.with_name("collisions.tsv").read_text(encoding="utf-8").splitlines()[1:]
]
VOCABULARY = load_vocabulary("digital-customs")
NEUTRAL = {
    "en": "It deals with {} today.",
    "fr": "On traite de {} ce jour.",
    "es": "Se trata de {} hoy.",
    "ru": "Речь идёт о: {}.",
}


@pytest.fixture(scope="module")
def matcher() -> LabelMatcher:
    return compile_themes(VOCABULARY)


def found(matcher: LabelMatcher, text: str, language: str | None = "en") -> list[tuple[str, str]]:
    return [(mention.id, mention.surface) for mention in matcher.find(text, language)]


def themes(matcher: LabelMatcher, text: str, language: str | None = "en") -> list[str]:
    return [mention.id for mention in matcher.find(text, language)]


@pytest.mark.parametrize(
    ("theme", "language", "label"),
    [(concept.id, language, label.text) for concept in VOCABULARY.concepts for language, label in concept.pref.items()],
)
def test_a_preferred_label_finds_its_theme_and_no_other(matcher, theme, language, label):
    assert found(matcher, NEUTRAL[language].format(label), language) == [(theme, label)]


def test_a_label_may_bear_the_raised_number_of_a_note(matcher):
    assert found(matcher, "It deals with the Single Window¹² today.") == [("single-window", "Single Window")]


def test_gold_passages(matcher):
    true = false = missed = 0
    for line in GOLD.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        gold = {(span["start"], span["end"], span["theme"]) for span in row["spans"]}
        mine = {(one.start, one.end, one.id) for one in matcher.find(row["text"], row["language"])}
        true += len(gold & mine)
        false += len(mine - gold)
        missed += len(gold - mine)
    assert 2 * true / (2 * true + false + missed) >= 0.95


@pytest.mark.parametrize(("theme", "form", "language", "counts", "does_not"), COLLISIONS)
def test_a_form_with_two_readings(matcher, theme, form, language, counts, does_not):
    assert (theme, form.lower()) in [(one, text.lower()) for one, text in found(matcher, counts, language)]
    assert theme not in themes(matcher, does_not, language)


@pytest.mark.parametrize(
    "text",
    [
        "The text is sufficiently mature for submission to the Policy Commission.",
        "The level of maturity of the work was noted.",
        "The PC, the PTC and the EC will be informed of document PC0345E1a.",
        "Tariff classification, origin and value were discussed.",
        "The Maturity Model of the CBC measures the progress of projects.",
        "The OEA, the Organization of American States, supported Customs reforms.",
        "The Enforcement Committee (EC) met; the European Commission (EC) attended.",
    ],
)
def test_words_of_committee_prose_are_no_themes(matcher, text):
    assert themes(matcher, text) == []


@pytest.mark.parametrize(
    ("text", "language", "surface"),
    [
        ("Two single windows were linked.", "en", "single windows"),
        ("Les guichets uniques sont reliés.", "fr", "guichets uniques"),
        ("Des opérateurs économiques agréés", "fr", "opérateurs économiques agréés"),
        ("LE GUICHET UNIQUE DE L'ETAT", "fr", "GUICHET UNIQUE"),
        ("LA DEMATERIALISATION AVANCE", "fr", "DEMATERIALISATION"),
        ("authorised economic operators", "en", "authorised economic operators"),
        ("authorized economic operators", "en", "authorized economic operators"),
        ("digitalization of customs", "en", "digitalization of customs"),
        ("an edeclaration system", "en", "edeclaration"),
        ("an e declaration system", "en", "e declaration"),
        ("an e\u2011declaration system", "en", "e\u2011declaration"),
        ("the national single\nwindow", "en", "national single\nwindow"),
        ("the national single\u00a0window", "en", "national single\u00a0window"),
        ("the single  window", "en", "single  window"),
        ("the inter\u00adoper\u00adability of data", "en", "inter\u00adoper\u00adability"),
        ("the interoper-\nability of data", "en", "interoper-\nability"),
        ("l’interopérabilité des systèmes", "fr", "interopérabilité"),
        ("l'interope\u0301rabilite\u0301", "fr", "interope\u0301rabilite"),
        ("d’un modèle de données de l’OMD", "fr", "modèle de données de l’OMD"),
        ("механизм «единого окна»", "ru", "единого окна"),
        ("в рамках электронного декларирования", "ru", "электронного декларирования"),
        ("las ventanillas únicas", "es", "ventanillas únicas"),
        ("AEOs of the partner", "en", "AEOs"),
    ],
)
def test_written_forms(matcher, text, language, surface):
    assert [mention.surface for mention in matcher.find(text, language)] == [surface]


def test_an_abbreviation_in_lower_case_is_none(matcher):
    assert themes(matcher, "the aeo and the pki") == []


def test_the_longest_label_wins_and_inner_ones_are_not_reported(matcher):
    text = "The legal framework for digital Customs and the electronic certificate of origin."
    assert found(matcher, text) == [
        ("legal-framework", "legal framework for digital Customs"),
        ("e-origin", "electronic certificate of origin"),
    ]


def test_a_negative_label_takes_its_words_away(matcher):
    assert themes(matcher, "Disaster risk management saves lives.") == []
    assert themes(matcher, "Risk management saves time.") == ["risk-management"]


def test_words_across_a_paragraph_a_cell_or_a_mark_are_no_label(matcher):
    for text in ("single\n\nwindow", "single\twindow", "single, window", "single (window)"):
        assert themes(matcher, text) == []


def test_a_definition_opens_an_abbreviation_in_its_document_only(matcher):
    defining = ("A Single Window (SW) was opened.", "en")
    using = ("The SW received the files.", "en")
    assert [len(mentions) for mentions in matcher.find_in_document([defining, using])] == [2, 1]
    assert matcher.find(*using) == ()


def test_a_definition_counts_before_it_is_given_and_in_both_orders(matcher):
    using = ("The SW received the files.", "en")
    for defining in ("Later on, the national single window system (“SW”).", "SW (Single Window)"):
        assert matcher.find_in_document([using, (defining, "en")])[0]


def test_a_definition_as_something_else_closes_an_abbreviation(matcher):
    using = ("Passengers gave their API to the airline.", "en")
    other = ("The Asian Parcel Initiative (API) was founded.", "en")
    assert [one.id for one in matcher.find(*using)] == ["passenger-data"]
    assert matcher.find_in_document([using, other])[0] == ()


def test_of_two_themes_the_one_whose_context_is_nearer(matcher):
    assert themes(matcher, "Passengers are checked. Developers call an API of the ministry.") == ["system-architecture"]


def test_a_context_may_stand_anywhere_in_the_document(matcher):
    using = ("The DM has a new version.", "en")
    assert matcher.find(*using) == ()
    assert matcher.find_in_document([using, ("The WCO met in Brussels.", "en")])[0][0].id == "wco-data-model"


def test_rules_of_a_users_own_vocabulary():
    concept = {
        "id": "sky",
        "dimensions": ["air"],
        "pref": {"en": {"text": "kite", "not_preceded_by": ["red"], "not_followed_by": ["mark*"]}},
        "alt": {"en": [{"text": "KT", "case": "upper", "defined": True}]},
    }
    own = Vocabulary.model_validate(
        {"id": "own", "version": "1", "title": {"en": "Own"}, "source": "a test", "concepts": [concept]}
    )
    matcher = compile_themes(own)
    assert len(matcher.find("A kite flies.", "en")) == 1
    assert matcher.find("A red kite flies.", "en") == ()
    assert matcher.find("The Kite Mark was awarded.", "en") == ()
    assert matcher.find("A KT flies.", "en") == ()
    assert len(matcher.find("A kite (KT) flies. The KT lands.", "en")) == 3


def test_a_label_bound_to_a_language_stays_in_it(matcher):
    text = "Les projets de TI avancent."
    assert themes(matcher, text, "fr") == ["ict-governance"]
    assert themes(matcher, text, None) == ["ict-governance"]
    assert themes(matcher, text, "en") == []


def test_nothing_changes_when_the_store_of_strings_is_made_anew(monkeypatch):
    monkeypatch.setattr("extractors.themes.matcher._FEW_CHARACTERS", 0)
    monkeypatch.setattr("extractors.themes.matcher._MOST_STRINGS", 0)
    matcher = compile_themes(VOCABULARY)
    passage = ("A Single Window and an e-declaration.", "en")
    assert matcher.find(*passage) == matcher.find(*passage) != ()


def test_a_character_folds_the_same_among_others_and_twice():
    for code in range(0x20, 0x10000):
        alone = fold(chr(code))
        assert fold(alone) == alone
        if len(alone) == 1:
            assert fold(f"Ab{chr(code)}É-c")[2] == alone


WORDS = st.sampled_from(
    ["single", "Window", "window", "(SW)", "SW", "risk", "management", "l’OEA", "AEO", "data", "e-", "é", "İ", "\ud7ff"]
)
JOINTS = st.sampled_from([" ", "  ", "\n", "-\n", "\u00ad", "\u00a0", "\u0301", "\u200b", ", ", "\t", "\r\n", ""])


@settings(max_examples=200)
@given(st.one_of(st.text(max_size=200), st.lists(st.one_of(WORDS, JOINTS), max_size=40).map("".join)))
def test_offsets_are_those_of_the_text_itself(matcher, text):
    mentions = matcher.find(text, "en")
    assert all(text[one.start : one.end] == one.surface for one in mentions)
    assert all(before.end <= after.start for before, after in pairwise(mentions))
