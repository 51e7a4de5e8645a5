"""Covers with the symbols, sessions and dates of papers that are known to exist, in the layout that these have."""

import pytest

from configs.bodies import load_bodies
from configs.kinds import load_kinds
from extractors.document import Block, Document, Reading
from extractors.metadata.describe import describe

BODIES, KINDS = load_bodies(), load_kinds()
EMBLEM = (
    "WORLD CUSTOMS ORGANIZATIONORGANISATION MONDIALE DES DOUANES",
    "Established in 1952 as the Customs Co-operation Council",
    "Créée en 1952 sous le nom de Conseil de coopération douanière",
)
PTC, HSC, CBC = "PERMANENT TECHNICAL COMMITTEE", "HARMONIZED SYSTEM COMMITTEE", "CAPACITY BUILDING COMMITTEE"
COPYRIGHT = "Copyright © {} World Customs Organization. All rights reserved. Write to [email protected]"
TEXT = (
    "1. The Committee heard the delegates of nine administrations on the state of their work, on the exchange of data "
    "between agencies and on the tests that had been run since the last session, and it thanked the Secretariat. "
)
TEXTE = (
    "1. Le Comité a entendu les délégués de neuf administrations sur l'état de leurs travaux, sur l'échange de données "
    "entre les organismes et sur les essais menés depuis la dernière session, et il a remercié le Secrétariat. "
)


def described(cover: tuple[str, ...], text: str = TEXT, head: str | None = None, name: str = "paper.pdf") -> Document:
    """A paper of four pages with one block a line, and a running head from page 2 on."""
    blocks = [(1, "paragraph", line) for line in (*EMBLEM, *cover, text)]
    for page in (2, 3, 4) if head else ():
        blocks += [(page, "header", head), (page, "paragraph", text)]
    made = tuple(Block(id=i, page=page, kind=kind, text=text) for i, (page, kind, text) in enumerate(blocks))
    reading = Reading(media_type="application/pdf", blocks=made)
    return describe(reading, source=f"file:///in/{name}", sha256="0" * 64, bodies=BODIES, kinds=KINDS)


