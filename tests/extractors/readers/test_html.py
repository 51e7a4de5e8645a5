"""HTML pages, Markdown, EU acts in XHTML, treaties in XML."""

import pytest

from extractors.readers.html import reader


def blocks(reading):
    return [(block.kind, block.number, block.level, block.text) for block in reading.blocks]


@pytest.fixture
def read_html(read_bytes):
    return lambda body, head="": read_bytes(
        f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>".encode(), "a.html"
    )


def test_headings_paragraphs_and_lists(read_html):
    reading = read_html(
        "<h2>1. Scope</h2><p>One <b>two</b>.<br>Three.</p>loose"
        "<ol><li>first<ul><li>deep</li></ul></li><li>second</li></ol>"
    )
    assert blocks(reading) == [
        ("heading", "1.", 2, "Scope"),
        ("paragraph", None, None, "One two. Three."),
        ("paragraph", None, None, "loose"),
        ("item", "1.", 1, "first"),
        ("item", None, 2, "deep"),
        ("item", "2.", 1, "second"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# Title\n\nText.\n\n## 1. Scope\n", ["heading: Title", "paragraph: Text.", "heading 1.: Scope"]),
        (
            "12. **The** Council\nmet.\n\n    More.\n13. [A](b).\n",
            ["paragraph 12.: The Council met.", "paragraph: More.", "paragraph 13.: A."],
        ),
        ("The report:\n9.6 One.\n9.7 Two.\n", ["paragraph: The report:", "paragraph 9.6: One.", "paragraph 9.7: Two."]),
        ("- one\n  - two\n\n![seal](a.png)\n", ["item: one", "item: two"]),
        (
            "<p>A <b>page</b>.</p>\n<script>var a</script>\n\n      indented\n",
            ["paragraph: A page.", "paragraph: indented"],
        ),
        ("| a | b |\n| - | - |\n| 1 | 2 |\n", ["table: a\tb\n1\t2"]),
    ],
)
def test_markdown_is_read_as_the_page_that_it_stands_for(read_bytes, text, expected):
    found = read_bytes(text.encode(), "a.md").blocks
    assert [f"{one.kind}{f' {one.number}' if one.number else ''}: {one.text}" for one in found] == expected


@pytest.mark.parametrize(
    ("front_matter", "expected"),
    [
        ('title: "A <b> of\n  two"\ndate: 2014-08-27\ntags: [a]\n', {"title": "A <b> of two", "created": "2014-08-27"}),
        ("title: [a]\n", {}),
        ("title: 'open\n", {}),
        ("title: A\ndate: 2014-13-45\n", {}),
        ("- a\n", {}),
    ],
)
def test_front_matter_is_no_text(read_bytes, front_matter, expected):
    reading = read_bytes(f"---\n{front_matter}---\nText.\n".encode(), "a.md")
    assert (reading.properties, [block.text for block in reading.blocks]) == (expected, ["Text."])


def test_scripts_styles_and_hidden_parts_are_no_text(read_html):
    body = '<script>var a</script><style>p{}</style><p hidden>h</p><p style="display: none">n</p><p>Seen</p><!-- c -->'
    assert [block.text for block in read_html(body).blocks] == ["Seen"]


def test_navigation_and_page_footer_are_kept_apart(read_html):
    reading = read_html("<nav><ul><li>Home</li></ul></nav><p>Text</p><footer>Imprint</footer>")
    assert [(block.kind, block.text) for block in reading.blocks] == [
        ("header", "Home"), ("paragraph", "Text"), ("footer", "Imprint"),
    ]  # fmt: skip


def test_a_table_has_cells_spans_and_header_rows(read_html):
    reading = read_html(
        "<table><tr><th colspan=2>Level</th></tr>"
        "<tr><td rowspan=2>Data</td><td>L1</td></tr><tr><td>L2</td></tr></table>"
    )
    (table,) = reading.tables
    assert table.rows == (("Level", ""), ("Data", "L1"), ("", "L2"))
    assert table.header_rows == 1


def test_the_caption_of_a_table_stands_before_it(read_html):
    rows = "<tr><th>Member</th><th>Fee</th></tr><tr><td>Arvenia</td><td>7</td></tr>"
    reading = read_html(f"<table><caption>Fees by <b>Member</b></caption>{rows}</table>")
    assert [block.text for block in reading.blocks] == ["Fees by Member", "Member\tFee\nArvenia\t7"]


