import datetime as dt
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from configs.bodies import load_bodies
from configs.kinds import load_kinds
from extractors.document import Block, Document, Page, Reading, document_id
from extractors.metadata.describe import describe

BODIES, KINDS = load_bodies(), load_kinds()
EMBLEM = (
    "WORLD CUSTOMS ORGANIZATION",
    "ORGANISATION MONDIALE DES DOUANES",
    "Established in 1952 as the Customs Co-operation Council",
    "Créée en 1952 sous le nom de Conseil de coopération douanière",
)
ENGLISH = (
    "The Committee examined the state of work on the single window environment, heard the delegates of nine "
    "administrations, and agreed that the exchange of data between agencies had to be tested before the next session "
    "and that the Secretariat should report on it. "
)
FRENCH = (
    "Le Comité a examiné l'état d'avancement des travaux relatifs au guichet unique, a entendu les délégués de neuf "
    "administrations et est convenu que l'échange de données entre les organismes devrait être mis à l'essai avant la "
    "prochaine session et que le Secrétariat en rendrait compte. "
)


def blocks_of(*blocks: tuple[int | None, str, str]) -> tuple[Block, ...]:
    """Blocks of page, kind and text."""
    return tuple(Block(id=i, page=page, kind=kind, text=text) for i, (page, kind, text) in enumerate(blocks))


def paper(*cover: str, body: str = ENGLISH, heads: tuple[str, ...] = (), properties: dict[str, str] | None = None):
    """A reading with one line a block on page 1, running text, and a head on each of the pages from 2."""
    lines = [(1, "paragraph", text) for text in cover] + [(1, "paragraph", body)]
    for page, head in enumerate(heads, start=2):
        lines += [(page, "header", head), (page, "paragraph", body)]
    blocks = tuple(Block(id=number, page=page, kind=kind, text=text) for number, (page, kind, text) in enumerate(lines))
    return Reading(media_type="application/pdf", blocks=blocks, properties=properties or {})


def described(reading: Reading, source: str = "file:///papers/paper.pdf") -> Document:
    return describe(reading, source=source, sha256="0" * 64, bodies=BODIES, kinds=KINDS)


def test_a_report_of_a_dual_session():
    document = described(
        paper(
            *EMBLEM,
            "PERMANENT TECHNICAL COMMITTEE",
            "PC0345E1a",
            "-",
            "201st/202nd Sessions",
            "4 - 8 November 2013",
            "Brussels, 17 December 2013.",
            "REPORT TO THE CUSTOMS CO-OPERATION COUNCIL",
            "ON THE 201st/202nd SESSIONS OF THE PERMANENT TECHNICAL COMMITTEE",
            heads=("PC0345E1", "PC0345E1", "PC0345E1"),
        )
    )
    assert document.symbol.raw == "PC0345E1a"
    assert document.key == "PC0345"
    assert (document.body, document.body_name) == ("ptc", "PERMANENT TECHNICAL COMMITTEE")
    assert document.sessions == (201, 202)
    assert document.meeting_dates.start == dt.date(2013, 11, 4)
    assert document.meeting_dates.end == dt.date(2013, 11, 8)
    assert document.date == "2013-12-17"
    assert not document.date_conflict
    assert (document.language, document.kind) == ("en", "report")
    assert document.title == (
        "REPORT TO THE CUSTOMS CO-OPERATION COUNCIL ON THE 201st/202nd SESSIONS OF THE PERMANENT TECHNICAL COMMITTEE"
    )
    assert document.warnings == ()


def test_a_french_report_groups_with_its_english_twin():
    document = described(
        paper(
            *EMBLEM,
            "COMITÉ TECHNIQUE PERMANENT",
            "PC0345F1a",
            "201ème/202ème sessions",
            "4-8 novembre 2013",
            "Bruxelles, le 17 décembre 2013.",
            "RAPPORT AU CONSEIL DE COOPÉRATION DOUANIÈRE SUR LES 201ème/202ème SESSIONS",
            body=FRENCH,
        )
    )
    assert (document.key, document.symbol.language, document.language) == ("PC0345", "F", "fr")
    assert (document.body, document.sessions, document.kind) == ("ptc", (201, 202), "report")
    assert document.date == "2013-12-17"
    assert document.warnings == ()


def test_a_working_document_with_a_summary_box():
    document = described(
        paper(
            *EMBLEM,
            "CAPACITY BUILDING COMMITTEE",
            "HC0002E1b",
            "1st Session",
            "27 - 29 September 2010",
            "Brussels, 2 September",
            "WCO CAPACITY BUILDING",
            "(Item II.1 (a) on the Agenda)",
            "SUMMARY",
            "Purpose of document",
            "This document reports on the programmes of the Secretariat.",
            "Action required of the Capacity Building Committee",
            "The Committee is invited to:",
            "(a) take note of the document; and",
            "(b) give guidance.",
            "Copyright © 2010 World Customs Organization. All rights reserved.",
        )
    )
    assert document.date == "2010-09-02"
    assert document.kind == "working-document"
    assert document.title == "WCO CAPACITY BUILDING"
    assert document.agenda_item == "II.1(a)"
    assert document.purpose == "This document reports on the programmes of the Secretariat."
    assert document.action_required.startswith("The Committee is invited to: (a) take note")


