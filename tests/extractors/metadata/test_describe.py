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


MANY = f"{', '.join(['Barbados'] * 30)} and Togo"


@pytest.mark.parametrize(
    ("line", "submitter", "kind"),
    [
        ("Australia and Belize: draft decision**", "Australia and Belize", "decision"),
        ("Kenya, Malawi and Togo*: revised draft resolution", "Kenya, Malawi and Togo", "resolution"),
        ("Sénégal : projet de résolution révisé", "Sénégal", "resolution"),
        ("Norway:* draft resolution", "Norway", "resolution"),
        ("Norway:* ,** draft resolution", "Norway", "resolution"),
        (f"{MANY}: draft resolution", MANY, "resolution"),
        ("Draft resolution submitted by the Chair", "Chair", "resolution"),
        ("Projet de résolution présenté par la Présidente", "Présidente", "resolution"),
        ("Projet de décision soumis par le Bureau", "Bureau", "decision"),
    ],
)
def test_who_submits_a_draft_stands_above_its_title(line, submitter, kind):
    title = "Agreement on the exchange of advance data"
    document = described(paper("A/98/L.102", "Agenda item 75 (c)", line, title))
    assert (document.submitted_by, document.title, document.kind) == (submitter, title, kind)


def test_a_masthead_that_comes_last_in_the_file_counts_by_its_place():
    cover = ("Centre for Trade Facilitation", "Report on pipelines", ENGLISH, "ECE/TRADE/C/CEFACT/2031/9")
    tops = (200.0, 260.0, 300.0, 40.0)
    blocks = tuple(
        Block(id=i, page=1, kind="paragraph", text=text, box=(50, top, 500, top + 12))
        for i, (text, top) in enumerate(zip(cover, tops, strict=True))
    )
    document = described(Reading(media_type="application/pdf", blocks=blocks))
    assert document.symbol.raw == "ECE/TRADE/C/CEFACT/2031/9"


@pytest.mark.parametrize(
    ("declared", "title"),
    [
        ("PC0345E1a: Equipment at the border", "Equipment at the border"),
        *((name, None) for name in ("Microsoft Word - note.doc", "Document1", "report_v4.pdf", "1802016", "")),
    ],
)
def test_the_declared_title_serves_where_the_cover_has_none_unless_a_program_wrote_it(declared, title):
    assert described(Reading(media_type="application/pdf", properties={"title": declared})).title == title


@pytest.mark.parametrize(("media_type", "title"), [("text/markdown", "Ports"), ("application/pdf", "Goals")])
def test_the_title_that_an_author_wrote_above_a_text_stands_above_its_headings(media_type, title):
    blocks = blocks_of((None, "heading", "Goals"), (None, "paragraph", ENGLISH))
    assert described(Reading(media_type=media_type, blocks=blocks, properties={"title": "Ports"})).title == title


def test_the_one_heading_above_all_others_is_the_title_even_if_it_is_a_name():
    texts = ("Norland Border Agency", "Rules for plants", "Rules for goods")
    made = (Block(id=at, kind="heading", text=text, level=min(at + 1, 2)) for at, text in enumerate(texts))
    assert described(Reading(media_type="text/markdown", blocks=tuple(made))).title == texts[0]


def test_a_declared_title_outranks_the_first_article_of_a_treaty():
    blocks = blocks_of((None, "heading", "Preamble"), (None, "heading", "ARTICLE 1"), (None, "heading", "ARTICLE 2"))
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
    ["1 " * 1_500_000, "A/" * 1_000_000, "12 and 13 and " * 200_000, "PC0345 " * 400_000, "le comité " * 300_000],
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
    blocks = blocks_of(*((1, "paragraph", text) for text in texts))
    reading = Reading(media_type="application/pdf", blocks=blocks, properties={"title": name})
    assert described(reading, source=f"file:///{name}").blocks == blocks


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
    table = (1, "table", "Members of the loading group\t\t\nState\tName\tEmail")
    blocks = blocks_of((1, "paragraph", "S-101PT6-06"), table)
    assert described(Reading(media_type="application/pdf", blocks=blocks)).title == "Members of the loading group"


@pytest.mark.parametrize(
    ("stem", "told"),
    [
        ("ItemIIa_CBM Panel_CODEX_da Costa_EN", ("II(a)", "CBM Panel", "CODEX, da Costa", "en")),
        ("Item IV_Blockchain_FR", ("IV", "Blockchain", None, "fr")),
        ("Item3_Single Window_Norland", ("3", "Single Window", "Norland", None)),
        ("PointVb_Guichet unique_F", ("V(b)", "Guichet unique", None, "fr")),
        *((stem, (None, None, None, None)) for stem in ("Items_of_interest", "Item", "ItemII", "report_EN")),
    ],
)
def test_a_presentation_may_tell_item_title_speaker_and_language_by_its_name(stem, told):
    document = described(Reading(media_type="application/pdf"), source=f"file:///p/{stem}.pdf")
    assert (document.agenda_item, document.title, document.submitted_by, document.language) == told