REPORT_201 = (
    PTC,
    "201st/202nd Sessions",
    "PC0345E1a",
    "4 - 8 November 2013",
    "Brussels, 17 December 2013.",
    "REPORT TO THE CUSTOMS CO-OPERATION COUNCIL ON THE 201st/202nd SESSIONS OF THE PERMANENT TECHNICAL COMMITTEE",
)
CASES = {
    "PC0345E1a": (
        REPORT_201,
        {"body": "ptc", "sessions": (201, 202), "kind": "report", "date": "2013-12-17", "meeting": "2013-11-04"},
    ),
    "PC0602E1a": (
        (
            f"{PTC} - PC0602E1a",
            "225 th /226 th Sessions",
            "28 \u2013 31 October 2019",
            "Brussels, 22 January 2019.",
            "SUMMARY REPORT OF THE 225 th /226 th SESSIONS OF THE PERMANENT TECHNICAL COMMITTEE",
            COPYRIGHT.format(2019),
        ),
        {
            "body": "ptc",
            "sessions": (225, 226),
            "kind": "summary-report",
            "date": "2019-01-22",
            "meeting": "2019-10-28",
            "conflict": True,
        },
    ),
    "HC0002E1b": (
        (
            CBC,
            "HC0002E1b",
            "1st Session",
            "Brussels, 2 September",
            "WCO CAPACITY BUILDING",
            "(Item II on the Agenda)",
            COPYRIGHT.format(2010),
        ),
        {"body": "cbc", "sessions": (1,), "date": "2010-09-02", "item": "II", "title": "WCO CAPACITY BUILDING"},
    ),
    "PB0046F1a": (
        (
            "COMITÉ DE GESTION DE LA CONVENTION DOUANIÈRE RELATIVE AUX CONTENEURS, 1972",
            "13 ème réunion",
            "PB0046F1a",
            "Bruxelles, le 14 mai",
            "RAPPORT DE LA 13ème RÉUNION DU COMITÉ DE GESTION",
            "(14-15 mai 2012)",
        ),
        {
            "body": "containers-ac",
            "sessions": (13,),
            "kind": "report",
            "date": "2012-05-14",
            "meeting": "2012-05-14",
            "language": "fr",
            # The printed date is the first day of the meeting that it reports on.
            "conflict": True,
        },
    ),
    "PT0089E1a": (
        (
            "WORKING GROUP ON THE WTO TRADE FACILITATION AGREEMENT",
            "PT0089E1a",
            "11th Meeting",
            "SUMMARY DOCUMENT",
            COPYRIGHT.format(2019),
        ),
        {"body": "tfawg", "sessions": (11,), "kind": "summary-document"},
    ),
    "NC1377E1b": (
        (
            HSC,
            "42 nd Session",
            "NC1377E1b",
            "(HSC/42/Oct. 2008)",
            "O. Eng./Fr.",
            "Brussels, 3 October 2008.",
            "REPORT TO THE CUSTOMS CO-OPERATION COUNCIL ON THE 42nd SESSION OF THE HARMONIZED SYSTEM COMMITTEE",
            "(22 September - 3 October 2008)",
        ),
        {
            "body": "hsc",
            "sessions": (42,),
            "kind": "report",
            "date": "2008-10-03",
            "meeting": "2008-09-22",
            "original": "English/French",
        },
    ),
    "NC0160E2": (
        (
            HSC,
            "24th Session",
            "NC0160E2",
            "(HSC/24/Oct. 99)",
            "O. Fr./Eng.",
            "Brussels, 22 October 1999.",
            "REPORT TO THE CUSTOMS CO-OPERATION COUNCIL ON THE 24th SESSION OF THE HARMONIZED SYSTEM COMMITTEE",
            "(11 to 22 October 1999)",
        ),
        {
            "body": "hsc",
            "sessions": (24,),
            "kind": "report",
            "date": "1999-10-22",
            "meeting": "1999-10-11",
            "original": "French/English",
        },
    ),
    "SP0269E1": (
        ("POLICY COMMISSION", "59th Session", "SP0269E1", "Brussels, 9 June 2008.", "REPORT OF THE SECURE GROUP"),
        {"body": "policy-commission", "sessions": (59,), "kind": "report", "date": "2008-06-09"},
    ),
    "VT0875S1c": (
        (
            "ORGANIZACIÓN MUNDIAL DE ADUANAS",
            "COMITÉ TÉCNICO DE",
            "VALORACIÓN EN ADUANA",
            "VT0875S1c",
            "35\u00aa Sesión",
            "O. Ing.",
            "Bruselas, 18 de octubre de 2012.",
            "INFORME PARA EL CONSEJO DE COOPERACIÓN ADUANERA",
            "DE LA 35\u00aa SESIÓN DEL COMITÉ TÉCNICO DE VALORACIÓN EN ADUANA",
            "1. Del 15 al 19 de octubre de 2012 el Comité Técnico celebró en Bruselas su 35\u00aa Sesión.",
        ),
        {
            "body": "tccv",
            "sessions": (35,),
            "kind": "report",
            "date": "2012-10-18",
            "meeting": "2012-10-15",
            "original": "English",
            "conflict": True,
            "title": "INFORME PARA EL CONSEJO DE COOPERACIÓN ADUANERA DE LA 35\u00aa SESIÓN DEL COMITÉ TÉCNICO DE"
            " VALORACIÓN EN ADUANA",
        },
    ),
    "37.020": (
        ("TECHNICAL COMMITTEE ON CUSTOMS VALUATION", "22nd Session", "37.020", "7-11 October 1991", "REPORT"),
        {"body": "tccv", "sessions": (22,), "kind": "report", "meeting": "1991-10-07"},
    ),
    "31.808": (
        (
            "TECHNICAL COMMITTEE ON CUSTOMS VALUATION",
            "31.808",
            "Brussels, 28 September 1984.",
            "TECHNICAL ASSISTANCE IN CUSTOMS VALUATION",
        ),
        {"body": "tccv", "date": "1984-09-28", "title": "TECHNICAL ASSISTANCE IN CUSTOMS VALUATION"},
    ),
    "31.247": (
        (
            "TECHNICAL COMMITTEE ON CUSTOMS VALUATION",
            "31.247",
            "Brussels, 8 February 1985.",
            "SUPPLEMENT TO DOC. 31.808",
        ),
        {"body": "tccv", "date": "1985-02-08"},
    ),
    "42.020": (
        (HSC, "21st Session", "42.020 E", "(HSC/21/Mar. 98)", "CLASSIFICATION OF CERTAIN SCREENS"),
        {"body": "hsc", "sessions": (21,), "title": "CLASSIFICATION OF CERTAIN SCREENS"},
    ),
}