def test_the_summary_box_in_french():
    document = described(
        paper(
            "COMITÉ TECHNIQUE PERMANENT",
            "PC0410F1a",
            "Bruxelles, le 3 mars 2015",
            "GUICHET UNIQUE",
            "(Point III de l'ordre du jour)",
            "Objet du document",
            "Le présent document décrit les progrès accomplis.",
            "Mesures à prendre par le Comité technique permanent",
            "Le Comité est invité à prendre note du document.",
            body=FRENCH,
        )
    )
    assert document.agenda_item == "III"
    assert document.purpose == "Le présent document décrit les progrès accomplis."
    assert document.action_required == "Le Comité est invité à prendre note du document."


def test_a_report_dated_before_its_meeting_keeps_the_printed_date_and_is_flagged():
    document = described(
        paper(
            "PERMANENT TECHNICAL COMMITTEE - PC0602E1a",
            "225 th /226 th Sessions",
            "28 - 31 October 2019",
            "Brussels, 22 January 2019",
            "SUMMARY REPORT",
        )
    )
    assert document.date == "2019-01-22"
    assert document.date_conflict
    assert (document.kind, document.sessions) == ("summary-report", (225, 226))


def test_an_agenda_sent_out_before_the_meeting_is_no_conflict():
    document = described(
        paper(
            "PERMANENT TECHNICAL COMMITTEE",
            "PC0601E1a",
            "28 - 31 October 2019",
            "Brussels, 2 October 2019",
            "DRAFT AGENDA",
        )
    )
    assert document.kind == "agenda"
    assert not document.date_conflict


def test_a_committee_report_with_original_languages_and_session_code():
    document = described(
        paper(
            "HARMONIZED SYSTEM COMMITTEE",
            "42nd Session",
            "NC1377E1b",
            "(HSC/42/Oct. 2008)",
            "O. Eng./Fr.",
            "Brussels, 3 October 2008",
            "REPORT TO THE CUSTOMS CO-OPERATION COUNCIL ON THE 42nd SESSION OF THE HARMONIZED SYSTEM COMMITTEE",
        )
    )
    assert (document.body, document.sessions) == ("hsc", (42,))
    assert document.original_language == "English/French"


def test_the_papers_own_symbol_wins_over_symbols_that_it_cites():
    document = described(
        paper(
            "PERMANENT TECHNICAL COMMITTEE",
            "Brussels, 3 March 2015",
            "FOLLOW-UP TO DOC. PC0345E1a AND DOC. SP0250E1a",
            body=f"As set out in Doc. PC0345E1a, PC0345E1a and SP0250. {ENGLISH}",
            heads=("PC0410E1", "PC0410E1"),
        )
    )
    assert document.symbol.raw == "PC0410E1"


def test_a_paper_that_only_cites_symbols_has_none():
    document = described(paper("NOTES OF A SEMINAR", body=f"See Doc. PC0345E1a and WT/COMTD/M/43. {ENGLISH}"))
    assert document.symbol is None
    assert document.key == document.id == document_id("file:///papers/paper.pdf")


def test_no_number_of_citations_makes_a_symbol_the_papers_own():
    document = described(paper(*[f"As agreed, see Doc. PC0345E1a, paragraph {n}" for n in range(40)]))
    assert document.symbol is None


def test_the_name_of_the_file_alone_is_told_in_a_warning():
    document = described(Reading(media_type="application/pdf"), source="file:///in/PC0345E1a.pdf")
    assert (document.symbol.raw, document.body, document.language) == ("PC0345E1a", "ptc", "en")
    assert any("file name" in warning for warning in document.warnings)


@pytest.mark.parametrize(
    "source",
    [
        "zip://2019/PC0345E1a.pdf::file:///in/SP0001F1a.zip",
        "mail://PC0345E1a.pdf::zip://SP0001F1a.eml::file:///in/SP0002F1a.zip",
        "zip://[1]/PC0345E1a.pdf::file:///in/SP0001F1a.zip",
        "https://example.org/PC0345E1a.pdf?name=SP0001F1a.pdf",
        "file:///in/SP0001F1a#2/PC0345E1a.pdf",
    ],
)
def test_the_name_of_the_file_is_its_own_and_not_that_of_what_it_came_in(source):
    assert described(Reading(media_type="application/pdf"), source=source).symbol.raw == "PC0345E1a"


def test_an_unknown_prefix_is_kept_with_a_warning():
    document = described(
        paper("COMMITTEE ON STAMPS", "QX0012E1a", "Brussels, 3 March 2015", "STAMPS OF CUSTOMS OFFICES")
    )
    assert (document.symbol.raw, document.body) == ("QX0012E1a", None)
    assert any("QX" in warning for warning in document.warnings)


def test_symbol_and_cover_that_disagree_are_told():
    document = described(
        paper("HARMONIZED SYSTEM COMMITTEE", "PC0345E1a", "Brussels, 3 March 2015", "A TITLE OF SOME LENGTH")
    )
    assert document.body == "ptc"
    assert any("the cover says Harmonized System Committee" in warning for warning in document.warnings)


def test_the_council_of_another_organisation_is_not_the_customs_council():
    document = described(paper("DIRECTIVE 2031/69/EC", "THE COUNCIL", "of 25 June 2031", "amending the rules on data"))
    assert document.body is None
    ours = described(paper(*EMBLEM, "COUNCIL", "127th/128th Sessions", "Brussels, 3 March 2015", "DIGITAL CUSTOMS"))
    assert (ours.body, ours.body_name) == ("council", "Customs Co-operation Council")


