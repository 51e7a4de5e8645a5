import datetime as dt
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from configs.bodies import load_bodies
from configs.proceedings import load_proceedings
from configs.sentences import load_sentence_rules
from extractors.document import Block, Deadline, Decision, MeetingDates
from extractors.metadata.body import PaperBody, actor_body
from extractors.metadata.clauses import BodyNames
from extractors.metadata.decisions import DecisionFinder
from extractors.metadata.recalls import Meeting, names_of

WORDS = (
    *("The", "the", "Committee", "Comité", ",", ";", ".", "and", "et", "it", "il", "that", "to"),
    *("agreed", "approuve", "a", "est", "is", "was", "invited", "convenu"),
)
FINDER = DecisionFinder(load_proceedings(), load_sentence_rules())


def decided(*texts: str, **meeting) -> tuple[Decision, ...]:
    """The decisions of paragraphs numbered from 1."""
    blocks = [Block(id=i, page=1, kind="paragraph", number=f"{i}.", text=text) for i, text in enumerate(texts, start=1)]
    return FINDER.decisions_of(blocks, Meeting(**meeting))


def verbs(*texts: str, **meeting) -> list[str]:
    return [decision.verb for decision in decided(*texts, **meeting)]


@pytest.mark.parametrize(
    ("sentence", "verb"),
    [
        ("The Committee took note of the report.", "took note"),
        ("The Council endorsed the Guide.", "endorsed"),
        ("The Working Group agreed that a form was needed.", "agreed"),
        ("The Policy Commission approved the plan.", "approved"),
        ("The Permanent Technical Committee (PTC) adopted the draft.", "adopted"),
        ("The Sub-Committee invited Members to send comments.", "invited"),
        ("The Committee instructed the Secretariat to report.", "instructed"),
        ("The Committee decided to meet again.", "decided"),
        ("The Committee supported the proposal.", "other"),
        ("The Committee welcomed the offer.", "welcomed"),
        ("The Committee on Trade and Development took note of the statements.", "took note"),
        ("Members agreed to share their texts.", "agreed"),
        ("In conclusion, the Committee unanimously endorsed the text.", "endorsed"),
        ("The Committee, having heard the delegates, also approved the budget.", "approved"),
        ("The Council has approved the amendment.", "approved"),
        ("Le Comité prend note du rapport.", "took note"),
        ("Le Comité a pris note du rapport.", "took note"),
        ("La Commission a approuvé le plan.", "approved"),
        ("Le Comité technique permanent est convenu d'un formulaire.", "agreed"),
        ("Le Groupe de travail sur le commerce électronique a adopté le projet.", "adopted"),
        ("Le Sous-comité a également invité les Membres à répondre.", "invited"),
        ("Le Comité a chargé le Secrétariat d'un rapport.", "instructed"),
        ("La Commission de politique générale a décidé de se réunir.", "decided"),
        ("Le Conseil appuie vivement la proposition.", "other"),
        ("Le Comité s'est félicité de l'offre.", "welcomed"),
        ("Le Comité entérine le texte.", "endorsed"),
        ("The Agenda, set out in Doc. PC9101E1b, was adopted without amendment.", "adopted"),
        ("The draft Agenda (Doc. PC9101E1b) was adopted.", "adopted"),
        ("It was so agreed.", "agreed"),
        ("(The Committee took note of the report.)", "took note"),
        ("It was agreed that the item should remain open.", "agreed"),
        ("L'ordre du jour est adopté sans modification.", "adopted"),
        ("Il a été décidé de reporter l'examen.", "decided"),
        ("The Committee examined the report and endorsed it.", "endorsed"),
        ("Consensus was reached and the Committee decided accordingly.", "decided"),
        ("The Chairperson concluded that the Committee had taken note of the document.", "took note"),
        ("In closing, the Chair confirmed that the Committee endorsed the draft.", "endorsed"),
        ("Le Président conclut que le Comité prend note du document.", "took note"),
        ("The draft Guidelines were approved by the Committee.", "approved"),
        ("Le plan stratégique est approuvé par le Conseil.", "approved"),
        ("The proposal was accepted and the text was approved as amended.", "approved"),
        ("The draft vision and mission statements were discussed, slightly amended and approved.", "approved"),
        ("The draft agenda as contained in document WTO/AIR/2 of 18 May 2031 was adopted.", "adopted"),
        ("It was approved as proposed.", "approved"),
        ("Il a été pris note du rapport.", "took note"),
        ("Le Président a conclu que le Comité avait pris note du document.", "took note"),
        ("La proposition a été appuyée par le Comité.", "other"),
        ("The Secretariat was instructed to prepare a draft.", "instructed"),
        ("Members and observers were invited to send comments by 1 May.", "invited"),
        ("Les Membres ont été invités à communiquer leurs observations.", "invited"),
        ("The delegates were invited to submit case studies.", "invited"),
        ("Les recommandations ont été adoptées par consensus.", "adopted"),
        ("Les Membres ont accueilli favorablement l'initiative.", "welcomed"),
        ("Le Comité a marqué son accord sur le texte.", "agreed"),
        ("Decision 3: The board of the school is the grant holder.", "decided"),
        ("Décision n° 4 : un groupe restreint est créé.", "established"),
    ],
)
def test_a_sentence_that_decides(sentence, verb):
    assert verbs(sentence) == [verb]


