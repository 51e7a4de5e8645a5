import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.bodies import load_bodies
from configs.proceedings import load_proceedings
from extractors.document import Block, Reference, Symbol
from extractors.metadata.references import ReferenceFinder

FINDER = ReferenceFinder(load_bodies(), load_proceedings())
OWN = Symbol(raw="PC0345E1a", prefix="PC", serial="0345", language="E", version="1", variant="a")


def cited(*texts: str, own: Symbol | None = None) -> tuple[Reference, ...]:
    blocks = [Block(id=page, page=page, kind="paragraph", text=text) for page, text in enumerate(texts, start=1)]
    return FINDER.references_of(blocks, own)


@pytest.mark.parametrize(
    ("text", "symbol", "paragraph", "annex"),
    [
        ("see SP0250 §68", "SP0250", "68", None),
        ("(SP0250, § 68)", "SP0250", "68", None),
        ("(SC0082, paragraph 69)", "SC0082", "69", None),
        ("Doc. SC0082E1, paragraphs 12 to 14", "SC0082E1", "12 to 14", None),
        ("paragraph 5 of Doc. PC9001E1a", "PC9001E1a", "5", None),
        ("paragraphe 5 du document PC9001F1a", "PC9001F1a", "5", None),
        ("Annex H/8 to Doc. NC1918E1b", "NC1918E1b", None, "H/8"),
        ("Annexes II to Doc. PC9001E1a", "PC9001E1a", None, "II"),
        ("annex A to document NC1377E1b", "NC1377E1b", None, "A"),
        ("Annexe II au doc. PC9001F1a", "PC9001F1a", None, "II"),
        ("l'annexe III du doc. PC9001F1a", "PC9001F1a", None, "III"),
        ("Doc. PC9001E1a, Annex II", "PC9001E1a", None, "II"),
        ("Doc. PC9001E1a, Annex II, paragraph 3", "PC9001E1a", "3", "II"),
        ("(PC 9001 E 1 a)", "PC 9001 E 1 a", None, None),
        ("Council Decision No. 334", "Council Decision No. 334", None, None),
        ("Decision No. 334 of the Council", "Decision No. 334", None, None),
        ("Décision N° 305", "Décision N° 305", None, None),
        ("CCC Doc. 37.020", "37.020", None, None),
        ("see document No. 31.808", "31.808", None, None),
        ("circulated as WT/COMTD/43, paragraph 4", "WT/COMTD/43", "4", None),
        ("WT/COMTD/W/26/Rev. 1", "WT/COMTD/W/26/Rev. 1", None, None),
        ("ECE/TRADE/C/CEFACT/2019/22/Rev.1", "ECE/TRADE/C/CEFACT/2019/22/Rev.1", None, None),
        ("PC9001E1a/Rev.1, paragraph 7", "PC9001E1a/Rev.1", "7", None),
        ("WT/COMTD/W/104/Rev.1, paragraph 46(b)", "WT/COMTD/W/104/Rev.1", "46(b)", None),
    ],
)
def test_a_reference_with_paragraph_and_annex(text, symbol, paragraph, annex):
    (found,) = cited(text)
    assert (found.symbol, found.paragraph, found.annex, found.page) == (symbol, paragraph, annex, 1)


@pytest.mark.parametrize(
    "text",
    [
        "10.000 tonnes",
        "HS2022 and UN2030",
        "a decision of 2013",
        "COM(2020) 427 final",
        "paragraph 12 and Annex I",
        "the PC 2013 sessions",
        "D/2007/0448/48",
        "HQ H277116",
    ],
)
def test_what_is_no_reference(text):
    assert cited(text) == ()


def test_the_papers_own_symbol_in_any_version_is_no_reference():
    assert cited("Annex I to Doc. PC0345E1a", "PC0345E1", "PC0345F1a", "Doc. PC0345", own=OWN) == ()
    un = Symbol(raw="ECE/AGAT/2020/INF.1")
    assert cited("ECE/AGAT/2020/INF.1", "AGAT/2020/INF.1", own=un) == ()


def test_a_running_head_is_no_reference():
    block = Block(id=0, page=2, kind="header", text="PC9001E1")
    assert FINDER.references_of((block,), OWN) == ()


@pytest.mark.parametrize(
    ("text", "kind", "page", "cited"),
    [
        ("WT/COMTD/M/97", "paragraph", None, []),
        ("WT/COMTD/M/97", "paragraph", 4, ["WT/COMTD/M/97"]),
        ("WT/COMTD/M/97", "item", None, ["WT/COMTD/M/97"]),
        ("WT/COMTD/W/97", "paragraph", None, ["WT/COMTD/W/97"]),
        ("See WT/COMTD/M/97", "paragraph", None, ["WT/COMTD/M/97"]),
    ],
)
def test_the_head_that_an_earlier_paper_left_in_a_text_is_no_reference(text, kind, page, cited):
    block = Block(id=0, page=page, kind=kind, text=text)
    found = FINDER.references_of((block,), Symbol(raw="WT/COMTD/M/98"))
    assert [one.symbol for one in found] == cited


def test_the_same_place_is_named_once_and_each_place_for_itself():
    found = cited("SP0250 §68", "SP0250 §68 and SP0250, paragraph 70", "the report SP0250")
    assert [(one.paragraph, one.page) for one in found] == [("68", 1), ("70", 2)]


def test_a_place_belongs_to_the_symbol_beside_it():
    found = cited("Annex I to Doc. PC9001E1a and paragraph 4 of Doc. PC9002E1a, Annex III")
    shown = [(one.symbol, one.paragraph, one.annex) for one in found]
    assert shown == [("PC9001E1a", None, "I"), ("PC9002E1a", "4", "III")]


@pytest.mark.parametrize(
    "text", ["Annex I to " * 20_000, "PC9001E1a " * 20_000, "paragraph 1, " * 20_000, "Decision No. " * 20_000]
)
def test_hostile_text_costs_little(text):
    start = time.process_time()
    cited(text)
    assert time.process_time() - start < 10


@given(st.text(max_size=200))
def test_any_text_is_read_without_an_error(text):
    for reference in cited(text):
        assert reference.symbol in " ".join(text.split())