def test_an_older_paper_is_known_by_its_number():
    document = described(
        paper(
            "TECHNICAL COMMITTEE ON CUSTOMS VALUATION",
            "37.020",
            "Brussels, 11 October 1991",
            "REPORT OF THE 22nd SESSION",
        )
    )
    assert (document.symbol.serial, document.key, document.body) == ("37.020", "37.020", "tccv")


def test_a_united_nations_cover():
    document = described(
        paper(
            "United Nations",
            "ECE/TRADE/C/CEFACT/2031/9",
            "Economic and Social Council",
            "Distr.: General 18 February 2031",
            "Original: English",
            "Economic Commission for Europe",
            "UNECE Executive Committee",
            "Centre for Trade Facilitation and Electronic Business",
            "Thirty-seventh session",
            "Geneva, 4-5 May 2031",
            "Item 8 of the provisional agenda",
            "Report of the group of experts on data pipelines",
        ),
        source="file:///x/report.pdf",
    )
    assert document.symbol.raw == document.key == "ECE/TRADE/C/CEFACT/2031/9"
    assert (document.body, document.sessions, document.agenda_item) == ("uncefact", (37,), "8")
    assert (document.distribution, document.access, document.original_language) == (
        "General",
        "public",
        "English",
    )
    assert document.date == "2031-02-18"
    assert document.meeting_dates.end == dt.date(2031, 5, 5)
    assert document.title == "Report of the group of experts on data pipelines"


def test_a_long_item_of_the_agenda_ends_no_cover():
    item = (
        "Item 14.1.1 of the provisional agenda Consideration and vote by AC.3 of draft UN GTRs and/or draft amendments "
        "to established UN GTRs, if any: Proposal for a new UN GTR on automated driving systems and the systems beside "
        "them, as submitted in the previous session of the group"
    )
    document = described(
        paper(
            "ECE/TRANS/WP.29/2036/139",
            "World Forum for Harmonization of Vehicle Regulations",
            "199th session",
            "Geneva, 23–26 June 2036",
            item,
            "Proposal for a new Global Technical Regulation on Automated Driving",
            "Submitted by the Working Party on Automated Vehicles*",
        )
    )
    assert (document.agenda_item, document.kind, document.sessions) == ("14.1.1", "proposal", (199,))
    assert document.title == "Proposal for a new Global Technical Regulation on Automated Driving"
    assert document.submitted_by == "Working Party on Automated Vehicles"


def test_the_long_name_of_a_body_ends_no_cover():
    name = (
        "Preparatory Commission for the Entry into Force of the Agreement under the Customs Convention on the Law of "
        "Trade on the Simplification and Harmonization of Border Procedures of Areas beyond National Jurisdiction and "
        "the Convening of the First Meeting of the Conference of the Parties to the Agreement"
    )
    document = described(
        paper(
            "ADVANCE, UNEDITED VERSION",
            name,
            "Third session",
            "New York, 23 March – 2 April 2036",
            "Report of the Commission",
        )
    )
    assert (document.title, document.kind, document.sessions) == ("Report of the Commission", "report", (3,))
    assert document.meeting_dates.end == dt.date(2036, 4, 2)


@pytest.mark.parametrize(
    ("line", "submitter", "kind"),
    [
        ("Australia and Belize: draft decision**", "Australia and Belize", "decision"),
        ("Kenya, Malawi and Togo*: revised draft resolution", "Kenya, Malawi and Togo", "resolution"),
        ("Sénégal : projet de résolution révisé", "Sénégal", "resolution"),
        ("Norway:* draft resolution", "Norway", "resolution"),
        ("Norway:* ,** draft resolution", "Norway", "resolution"),
        (
            f"{', '.join(['Barbados'] * 30)} and Togo: draft resolution",
            f"{', '.join(['Barbados'] * 30)} and Togo",
            "resolution",
        ),
        ("Draft resolution submitted by the Chair", "Chair", "resolution"),
        ("Projet de résolution présenté par la Présidente", "Présidente", "resolution"),
        ("Projet de décision soumis par le Bureau", "Bureau", "decision"),
    ],
)
def test_who_submits_a_draft_stands_above_its_title(line, submitter, kind):
    title = "Agreement on the exchange of advance data"
    document = described(paper("A/98/L.102", "Agenda item 75 (c)", line, title))
    assert (document.submitted_by, document.title, document.kind) == (submitter, title, kind)


def test_a_shortened_running_head_is_the_same_symbol():
    document = described(
        paper("United Nations ECE/AGAT/2031/INF.4", "Draft agenda", heads=("AGAT/2031/INF.4", "AGAT/2031/INF.4"))
    )
    assert document.symbol.raw == "ECE/AGAT/2031/INF.4"


def test_a_memorandum_takes_title_sender_and_date_from_its_labels():
    document = described(
        paper(
            "Cargo Services Conference",
            "MEMORANDUM CSC/Notif/031/2031",
            "TO: All Members",
            "FROM: Secretary, Cargo Services Conference",
            "DATE: 08 July 2031 SUBJECT: Recommended Practice 9999",
        )
    )
    assert (document.kind, document.title) == ("memorandum", "Recommended Practice 9999")
    assert document.submitted_by == "Secretary, Cargo Services Conference"
    assert document.date == "2031-07-08"
    assert document.body_name == "IATA Cargo Services Conference"


