"""Links between documents: told when they are asked for, whichever was stored first."""

import pytest

from extractors.document import Reference, Symbol
from index.filters import EVERY_CLASS


@pytest.fixture
def cited(filled):
    """The ids that a document's references are linked to, by symbol."""

    def ids(name):
        document = filled.document(f"file:///{name}", access_classes=EVERY_CLASS)
        return {one.symbol: one.document for one in document.references}

    return ids


def other(make, name, raw, *texts, key=None, language="en"):
    """A paper of another organisation, whose symbol is known only as it is printed."""
    document = make.paper(name, *texts, language=language, key=key or raw.upper())
    return document.model_copy(update={"symbol": Symbol(raw=raw)})


def references(*symbols):
    return tuple(Reference(symbol=symbol) for symbol in symbols)


@pytest.mark.parametrize("order", [1, -1], ids=["cited first", "citing first"])
def test_a_reference_is_linked_whichever_paper_came_first(hold, make, cited, order):
    target = make.paper("target", "text", symbol=("SP", "0250", "E", "1", "a"))
    source = make.paper("source", "text", references=references("SP0250", "SC0082", "Decision No. 334"))
    hold(*[target, source][::order])
    assert cited("source") == {"SP0250": target.id, "SC0082": None, "Decision No. 334": None}


def test_a_link_goes_with_the_document_that_it_led_to(writer, put, make):
    target = make.paper("target", "text", symbol=("SP", "0250", "E", "1", "a"))
    put(target, make.paper("source", "text", references=references("SP0250")))
    for linked in (target.id, None):
        (reference,) = writer.document("file:///source", access_classes=EVERY_CLASS).references
        assert reference.document == linked
        writer.remove(target.id)


def test_the_hits_of_a_search_have_their_links(ask, hold, make):
    target = make.paper("target", "x", symbol=("SP", "0250", "E", "1", "a"))
    hold(target, make.paper("source", "customs", references=references("SP0250 ")))
    (hit,) = ask("customs").hits
    assert hit.document.references[0].document == target.id


@pytest.mark.parametrize(
    ("symbol", "name"),
    [("PC0345", "f1"), ("PC 0345 E 2", "e2"), ("PC0345E1a", "e1"), ("PC0345E1", "e1"), ("PC0345E9", "f1")],
)
def test_of_several_versions_the_named_one_is_linked_else_one_in_the_readers_language(hold, make, cited, symbol, name):
    hold(
        make.paper("e1", "x", symbol=("PC", "0345", "E", "1", "a")),
        make.paper("e2", "x", symbol=("PC", "0345", "E", "2", "")),
        make.paper("f1", "x", symbol=("PC", "0345", "F", "1", "a"), language="fr"),
        make.paper("source", "x", language="fr", references=references(symbol)),
    )
    assert cited("source") == {symbol: make.paper(name).id}


def test_without_a_version_in_its_language_the_latest_english_one_is_linked(hold, make, cited):
    hold(
        make.paper("f9", "x", symbol=("PC", "0345", "F", "9", ""), language="fr"),
        make.paper("e9", "x", symbol=("PC", "0345", "E", "9", "")),
        make.paper("e10", "x", symbol=("PC", "0345", "E", "10", "")),
        make.paper("source", "x", language="es", references=references("PC0345")),
    )
    assert cited("source") == {"PC0345": make.paper("e10").id}


def test_a_paper_that_cites_an_edition_of_itself_that_is_not_there_is_not_linked_to_itself(hold, make, cited):
    revised = other(make, "rev", "G/TFA/W/5/Rev.2", "x", key="G/TFA/W/5")
    hold(revised.model_copy(update={"references": references("G/TFA/W/5")}))
    assert cited("rev") == {"G/TFA/W/5": None}


def test_more_references_than_a_question_may_hold_are_linked(hold, make, cited):
    symbols = [f"WT/COMTD/W/{number}" for number in range(1, 1901)]
    hold(other(make, "last", symbols[-1], "x"), make.paper("source", "x", references=references(*symbols)))
    assert cited("source")[symbols[-1]] == make.paper("last").id
    assert sum(link is not None for link in cited("source").values()) == 1


def test_editions_and_languages_of_another_organisations_paper_are_linked(filled, ask, hold, make):
    key = "ECE/TRANS/WP.30/2023/1"
    hold(
        other(make, "base", key, "customs", key=key),
        other(make, "french", key, "douanes", key=key, language="fr"),
        other(make, "rev", f"{key}/Rev.1", "customs", key=key),
        other(make, "add", f"{key}/Add.2", "customs"),
        other(make, "next", "ECE/TRANS/WP.30/2023/10", "customs"),
    )
    base = filled.document(key, access_classes=EVERY_CLASS)
    assert base.source == "file:///base"
    assert base.twins == (make.paper("french").id,)
    assert set(base.revisions) == {make.paper("rev").id}
    assert ask("customs").documents == 3


def test_the_latest_revision_stands_for_a_paper_that_is_not_there(filled, hold, make):
    key = "G/TFA/W/5"
    hold(*(other(make, mark, f"{key}/{mark}", "x", key=key) for mark in ("Rev.9", "Rev.10", "Add.3")))
    assert filled.document("g/tfa/w/5", access_classes=EVERY_CLASS).source == "file:///Rev.10"
    assert filled.document("G/TFA/W/5 Rev. 9", access_classes=EVERY_CLASS).source == "file:///Rev.9"


@pytest.mark.parametrize("name", ["Doc. PC0345E1a", "PC-0345", "pc 0345 e 1 a", "PC0345E1a.docx"])
def test_a_document_is_shown_under_any_spelling_of_its_symbol(filled, hold, make, name):
    hold(make.paper("a", "x", symbol=("PC", "0345", "E", "1", "a")))
    assert filled.document(name, access_classes=EVERY_CLASS).source == "file:///a"
