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


def test_the_same_text_has_no_changes():
    assert changes([FIRST, SECOND], [FIRST, SECOND]) == ParagraphChanges()


def test_what_was_added_removed_and_reworded():
    reworded = ("2.", "The Secretariat presented the revised single window project to the delegates.")
    new = ("4.", "A working group on risk management will meet in spring.")
    assert changes([FIRST, SECOND, THIRD], [FIRST, reworded, new]) == ParagraphChanges(
        added=("4",), removed=("3",), changed=("2",)
    )


def test_a_paragraph_that_only_has_another_number_did_not_change():
    new = ("2.", "A quorum was present.")
    assert changes([FIRST, SECOND], [FIRST, new, ("3.", SECOND[1])]) == ParagraphChanges(added=("2",))


def test_a_reworded_paragraph_is_found_again_under_another_number():
    new = ("2.", "A quorum was present.")
    reworded = ("3.", SECOND[1].replace("project", "programme"))
    assert changes([FIRST, SECOND], [FIRST, new, reworded]) == ParagraphChanges(added=("2",), changed=("3",))


def test_a_paragraph_of_other_words_under_its_number_is_reworded():
    other = ("2.", "Nothing else was said.")
    assert changes([FIRST, SECOND], [FIRST, other]) == ParagraphChanges(changed=("2",))


def test_what_has_no_number_is_counted():
    assert changes([FIRST, "Opening"], [FIRST, "Opening of the session", "Close"]) == ParagraphChanges(unnumbered=2)


def test_items_and_text_below_a_number_belong_to_it():
    items = [(None, "as follows"), ("(a)", "the first"), ("(b)", "the second")]
    other = [(None, "as follows"), ("(a)", "the first"), ("(b)", "the last")]
    assert changes([FIRST, *items, SECOND], [FIRST, *other, SECOND]) == ParagraphChanges(changed=("1",))


def test_long_lists_are_cut_and_counted():
    many = [(f"{number}.", f"Word{number} alone") for number in range(1, 101)]
    found = changes([], many)
    assert (len(found.added), found.more) == (40, 60)