def test_a_masthead_that_comes_last_in_the_file_counts_by_its_place():
    cover = (
        "Centre for Trade Facilitation and Electronic Business",
        "Report on pipelines",
        ENGLISH,
        "ECE/TRADE/C/CEFACT/2031/9",
    )
    tops = (200.0, 260.0, 300.0, 40.0)
    blocks = tuple(
        Block(id=i, page=1, kind="paragraph", text=text, box=(50, top, 500, top + 12))
        for i, (text, top) in enumerate(zip(cover, tops, strict=True))
    )
    document = described(Reading(media_type="application/pdf", blocks=blocks))
    assert document.symbol.raw == "ECE/TRADE/C/CEFACT/2031/9"


def test_the_declared_title_serves_where_the_cover_has_none():
    reading = Reading(media_type="application/pdf", properties={"title": "PC0345E1a: Equipment at the border"})
    assert described(reading).title == "Equipment at the border"


def test_an_act_has_the_date_of_its_title_not_of_the_gazette():
    document = described(
        paper(
            "14.11.2032",
            "REGULATION (EU) No 1024/2032 OF THE PARLIAMENT of 25 October 2032 on administrative cooperation",
        )
    )
    assert (document.date, document.kind) == ("2032-10-25", "regulation")


def test_the_day_of_an_act_may_stand_in_the_line_below_its_name():
    lines = ("16.8.2031", "COMMISSION DELEGATED REGULATION (EU) 2031/1341", "of 23 April 2031", "on procedures")
    document = described(paper(*lines))
    assert (document.date, document.kind) == ("2031-04-23", "regulation")


@pytest.mark.parametrize("name", ["Microsoft Word - note.doc", "Document1", "report_v4.pdf", "1802016", ""])
def test_what_a_program_wrote_is_no_title(name):
    reading = Reading(media_type="application/pdf", properties={"title": name})
    assert described(reading).title is None


def test_a_declared_title_outranks_the_first_article_of_a_treaty():
    blocks = tuple(
        Block(id=i, kind="heading", text=text) for i, text in enumerate(("Preamble", "ARTICLE 1", "ARTICLE 2"))
    )
    reading = Reading(media_type="application/xml", blocks=blocks, properties={"title": "Norland - Veldia"})
    assert described(reading).title == "Norland - Veldia"


def test_a_day_that_the_source_declares_serves_but_not_the_clock_of_a_machine():
    treaty = Reading(
        media_type="application/xml", properties={"created": "1995-03-06", "subject": "Free Trade Agreement"}
    )
    assert (described(treaty).date, described(treaty).kind) == ("1995-03-06", "treaty")
    office = Reading(media_type="application/pdf", properties={"created": "2024-10-15T18:08:00+00:00"})
    assert described(office).date is None


def test_symbol_and_text_in_different_languages_are_told():
    document = described(paper("PERMANENT TECHNICAL COMMITTEE", "PC0345E1a", "Brussels, 3 March 2015", body=FRENCH * 3))
    assert document.language == "fr"
    assert any("language" in warning for warning in document.warnings)


@pytest.mark.parametrize(
    "text",
    [
        "1 " * 1_500_000,
        "A/" * 1_000_000,
        "12 and 13 and " * 200_000,
        "PC0345 " * 400_000,
        "le comité " * 300_000,
    ],
    ids=["numbers", "slashes", "days", "symbols", "words"],
)
def test_a_line_of_megabytes_costs_no_more_than_its_beginning(text):
    reading = Reading(media_type="text/plain", blocks=(Block(id=0, kind="paragraph", text=text),))
    start = time.process_time()
    described(reading)
    assert time.process_time() - start < 10


@settings(max_examples=60)
@given(st.lists(st.text(max_size=120), max_size=12), st.text(max_size=40))
def test_any_cover_is_described_without_an_error(texts, name):
    blocks = tuple(Block(id=i, page=1, kind="paragraph", text=text) for i, text in enumerate(texts))
    reading = Reading(media_type="application/pdf", blocks=blocks, properties={"title": name})
    document = described(reading, source=f"file:///{name}")
    assert document.blocks == blocks


def test_a_text_file_may_have_its_masthead_behind_the_text():
    texts = ("NOTE ON THE MEETING OF 5 MAY 2031", "Chairman: Ms. L. Harrow", ENGLISH, "The report is WT/COMTD/92.")
    tail = ("WT/COMTD/M/120", "- PAGE 4 -", "RESTRICTED", "WT/COMTD/M/120", "9 June 2031", "(31-1385)")
    body = ("Committee on Trade and Development", "120th Session")
    blocks = tuple(
        Block(id=i, kind="paragraph", text=text) for i, text in enumerate((*texts, "__________", *tail, *body))
    )
    document = described(Reading(media_type="text/plain", blocks=blocks))
    assert (document.symbol.raw, document.body, document.sessions) == ("WT/COMTD/M/120", "wto-comtd", (120,))
    assert (document.date, document.access) == ("2031-06-09", "restricted")
    assert document.title == "NOTE ON THE MEETING OF 5 MAY 2031"


def test_the_cells_of_a_table_are_not_joined_to_a_title():
    blocks = (
        Block(id=0, page=1, kind="paragraph", text="S-101PT6-06"),
        Block(id=1, page=1, kind="table", text="Members of the loading group\t\t\nState\tName\tEmail"),
    )
    assert described(Reading(media_type="application/pdf", blocks=blocks)).title == "Members of the loading group"