@pytest.mark.parametrize(
    "sentence",
    [
        "The Committee was invited to take note of the document.",
        "The Committee is invited to approve the priorities.",
        "Members are invited to send comments.",
        "Les Membres sont invités à prendre note du document.",
        "The delegate of Arvenia said that Members were invited to a workshop.",
        "These organizations had been invited to the meeting.",
        "Le Comité est invité à prendre note du document.",
        "The Committee had agreed on the form.",
        "The Committee did not agree with the proposal.",
        "Le Comité n'a pas approuvé le plan.",
        "The Secretariat recalled that, in June, the Council endorsed the Guide.",
        "The Delegate of Arvenia supported the proposal.",
        "The Chairperson welcomed the delegates.",
        "Arvenia adopted a law on the Single Window in 2011.",
        "A plan was approved by the Director General in 2013.",
        "The report was adopted by the parliament of Arvenia.",
        "The plan which the Committee endorsed is old.",
        "The Committee heard that Arvenia had joined the agreement and adopted the form.",
        "The Committee could agree on a form.",
        "Three Members have agreed on a common form.",
        "Il convient de noter que le Comité en sera saisi.",
        "Members should approve a plan.",
        "In June 2012, the Council adopted the Recommendation.",
        "En juin 2012, le Conseil a adopté la Recommandation.",
        "On 20 June, the Council of Ministers of Norland adopted the principle.",
        "The Council adopted in 2010 the revised Convention.",
        "At its 30th Session, the Committee agreed to organize a meeting.",
        "At HSSC14 the Committee invited the Chair to prepare a roadmap.",
        "Lors de sa session précédente, le Comité a décidé d'attendre.",
        "The Norland Group supported the communication.",
        "The group welcomed the request.",
        "Le Groupe de Norlande appuie la communication.",
        'Norland suggested the words "The Committee agreed that work would continue".',
        "La Norlande propose « le Comité décide de clore le point ».",
        "The representative of Norland regretted it and the Committee agreed with her.",
        "The EU supported the proposal.",
        "The plan was not approved.",
        "It was not agreed that the item be closed.",
        "Il n'a pas été décidé de clore le point.",
        "The Committee was unable to adopt the report.",
        "He proposed that the Committee adopt the plan.",
        "Le Comité adoptera le rapport en mai.",
        "If the Committee agreed, the text would be sent.",
        "Data in a system (e.g. the time and the place within which each declaration is approved) should be used.",
        "The form (the Committee approved it) is old.",
        "The Recommendation on the form which was approved by the Council is old.",
        "The office notes the day, the time within which each declaration was approved.",
        "La recommandation sur le formulaire qui a été adoptée est ancienne.",
    ],
)
def test_a_sentence_that_decides_nothing(sentence):
    assert verbs(sentence) == []


