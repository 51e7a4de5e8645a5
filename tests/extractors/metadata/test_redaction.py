from configs.proceedings import load_proceedings
from extractors.document import Block
from extractors.metadata.redaction import redaction_warnings

WORDS = load_proceedings()


def test_each_mark_is_told_with_its_pages():
    blocks = (
        Block(id=0, page=2, kind="paragraph", text="The goods of /**/ were imported by /**/."),
        Block(id=1, page=5, kind="paragraph", text="Price: /**/"),
        Block(id=2, page=7, kind="paragraph", text="Not included: Doc. VT9001E1a"),
    )
    marks, left_out = redaction_warnings(blocks, WORDS)
    assert "'/**/' stands 3 times (page 2, 5)" in marks
    assert "'not included:' stands 1 times (page 7)" in left_out


def test_the_note_on_shaded_parts_is_told():
    blocks = (Block(id=0, kind="footnote", text="The shaded  parts are removed before the release to the public."),)
    (warning,) = redaction_warnings(blocks, WORDS)
    assert "shaded parts" in warning


def test_plain_text_has_no_warning():
    assert redaction_warnings((Block(id=0, kind="paragraph", text="Nothing / ** left out."),), WORDS) == ()