@pytest.mark.parametrize("symbol", CASES)
def test_a_known_paper_is_described(symbol):
    cover, expected = CASES[symbol]
    document = described(cover, TEXTE if expected.get("language") == "fr" else TEXT)
    meeting = document.meeting_dates
    found = {
        "body": document.body,
        "sessions": document.sessions,
        "kind": document.kind,
        "date": str(document.date),
        "meeting": str(meeting.start) if meeting else None,
        "language": document.language,
        "conflict": document.date_conflict,
        "item": document.agenda_item,
        "title": document.title,
        "original": document.original_language,
    }
    assert document.symbol.raw == symbol
    assert {field: found[field] for field in expected} == expected
    assert document.date_conflict is expected.get("conflict", False)


def test_the_running_head_without_the_letter_is_the_same_paper():
    cover = tuple(line for line in REPORT_201 if line != "PC0345E1a")
    assert described(cover, head="PC0345E1").symbol.raw == "PC0345E1"
    assert described(REPORT_201, head="PC0345E1").symbol.raw == "PC0345E1a"


def test_the_name_of_the_file_is_a_form_of_the_symbol():
    document = described(("SUMMARY DOCUMENT",), name="PT0089E1a.doc")
    assert (document.symbol.raw, document.body) == ("PT0089E1a", "tfawg")


@pytest.mark.parametrize(
    ("text", "paper", "paragraph"), [("SP0250, §68", "SP0250", "68"), ("SC0082 §69", "SC0082", "69")]
)
def test_bare_citations_of_the_terms_of_reference(text, paper, paragraph):
    (reference,) = described((PTC, "TERMS OF REFERENCE"), f"{TEXT} The group was set up by {text}.").references
    assert (reference.symbol, reference.paragraph) == (paper, paragraph)


@pytest.mark.parametrize(
    ("line", "item"),
    [
        ("(Item II on the Agenda)", "II"),
        ("(Item II of the Agenda)", "II"),
        ("( Item IV.1 on the Agenda )", "IV.1"),
        ("(Item II.1 (a) on the Agenda)", "II.1(a)"),
        ("(ITEM V b) ON THE AGENDA)", "V(b)"),
        ("(Point II de l'ordre du jour)", "II"),
        ("(Point IV.2 de l\u2019ordre du jour)", "IV.2"),
        ("(POINT III a) DE L'ORDRE DU JOUR)", "III(a)"),
        ("Provisional agenda item 3.1", "3.1"),
        ("Item 4 (b) of the provisional agenda", "4(b)"),
        ("Point 4 b) de l'ordre du jour provisoire", "4(b)"),
    ],
)
def test_the_item_on_a_cover(line, item):
    assert described((PTC, "PC0410E1a", "SINGLE WINDOW", line)).agenda_item == item


@pytest.mark.parametrize(
    ("line", "language"),
    [
        ("O. Eng.", "English"),
        ("O. Fr.", "French"),
        ("O. Eng./Fr.", "English/French"),
        ("O. Fr. / Eng.", "French/English"),
        ("Original: English", "English"),
        ("Original : FRANÇAIS", "French"),
        ("Original: English and French", "English/French"),
    ],
)
def test_the_original_language_on_a_cover(line, language):
    assert described((HSC, "NC1377E1b", line, "CLASSIFICATION OF SCREENS")).original_language == language


@pytest.mark.parametrize(
    ("line", "date"),
    [
        ("Brussels, 17 December 2013.", "2013-12-17"),
        ("Brussels,  2 September", "2010-09-02"),
        ("Bruxelles, le 14 mai 2012", "2012-05-14"),
        ("Bruxelles, le 1er mars", "2010-03-01"),
    ],
)
@pytest.mark.parametrize(
    "copyright_line", [COPYRIGHT.format(2010), "Copyright (c) 2010 Organisation mondiale des douanes"]
)
def test_the_year_that_a_date_lost_is_that_of_the_copyright(line, date, copyright_line):
    assert described((PTC, "PC0410E1a", line, "SINGLE WINDOW", copyright_line)).date == date