def test_a_presentation_may_tell_item_speaker_and_language_by_its_name():
    document = described(
        Reading(media_type="application/pdf"), source="file:///p/ItemIIa_CBM Panel_CODEX_da Costa_EN.pdf"
    )
    assert (document.agenda_item, document.submitted_by, document.language) == ("II(a)", "CODEX, da Costa", "en")
    assert document.title == "CBM Panel"


def test_revisions_of_a_paper_share_its_key():
    symbols = ("PC0345E1a", "PC0345E1a/Rev.", "PC0345E2a", "PC0345F1a/Rev.1")
    papers = [paper("PERMANENT TECHNICAL COMMITTEE", one, "Brussels, 3 March 2015", "A TITLE") for one in symbols]
    assert {described(one).key for one in papers} == {"PC0345"}


def test_editions_of_another_organisations_paper_share_its_key():
    symbols = ("", "/Rev.1", "/Rev. 2")
    covers = [("United Nations", f"ECE/TRANS/WP.30/2031/1{mark}", "Draft agenda") for mark in symbols]
    assert {described(paper(*cover)).key for cover in covers} == {"ECE/TRANS/WP.30/2031/1"}


def test_addenda_and_corrigenda_are_no_editions_of_a_paper():
    marks = ("/Add.1", "/Add.2", "/Add.2/Rev.1", "/Rev.1/Add.2", "/Corr.1")
    covers = [("United Nations", f"ECE/TRANS/WP.30/2031/1{mark}", "Draft agenda") for mark in marks]
    keys = [described(paper(*cover)).key for cover in covers]
    assert keys == [f"ECE/TRANS/WP.30/2031/1/{mark}" for mark in ("ADD.1", "ADD.2", "ADD.2", "ADD.2", "CORR.1")]
    wco = described(paper("PERMANENT TECHNICAL COMMITTEE", "PC0345E1a/Add.1", "Brussels, 3 March 2015", "A TITLE"))
    assert wco.key == "PC0345/ADD.1"


def test_a_symbol_that_no_organisation_is_known_for_is_no_key():
    document = described(paper("NOTES OF A SEMINAR", heads=("XYZQ/12/7", "XYZQ/12/7", "XYZQ/12/7")))
    assert document.symbol.raw == "XYZQ/12/7"
    assert document.key == document.id


def test_redaction_marks_are_told_and_kept():
    document = described(paper("TECHNICAL COMMITTEE ON CUSTOMS VALUATION", "37.020", body=f"/**/ sold it. {ENGLISH}"))
    assert any("/**/" in warning for warning in document.warnings)
    assert "/**/ sold it." in document.text


@pytest.mark.parametrize(
    ("lines", "title"),
    [
        (
            ("REPORT TO THE COUNCIL ON THE", "201ST/202ND SESSIONS OF THE PERMANENT TECHNICAL COMMITTEE"),
            "REPORT TO THE COUNCIL ON THE 201ST/202ND SESSIONS OF THE PERMANENT TECHNICAL COMMITTEE",
        ),
        (
            ("REPORT ON THE", "42 nd SESSION", "OF THE HARMONIZED SYSTEM COMMITTEE"),
            "REPORT ON THE 42 nd SESSION OF THE HARMONIZED SYSTEM COMMITTEE",
        ),
        (
            ("Rapport du Groupe de travail des problèmes", "intéressant les transports sur sa 155e session"),
            "Rapport du Groupe de travail des problèmes intéressant les transports sur sa 155e session",
        ),
        (
            ("AGREEMENT", "ON", "TRADE AND TRANSIT", "BETWEEN", "NORLAND", "AND", "VELDIA"),
            "AGREEMENT ON TRADE AND TRANSIT BETWEEN NORLAND AND VELDIA",
        ),
        (("Evolution of Trade Papers", "From paper to data", "A. Huber"), "Evolution of Trade Papers"),
        (("QUESTIONS OF DATA EXCHANGE", "Decision"), "QUESTIONS OF DATA EXCHANGE"),
        (("Monitoring of Trade Facilitation", "Recommendation No. 99"), "Monitoring of Trade Facilitation"),
        (("PC0410E1a", "DECISIONS"), "DECISIONS"),
        (("WORLD TRADE", "ORGANIZATION", "Data at the border"), "Data at the border"),
        (("ABCX", "(Draft of May)", "Data at the border"), "Data at the border"),
        (("Addis Ababa, P. O. Box 32 Telephone: 55 Fax: 56 Website:", "DATA", "AT THE BORDER"), "DATA AT THE BORDER"),
    ],
)
def test_the_lines_of_a_title(lines, title):
    assert described(paper(*lines)).title == title


def test_a_title_in_title_case_stands_above_other_headings():
    blocks = blocks_of(
        (1, "paragraph", "Nations Unies"),
        (1, "heading", "Evolution of Data"),
        (2, "heading", "Note Well"),
        (2, "paragraph", ENGLISH),
    )
    assert described(Reading(media_type="application/pdf", blocks=blocks)).title == "Evolution of Data"


def test_headings_of_another_depth_are_no_line_of_a_title():
    lines = (("ACTION PLAN FOR DATA", 1), ("VISION", 2))
    blocks = tuple(Block(id=i, page=1, kind="heading", text=text, level=level) for i, (text, level) in enumerate(lines))
    assert described(Reading(media_type="application/pdf", blocks=blocks)).title == "ACTION PLAN FOR DATA"


def test_a_declared_title_outranks_a_line_that_is_the_middle_of_a_sentence():
    line = "The four republics hereby establish a union in which goods, capital and services move freely among them"
    declared = {"title": "Norland - Veldia"}
    assert described(paper(line, properties=declared)).title == "Norland - Veldia"
    assert described(paper("Data at the border", properties=declared)).title == "Data at the border"


