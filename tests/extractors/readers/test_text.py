"""Plain text: charsets, wrapped lines, the marks that Word leaves."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from extractors.readers.charset import decode
from extractors.readers.text import read, text_paragraphs
from extractors.readers.word_fields import split_contents_entry, without_fields

FRENCH = "Le Secrétariat a présenté le rapport sur la mise en œuvre de la douane numérique – c’est l’essentiel."
RUSSIAN = "Секретариат представил доклад о ходе выполнения программы работы по цифровой таможне. " * 3

POLISH = "Członkowie wymieniają dane o przesyłkach i określają, które służby je odbierają, gdy są źle opisane. "
CZECH = "Členové si vyměňují údaje o zásilkách a určují, které úřady je přijímají, když nejsou úplné. Děti ů."
TURKISH = "Üye ülkeler gönderi bilgilerini değiştirir ve eksik olduğunda hangi idarenin alacağını belirler."
LITHUANIAN = (
    "Narės keičiasi siuntų duomenimis ir nurodo, kurios įstaigos juos gauna, kai trūksta žinių apie šių prekių kilmę."
)


@pytest.mark.parametrize(
    ("text", "charset"),
    [
        (FRENCH, "utf-8"), (FRENCH, "utf-8-sig"), (FRENCH, "cp1252"), (FRENCH, "utf-16"), (FRENCH, "mac_roman"),
        (RUSSIAN, "cp1251"), (RUSSIAN, "koi8_r"), ("Plain ASCII.", "ascii"),
        (FRENCH, "utf-16-le"), (RUSSIAN, "utf-16-be"),
        (POLISH, "cp1250"), (POLISH, "iso8859_2"), (CZECH, "cp1250"), (CZECH, "iso8859_2"), (TURKISH, "cp1254"),
        (LITHUANIAN, "cp1257"), ("Les données délivrées après l'arrêt sont présentées à l'été.", "cp850"),
        ("Müller, Nuñez, Åström, Gößler, Østergård, Ibáñez, Zoë and Lefèvre met in the committee room.", "cp1252"),
    ],
)  # fmt: skip
def test_the_charset_is_told(text, charset):
    assert decode(text.encode(charset)) == text


def test_bytes_that_fit_nothing_still_give_text():
    assert isinstance(decode(bytes(range(128, 256)) * 3), str)


@pytest.mark.parametrize(
    ("line", "clean"),
    [
        ('Chairman: Mr X TOC \\O "1-5" \\H \\Z ', "Chairman: Mr X "),
        (' HYPERLINK \\L "_TOC37" Observers', " Observers"),
        ('see HYPERLINK "http://a.org" this page', "see this page"),
        ("Page:  PAGE  \\* Arabic  \\* MERGEFORMAT 1/ NUMPAGES  \\* Arabic 7", "Page: 1/ 7"),
        ("The quote and the page are words.", "The quote and the page are words."),
        ("A REF in text, a TOC, PAGE 3", "A REF in text, a TOC, PAGE 3"),
    ],
)
def test_field_codes_are_taken_out(line, clean):
    assert " ".join(without_fields(line).split()) == clean.strip()


@pytest.mark.parametrize(
    ("line", "entry"),
    [
        ("A.\tADOPTION OF THE AGENDA\t PAGEREF _TOC476 \\H 2", "A.\tADOPTION OF THE AGENDA"),
        ("B.\tOBSERVERS\t2", "B.\tOBSERVERS"),
        ("France\t12\t13", None),
        ("The Chairman said so in 2003", None),
    ],
)
def test_entries_of_a_table_of_contents_are_told(line, entry):
    assert split_contents_entry(line) == entry


def blocks(reading):
    return [(block.kind, block.number, block.text) for block in reading.blocks]


def test_unwrapped_lines_are_paragraphs(read_bytes):
    long = "The Chairman recalled the discussion. " * 10
    reading = read_bytes(f"OTHER BUSINESS\n&& {long}\n27. && {long}\n8.&& {long}\n(a) item\n".encode(), "a.txt")
    assert blocks(reading) == [
        ("heading", None, "OTHER BUSINESS"),
        ("paragraph", None, long.strip()),
        ("paragraph", "27.", long.strip()),
        ("paragraph", "8.", long.strip()),
        ("item", "(a)", "item"),
    ]


@pytest.mark.parametrize(
    ("text", "properties", "first"),
    [
        ("---\ntitle: A port\ndate: 2031-05-04\n---\n\nText.\n", {"title": "A port", "created": "2031-05-04"}, "Text."),
        ("---\r\ntitle: A port\r\n---\r\nText.\r\n", {"title": "A port"}, "Text."),
        ("---\nsaid: nothing\n---\nText.\n", {}, "---"),
    ],
)
def test_front_matter_with_a_title_is_no_text(read_bytes, text, properties, first):
    reading = read_bytes(text.encode(), "a.txt")
    assert (reading.properties, reading.blocks[0].text.split()[0]) == (properties, first)


def test_a_heading_in_capitals_may_be_as_long_as_the_names_of_papers(read_bytes):
    long = f"PARAGRAPH 51 OF THE DECLARATION ON {'THE DEVELOPMENT OF TRADE, ' * 8}AND OTHER MATTERS"
    prose = "The Chairman recalled what had been said. " * 40
    reading = read_bytes(f"OTHER BUSINESS\n{prose}\n{long}\n{prose}\n{long * 2}\n{prose}\n".encode(), "a.txt")
    assert [block.text for block in reading.blocks if block.kind == "heading"] == ["OTHER BUSINESS", long]


def test_wrapped_lines_are_joined(read_bytes):
    text = (
        "1. The Committee took note of the report on the implementation of the\nprogramme of work.\n\n"
        "2. It agreed.\n\nB. Observers\n"
    )
    assert blocks(read_bytes(text.encode(), "a.txt")) == [
        ("paragraph", "1.", "The Committee took note of the report on the implementation of the programme of work."),
        ("paragraph", "2.", "It agreed."),
        ("heading", "B.", "Observers"),
    ]


def test_a_sentence_runs_on_over_a_blank_line(read_bytes):
    text = "The movement of merchandise, goods and capital shall\n\nbe free.\n"
    assert blocks(read_bytes(text.encode(), "a.txt")) == [
        ("paragraph", None, "The movement of merchandise, goods and capital shall be free.")
    ]


@pytest.mark.parametrize(
    ("text", "paragraphs"),
    [
        ("The system will be put into operation in posts (Bissau, the airport, and\n\n\f46\nSafim) by July.\n", 1),
        ("The system will be put into operation in posts (Bissau, the airport, and\n46\n\n\fSafim) by July.\n", 1),
        ("The system will be put into operation in three posts.\n\n\f46\nSafim follows.\n", 2),
        ("2016\n\n140\n\nend-of-period stock\n", 2),
    ],
)
def test_a_page_number_inside_a_sentence_is_no_part_of_it(text, paragraphs):
    found = list(text_paragraphs(text))
    assert len(found) == paragraphs
    assert ("46" in " ".join(found)) == (paragraphs != 1 and "46" in text)


def test_page_lines_are_footers(read_bytes):
    assert blocks(read_bytes(b"Some text here.\n\n- Page 3 -\n", "a.txt"))[-1] == ("footer", None, "- Page 3 -")


def test_blank_text_is_empty(read_bytes):
    assert read_bytes(b" \n\n\t\n", "a.txt").status == "empty"


@given(st.text(max_size=300))
def test_paragraphs_keep_every_word(text):
    clean = "".join(letter for letter in text if letter.isprintable() or letter in "\n\t")
    assert "".join("".join(text_paragraphs(clean)).split()) == "".join(clean.split())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(data=st.binary(min_size=1, max_size=400))
def test_any_bytes_end_in_a_status(read_bytes, data):
    assert read_bytes(data, "a.bin").status in ("read", "empty", "malformed", "unsupported", "encrypted")


def test_divisions_in_wrapped_text_are_headings_with_their_titles(read_bytes):
    text = (
        "CHAPTER 2\nMeans of transport\n\nArticle 5\nLists of crews\n"
        "1. The master of a ship sends the list of the crew on arrival, and the\nlist on departure.\n"
        "Article 6\nThe office of arrival confirms that it has the list, as is laid down in\n"
        "Article 9\nof this Annex.\n"
        "Annex I. Manifests of ships and the\nPorts of Entry\n"
        "A manifest lists all goods that a ship carries, those in transit too.\n"
    )
    last = "The office of arrival confirms that it has the list, as is laid down in Article 9 of this Annex."
    assert blocks(read_bytes(text.encode(), "a.txt")) == [
        ("heading", "CHAPTER 2", "Means of transport"),
        ("heading", "Article 5", "Lists of crews"),
        ("paragraph", "1.", "The master of a ship sends the list of the crew on arrival, and the list on departure."),
        ("heading", "Article 6", "Article 6"),
        ("paragraph", None, last),
        ("heading", "Annex I", "Manifests of ships and the Ports of Entry"),
        ("paragraph", None, "A manifest lists all goods that a ship carries, those in transit too."),
    ]


def test_a_line_that_the_contents_list_is_a_heading(tmp_path, limits):
    paper = tmp_path / "minutes.txt"
    entries = ["A.\tobservers\t2", "-\tReport of the year 2031\t2"]
    text = ["\t•\tobservers ", "It was so agreed.", "-\tReport of the year 2031", "It was adopted. " * 20]
    paper.write_text("\n".join([*entries, *text]))
    blocks = read(paper, passwords=(), limits=limits).blocks
    headings = [(one.text, one.level) for one in blocks if one.kind == "heading"]
    assert headings == [("observers", 1), ("Report of the year 2031", 2)]
