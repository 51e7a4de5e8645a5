"""Modality: precedence, traps, spans, speed, and accuracy on the labelled sentences."""

import json
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.modality import ModalityConfig, load_modality
from extractors.claims.modality import NO_CLAIM, ModalityRules

GOLD = Path(__file__).parents[2] / "gold"
RULES = ModalityRules(load_modality())


def modality(sentence, language="en"):
    return RULES.judge(sentence, language).modality


def rows(name):
    with (GOLD / f"{name}.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_nine_in_ten_sentences_of_the_test_split_are_judged_right(language):
    test = [row for row in rows("modality") if row["split"] == "test" and row["language"] == language]
    wrong = [row["text"] for row in test if modality(row["text"], language) != row["modality"]]
    assert len(test) >= 30
    assert len(wrong) <= 0.1 * len(test), wrong


def test_no_modality_of_the_test_split_is_recalled_in_less_than_eight_of_ten():
    test = [row for row in rows("modality") if row["split"] == "test"]
    seen = Counter(row["modality"] for row in test)
    right = Counter(row["modality"] for row in test if modality(row["text"], row["language"]) == row["modality"])
    assert min(right[key] / seen[key] for key in seen) >= 0.8


def test_the_labelled_sentences_cover_both_languages_and_every_modality():
    for split in ("dev", "test"):
        found = Counter((row["language"], row["modality"]) for row in rows("modality") if row["split"] == split)
        for language in ("en", "fr"):
            for label in ("achieved", "planned", "recommended", "lacking", None):
                assert found[language, label] >= 5


def test_no_labelled_sentence_stands_twice():
    texts = [row["text"] for name in ("modality", "maturity") for row in rows(name)]
    assert len(texts) == len(set(texts))


def test_the_labelled_passages_cover_the_model_and_negatives():
    passages = rows("maturity")
    assert sum(row["dimension"] is None for row in passages) >= 40
    for split in ("dev", "test"):
        part = [row for row in passages if row["split"] == split]
        assert len({row["dimension"] for row in part if row["dimension"]}) == 8
        assert {row["level"] for row in part} >= {"L0", "L1", "L2", "L3", "L4"}
        assert {row["modality"] for row in part} == {"achieved", "planned", "recommended", "lacking", None}


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("A pilot was launched at two ports in May.", "planned"),
        ("Following a successful pilot, the system was rolled out to all ports.", "achieved"),
        ("Members are invited to implement the Data Model.", "recommended"),
        ("The administration has not yet implemented a single window.", "lacking"),
        ("Declarations are no longer lodged on paper.", "achieved"),
        ("The plans described in the strategy have been implemented.", "achieved"),
        ("Members shall accept electronic data.", "recommended"),
        ("The Committee agreed to continue its work on the operational single window.", None),
        ("The Committee took note that Narvia had introduced electronic payment in 2019.", "achieved"),
        ("The national facilitation committee has adopted a digital strategy.", "achieved"),
        ("The text was sufficiently matured for submission to the Policy Commission.", None),
        ("Because of the level of maturity of IMO work, the item was deferred.", None),
        ("Is the single window operational?", None),
        ("The single window is not operational.", "lacking"),
        ("Although payment is still made in cash, electronic lodgement is operational.", "achieved"),
        ("The system has been operational since 2018 and will be extended to the ports.", "achieved"),
        ("The system, which will be extended, has been operational since 2018.", "achieved"),
        ("If all agencies were connected, controls would be fewer.", None),
        ("If all agencies were connected, files could be matched at once.", None),
        ("The delegate said that the portal would be opened in May.", "planned"),
        ("The portal would be opened to forwarders.", None),
        ("The paper explains the methods of analysis that are in use elsewhere.", None),
        ("A table of risky headings has been loaded into the system since May.", "achieved"),
        ("The apparatus falls in heading 84.71 and is not operated alone.", None),
        ("Customs has no means of knowing whether the permit is genuine.", "lacking"),
        ("Whether the portal is in use remains open.", None),
        ("Seals are in operation, but no signals are received.", "lacking"),
        ("The system is in operation but will be extended.", "achieved"),
        ("The law is in force, but its scope is not only national.", "achieved"),
    ],
)
def test_precedence_in_english(sentence, expected):
    assert modality(sentence) == expected


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Un projet pilote a été lancé dans deux ports en mai.", "planned"),
        ("Les Membres sont invités à mettre en œuvre le Modèle de données.", "recommended"),
        ("L’administration n’a pas encore mis en place de guichet unique.", "lacking"),
        ("Les déclarations ne sont plus déposées sur papier.", "achieved"),
        ("Le guichet unique n'est plus opérationnel.", "lacking"),
        ("Le système sera opérationnel en 2027.", "planned"),
        ("Le système est opérationnel depuis 2018.", "achieved"),
        ("Le Comité a pris note du rapport sur le guichet unique opérationnel.", None),
        ("Le Comité a été informé que la Narvie avait introduit le paiement électronique.", "achieved"),
        ("Les opérateurs utilisent une caméra et un opéra.", "achieved"),
        ("Le texte était suffisamment mûr pour être soumis à la Commission.", None),
        ("Le guichet unique est-il opérationnel ?", None),
        ("Le délégué a indiqué que le portail serait ouvert en mai.", "planned"),
        ("La position des navires est en cours d'intégration au système.", "planned"),
        ("Le produit relève de la position 84.71 et son classement est réglé.", None),
        ("Les quais sont reliés, dans un pays où aucun réseau n'existe.", "achieved"),
        ("Une même donnée ne devrait pas être demandée deux fois.", "recommended"),
        ("L'accord est en vigueur, mais le portail n'est pas encore ouvert.", "lacking"),
        ("L'échange aurait commencé plus tôt si le traité avait été ratifié.", "lacking"),
    ],
)
def test_precedence_in_french(sentence, expected):
    assert modality(sentence, "fr") == expected