def test_a_table_that_lays_out_a_page_is_text(read_html):
    reading = read_html("<table><tr><td><p>Left</p></td><td><p>Right</p></td></tr></table>")
    assert reading.tables == ()
    assert [block.text for block in reading.blocks] == ["Left", "Right"]


def test_the_declared_charset_counts(read_bytes):
    page = '<html><head><meta charset="windows-1251"></head><body><p>Единое окно</p></body></html>'
    assert read_bytes(page.encode("cp1251"), "a.html").blocks[0].text == "Единое окно"


def test_language_and_title_are_properties(read_bytes):
    reading = read_bytes(b'<html lang="fr"><head><title>Rapport</title></head><body>x y</body></html>', "a.html")
    assert (reading.properties["language"], reading.properties["title"]) == ("fr", "Rapport")


def test_html_without_text_is_empty(read_html):
    assert read_html("").status == "empty"


def test_html_nested_without_end_is_read(read_bytes):
    reading = read_bytes(b"<html><body>" + b"<font>" * 1_000 + b"deep<p>and on</p>", "a.html")
    assert [block.text for block in reading.blocks] == ["deep and on"]


def test_html_nested_beyond_reason_is_refused_and_not_cut(read_bytes):
    reading = read_bytes(b"<html><body><p>Before.</p>" + b"<div>" * 5_000 + b"deep", "a.html")
    assert (reading.status, reading.blocks) == ("malformed", ())
    assert "nested too deeply" in reading.warnings[0]


def test_a_mail_whose_html_is_refused_keeps_its_heads_and_says_so(read_bytes):
    head = b"From: a@example.org\nTo: b@example.org\nSubject: Agenda\nContent-Type: text/html\n\n"
    reading = read_bytes(head + b"<p>Before.</p>" + b"<div>" * 5_000 + b"deep", "a.eml")
    assert "Agenda" in [block.text for block in reading.blocks]
    assert "nested too deeply" in reading.warnings[0]


ACT = """<?xml version="1.0" encoding="UTF-8"?><html xmlns="http://www.w3.org/1999/xhtml"><body>
<p class="oj-hd-ti">Official Journal</p>
<div class="eli-main-title"><p class="oj-doc-ti">REGULATION (EU) 1/2030</p>
<p class="oj-doc-ti">on customs data</p></div>
<table><tr><td><p class="oj-normal">(1)</p></td><td><p class="oj-normal">Data are exchanged.</p></td></tr></table>
<p class="oj-ti-art">Article 1</p><p class="oj-sti-art">Scope</p>
<p class="oj-normal">1.\u00a0\u00a0\u00a0This Regulation applies to:</p>
<table><tr><td><p>(a)</p></td><td><p class="oj-normal">declarations;</p>
<table><tr><td><p>(i)</p></td><td><p>electronic ones,</p></td></tr></table></td></tr></table>
<div class="grid-list"><div><span>1 <span>bis</span>. </span></div><div><p>Also to lists.</p></div></div>
<div class="norm"><span class="no-parag">2.  </span><div class="norm inline-element">It enters into force.</div></div>
<div class="grid-container grid-list"><div class="list grid-list-column-1">\u2014</div>
<div class="grid-list-column-2">a dash;</div></div>
<table class="oj-table"><tr><td>Code</td><td>Name</td></tr><tr><td>1</td><td>Import</td></tr></table>
<p class="oj-note">(<span>1</span>) OJ L 1, 1.1.2030, p. 1.</p></body></html>"""


def test_an_eu_act_is_read_by_its_classes(read_bytes):
    reading = read_bytes(ACT.encode(), "act.xml")
    assert reading.media_type == "application/xhtml+xml"
    assert blocks(reading) == [
        ("header", None, None, "Official Journal"),
        ("heading", None, 1, "REGULATION (EU) 1/2030 on customs data"),
        ("item", "(1)", 1, "Data are exchanged."),
        ("heading", "Article 1", 4, "Scope"),
        ("paragraph", "1.", None, "This Regulation applies to:"),
        ("item", "(a)", 1, "declarations;"),
        ("item", "(i)", 2, "electronic ones,"),
        ("item", "1 bis.", 3, "Also to lists."),
        ("paragraph", "2.", None, "It enters into force."),
        ("item", None, 1, "a dash;"),
        ("table", None, None, "Code\tName\n1\tImport"),
        ("footnote", "(1)", None, "OJ L 1, 1.1.2030, p. 1."),
    ]


