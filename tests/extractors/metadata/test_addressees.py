"""Who is to act, and by when, in sentences of our own."""

import pytest

from configs.proceedings import load_proceedings
from configs.sentences import load_sentence_rules
from extractors.document import Block, Deadline, Decision
from extractors.metadata.decisions import DecisionFinder
from extractors.metadata.recalls import Meeting

FINDER = DecisionFinder(load_proceedings(), load_sentence_rules())


def only(*texts: str, **meeting) -> Decision:
    """The one decision of paragraphs."""
    blocks = [Block(id=i, page=1, kind="paragraph", text=text) for i, text in enumerate(texts)]
    (decision,) = FINDER.decisions_of(blocks, Meeting(**meeting))
    return decision


@pytest.mark.parametrize(
    ("sentence", "addressee"),
    [
        ("The Committee requested the Secretariat to prepare a draft.", "the Secretariat"),
        (
            "The Committee invited all Members, in particular small ones, to reply.",
            "all Members, in particular small ones",
        ),
        ("The Council directs the Norland Customs Agency to report.", "the Norland Customs Agency"),
        ("The Council called upon States that have to report to reply.", "States that have to report"),
        ("The Committee requested that the Secretariat prepare a draft.", "the Secretariat"),
        ("The Committee agreed that the Working Group should meet again.", "the Working Group"),
        ("The Committee decided that Members, as listed in the annex, shall reply.", "Members, as listed in the annex"),
        ("Members were invited to send comments.", "Members"),
        ("Action: Secretariat to circulate the text.", "Secretariat"),
        ("Decision 3: The Secretariat shall keep the list.", "The Secretariat"),
        ("Le Comité invite les Membres à lui faire parvenir leurs avis.", "les Membres"),
        ("Le Comité a chargé le Secrétariat d'élaborer un projet.", "le Secrétariat"),
        ("Le Conseil demande au Secrétariat de préparer un rapport.", "Secrétariat"),
        ("Le Comité est convenu que le Secrétariat préparerait un texte.", "le Secrétariat"),
        ("The Committee requested additional time to consider the paper.", None),
        ("The Committee agreed that the item would remain on the agenda.", None),
        ("The Committee agreed to meet again.", None),
        ("The Committee took note of what the Secretariat should do.", None),
        ("The Committee adopted the report.", None),
    ],
)
def test_the_addressee_is_who_is_to_act(sentence, addressee):
    assert only(sentence).addressee == addressee


@pytest.mark.parametrize(
    ("words", "deadline", "date"),
    [
        ("by 30 June 2031", "by 30 June 2031", "2031-06-30"),
        ("by the end of October 2031", "by the end of October 2031", "2031-10"),
        ("before 2033", "before 2033", "2033"),
        ("by close of business on Friday, 3 June 2031", "by close of business on Friday, 3 June 2031", "2031-06-03"),
        ("at its next meeting", "at its next meeting", None),
        ("at the next Ordinary Session of the Council", "at the next Ordinary Session of the Council", None),
        ("to its next session", "its next session", None),
        ("by June 2031.4", "by June 2031", "2031-06"),
        ("at its seventy-fourth session", "at its seventy-fourth session", None),
        ("within three months", "within three months", None),
        ("as soon as possible", "as soon as possible", None),
        ("prior to the workshop in Nortown", "prior to the workshop in Nortown", None),
        ("in September 2031", "in September 2031", "2031-09"),
        ("in 2033 on how it goes", "in 2033", "2033"),
        ("on the agenda of its next meeting", "on the agenda of its next meeting", None),
    ],
)
def test_the_deadline_is_as_printed_and_a_date_where_it_is_one(words, deadline, date):
    sentence = f"The Committee requested the Secretariat to report {words}."
    assert only(sentence, sessions=(73,), day="2031-05-04").deadline == Deadline(text=deadline, date=date)


@pytest.mark.parametrize(
    ("words", "deadline", "date"),
    [
        ("avant le 30 juin 2031", "avant le 30 juin 2031", "2031-06-30"),
        ("d'ici à la fin de 2032", "d'ici à la fin de 2032", "2032"),
        ("à sa prochaine session", "à sa prochaine session", None),
        ("dans un délai de trois mois", "dans un délai de trois mois", None),
        ("dans les meilleurs délais", "dans les meilleurs délais", None),
    ],
)
def test_a_french_deadline(words, deadline, date):
    sentence = f"Le Comité invite le Secrétariat à faire rapport {words}."
    assert only(sentence, day="2031").deadline == Deadline(text=deadline, date=date)


@pytest.mark.parametrize(
    "sentence",
    [
        "The Committee requested the Secretariat to revise the paper of 12 February 2030.",
        "The Committee requested the Secretariat to use the list in the report of its seventy-second session.",
        "The Committee requested the Secretariat to correct what was sent in March 2030.",
        "The Committee requested the Secretariat to print the programme for 2032.",
        "The Committee took note that comments were due by 30 June 2031.",
    ],
)
def test_a_time_that_is_over_or_asks_nothing_is_no_deadline(sentence):
    assert only(sentence, sessions=(73,), day="2031-05-04").deadline is None


def test_a_month_without_a_preposition_that_says_so_is_none_where_the_day_of_the_paper_is_unknown():
    assert only("The Committee agreed to use the list in September 2031.").deadline is None


def test_each_verb_of_a_sentence_has_its_own_addressee_and_deadline():
    text = "The Committee asked the Secretariat to report by 2032 and invited Members to reply within a month."
    found = FINDER.decisions_of([Block(id=0, kind="paragraph", text=text)], Meeting(day="2031"))
    shown = [(one.verb, one.addressee, one.deadline.text if one.deadline else None) for one in found]
    assert shown == [("requested", "the Secretariat", "by 2032"), ("invited", "Members", "within a month")]