def test_the_halves_of_a_symbol_are_one():
    document = described(paper("Nations Unies", "ECE", "/TRANS/WP.30/2031/7", "Conseil économique et social"))
    assert document.symbol.raw == "ECE/TRANS/WP.30/2031/7"
    revised = described(paper("G/TFA/W/5", "/Rev.2/Corr.1", "Data at the border"))
    assert (revised.symbol.raw, revised.title) == ("G/TFA/W/5/Rev.2/Corr.1", "Data at the border")


def test_a_symbol_that_stands_alone_is_one_whoever_issued_it():
    document = described(paper("Board of Stamps", "QDB.49/1/Add.1", "Data at the border"))
    assert document.symbol.raw == "QDB.49/1/Add.1"


def test_a_list_of_contents_is_no_part_of_the_cover():
    document = described(
        paper(
            "ECE/TRANS/WP.30/2031/9",
            "Report of the Working Party on its 146th session",
            "Contents",
            "II. Adoption of the agenda (agenda item 1)",
            "Annex: List of participants",
        )
    )
    assert (document.agenda_item, document.kind) == (None, "report")


def test_a_label_and_the_value_below_it_are_one_line():
    document = described(
        paper("Proposed by:", "N. Jesper", "Date submitted:", "8-Dec-2031", "Project name:", "Data web")
    )
    assert (document.submitted_by, document.date, document.title) == ("N. Jesper", "2031-12-08", "Data web")


def test_a_country_in_a_list_is_no_sender():
    document = described(paper("MEETING OF 24 OCTOBER 2031", "AT: C. Kalina", "DE: C. Xu", "FR: C. Dubois"))
    assert document.submitted_by is None
    assert described(paper("DE : C. Xu", "OBJET : Données")).submitted_by == "C. Xu"


MINUTES = (
    (1, "heading", "Management Committee meeting on 24 October 2031"),
    (1, "paragraph", "The Chair began the meeting and asked for volunteers to keep the list of participants."),
    (1, "paragraph", "Subjects that need a vote are written in red, the result is marked."),
    (1, "heading", "List of participants"),
    (1, "item", "A. Norland (chair)"),
)


def test_the_heading_of_a_section_below_the_first_sentences_is_no_kind():
    reading = Reading(media_type="application/pdf", blocks=blocks_of(*MINUTES))
    assert described(reading, source="file:///m/minutes-2.pdf").kind == "minutes"
    assert described(reading, source="file:///m/24-10.pdf").kind is None
    alone = Reading(media_type="application/pdf", blocks=blocks_of(*MINUTES[3:]))
    assert described(alone, source="file:///m/minutes-2.pdf").kind == "list-of-participants"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Provisional_agenda_2031", "provisional-agenda"),
        ("wg4-comment-form", "form"),
        ("FC_Manual_Changes_Required", None),
        ("data", None),
    ],
)
def test_a_file_name_tells_the_kind_where_the_cover_does_not(name, kind):
    assert described(paper("Data at the border"), source=f"file:///p/{name}.pdf").kind == kind


@pytest.mark.parametrize(
    ("width", "height", "text", "kind"),
    [
        (960, 540, "Three steps", "presentation"),
        (362.8, 272.1, "Three steps", "presentation"),
        (842, 595, "Three steps", "report"),
        (960, 540, ENGLISH * 8, "report"),
    ],
)
def test_pages_with_the_shape_of_a_screen_and_little_text_are_slides(width, height, text, kind):
    pages = tuple(Page(number=number, width=width, height=height) for number in (1, 2))
    blocks = blocks_of((1, "heading", "Report of the group"), (1, "paragraph", text), (2, "paragraph", text))
    assert described(Reading(media_type="application/pdf", pages=pages, blocks=blocks)).kind == kind


def test_slides_are_a_presentation_whatever_they_tell_of():
    media_type = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
    blocks = blocks_of((1, "heading", "Directive on due diligence"))
    assert described(Reading(media_type=media_type, blocks=blocks)).kind == "presentation"


def test_a_session_of_another_body_is_what_the_paper_is_about():
    document = described(
        paper(
            "EUROPEAN COMMISSION",
            "Brussels, 21.8.2031",
            "Proposal for a",
            "COUNCIL DECISION",
            "on the position to be taken in the 66th session of the Harmonized System Committee",
        )
    )
    assert (document.body, document.sessions, document.kind) == ("eu-commission", (), "proposal")
    assert document.title.startswith("Proposal for a COUNCIL DECISION on the position")


def test_the_days_of_a_meeting_may_stand_in_the_text_on_its_session():
    told = "1. The Committee held its 24th Session from 11 October to 22 October 2031 in Brussels."
    cover = ("HARMONIZED SYSTEM COMMITTEE", "NC1600E1a", "24th Session", "Brussels, 3 November 2031.", "REPORT", told)
    assert described(paper(*cover)).meeting_dates.start == dt.date(2031, 10, 11)
    other = told.replace("24th", "23rd")
    assert described(paper(*cover[:-1], other)).meeting_dates is None


def test_a_meeting_may_be_held_on_the_next_line():
    lines = (
        "9 July 2031",
        "General Council",
        "MINUTES OF MEETING",
        "HELD IN THE CENTRE WILLIAM RAPPARD",
        "ON 7 MAY 2031",
    )
    document = described(paper("WT/GC/M/377", *lines))
    assert (document.date, document.meeting_dates.end) == ("2031-07-09", dt.date(2031, 5, 7))