@given(st.text(alphabet="ItemVI_ aEN1.", max_size=400))
def test_any_name_of_a_file_is_read_without_an_error(stem):
    described(Reading(media_type="application/pdf"), source=f"file:///p/{stem}.pdf")


@pytest.mark.parametrize(
    ("above", "symbol", "marks", "key"),
    [
        ("PERMANENT TECHNICAL COMMITTEE", "PC0345", ("E1a", "E1a/Rev.", "E2a", "F1a/Rev.1"), "PC0345"),
        ("United Nations", "ECE/TRANS/WP.30/2031/1", ("", "/Rev.1", "/Rev. 2"), "ECE/TRANS/WP.30/2031/1"),
    ],
)
def test_editions_of_a_paper_share_its_key(above, symbol, marks, key):
    assert {described(paper(above, f"{symbol}{mark}", "DRAFT AGENDA")).key for mark in marks} == {key}


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
        (("REPORT ON THE", "42 nd SESSION", "OF THE COMMITTEE"), "REPORT ON THE 42 nd SESSION OF THE COMMITTEE"),
        (
            ("Rapport du Groupe de travail des problèmes", "intéressant les transports sur sa 155e session"),
            "Rapport du Groupe de travail des problèmes intéressant les transports sur sa 155e session",
        ),
        (("AGREEMENT", "ON", "TRADE", "BETWEEN", "A", "AND", "B"), "AGREEMENT ON TRADE BETWEEN A AND B"),
        (("Evolution of Trade Papers", "From paper to data", "A. Huber"), "Evolution of Trade Papers"),
        (("QUESTIONS OF DATA EXCHANGE", "Decision"), "QUESTIONS OF DATA EXCHANGE"),
        (("Monitoring of Trade Facilitation", "Recommendation No. 99"), "Monitoring of Trade Facilitation"),
        (("PC0410E1a", "DECISIONS"), "DECISIONS"),
        (("WORLD TRADE", "ORGANIZATION", "Data at the border"), "Data at the border"),
        (("ABCX", "(Draft of May)", "Data at the border"), "Data at the border"),
        (("Introduction", "Port speech of 2031", "Introduction"), "Port speech of 2031"),
        (("JULY 2031", "In partnership with:", "Guide to Ports"), "Guide to Ports"),
        (("Sources: the ministry; own estimates.", "1/ Without duties.", "ATTACHMENT I ATTACHMENT I"), None),
        (("44 APPENDIX I. LETTER OF INTENT", "Northport, Dear Mr. Huber:"), "APPENDIX I. LETTER OF INTENT"),
        (("in which the codes are given.",), None),
        (("Sources of customs law",), "Sources of customs law"),
        (("Partnership with customs brokers",), "Partnership with customs brokers"),
        (("Addis Ababa, P. O. Box 32 Telephone: 55 Fax: 56 Website:", "DATA", "AT THE BORDER"), "DATA AT THE BORDER"),
    ],
)
def test_the_lines_of_a_title(lines, title):
    assert described(paper(*lines)).title == title


def test_a_long_title_ends_at_a_word():
    text = f"REGULATION (EU) 2031/522 of 17 May 2031 on {', '.join(['the Exchange of Data'] * 20)}"
    title = described(Reading(media_type="application/pdf", blocks=blocks_of((1, "heading", text)))).title
    assert title == f"{text[: len(title) - 1]}…"
    assert text[len(title) - 1] == " "


def test_a_title_in_title_case_stands_above_other_headings():
    lines = (1, "paragraph", "Nations Unies"), (1, "heading", "Evolution of Data"), (2, "heading", "Note Well")
    blocks = blocks_of(*lines, (2, "paragraph", ENGLISH))
    assert described(Reading(media_type="application/pdf", blocks=blocks)).title == "Evolution of Data"


def test_headings_of_another_depth_are_no_line_of_a_title():
    lines = (("ACTION PLAN FOR DATA", 1), ("VISION", 2))
    blocks = tuple(Block(id=i, page=1, kind="heading", text=text, level=level) for i, (text, level) in enumerate(lines))
    assert described(Reading(media_type="application/pdf", blocks=blocks)).title == "ACTION PLAN FOR DATA"


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