def test_one_sentence_with_three_verbs_is_three_decisions_of_one_actor():
    text = "The Committee took note of the experiences, welcomed the progress made, and invited Members to write."
    found = decided(text)
    assert [(one.verb, one.actor) for one in found] == [
        ("took note", "Committee"),
        ("welcomed", "Committee"),
        ("invited", "Committee"),
    ]
    assert {one.text for one in found} == {text}
    assert {(one.paragraph, one.page) for one in found} == {("1", 1)}


def test_a_pronoun_stands_for_the_body_of_the_sentence_before():
    (_, instructed) = decided("The Committee endorsed the block. It instructed the Secretariat to go on.")
    assert (instructed.verb, instructed.actor) == ("instructed", "Committee")
    assert instructed.text == "It instructed the Secretariat to go on."


def test_a_pronoun_without_a_body_before_it_decides_nothing():
    assert verbs("Arvenia has a new law. It adopted the form in May.") == []


def test_a_clause_behind_a_semicolon_goes_on_with_its_pronoun():
    assert verbs("Le Comité convient de s'en abstenir ; il appuie toutefois la proposition.") == ["agreed", "other"]


def test_the_second_verb_of_another_subject_is_not_the_bodys():
    text = "The Committee took note that two administrations had tested and approved the form."
    assert verbs(text) == ["took note"]


def test_what_was_decided_at_another_session_is_only_recalled():
    at_second = "The Working Group agreed at its 2nd Meeting that data were needed."
    before = "At its 203rd/204th Sessions the Committee decided to hold a workshop."
    assert verbs(at_second, before, sessions=(3,)) == []
    assert verbs(at_second, sessions=(2,)) == ["agreed"]
    assert verbs(before, sessions=(203, 204)) == ["decided"]


def test_the_session_that_a_decision_is_about_does_not_make_it_a_recalled_one():
    assert verbs("The Committee decided to hold its 77th Session in Brussels.", sessions=(76,)) == ["decided"]


def test_the_list_of_a_lead_has_its_body_as_actor():
    blocks = (
        Block(id=0, page=4, kind="paragraph", number="16.", text="The Sub-Committee:"),
        Block(id=1, page=4, kind="item", number="(a)", text="agreed on the form;"),
        Block(id=2, page=5, kind="item", number="(b)", text="instructed the Secretariat to report."),
        Block(id=3, page=5, kind="paragraph", number="17.", text="Approved plans were shown by two delegates."),
    )
    assert [(d.verb, d.paragraph, d.page, d.actor) for d in FINDER.decisions_of(blocks)] == [
        ("agreed", "16(a)", 4, "Sub-Committee"),
        ("instructed", "16(b)", 5, "Sub-Committee"),
    ]


def test_an_invitation_with_a_list_decides_nothing():
    blocks = (
        Block(id=0, kind="paragraph", number="14.", text="The Committee is invited to:"),
        Block(id=1, kind="item", number="(a)", text="take note of the document;"),
        Block(id=2, kind="item", number="(b)", text="approve the plan."),
    )
    assert FINDER.decisions_of(blocks) == ()


def test_a_resolution_decides_in_the_present():
    found = decided("The General Assembly,", "Welcomes the report of the Court;", "Decides to go on.")
    assert [(d.verb, d.actor) for d in found] == [("welcomed", "General Assembly"), ("decided", "General Assembly")]