@pytest.mark.parametrize(
    ("lines", "distribution", "access"),
    [
        (("Distr.", "GENERAL", "19 November 2031"), "GENERAL", "public"),
        (("RESTRICTED WT/GC/70",), "RESTRICTED", "restricted"),
        (("WORLD TRADE RESTRICTED",), "RESTRICTED", "restricted"),
        (("GENERAL COUNCIL",), None, None),
        (("General conditions",), None, None),
    ],
)
def test_the_mark_of_distribution(lines, distribution, access):
    document = described(paper(*lines, "DATA AT THE BORDER"))
    assert (document.distribution, document.access, document.title) == (distribution, access, document.title)
    assert "DATA AT THE BORDER" in document.title


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        (("Paper for Consideration by HSSC", "Proposal on data"), "paper-for-consideration"),
        (("WT/GC/70", "Annual Report (2002)"), "report"),
        (("PROVISIONAL ANNOTATED AGENDA FOR THE FORTY-SEVENTH SESSION",), "provisional-agenda"),
    ],
)
def test_the_kind_that_a_cover_tells(lines, kind):
    assert described(paper(*lines)).kind == kind


def test_a_symbol_behind_the_label_of_related_papers_is_not_the_papers_own():
    cover = ("Paper for consideration by HSSC14 HSSC14-05.2B", "Proposal on checks", "Related Documents: HSSC13-05.2A")
    document = described(paper(*cover))
    assert document.symbol.raw == "HSSC14-05.2B"
    assert document.sessions == (14,)


def test_an_informal_document_has_the_symbol_behind_these_words():
    document = described(paper("Informal document GRVA-12-08", "Proposal for amendments"))
    assert document.symbol.raw == "GRVA-12-08"


def test_a_room_document_tells_who_submitted_it():
    assert described(paper("Room document submitted by Norland", "A new package")).submitted_by == "Norland"


def test_a_section_named_like_a_kind_is_neither_title_nor_kind_of_a_report():
    lines = [
        (1, "paragraph", "5th Meeting"),
        (1, "paragraph", "SUMMARY REPORT OF THE 5th MEETING OF THE GROUP"),
        (1, "heading", "Agenda"),
        (1, "paragraph", ENGLISH),
    ]
    document = described(Reading(media_type="text/html", blocks=blocks_of(*lines)))
    assert (document.kind, document.title) == ("summary-report", "SUMMARY REPORT OF THE 5th MEETING OF THE GROUP")


@pytest.mark.parametrize(
    ("sentence", "start"),
    [
        ("The Committee held its 66th Session online from 21 to 30 September 2031.", dt.date(2031, 9, 21)),
        ("From 21 to 30 September 2031 the Committee met for its 66th Session.", dt.date(2031, 9, 21)),
        ("The 66th Session decided that the 67th Session would be held from 6 to 9 April 2032.", None),
    ],
)
def test_the_first_paragraphs_may_tell_when_the_meeting_was(sentence, start):
    reading = paper("HARMONIZED SYSTEM COMMITTEE", "66th Session", "REPORT", heads=("NC9001E1",))
    text = Block(id=99, page=2, kind="paragraph", text=sentence)
    days = described(reading.model_copy(update={"blocks": (*reading.blocks, text)})).meeting_dates
    assert (days and days.start) == start


@pytest.mark.parametrize(
    ("name", "symbol"),
    [("WTCOMTDM143", "WT/COMTD/M/143"), ("wtcomtd_w22r1", "WT/COMTD/W/22/Rev.1"), ("WTCOMTDMinutes", None)],
)
def test_the_name_of_a_file_tells_the_symbol_that_a_text_lost(name, symbol):
    document = described(paper("NOTE ON THE MEETING OF 5 JULY 2031", "Chairman: Mr Able"), f"file:///papers/{name}.txt")
    assert (document.symbol.raw if document.symbol else None) == symbol
    assert any("file name" in warning for warning in document.warnings) == (symbol is not None)


def test_a_symbol_at_the_end_of_an_item_of_the_agenda_is_not_the_papers():
    item = (
        "Strengthening of the work of the Committee on the exchange of data between administrations and on the use of "
        "such data in the management of risk - revised proposal from the group of small economies WT/COMTD/W/232"
    )
    document = described(paper("NOTE ON THE MEETING OF 5 JULY 2031", item), "file:///papers/WTCOMTDM143.txt")
    assert document.symbol.raw == "WT/COMTD/M/143"


def test_the_symbol_of_a_paper_is_no_part_of_who_submits_it():
    document = described(paper("NOTE ON E-SEALS", "Note by the Secretariat (WT/COMTD/W/222)"))
    assert document.submitted_by == "Secretariat"


def test_running_heads_tell_the_kind_that_the_cover_leaves_open():
    head = "TARIF DES DROITS DE DOUANE"
    assert described(paper("CHAPITRE 99", "APPAREILS DE SUIVI", body=FRENCH, heads=(head, head))).kind == "tariff"


def test_text_that_runs_up_the_page_is_read_in_its_order():
    lines = ("Table 7 Administrations by kind of data", "Based on the replies of forty administrations")
    blocks = [
        Block(id=0, page=1, kind="paragraph", text=lines[0], box=(60, 200, 72, 600)),
        Block(id=1, page=1, kind="paragraph", text=lines[1], box=(500, 100, 512, 600)),
    ]
    reading = Reading(media_type="application/pdf", blocks=tuple(blocks))
    assert described(reading).title == lines[0]