def test_the_span_holds_the_deciding_cue():
    sentence = "Trade is growing; however, the port is not yet connected."
    found = RULES.judge(sentence, "en")
    assert sentence[found.start : found.end] == "is not yet connected"


def test_a_negation_is_reported_and_lies_in_the_span():
    sentence = "Le guichet unique n'est plus opérationnel."
    found = RULES.judge(sentence, "fr")
    assert found.negated
    assert sentence[found.start : found.end] == "n'est plus opérationnel"


def test_a_bare_statement_of_fact_is_weaker_than_an_explicit_one():
    bare = RULES.judge("The office is at the border.", "en")
    explicit = RULES.judge("The office has been operational since 2012.", "en")
    assert bare.modality == explicit.modality == "achieved"
    assert bare.strength < 0.5 < explicit.strength


@pytest.mark.parametrize("language", ["es", "ru", None, ""])
def test_other_languages_make_no_claim(language):
    assert RULES.judge("The administration has implemented a single window.", language) == NO_CLAIM


def test_a_language_is_a_matter_of_data():
    config = ModalityConfig.model_validate(
        {"version": "1", "languages": {"es": {"groups": [{"means": "planned", "phrases": ["prevé *"]}]}}}
    )
    assert ModalityRules(config).judge("La aduana prevé conectar los puertos.", "es").modality == "planned"


@given(st.text(), st.sampled_from(["en", "fr", "de"]))
def test_any_text_is_judged_with_a_span_inside_it(text, language):
    found = RULES.judge(text, language)
    assert 0 <= found.start <= found.end <= len(text)
    assert (found.end > found.start) == (found.modality is not None)


WORDS = (
    "the Committee has have not yet been will should which although if , . ; noted that pilot no longer on paper "
    "never ne n'a pas encore sera est que le système devrait aucun committee's"
)


@given(st.lists(st.sampled_from(WORDS.split()), max_size=40), st.sampled_from(["en", "fr"]))
def test_any_mixture_of_cues_is_judged_with_a_span_inside_it(words, language):
    text = " ".join(words)
    found = RULES.judge(text, language)
    assert (found.end > found.start) == (found.modality is not None)
    assert found.end <= len(text)


@pytest.mark.slow
@pytest.mark.parametrize("piece", ["has not yet been still ", "the committee ", "which , ", "ne ", "a ", "- "])
def test_time_grows_no_faster_than_the_text(piece):
    def seconds(times):
        best = float("inf")
        for _ in range(3):
            begun = time.process_time()
            for language in ("en", "fr"):
                RULES.judge(piece * times, language)
            best = min(best, time.process_time() - begun)
        return best

    # Eight times the text: quadratic work would take 64 times as long.
    assert seconds(8000) < 24 * seconds(1000) + 0.05
