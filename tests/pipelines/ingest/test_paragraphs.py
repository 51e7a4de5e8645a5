import pytest

from extractors.document import Block, Document
from pipelines.ingest.paragraphs import paragraph_changes
from pipelines.storage.run_records import ParagraphChanges


def paper(*paragraphs):
    """A document of paragraphs, each `(number, text)`, or a heading as a text."""
    blocks = [
        Block(id=place, kind="heading", text=one, level=1)
        if isinstance(one, str)
        else Block(id=place, kind="paragraph", number=one[0], text=one[1])
        for place, one in enumerate(paragraphs)
    ]
    return Document(id="a", key="a", sha256="1", source="file:///a", media_type="text/plain", blocks=tuple(blocks))


FIRST = ("1.", "The Committee adopted the agenda.")
SECOND = ("2.", "The Secretariat presented the single window project to the delegates.")
THIRD = ("3.", "Delegates took note of the progress report on data exchange.")


def changes(before, after):
    return paragraph_changes(paper(*before), paper(*after))


QUORUM = ("2.", "A quorum was present.")
ITEMS = [(None, "as follows"), ("(a)", "the first"), ("(b)", "the second")]


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ([FIRST, SECOND], [FIRST, SECOND], {}),
        (
            [FIRST, SECOND, THIRD],
            [FIRST, ("2.", SECOND[1].replace("the", "the revised", 1)), ("4.", "A group on risk will meet in spring.")],
            {"added": ("4",), "removed": ("3",), "changed": ("2",)},
        ),
        ([FIRST, SECOND], [FIRST, QUORUM, ("3.", SECOND[1])], {"added": ("2",)}),  # another number alone
        (
            [FIRST, SECOND],
            [FIRST, QUORUM, ("3.", SECOND[1].replace("project", "programme"))],
            {"added": ("2",), "changed": ("3",)},
        ),
        ([FIRST, SECOND], [FIRST, ("2.", "Nothing else was said.")], {"changed": ("2",)}),
        ([FIRST, "Opening"], [FIRST, "Opening of the session", "Close"], {"unnumbered": 2}),
        ([FIRST, *ITEMS, SECOND], [FIRST, *ITEMS[:2], ("(b)", "the last"), SECOND], {"changed": ("1",)}),
    ],
)
def test_paragraphs_are_added_removed_and_reworded(before, after, found):
    assert changes(before, after) == ParagraphChanges(**found)


def test_long_lists_are_cut_and_counted():
    many = [(f"{number}.", f"Word{number} alone") for number in range(1, 101)]
    found = changes([], many)
    assert (len(found.added), found.more) == (40, 60)