def test_a_resolution_goes_on_over_headings_and_other_verbs_to_its_annex():
    texts = (
        ("paragraph", "The Assembly,"),
        ("paragraph", "COMMENDS Norland for its work and ADOPTS its report;"),
        ("heading", "A. ON TRADE IN GOODS"),
        ("paragraph", "REQUESTS the Secretariat to report on what was approved;"),
        ("paragraph", "APPROVES the rule for screens."),
        ("heading", "ANNEX I"),
        ("paragraph", "APPROVES of nothing."),
    )
    blocks = [Block(id=i, page=1, kind=kind, text=text) for i, (kind, text) in enumerate(texts)]
    assert [(d.verb, d.actor) for d in FINDER.decisions_of(blocks)] == [
        ("other", "Assembly"),
        ("adopted", "Assembly"),
        ("requested", "Assembly"),
        ("approved", "Assembly"),
    ]


def test_acronyms_decide_where_they_are_those_of_the_papers_bodies():
    text = "The PTC endorsed the Guide. The EC welcomed it."
    assert verbs(text) == []
    assert verbs(text, names=BodyNames(frozenset({"PTC"}))) == ["endorsed"]


def test_the_group_decides_in_the_paper_of_a_group():
    assert verbs("The Group decided to meet again.") == []
    assert verbs("The Group decided to meet again. The Norland Group welcomed it.", names=BodyNames(is_group=True)) == [
        "decided"
    ]


def test_a_time_within_the_meeting_recalls_nothing():
    days = MeetingDates(start=dt.date(2012, 6, 4), end=dt.date(2012, 6, 8))
    assert verbs("On 5 June, the Committee adopted the plan.", dates=days) == ["adopted"]
    assert verbs("In May 2012, the Committee adopted the plan.", dates=days) == []
    assert verbs("The Committee agreed, on 13 October 2011, to adopt the plan.", dates=days) == []


def test_the_code_of_the_papers_own_session_is_a_name_of_its_body():
    sentences = ["SC20 agreed to close the project.", "SC20 adopted the plan.", "SC19 adopted another plan."]
    sentences.append("SC20 endorsed the budget.")
    blocks = [Block(id=i, kind="paragraph", text=text) for i, text in enumerate(sentences)]
    names = names_of(blocks, load_bodies(), load_proceedings(), PaperBody(name="Scientific Committee"), (20,))
    assert names.acronyms == {"SC", "SC20"}
    found = FINDER.decisions_of(blocks, Meeting((20,), names=names))
    assert [(decision.verb, decision.actor) for decision in found] == [
        ("agreed", "SC20"),
        ("adopted", "SC20"),
        ("endorsed", "SC20"),
    ]


def test_a_papers_own_acronyms_are_told_by_its_body_and_its_text():
    blocks = [
        Block(id=0, kind="paragraph", text="The Management Committee (MC) met. The European Commission (EC) spoke."),
        Block(id=1, kind="paragraph", text="The Committee on Data Exchange (CDE) and Norland Customs (NC) agreed."),
    ]
    names = names_of(blocks, load_bodies(), load_proceedings(), PaperBody("ptc", "Permanent Technical Committee"))
    assert names.acronyms == {"PTC", "CTP", "MC", "CDE"}
    assert not names.is_group
    assert names_of((), load_bodies(), load_proceedings(), PaperBody(name="Groupe d'experts des douanes")).is_group


def test_a_paragraph_over_two_pages_keeps_its_number():
    blocks = (
        Block(id=0, page=1, kind="paragraph", number="7.", text="The Secretariat presented its work, and the"),
        Block(id=1, page=1, kind="footer", text="1"),
        Block(id=2, page=2, kind="paragraph", text="Chair thanked it. The Committee took note of it."),
    )
    (decision,) = FINDER.decisions_of(blocks)
    assert (decision.paragraph, decision.page) == ("7", 2)


