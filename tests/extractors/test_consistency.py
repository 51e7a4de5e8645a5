"""Whether the fields of a document fit each other."""

import math

import pytest

from extractors.consistency import problems
from extractors.document import Block, Cell, Document, Page, Reference, Symbol, Table

FIELDS = {"id": "0", "key": "k", "sha256": "0", "source": "file:///a", "media_type": "text/plain"}
PAGE = Page(number=1, width=600, height=800)
BLOCK = Block(id=0, page=1, box=(0, 0, 10, 10), kind="table", text="a\tb")
TABLE = Table(block=0, pages=(1,), header_rows=1, rows=(("a", "b"),), cells=(Cell(row=0, column=1, text="b"),))
SOUND = Document(**FIELDS, pages=(PAGE,), blocks=(BLOCK,), tables=(TABLE,), sessions=(12,))


def found(fields, **changes):
    document = SOUND.model_copy(update=changes)
    return [".".join(map(str, place)) for place, _ in problems(document, fields)]


def test_a_sound_document_has_no_problem():
    assert found(Document.model_fields) == []


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"tables": (Table(block=0, rows=()),)}, "tables.0.rows"),
        ({"tables": (Table(block=0, rows=((),)),)}, "tables.0.rows"),
        ({"tables": (Table(block=0, rows=(("a",), ("b", "c"))),)}, "tables.0.rows"),
        ({"tables": (Table(block=9, rows=(("a",),)),)}, "tables.0.block"),
        ({"tables": (TABLE.model_copy(update={"header_rows": 2}),)}, "tables.0.header_rows"),
        ({"tables": (TABLE.model_copy(update={"pages": (2,)}),)}, "tables.0.pages"),
        ({"tables": (TABLE.model_copy(update={"cells": (Cell(row=1, column=0, text=""),)}),)}, "tables.0.cells.0"),
        ({"pages": ()}, "blocks.0.page"),
        ({"pages": (PAGE, PAGE)}, "pages.1.number"),
        ({"pages": (PAGE, Page(number=0, width=1, height=1))}, "pages.1.number"),
        ({"pages": (PAGE, Page(number=2, width=math.inf, height=1))}, "pages.1.width"),
        ({"pages": (PAGE.model_copy(update={"rotation": 7}),)}, "pages.0.rotation"),
        ({"blocks": (BLOCK, BLOCK)}, "blocks.0.id"),
        ({"blocks": (BLOCK, BLOCK.model_copy(update={"id": 1 << 63}))}, "blocks.1.id"),
        ({"blocks": (BLOCK.model_copy(update={"page": None}),)}, "blocks.0.box"),
        ({"blocks": (BLOCK.model_copy(update={"box": (math.nan, 0, 1, 1)}),)}, "blocks.0.box.0"),
        ({"blocks": (BLOCK.model_copy(update={"box": (9, 0, 1, 1)}),)}, "blocks.0.box"),
        ({"blocks": (BLOCK.model_copy(update={"level": 0}),)}, "blocks.0.level"),
        ({"sessions": tuple(range(100_000))}, "sessions"),
        ({"sessions": (10_000,)}, "sessions.0"),
        ({"sessions": (-1,)}, "sessions.0"),
        ({"sessions": (1 << 64,)}, "sessions.0"),
        ({"references": (Reference(symbol="PC1", page=-1),)}, "references.0.page"),
        ({"symbol": Symbol(raw="")}, "symbol.raw"),
        ({"body": "b" * 40_000}, "body"),
        ({"status": "crashed"}, "status"),
    ],
)
def test_what_is_wrong_has_its_place(changes, place):
    assert place in found(changes, **changes)


def test_what_was_read_is_not_looked_at_unless_it_is_named():
    """Readers meet pages without a size, and boxes far away from the page."""
    far = {"pages": (PAGE.model_copy(update={"width": 0.0}),), "blocks": (BLOCK.model_copy(update={"level": 0}),)}
    assert found({"title"}, **far) == []
    assert found({"sessions"}, **far) == []