def test_a_section_named_like_a_kind_is_neither_title_nor_kind_of_a_report():
    title = "SUMMARY REPORT OF THE 5th MEETING OF THE GROUP"
    lines = [(1, "paragraph", "5th Meeting"), (1, "paragraph", title), (1, "heading", "Agenda")]
    document = described(Reading(media_type="text/html", blocks=blocks_of(*lines, (1, "paragraph", ENGLISH))))
    assert (document.kind, document.title) == ("summary-report", title)


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


def test_text_that_runs_up_the_page_is_read_in_its_order():
    lines = ("Table 7 Administrations by kind of data", "Based on the replies of forty administrations")
    blocks = [
        Block(id=0, page=1, kind="paragraph", text=lines[0], box=(60, 200, 72, 600)),
        Block(id=1, page=1, kind="paragraph", text=lines[1], box=(500, 100, 512, 600)),
    ]
    reading = Reading(media_type="application/pdf", blocks=tuple(blocks))
    assert described(reading).title == lines[0]


@pytest.mark.parametrize(("count", "kind"), [(4, "presentation"), (2, None)])
def test_sheets_on_their_side_with_little_text_are_slides(count, kind):
    pages = tuple(Page(number=number, width=842.0, height=595.0) for number in range(1, count + 1))
    blocks = blocks_of(*((page.number, "heading", "E-seals") for page in pages))
    assert described(Reading(media_type="application/pdf", pages=pages, blocks=blocks)).kind == kind


OFFICE = "DIRECTION GENERALE DES DOUANES"


@pytest.mark.parametrize(
    ("field", "value", "cover"),
    [
        ("distribution", "PUBLIC", ("Certificate Policy", "Classification: PUBLIC")),
        ("original_language", "English", ("E-SEALS", "Distr.: General 19 March 2031 English only")),
        ("submitted_by", "SECRETARIAT", ("E-SEALS AT SEA", "NOTE BY THE SECRETARIAT[1]")),
        ("body_name", "E-Seals Project Team", ("Paper for Information to the E-Seals Project Team", "Tests of seals")),
        ("body_name", OFFICE, (f"MINISTERE DE L’ECONOMIE ET DES FINANCES {OFFICE}", "CODE DES DOUANES")),
        ("body_name", "Customs Department", ("Department of Trade", "Customs Department", "Guide")),
        ("date", "2031-06-04", ("CIRCULAR NO.14/2031-CUSTOMS, DATED 4-6-2031", "E-SEALS ON RAILWAYS")),
        ("date", "2031-10-03", ("E-SEALS ON RAILWAYS", "xyz:1234.56789v1 [cs] 2 Oct 2031", "October 3, 2031")),
        ("title", "DECISIONS", ("EXECUTIVE COUNCIL Eighth Ordinary Session 4 - 8 May 2031 Lima, Peru", "DECISIONS")),
        ("kind", "e-mail", ("From: A. Able <a@x.org>", "To: b@x.org", "Subject: Seals", "Date: 3 May 2031")),
        ("kind", "memorandum", ("MEMORANDUM", "From: A. Able <a@x.org>", "To: b@x.org", "Subject: Seals")),
    ],
)
def test_what_a_cover_says_under_other_labels(field, value, cover):
    assert getattr(described(paper(*cover)), field) == value


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


@pytest.mark.parametrize("kind", ["DIRECTIVE", "REGULATION"])
def test_a_rule_for_others_decides_nothing(kind):
    told = "The Council adopted the plan."
    assert [one.verb for one in described(paper("COUNCIL DECISION on the plan", body=told)).decisions] == ["adopted"]
    found = described(paper(f"COUNCIL {kind} on the plan", body=told))
    assert (found.kind, found.decisions) == (kind.casefold(), ())


def test_what_a_paper_of_no_body_tells_of_decisions_is_none_of_its_own():
    told = "The National Assembly adopted the plan."
    for cover in ("Budget speech", "Report on customs reform"):
        assert described(paper(cover, body=told)).decisions == ()
    assert [one.verb for one in described(paper("Minutes of the meeting", body=told)).decisions] == ["adopted"]
    assert [one.verb for one in described(paper("PC0345E1a", body=told)).decisions] == ["adopted"]


def test_the_report_of_a_group_to_another_body_tells_what_the_group_decided():
    said = "It was approved as proposed. The Bureau took note of the report."
    group = "Report of the Advisory Group on Advanced Forms on its first annual meeting"
    found = described(paper("PERMANENT TECHNICAL COMMITTEE", "PC0345E1a", group, body=said)).decisions
    assert [one.actor for one in found] == ["Advisory Group on Advanced Forms", "Bureau"]
    own = "Report of the Permanent Technical Committee on its 201st session"
    found = described(paper("PERMANENT TECHNICAL COMMITTEE", "PC0345E1a", own, body=said)).decisions
    assert [one.actor for one in found] == [None, "Bureau"]
