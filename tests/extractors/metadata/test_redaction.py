from configs.proceedings import load_proceedings
from extractors.document import Block, Mark, Reading
from extractors.metadata.describe import redaction_warnings

WORDS = load_proceedings()
NOTE = Block(id=0, kind="footnote", text="The shaded  parts are removed before the release to the public.")


def warnings(*blocks, marks=()):
    return redaction_warnings(Reading(media_type="x", blocks=blocks, marks=marks), WORDS)


def test_each_mark_is_told_with_its_pages():
    marks, left_out = warnings(
        Block(id=0, page=2, kind="paragraph", text="The goods of /**/ were imported by /**/."),
        Block(id=1, page=5, kind="paragraph", text="Price: /**/"),
        Block(id=2, page=7, kind="paragraph", text="Not included: Doc. VT9001E1a"),
    )
    assert "'/**/' stands 3 times (page 2, 5)" in marks
    assert "'not included:' stands 1 times (page 7)" in left_out


def test_without_pages_the_paragraphs_are_told():
    (warning,) = warnings(Block(id=0, number="12.", kind="paragraph", text="The goods of /**/."))
    assert "'/**/' stands 1 times (paragraph 12.)" in warning


def test_the_note_on_shaded_parts_is_told():
    (warning,) = warnings(NOTE)
    assert "shaded parts" in warning


def test_struck_and_blackened_text_is_told():
    marks = (Mark(kind="struck", number="3."), Mark(kind="struck", number="3."), Mark(kind="blackened", page=4))
    struck, blackened = warnings(marks=marks)
    assert "'strike-through' stands 2 times (paragraph 3.)" in struck
    assert "'blackened text' stands 1 times (page 4)" in blackened


def test_grey_shading_is_told_only_where_the_paper_says_what_it_is_for():
    marks = (Mark(kind="shaded", number="3."),)
    assert warnings(marks=marks) == ()
    note, shaded = warnings(NOTE, marks=marks)
    assert "shaded parts" in note
    assert "'shaded text' stands 1 times (paragraph 3.)" in shaded


def test_many_places_are_cut_short():
    marks = [Mark(kind="struck", page=page) for page in range(1, 20)]
    assert "11, 12 and more)" in warnings(marks=marks)[0]


def test_plain_text_has_no_warning():
    assert warnings(Block(id=0, kind="paragraph", text="Nothing / ** left out.")) == ()