def test_sheets_on_their_side_with_little_text_are_slides():
    pages = tuple(Page(number=number, width=842.0, height=595.0) for number in range(1, 5))
    reading = Reading(
        media_type="application/pdf", pages=pages, blocks=blocks_of(*((n, "heading", "E-seals") for n in range(1, 5)))
    )
    assert described(reading).kind == "presentation"
    assert described(reading.model_copy(update={"pages": pages[:2], "blocks": reading.blocks[:2]})).kind is None


@pytest.mark.parametrize(
    ("field", "value", "cover"),
    [
        ("distribution", "PUBLIC", ("Certificate Policy", "Classification: PUBLIC")),
        ("original_language", "English", ("E-SEALS", "Distr.: General 19 March 2031 English only")),
        ("submitted_by", "SECRETARIAT", ("E-SEALS AT SEA", "NOTE BY THE SECRETARIAT[1]")),
        ("body_name", "E-Seals Project Team", ("Paper for Information to the E-Seals Project Team", "Tests of seals")),
        (
            "body_name",
            "DIRECTION GENERALE DES DOUANES",
            ("MINISTERE DE L’ECONOMIE ET DES FINANCES DIRECTION GENERALE DES DOUANES", "CODE DES DOUANES"),
        ),
        (
            "body_name",
            "Customs and Excise Department",
            ("Department of Trade", "Customs and Excise Department", "Guide"),
        ),
        ("date", "2031-06-04", ("CIRCULAR NO.14/2031-CUSTOMS, DATED 4-6-2031", "E-SEALS ON RAILWAYS")),
        ("date", "2031-10-03", ("E-SEALS ON RAILWAYS", "xyz:1234.56789v1 [cs] 2 Oct 2031", "October 3, 2031")),
        ("title", "DECISIONS", ("EXECUTIVE COUNCIL Eighth Ordinary Session 4 - 8 May 2031 Lima, Peru", "DECISIONS")),
        ("kind", "e-mail", ("From: A. Able <a@x.org>", "To: b@x.org", "Subject: Seals", "Date: 3 May 2031")),
        ("kind", "memorandum", ("MEMORANDUM", "From: A. Able <a@x.org>", "To: b@x.org", "Subject: Seals")),
    ],
)
def test_what_a_cover_says_under_other_labels(field, value, cover):
    assert getattr(described(paper(*cover)), field) == value


def test_a_paper_may_call_itself_what_it_is():
    text = "In this Guide, the terms that the law uses have the meaning that it gives them. This Guide is for traders."
    assert described(paper("KEEPING OF RECORDS", "SINGAPORE CUSTOMS", body=text)).kind == "guide"


def test_the_symbol_in_an_imprint_is_the_papers_own_if_it_is_the_only_one():
    title = "Mechanisms for the Monitoring of the Facilitation of Trade and Transport in the Regions of the World"
    cover = [(1, "heading", title), (1, "heading", "Recommendation No. 99")]
    imprint = [(2, "paragraph", "ECE/TRADE/999"), (2, "paragraph", ENGLISH)]

    def symbol(*more: tuple[int, str, str]) -> str | None:
        reading = Reading(media_type="application/pdf", blocks=blocks_of(*cover, *imprint, *more))
        found = described(reading).symbol
        return found.raw if found else None

    assert symbol() == "ECE/TRADE/999"
    assert symbol((3, "item", "ECE/TRADE/998")) is None


def test_a_day_that_the_source_declares_counts_before_one_in_the_words_of_the_cover():
    cover = "TREATY on the accession of the North to the Treaty on the Union of the East and the South from 29 May 2024"
    assert described(paper(cover, properties={"created": "2024-12-23"})).date == "2024-12-23"
    glued = paper("Able2026-06-13Unofficial translation of the TREATY", properties={"created": "2024-12-23"})
    assert described(glued).date == "2024-12-23"


def test_an_act_on_the_agenda_does_not_date_a_paper():
    cover = (
        "NOTE ON THE MEETING OF 16 MARCH 2031",
        "Ministerial Decision of 19 December 2030 (WT/MIN(30)/42)",
        "25 May 2031",
    )
    assert described(paper(*cover)).date == "2031-05-25"


def test_a_longer_name_is_another_body():
    cover = ("MARITIME ORGANIZATION", "NATIONAL FACILITATION COMMITTEE", "Agenda")
    assert described(paper(*cover)).body_name == "NATIONAL FACILITATION COMMITTEE"
    assert described(paper("FACILITATION COMMITTEE", "55th session", "Agenda")).body == "imo-fal"


def test_an_unlisted_body_stands_right_above_its_session():
    cover = ("General Assembly", "Committee on Seals and Their Use", "Ninth session", "Lima, 7-9 May 2031", "E-seals")
    assert described(paper(*cover)).body_name == "Committee on Seals and Their Use"


def test_the_running_heads_of_an_annex_tell_what_it_is_by_itself():
    head = "E-Seals and Their Encoding Guide"
    cover = ("E-SEALS OF THE SEA", "Annex A E-Seals and Their Encoding for Ships")
    assert described(paper(*cover, heads=(head, head))).kind == "guide"
    assert described(paper(*cover, heads=("E-Seals", "E-Seals"))).kind == "annex"
