"""The quotations of a text, each with the citation that belongs to it."""

import pytest

from extractors.document import Block, Document
from pipelines.quotations.texts import checks_of_document, checks_of_text, is_quotation, quotations_in


def quoted(text, notes=None):
    block = Block(id=0, kind="paragraph", text=text)
    return [(one.text, one.citation) for one in quotations_in(block, notes or {})]


@pytest.mark.parametrize("marks", ["“{}”", '"{}"', "« {} »", "„{}“", "‘{}’", "'{}'"])
@pytest.mark.parametrize("said", ["the window is in operation", "the ports’ window isn't in operation"])
def test_a_quotation_stands_in_any_quotation_marks(marks, said):
    said = said if marks != "‘{}’" else said.replace("ports’", "port’s")
    assert quoted(f"The Members' paper doesn't say {marks.format(said)}.") == [(said, None)]


SAID = "the window is in operation"


@pytest.mark.parametrize(
    ("text", "citations"),
    [
        (f"“{SAID}” (PC0345E1a, paragraph 46)", ["(PC0345E1a, paragraph 46)"]),
        (f"In PC0345E1a it says “{SAID}”.", ["In PC0345E1a it says"]),
        (f"It said “{SAID}”.⁷", ["PC0345E1a, paragraph 46."]),  # of a note
        (f"“{SAID}” (PC0345E1a) and “{SAID}” (PC0346E1a).", ["(PC0345E1a) and", "(PC0346E1a)."]),
        (
            f"It said: “{SAID}” (PC0345E1a, para. 4). Nobody said “{SAID}”. See PC0346E1a.",
            ["(PC0345E1a, para. 4).", None],
        ),
        (f"It said “{SAID}”. Then came more. (PC0345E1a)", [None]),
        (f"“{SAID}”. (PC0345E1a)", [". (PC0345E1a)"]),
    ],
)
def test_a_quotation_has_its_own_citation(text, citations):
    assert quoted(text, {"7": "PC0345E1a, paragraph 46."}) == [(SAID, one) for one in citations]


def test_a_term_in_quotation_marks_is_no_quotation():
    assert quoted("The “single window” of PC0345E1a is one.") == []
    assert quoted("The “single window” (PC0345E1a) is one.") == [("single window", "(PC0345E1a) is one.")]


def test_a_text_is_itself_a_quotation_without_quotation_marks_unless_it_only_refers_to_papers():
    assert is_quotation("The “single window” is one.")
    assert is_quotation("The window of PC0345E1a is in operation.")
    assert not is_quotation("The “single window is in operation”.")
    assert not is_quotation("PC0345E1a, paragraph 46\nPC0346E1a, paragraphs 2 and 3")


@pytest.mark.parametrize("marks", ["“{}”", '"{}"', "« {} »"])
def test_a_quotation_may_run_over_paragraphs(marks):
    said = "Item II: Single Window\n\nThe window is in operation."
    found = checks_of_text(f"They wrote: {marks.format(said)} (PC0345E1a)\n\nThey went on.")
    assert [(one.kind, one.content.text, one.content.citation) for one in found] == [
        ("quotation", said.replace("\n\n", "\n"), "(PC0345E1a)")
    ]


def test_signs_of_inches_begin_no_quotation():
    found = checks_of_text('Pipes of 5" are long ones.\n\nIt said "the window is in operation".')
    assert [one.content.text for one in found] == ["the window is in operation"]


def test_blocks_of_a_quotation_keep_their_printed_numbers():
    texts = [
        (None, "It says “1. Each agency shall give:"),
        ("(a)", "reasons;"),
        ("(b)", "an appeal;"),
        ("(c)", "time”."),
    ]
    blocks = tuple(Block(id=n, kind="paragraph", number=number, text=text) for n, (number, text) in enumerate(texts))
    document = Document(id="1", key="1", sha256="0", source="file:///x.txt", media_type="text/plain", blocks=blocks)
    assert [one.content.text for one in checks_of_document(document)] == [
        "1. Each agency shall give:\n(a) reasons;\n(b) an appeal;\n(c) time"
    ]
