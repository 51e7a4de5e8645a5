import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from extractors.readers.rtf.tokens import tokens
from tests.extractors.readers.test_metafile import emf, text_at


@pytest.fixture
def blocks(read_bytes):
    def go(body, head=r"\ansi\ansicpg1252\deff0"):
        reading = read_bytes(b"{\\rtf1" + head.encode() + b" " + body.encode("latin-1") + b"}", "a.rtf")
        return [(block.kind, block.number, block.text) for block in reading.blocks]

    return go


def test_paragraphs_and_their_typed_numbers(blocks):
    found = blocks(r"12. The Committee\par took {\b note}.\par (a) first\par")
    assert found == [("paragraph", "12.", "The Committee"), ("paragraph", None, "took note."), ("item", "(a)", "first")]


def test_list_numbers_are_those_that_were_printed(blocks):
    text = r"{\listtext\pard 3.\tab}Third\par{\*\pn\pnlvlbody}{\pntext (iv)\tab}Fourth\par{\listtext\'b7\tab}Point\par"
    assert blocks(text) == [("paragraph", "3.", "Third"), ("item", "(iv)", "Fourth"), ("item", None, "Point")]


def test_a_star_inside_a_group_hides_nothing(blocks):
    text = r"{\*\unknown hidden}{\f0\i0\*\cs7\cf0 The quick fox}\par"
    assert blocks(text) == [("paragraph", None, "The quick fox")]


@pytest.mark.parametrize("count", ["7", "99999", "-3", ""])
def test_the_bytes_of_a_picture_are_passed_over(read_bytes, count):
    data = b"{\\rtf1\\ansi Before\\par {\\pict\\jpegblip\\bin" + count.encode() + b" {{}\\{\\x} After\\par}"
    texts = [block.text for block in read_bytes(data, "a.rtf").blocks]
    assert texts == (["Before", "After"] if count == "7" else ["Before"])


def test_a_metafile_may_be_written_as_bytes(read_bytes):
    drawing = emf(text_at(0, 20, "Single Window"))
    picture = b"{\\pict\\emfblip\\bin%d " % len(drawing) + drawing + b"}"
    reading = read_bytes(b"{\\rtf1\\ansi Before\\par " + picture + b"\\par After\\par}", "a.rtf")
    assert [block.text for block in reading.blocks] == ["Before", "Single Window", "After"]


def test_headings_by_outline_and_by_weight(blocks):
    text = r"\pard\outlinelevel0 Scope\par\pard{\b Background}\par\pard Plain.\par"
    assert [kind for kind, _, _ in blocks(text)] == ["heading", "heading", "paragraph"]


def test_charsets_of_the_file_and_of_a_font(blocks):
    fonts = r"{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset204 Arial Cyr;}}"
    text = r"\f0 caf\'e9 {\f1 \'f2\'e0\'ec\'ee\'e6\'ed\'ff}\par"
    assert blocks(fonts + text) == [("paragraph", None, "café таможня")]
    assert blocks(r"\'f2\'e0\'ec\par", head=r"\ansi\ansicpg1251") == [("paragraph", None, "там")]


def test_unicode_leaves_its_fallback_out_and_joins_the_halves_of_a_character(blocks):
    text = r"\u233?t\u233\'65 {\uc0\u8364} 5 \u-10179?\u-9138?\par"
    assert blocks(text) == [("paragraph", None, "été € 5 \U0001f44e")]


def test_tables_have_cells(blocks, read_bytes):
    row = r"\trowd\cellx1\cellx2\intbl {0}\cell {1}\cell\row"
    body = row.replace("{0}", "a").replace("{1}", "b") + row.replace("{0}", "c").replace("{1}", r"d\par e")
    found = blocks(rf"Before\par {body}\pard After\par")
    assert found == [("paragraph", None, "Before"), ("table", None, "a\tb\nc\td e"), ("paragraph", None, "After")]


def test_notes_and_running_heads_stand_apart(blocks):
    text = (
        r"{\header\pard PC0100E1\par}{\footer\pard 7\par}Text{\super\chftn{\footnote\pard See above.\par}} goes on.\par"
    )
    assert blocks(text) == [
        ("header", None, "PC0100E1"),
        ("paragraph", None, "Text goes on."),
        ("footnote", "1", "See above."),
        ("footer", None, "7"),
    ]


def test_deleted_and_hidden_text_is_left_out_and_flagged(read_bytes):
    reading = read_bytes(rb"{\rtf1 We {\deleted may }{\revised shall }{\v secretly }act.\par}", "a.rtf")
    assert reading.blocks[0].text == "We shall act."
    assert "tracked changes" in reading.warnings[0]


def test_pictures_fields_and_styles_are_no_text(blocks):
    styles = r"{\stylesheet{\s1 heading 1;}}{\pict 00ff}"
    text = styles + r"{\field{\*\fldinst HYPERLINK x}{\fldrslt the site}}{\*\unknown no}\par"
    assert blocks(text) == [("paragraph", None, "the site")]


def test_what_is_declared(read_bytes):
    reading = read_bytes(rb"{\rtf1{\info{\title A report}{\author Anna}}Text\par}", "a.rtf")
    assert reading.properties == {"title": "A report", "author": "Anna"}