@pytest.mark.parametrize(
    "text",
    [
        "The Committee " * 4_000 + "agreed.",
        "and agreed " * 5_000,
        "The Committee, " * 4_000,
        "the the the " * 5_000 + "took note",
        "A Committee of B of C " * 3_000 + "decided.",
        "At its " * 8_000 + "the Committee agreed",
        "agreed. " * 8_000,
    ],
    ids=["subject", "verbs", "commas", "articles", "names", "openers", "sentences"],
)
def test_a_hostile_paragraph_costs_no_more_than_its_beginning(text):
    blocks = (Block(id=0, kind="paragraph", text=text),)
    start = time.process_time()
    FINDER.decisions_of(blocks)
    assert time.process_time() - start < 10


@settings(max_examples=80)
@given(
    st.lists(
        st.lists(
            st.sampled_from(WORDS),
            max_size=25,
        ).map(" ".join),
        max_size=4,
    )
)
def test_every_decision_quotes_a_sentence_of_its_paragraph(texts):
    for decision in decided(*texts):
        assert decision.text in " ".join(texts[int(decision.paragraph) - 1].split())


@pytest.mark.parametrize(
    ("sentence", "verb"),
    [
        ("The Committee urged Members to reply.", "urged"),
        ("The Council calls upon Members to reply.", "urged"),
        ("The Council directs the Secretariat to reply.", "instructed"),
        ("The Committee asked the Secretariat to reply.", "requested"),
        ("The Committee recommended that the text be published.", "recommended"),
        ("The Board set up a drafting group.", "established"),
        ("A drafting group was set up.", "established"),
        ("The Committee re-elected Ms. Arden as Chairperson.", "elected"),
        ("Ms. Arden (Norland) was elected Chairperson.", "elected"),
        ("The Committee reaffirmed its plan.", "confirmed"),
        ("The Committee deferred the item.", "postponed"),
        ("The Committee encouraged Members to reply.", "other"),
        ("The Committee commended the Secretariat for its work.", "other"),
        ("The parties to the accord were urged to reply.", "urged"),
        ("Le Comité exhorte les Membres à répondre.", "urged"),
        ("Le Comité a demandé au Secrétariat de répondre.", "requested"),
        ("Le Comité recommande aux Membres de répondre.", "recommended"),
        ("Le Conseil a créé un groupe de rédaction.", "established"),
        ("Mme Arden est élue présidente.", "elected"),
        ("Le Comité réaffirme son plan.", "confirmed"),
        ("Le Comité a reporté l'examen du point.", "postponed"),
        ("Le Comité encourage les Membres à répondre.", "other"),
        ("The text was accepted as proposed (Decision 4).", "decided"),
        ("Action 3: Norland Customs to circulate its text.", "instructed"),
    ],
)
def test_other_verbs_that_decide(sentence, verb):
    assert verbs(sentence) == [verb]


@pytest.mark.parametrize(
    "sentence",
    [
        "The Committee asked whether the text was ready.",
        "It is recommended that tests be repeated.",
        "Six farms were selected.",
        "New cells are created each year.",
        "The committee of Norland, which was elected in May, met.",
        "The Committee was reminded and asked to read the text.",
        "The Committee stressed that time was short.",
        "Action: notice of a new rule",
        "Il est recommandé de répéter les essais.",
    ],
)
def test_other_sentences_that_decide_nothing(sentence):
    assert verbs(sentence) == []


@pytest.mark.parametrize(
    "texts",
    [
        ("The Chairman said that the Arven Charter instructed the Committee to report. It was agreed to wait.",),
        ("The Chairman said that Members had, however, agreed to stop. It was decided that they would go on.",),
        (
            "The delegate of Arvenia told of a seminar.",
            "Finally, on rents, he said it was late. It was agreed to stop.",
        ),
        (
            "The Chairperson of the Arven Fund told of its year.",
            "The year was good. Delegations also spoke. Delegations were invited to pay. She listed events.",
        ),
    ],
)
def test_a_passive_in_what_somebody_tells_of_earlier_decisions_or_of_another_meeting_decides_nothing(texts):
    assert verbs(*texts) == []