TREATY = """<?xml version="1.0"?><treaty><meta><name>North - South</name><language>en</language>
<date_signed>2001-02-03</date_signed>
<parties><party>NOR</party><party>SOU</party></parties></meta><body><chapter number="CHAPTER I" name="Customs">
<article number="ARTICLE 2">The Parties shall
cooperate on customs matters.

(a) They exchange data.</article></chapter></body></treaty>"""


def test_a_treaty_has_chapters_articles_and_paragraphs(read_bytes):
    reading = read_bytes(TREATY.encode(), "pta.xml")
    assert blocks(reading)[:-1] == [
        ("heading", "CHAPTER I", 2, "Customs"),
        ("heading", "ARTICLE 2", 4, "ARTICLE 2"),
        ("paragraph", None, None, "The Parties shall cooperate on customs matters."),
        ("item", "(a)", 1, "They exchange data."),
    ]
    assert reading.properties["created"] == "2001-02-03"
    assert reading.tables[0].rows == (
        ("name", "North - South"),
        ("language", "en"),
        ("date signed", "2001-02-03"),
        ("parties", "NOR, SOU"),
    )


def test_headings_that_a_treaty_has_in_its_text(read_bytes):
    article = "ARTICLE 1\nScope\n1. This Annex is on ships.\n\nCrews\n\nARTICLE 2\nThe master sends a list of the crew."
    data = (
        '<?xml version="1.0"?><treaty><body><article number="ARTICLE 7">Data\n\nThe Parties exchange data on ships and '
        f'their goods.\n\nLists\n</article><article number="ARTICLE 8">They keep lists.\n\n{article}</article>'
        "</body></treaty>"
    )
    assert blocks(read_bytes(data.encode(), "pta.xml")) == [
        ("heading", "ARTICLE 7", 2, "Data"),
        ("paragraph", None, None, "The Parties exchange data on ships and their goods."),
        ("heading", None, 1, "Lists"),
        ("heading", "ARTICLE 8", 2, "ARTICLE 8"),
        ("paragraph", None, None, "They keep lists."),
        ("heading", "ARTICLE 1", 4, "Scope"),
        ("paragraph", "1.", None, "This Annex is on ships."),
        ("heading", None, 3, "Crews"),
        ("heading", "ARTICLE 2", 4, "ARTICLE 2"),
        ("paragraph", None, None, "The master sends a list of the crew."),
    ]


def test_other_xml_is_unsupported_with_a_remedy(read_bytes):
    reading = read_bytes(b'<?xml version="1.0"?><invoice><line/></invoice>', "a.xml")
    assert reading.status == "unsupported"
    assert "save it as" in reading.warnings[0]


@pytest.mark.parametrize(
    "data", [b'<?xml version="1.0"?><treaty><body>', b'<?xml version="1.0"?><treaty>&nosuch;</treaty>']
)
def test_broken_xml_is_malformed(read_bytes, data):
    assert read_bytes(data, "a.xml").status == "malformed"


def test_entities_of_xml_are_never_opened(read_bytes, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("classified")
    data = (
        f'<?xml version="1.0"?><!DOCTYPE treaty [<!ENTITY s SYSTEM "file://{secret}">]>'
        '<treaty><body><article name="A">&s; x</article></body></treaty>'
    )
    reading = read_bytes(data.encode(), "a.xml")
    assert "classified" not in reading.model_dump_json()


def test_figures_that_are_no_digits_count_nothing(read_html):
    table = '<table><tr><td colspan="²">a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>'
    reading = read_html(f'<ol start="²"><li value="³">first</li></ol>{table}')
    assert blocks(reading)[0] == ("item", "1.", 1, "first")
    assert reading.tables[0].rows == (("a", "b"), ("c", "d"))


@pytest.mark.parametrize("number", ["²", "--5", "9" * 5000])
def test_what_is_no_number_counts_nothing(read_html, number):
    page = f"<ol start='{number}'><li value='{number}'>one</ol><table><tr><td colspan='{number}'>a<td>b</table>"
    assert read_html(page).status == "read"


def test_raised_elements_in_each_other_are_looked_through_once(read_html, monkeypatch):
    looked_at = []
    monkeypatch.setattr(reader, "superscript", lambda text: looked_at.append(text) or text)
    read_html("<sup>" * 20 + "<b>1</b>" * 50)
    assert len(looked_at) <= 2 * (20 + 50)
