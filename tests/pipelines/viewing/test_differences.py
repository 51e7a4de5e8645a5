import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.viewing.differences import differences, facts_in


def lacking(text, other, language="en", other_language=None):
    """What `text` says in figures or modal verbs and `other` does not, as kinds and surfaces."""
    other_language = other_language or ("es" if other.startswith("Los ") else "fr")
    found = differences(text, language, other, other_language)
    assert all(text[one.start : one.end] == one.surface for one in found)
    return [(one.kind, one.surface) for one in found]


@pytest.mark.parametrize(
    ("english", "french"),
    [
        ("It was adopted on 24 March 2014.", "Il a été adopté le 24 mars 2014."),
        ("It was adopted on March 24, 2014.", "Il a été adopté le 24/03/2014."),
        ("since 1 May 2010", "depuis le 1er mai 2010"),
        ("a fee of 1,500 euros", "une redevance de 1 500 euros"),
        ("a fee of 1,500.50 euros", "une redevance de 1\u202f500,50 euros"),
        ("12.5 per cent", "12,5 %"),
        ("within ten days", "dans un délai de 10 jours"),
        ("within 20 days", "dans un délai de vingt jours"),
        ("on the 20th day", "le vingtième jour"),
        ("twenty-one Members", "vingt et un Membres"),
        ("97 papers", "quatre-vingt-dix-sept documents"),
        ("a three-year period", "une période de trois ans"),
        ("EUR 3 million", "trois millions d’euros"),
        ("1.5 million parcels", "1 500 000 colis"),
        ("both Members", "les deux Membres"),
        ("a new Member", "un nouveau Membre"),
        ("80 per cent", "quatre-vingts pour cent"),
        ("under Article 5", "au titre de l’article5"),
        ("Directive 2006/112/EC", "la directive 2006/112/CE"),
        ("the year 2014/15", "l’année 2014-15"),
        ("12.50 per cent", "12,5 %"),
        ("the 203rd/204th Sessions", "les 203ème/204e sessions"),
        ("see Doc. PC9101E1b", "voir le doc. PC9101F1a"),
        ("rule 1.2.3 applies", "la règle 1.2.3 s’applique"),
        ("Members shall notify it.", "Les Membres doivent le notifier."),
        ("Members should notify it.", "Les Membres devraient le notifier."),
        ("Members may notify it.", "Les Membres peuvent le notifier."),
        ("Members SHALL notify it.", "Les Membres devront le notifier."),
        ("Members can notify it.", "Les Membres peuvent le notifier."),
        ("Members should notify it.", "Il convient que les Membres le notifient."),
        ("The text should therefore be amended.", "Il y a donc lieu de modifier le texte."),
        ("It recommended that Members should notify it.", "Il recommande aux Membres de le notifier."),
        ("It suggests that Members should notify it.", "Il suggère que les Membres le notifient."),
        ("It falls to Members to notify it.", "Il incombe aux Membres de le notifier."),
        ("Members shall not notify it.", "Les Membres ne peuvent le notifier."),
        ("Only Members shall notify it.", "Seuls les Membres peuvent le notifier."),
        ("Members shall notify what has been sent.", "Les Membres notifient ce qui a été envoyé."),
        ("Members shall have access to it.", "Les Membres ont accès au texte."),
        ("Members shall say what is possible.", "Les Membres disent ce qui est possible."),
        ("the data that may be kept", "les données pouvant être conservées"),
        ("Such use may be permitted.", "Cet usage est autorisé."),
        ("The existence of rules.", "Il doit exister des règles."),
        ("Members are able to notify it.", "Les Membres sont en mesure de le notifier."),
        ("Members met. They shall notify it.", "Les Membres, qui se sont réunis, le notifient."),
    ],
)
def test_two_versions_that_say_the_same_lack_nothing(english, french):
    assert lacking(english, french) == []
    assert lacking(french, english, "fr", "en") == []