def test_a_passive_decides_behind_what_a_chair_asks_and_in_a_paragraph_of_its_own():
    told = "The Chairman said that the Council had decided on a form. He urged Members to use it."
    assert verbs(f"{told} Members were asked to reply.") == ["urged", "requested"]
    assert verbs("The Chairman said that Members had agreed to stop.", "It was agreed to wait.") == ["agreed"]


def test_a_chair_goes_on_in_the_next_paragraph_behind_a_phrase():
    (found,) = decided(
        "The Chairman said that time was short.",
        "Of some agreements (Arvenia, Norland and others), he had no data. He urged the parties to send it.",
    )
    assert (found.actor, found.addressee) == ("Chairman", "the parties")


def test_what_was_so_agreed_stands_in_the_paragraph_before():
    (found,) = decided(
        "The Chair recalled the debate. She proposed that the item be closed.",
        "It was so agreed.",
    )
    assert (found.verb, found.actor, found.paragraph) == ("agreed", None, "1")
    assert found.text == "She proposed that the item be closed."


def test_what_was_so_agreed_stands_in_the_sentences_before_with_what_follows_from_the_proposal():
    text = (
        "The Chairman thanked Norland. He said that he would hold consultations. This item would remain on the agenda. "
        "If nothing came of them, the Committee would have to think again. The Committee so agreed."
    )
    found = decided(text)
    assert [(one.text, one.actor, one.addressee) for one in found] == [
        ("He said that he would hold consultations.", "Committee", "Chairman"),
        ("This item would remain on the agenda.", "Committee", None),
    ]


def test_what_was_so_agreed_is_the_last_sentence_where_nothing_is_proposed():
    assert [one.text for one in decided("The Chair read out the list.", "Il en est ainsi décidé.")] == [
        "The Chair read out the list."
    ]


def test_no_matter_stands_within_a_quotation():
    text = 'He proposed these terms: "To look at the accord. It would report in May." The Committee so agreed.'
    assert [one.text for one in decided(text)] == ['He proposed these terms: "To look at the accord.']


def test_a_chair_decides_by_asking_and_not_by_giving_the_floor():
    text = (
        "The Chairman thanked Norland. He urged delegations to send their lists. He invited Norland to take the floor."
    )
    (found,) = decided(text)
    assert (found.verb, found.actor, found.addressee) == ("urged", "Chairman", "delegations")


def test_what_a_delegate_asks_is_no_decision():
    assert verbs("The Chairman thanked Norland.", "The delegate of Norland spoke. He urged Members to sign.") == []
    assert verbs("The representative of Norland spoke. A working group was set up.") == []


@pytest.mark.parametrize(
    "told", ["It was also agreed that plans should be written.", "Members were invited to visit the laboratory."]
)
def test_what_somebody_else_tells_is_no_decision(told):
    assert verbs(f"The representative of Norland spoke of a conference. {told}") == []
    assert len(verbs(f"The Chairman spoke of a conference. {told}")) == 1


def test_an_annex_decides_nothing_but_by_a_resolution_of_its_own():
    texts = (
        ("heading", "Annex to the report of the Committee"),
        ("paragraph", "The Committee adopted the plan."),
        ("heading", "ANNEX I"),
        ("paragraph", "In view of this, Members agreed to meet again. A task force was set up."),
        ("heading", "ANNEX II"),
        ("paragraph", "The Conference,"),
        ("paragraph", "Requests the Secretariat to report;"),
    )
    blocks = [Block(id=i, page=1, kind=kind, text=text) for i, (kind, text) in enumerate(texts)]
    assert [(d.verb, d.actor) for d in FINDER.decisions_of(blocks)] == [
        ("adopted", "Committee"),
        ("requested", "Conference"),
    ]