def test_a_picture_alone_needs_ocr(read_bytes):
    assert read_bytes(rb"{\rtf1{\pict\pngblip 00ff}\par}", "a.rtf").status == "needs_ocr"


def test_groups_without_end_are_refused(read_bytes):
    assert read_bytes(b"{\\rtf1" + b"{" * 100_000, "a.rtf").status == "malformed"


@given(data=st.binary(max_size=300).map(lambda data: b"{\\rtf1 " + data))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_breaks_the_reader(data, read_bytes):
    assert read_bytes(data, "a.rtf").status in ("read", "empty", "needs_ocr")


@given(text=st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\\{}"), max_size=80))
def test_text_written_as_unicode_comes_back(text):
    units = text.encode("utf-16-le")
    codes = [int.from_bytes(units[at : at + 2], "little", signed=True) for at in range(0, len(units), 2)]
    data = b"{\\rtf1 " + b"".join(b"\\u%d?" % code for code in codes) + b"}"
    pieces = "".join(token.text for token in tokens(data))
    assert pieces.encode("utf-16-le", "surrogatepass").decode("utf-16-le") == text


COLOURS = r"{\colortbl;\red0\green0\blue0;\red255\green255\blue255;\red217\green217\blue217;}"


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        (r"{\strike struck}", ["struck"]),
        (r"{\striked1 struck} and {\strike again}", ["struck", "struck"]),
        (r"{\strike0 plain}", []),
        (r"{\highlight1 black}", ["blackened"]),
        (r"{\cf2\highlight1 white on black}", []),
        (r"{\cf1\chcbpat1 black on black}", ["blackened"]),
        (r"\pard\cbpat1 a black paragraph\par\pard plain", ["blackened"]),
        (r"{\chcbpat3 grey}", ["shaded"]),
        (r"{\highlight9 no such colour}", []),
    ],
)
def test_marks_of_redaction_are_kept_and_told(read_bytes, text, kinds):
    reading = read_bytes(rf"{{\rtf1{COLOURS} Before {text}\par}}".encode(), "a.rtf")
    assert [mark.kind for mark in reading.marks] == kinds
    assert "Before" in reading.blocks[0].text


def test_comments_are_notes_with_their_author(read_bytes):
    comment = r"{\*\atnid AB}{\*\atnauthor Ann}\chatn{\*\annotation{\*\atnref 1}\pard Is it so?\par}"
    reading = read_bytes(rf"{{\rtf1 The Committee{comment} agreed.\par}}".encode(), "a.rtf")
    found = [(block.kind, block.number, block.text) for block in reading.blocks]
    assert found == [("paragraph", None, "The Committee agreed."), ("footnote", "[1]", "Ann: Is it so?")]
    assert "1 comments" in reading.warnings[0]


def test_hidden_text_and_embedded_files_are_told(read_bytes):
    reading = read_bytes(rb"{\rtf1 Shown{\v hidden}{\object{\*\objdata 00}{\result shown too}}\par}", "a.rtf")
    assert reading.blocks[0].text == "Shownshown too"
    assert "hidden text in 1 paragraphs" in reading.warnings[0]
    assert "1 embedded files" in reading.warnings[1]


def test_a_drawing_of_a_metafile_is_read_behind_its_paragraph(blocks):
    drawn = emf(text_at(0, 0, "Risk"), text_at(0, 99, "Release")).hex()
    shown = rf"{{\*\shppict{{\pict\emfblip\picw100 {drawn}}}}}{{\nonshppict{{\pict\wmetafile8 {drawn}}}}}"
    found = [text for _, _, text in blocks(rf"Figure 1{shown}.\par After\par")]
    assert found == ["Figure 1.", "Risk", "Release", "After"]


@pytest.mark.parametrize("picture", [r"\pict\emfblip 0q1", r"\pict\emfblip 012", r"\pict\pngblip 8950", r"\pict 00"])
def test_a_picture_that_draws_no_text_adds_none(blocks, picture):
    assert blocks(rf"Figure 1{{{picture}}}\par") == [("paragraph", None, "Figure 1")]


def test_the_settings_of_a_shape_are_no_text(blocks):
    shape = r"{\shp{\*\shpinst{\sp{\sn shapeType}{\sv 202}}{\shptxt\pard In the box\par}}{\shprslt In the box\par}}"
    assert blocks(rf"Before\par{shape}") == [("paragraph", None, "Before"), ("paragraph", None, "In the box")]


def test_an_rtf_that_speaks_of_pdf_is_an_rtf(read_bytes):
    assert read_bytes(rb"{\rtf1 The mark %PDF-1.7 opens a PDF.\par}", "a.rtf").media_type == "application/rtf"


def test_bullets_are_nested_as_deep_as_their_lists(read_bytes):
    item = r"{{\listtext\'b7\tab}}\pard\ilvl{0} Text\par"
    body = "".join(item.format(depth) for depth in (0, 1, 1, 0, 10**9))
    reading = read_bytes(rf"{{\rtf1 {body}}}".encode(), "a.rtf")
    assert [block.level for block in reading.blocks] == [1, 2, 2, 1, 2]