@pytest.mark.parametrize(
    ("text", "other", "found"),
    [
        ("on 24 March 2014", "le 25 mars 2014", [("date", "24 March 2014")]),
        ("87 Members and 14 observers", "87 Membres et 15 observateurs", [("number", "14")]),
        ("a fee of 1,500 euros", "une redevance de 1 600 euros", [("number", "1,500")]),
        ("see Doc. PC9101E1b", "voir le doc. PC9102F1b", [("symbol", "PC9101E1b")]),
        ("Members shall notify it.", "Les Membres peuvent le notifier.", [("modal", "shall")]),
        ("Members may notify it in May 2014.", "Les Membres notifient en mai 2014.", [("modal", "may")]),
        ("It must be paid.", "Il peut-être payé.", [("modal", "must")]),
        ("within ten days", "dans un délai de douze jours", [("number", "ten")]),
        ("EUR 3 million", "deux millions d’euros", [("number", "3 million")]),
        ("Directive 2006/112/EC", "la directive 2006/113/CE", [("symbol", "2006/112/EC")]),
        ("Members must notify it.", "Les Membres le notifient.", [("modal", "must")]),
        ("Members may notify it.", "Les Membres doivent le notifier.", [("modal", "may")]),
        ("Members may enable it.", "Les Membres le permettent.", [("modal", "may")]),
        ("Members should notify it.", "Les Membres doivent le notifier.", [("modal", "should")]),
        ("It should be done where necessary.", "C’est fait s’il est nécessaire.", []),
        ("May is the month of the meeting.", "C’est le mois de la réunion.", []),
        ("1. Members met.", "Les Membres se sont réunis.", []),
        (
            "Members should take the necessary steps.",
            "Les Membres prennent les mesures nécessaires.",
            [("modal", "should")],
        ),
        ("5 Members came. 6 Members left.", "5 Membres sont venus. 5 Membres sont partis.", [("number", "6")]),
        (
            "5 Members came. 6 Members left.",
            "6 Membres sont venus. 5 Membres sont partis.",
            [("number", "5"), ("number", "6")],
        ),
        ("Members should notify it.", "Les Membres le notifient.", [("modal", "should")]),
        ("Members shall notify it.", "Les Membres l’ont notifié.", [("modal", "shall")]),
        ("It shall be paid.", "Il a été payé.", [("modal", "shall")]),
        ("It shall be paid.", "Il était payé.", [("modal", "shall")]),
        ("It shall be paid.", "12.", [("modal", "shall")]),
        ("Members shall notify it.", "Los Miembros lo notifican.", [("modal", "shall")]),
    ],
)
def test_what_the_other_version_lacks_is_marked(text, other, found):
    assert lacking(text, other) == found


@pytest.mark.parametrize(
    ("english", "french"),
    [
        ("Members shall notify it.", "Les Membres le notifient."),
        ("The declaration SHALL be lodged by the carrier.", "La déclaration est déposée par le transporteur."),
        ("Members shall notify it. They may object.", "Les Membres le notifient. Ils peuvent s’y opposer."),
        ("It has been agreed that it shall be paid.", "Il a été convenu de ce qui suit. Il est payé."),
    ],
)
def test_french_obliges_by_the_present_tense(english, french):
    assert lacking(english, french) == []
    assert lacking(french, english, "fr", "en") == []


@pytest.mark.parametrize(
    ("french", "english", "found"),
    [
        ("Les Membres peuvent le notifier.", "Members shall notify it.", [("modal", "peuvent")]),
        ("Les Membres devraient le notifier.", "Members shall notify it.", [("modal", "devraient")]),
        ("Il est peut-être payé.", "It is paid.", []),
    ],
)
def test_french_words_may_be_weaker_than_the_english(french, english, found):
    assert lacking(french, english, "fr", "en") == found


def test_what_goes_on_in_another_paragraph_is_not_lacking():
    text, other = "Members shall notify 12 papers, and may notify 13.", "Les Membres notifient 12 documents,"
    assert [one.surface for one in differences(text, "en", other, "fr")] == ["may", "13"]
    assert differences(text, "en", other, "fr", "et peuvent en notifier 13.") == ()


def test_the_figures_of_a_date_or_symbol_are_no_numbers_beside_it():
    facts = facts_in("PC9101E1b of 24 March 2014, 3 pages", None)
    assert [(fact.kind, fact.values[0]) for fact in facts] == [
        ("symbol", "PC9101"),
        ("date", "2014-03-24"),
        ("number", "3"),
    ]


def test_figures_of_a_row_are_numbers_of_their_own():
    assert [fact.values for fact in facts_in("2012 2013 15 7", None)] == [("2012",), ("2013",), ("15",), ("7",)]


def test_every_date_of_a_long_table_is_found_in_a_moment():
    rows = [f"{day} March 2014\t{day}/04/2014" for day in range(1, 29)] * 200
    began = time.process_time()
    facts = facts_in("\n".join(rows), "en")
    assert [fact.kind for fact in facts] == ["date"] * 2 * len(rows)
    assert time.process_time() - began < 20


def test_modal_verbs_of_an_unknown_language_are_not_looked_for():
    assert differences("It shall.", "en", "Es soll.", "de") == differences("It shall.", None, "12.", "fr") == ()


@given(st.text(alphabet="0123456789., \u00a0\u202fabmy/-PCE", max_size=60))
def test_every_text_lacks_nothing_of_itself(text):
    facts = facts_in(text, "en")
    assert differences(text, "en", text, "en") == ()
    assert all(fact.values and text[fact.start : fact.end].strip() for fact in facts)