def test_items_of_a_list_have_verb_actor_and_addressee_of_the_line_above_them():
    blocks = (
        Block(id=0, page=1, kind="paragraph", text="The Assembly,"),
        Block(id=1, page=1, kind="paragraph", number="4.", text="URGES States to:"),
        Block(id=2, page=1, kind="item", number="(i)", text="Send their lists by 2033;"),
        Block(id=3, page=2, kind="item", number="(ii)", text="Lower their tariffs and APPROVES their plans."),
        Block(id=4, page=2, kind="paragraph", number="5.", text="ADOPTS these annexes to the accord:"),
        Block(id=5, page=2, kind="item", number="(i)", text="Annex on origin;"),
    )
    found = FINDER.decisions_of(blocks, Meeting(day="2031"))
    assert [(one.verb, one.addressee, one.page, one.text) for one in found] == [
        ("urged", "States", 1, "URGES States to: (i) Send their lists by 2033;"),
        ("urged", "States", 2, "Lower their tariffs and APPROVES their plans."),
        ("approved", None, 2, "Lower their tariffs and APPROVES their plans."),
        ("adopted", None, 2, "ADOPTS these annexes to the accord: (i) Annex on origin;"),
    ]
    assert found[0].deadline == Deadline(text="by 2033", date="2033")


def test_preambular_paragraphs_decide_nothing():
    texts = (
        "The General Assembly,",
        "Recalling its resolution 3, and noting that the Council requests more,",
        "Convinced that trade matters,",
        "Recalls its resolution 4, and requests the Secretary-General to report;",
        "Emphasizes the role of trade, and calls upon States to sign.",
    )
    assert verbs(*texts) == ["requested", "other", "urged"]


def test_a_declaration_in_the_first_person_decides():
    texts = (
        "We, the Ministers of Norland and Arvenia, meeting in Nortown,",
        "Recalling our accord,",
        "Recognize that trade has grown, and acknowledge the role of ports;",
        "Urge all to sign.",
    )
    (found,) = decided(*texts)
    assert (found.verb, found.actor) == ("urged", "Ministers of Norland and Arvenia")


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("Reaffirm the plan, adopted in resolution 3, and note with concern its cost.", ["confirmed", "took note"]),
        ("Take note of the accord, with its aims and calls for swift action.", ["took note"]),
        ("Commit to open trade, reaffirming the accord, which accepts duties, and notes the need of it.", ["other"]),
        ("Trade has grown. In this regard, we encourage States to sign.", ["other"]),
        ("Given the strong growth, and its high cost, commit to open trade.", ["other"]),
    ],
)
def test_a_declaration_decides_in_the_first_person_alone(sentence, found):
    assert verbs("We, the Ministers of Norland, meeting in Nortown,", sentence) == found


def test_a_noun_that_looks_like_a_verb_of_a_declaration_decides_nothing():
    assert verbs("The Assembly,", "Urges States to take the needs and mandate of the Court into account.") == ["urged"]


def test_what_a_declaration_commits_to_has_a_deadline():
    (found,) = decided("We, the Ministers of Norland, meeting in Nortown,", "Commit to open trade by 2032.", day="2031")
    assert found.deadline == Deadline(text="by 2032", date="2032")


def test_every_sentence_below_a_label_decides():
    found = decided("Decision 5: A core group is set up. It can choose its members. Members shall reply in a week.")
    assert [(one.verb, one.addressee) for one in found] == [
        ("established", None),
        ("decided", None),
        ("decided", "Members"),
    ]


def test_a_directive_says_who_shall_do_what():
    texts = (
        ("paragraph", "THE COUNCIL OF MINISTERS HEREBY DIRECTS AS FOLLOWS:"),
        ("heading", "I. Scope"),
        ("paragraph", "States, as listed in Annex A, shall apply these schedules."),
        ("paragraph", "Nothing in this text shall be read as a waiver."),
    )
    blocks = [Block(id=i, page=1, kind=kind, text=text) for i, (kind, text) in enumerate(texts)]
    (found,) = FINDER.decisions_of(blocks)
    assert (found.verb, found.actor) == ("instructed", "COUNCIL OF MINISTERS")
    assert found.addressee == "States, as listed in Annex A"


def test_an_act_of_law_is_no_directive_of_a_body():
    texts = ("HAVE ADOPTED THIS DIRECTIVE:", "Member States shall apply this Directive.")
    assert verbs("THE COUNCIL OF NORLAND,", *texts) == ["adopted"]


def test_a_heading_that_goes_on_in_a_list_decides():
    blocks = [Block(id=0, page=4, kind="heading", text="The Board approved the following plan:")]
    (found,) = FINDER.decisions_of(blocks)
    assert (found.verb, found.page) == ("approved", 4)


def test_a_day_to_come_is_not_that_of_another_meeting():
    days = MeetingDates(start=dt.date(2031, 5, 4), end=dt.date(2031, 5, 5))
    assert verbs("The Committee agreed to meet in September 2032.", dates=days) == ["agreed"]


def test_the_initials_of_the_papers_body_are_its_name():
    names = names_of((), load_bodies(), load_proceedings(), PaperBody(name="Management Committee"))
    assert verbs("The MC agreed to meet again.", names=names) == ["agreed"]


def test_an_actor_is_the_papers_own_body_or_another_by_name():
    bodies = load_bodies()
    own = PaperBody("ptc", "Permanent Technical Committee")
    assert [actor_body(one, own, bodies) for one in ("Committee", "PTC", "Norland Panel")] == ["ptc", "ptc", None]
    assert actor_body("Permanent Technical Committee", PaperBody(), bodies) == "ptc"


def test_a_chair_states_what_the_body_does():
    assert verbs("The Chair said that the Committee took note of the report.") == ["took note"]
    assert verbs("The Chair thanked Norland. She said the Committee took note of it.") == ["took note"]
    assert verbs("The Chair said that the Committee had agreed on the form.") == []
    assert verbs("The delegate of Norland said that the Committee took note of the report.") == []


def test_what_was_so_agreed_below_a_list_stands_above_it():
    blocks = (
        Block(id=0, page=1, kind="paragraph", text="The Chair proposed to invite these organizations:"),
        Block(id=1, page=1, kind="item", text="Norland Customs Institute"),
        Block(id=2, page=2, kind="paragraph", text="It was so agreed."),
    )
    (found,) = FINDER.decisions_of(blocks)
    assert (found.text, found.page) == ("The Chair proposed to invite these organizations:", 1)


def test_a_session_between_a_body_and_its_verb_is_looked_at():
    said = "The Committee at its {} session in Arvenia agreed on a form."
    assert verbs(said.format("fifth"), sessions=(5,)) == ["agreed"]
    assert verbs(said.format("fourth"), sessions=(5,)) == []
    assert verbs(said.format("last"), sessions=(5,)) == []


def test_an_act_says_at_which_session_of_its_year_it_was_adopted():
    said = "In the light of the above, UN/FORM at its third session in April 2031 recommended the following:"
    names = BodyNames({"UN/FORM"})
    assert verbs(said, day="2031", names=names) == ["recommended"]
    assert verbs(said, day="2033", names=names) == []
    assert verbs(said.replace(" the following:", " a form."), day="2031", names=names) == []


def test_a_decision_that_ends_in_a_colon_goes_on_with_the_list_below_it():
    listed = [Block(id=i, kind="item", number=f"({i})", text=f"the form of annex {i}; ") for i in range(1, 41)]
    blocks = [Block(id=0, kind="paragraph", number="1.", text="The Committee adopted the following:"), *listed]
    (decision,) = FINDER.decisions_of(blocks)
    assert decision.text.startswith("The Committee adopted the following: (1) the form of annex 1; (2) the form")
    assert decision.text.endswith(" […]")
    assert len(decision.text) < 350
    (decision,) = FINDER.decisions_of(blocks[:3])
    assert decision.text.endswith("(2) the form of annex 2;")
