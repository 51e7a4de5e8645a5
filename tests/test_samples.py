"""The papers written for this project: complete, marked as illustrations, and made again from their sources."""

import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path

import docx
import pypdfium2
import pytest
from reportlab.pdfbase.ttfonts import TTFontFile

from samples.rendering.source import Paper, read_layout, read_paper

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
FOLDERS = {"papers": SAMPLES / "sources", "editions": SAMPLES / "sources" / "editions"}
PAPERS = {name: [read_paper(file) for file in sorted(folder.glob("*.md"))] for name, folder in FOLDERS.items()}
SOURCES = {paper.cover.symbol: paper for papers in PAPERS.values() for paper in papers}
LAYOUT = read_layout(SAMPLES / "sources" / "layout.yaml")
WITH_TEXT = sorted(symbol for symbol, paper in SOURCES.items() if paper.cover.format == "pdf")
SCANS = sorted(symbol for symbol, paper in SOURCES.items() if paper.cover.format == "scan")
WORD = sorted(symbol for symbol, paper in SOURCES.items() if paper.cover.format == "docx")
MOST_BYTES = 3 * 1024 * 1024


@pytest.fixture(scope="module")
def made_again(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folders = tmp_path_factory.mktemp("first"), tmp_path_factory.mktemp("second")
    for folder in folders:
        subprocess.run([sys.executable, SAMPLES / "make.py", "--out", folder], check=True, capture_output=True)
    return folders


def place(symbol: str) -> Path:
    """Where a paper lies below the folder of all."""
    paper = SOURCES[symbol]
    return next(Path(name, paper.cover.file_name) for name, papers in PAPERS.items() if paper in papers)


def paper_file(symbol: str) -> Path:
    return SAMPLES / place(symbol)


def page_texts(file: Path) -> list[str]:
    pdf = pypdfium2.PdfDocument(file)
    texts = [page.get_textpage().get_text_range() for page in pdf]
    pdf.close()
    return texts


def words(text: str) -> Counter[str]:
    return Counter(text.split())


def written(paper: Paper) -> str:
    cells = [cell for part in paper.parts for row in part.rows for cell in row]
    agenda = [text for row in paper.cover.agenda for text in (row.title, row.action or "")]
    return " ".join([paper.cover.title, *(part.text for part in paper.parts), *cells, *agenda])


def files_below(folder: Path) -> dict[Path, bytes]:
    return {file.relative_to(folder): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_there_are_papers_of_many_bodies_and_years() -> None:
    covers = [paper.cover for paper in SOURCES.values()]
    assert len({cover.symbol[:6] for cover in covers}) >= 16
    assert len({cover.symbol[:2] for cover in covers}) >= 8
    years = {int(cover.year) for cover in covers}
    assert min(years) == 2010
    assert max(years) == 2026
    assert {"report", "working document", "agenda"} == {cover.kind for cover in covers}
    assert SCANS
    assert WORD


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_folder_holds_every_paper_and_nothing_else(folder: str) -> None:
    files = {file.name for file in (SAMPLES / folder).iterdir()}
    assert files == {paper.cover.file_name for paper in PAPERS[folder]}


def test_the_folder_is_small_and_its_readme_lists_every_paper_with_a_serial_that_no_real_one_has() -> None:
    folders = [SAMPLES / name for name in ("papers", "editions", "sources", "fonts")]
    assert sum(file.stat().st_size for folder in folders for file in folder.iterdir()) < MOST_BYTES
    assert all(symbol[2] == "9" for symbol in SOURCES)
    readme = (SAMPLES / "README.md").read_text(encoding="utf-8")
    assert [p.cover.file_name for p in SOURCES.values() if f"[{p.cover.file_name}]" not in readme] == []
    french = {symbol for symbol, paper in SOURCES.items() if paper.cover.language == "fr"}
    assert len(french) == 4
    assert {f"{symbol[:6]}E{symbol[7:]}" for symbol in french} <= set(SOURCES)


@pytest.mark.parametrize("symbol", [s for s, paper in SOURCES.items() if paper.cover.language == "fr"])
def test_twins_have_the_same_parts(symbol: str) -> None:
    french, english = SOURCES[symbol], SOURCES[f"{symbol[:6]}E{symbol[7:]}"]
    shape = [(part.kind, part.number, [len(row) for row in part.rows]) for part in english.parts]
    assert [(part.kind, part.number, [len(row) for row in part.rows]) for part in french.parts] == shape
    assert french.cover.item == english.cover.item
    assert [row.item for row in french.cover.agenda] == [row.item for row in english.cover.agenda]


@pytest.mark.parametrize("symbol", WITH_TEXT)
def test_the_text_comes_back_on_numbered_pages_that_say_that_it_is_an_illustration(symbol: str) -> None:
    paper, texts = SOURCES[symbol], page_texts(paper_file(symbol))
    mark = LAYOUT.languages[paper.cover.language].mark
    assert len(texts) >= 2 or place(symbol).parent.name == "editions"
    assert [number for number, text in enumerate(texts, 1) if mark not in " ".join(text.split())] == []
    assert words(written(paper)) - words(" ".join(texts)) == Counter()
    expected = [part.number for part in paper.parts if part.kind == "numbered"]
    starts = iter(line.split(" ", 1)[0] for text in texts for line in text.splitlines())
    assert expected == [f"{number}." for number in range(1, len(expected) + 1)]
    assert [number for number in expected if number not in starts] == []
    heads = {symbol[:-1], *(f"Annex {n} to Doc. {symbol}" for n in ["I", "II", "A"])}
    heads |= {f"Annexe {n} au doc. {symbol}" for n in ("I", "II")}
    assert {text.splitlines()[0] for text in texts[1:]} <= heads


@pytest.mark.parametrize("symbol", [*WITH_TEXT, *SCANS])
def test_the_properties_say_that_it_is_an_illustration(symbol: str) -> None:
    properties = pypdfium2.PdfDocument(paper_file(symbol)).get_metadata_dict()
    paper = SOURCES[symbol]
    assert properties["Author"] == "Customs Lens project"
    assert properties["Subject"] == LAYOUT.languages[paper.cover.language].subject
    assert properties["Title"] == f"{symbol}: {paper.cover.title}"


@pytest.mark.parametrize("face", ["Regular", "Bold", "Italic"])
def test_each_face_has_a_glyph_for_every_character(face: str) -> None:
    glyphs = TTFontFile(SAMPLES / "fonts" / f"LensSerif-{face}.ttf").charToGlyph
    sources = "".join(written(paper) for paper in SOURCES.values())
    needed = set(sources + LAYOUT.model_dump_json() + "œŒ«»№’–€")
    assert {character for character in needed if ord(character) not in glyphs} == set()


@pytest.mark.parametrize("symbol", SCANS)
def test_the_scan_is_images_without_text(symbol: str) -> None:
    pdf = pypdfium2.PdfDocument(paper_file(symbol))
    assert len(pdf)
    for page in pdf:
        assert page.get_textpage().count_chars() == 0
        assert [item.type for item in page.get_objects()] == [pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]


@pytest.mark.parametrize("symbol", WORD)
def test_the_word_file_numbers_its_paragraphs_itself_and_says_that_it_is_an_illustration(symbol: str) -> None:
    document, said = docx.Document(str(paper_file(symbol))), LAYOUT.languages["en"]
    levels: dict[str, list[str]] = {"0": [], "1": []}
    for paragraph in document.paragraphs:
        for level in paragraph._p.xpath("./w:pPr/w:numPr/w:ilvl/@w:val"):
            levels[level].append(paragraph.text)
    for level, kind in (("0", "numbered"), ("1", "item")):
        assert levels[level] == [part.text for part in SOURCES[symbol].parts if part.kind == kind]
    for section in document.sections:
        for footer in (section.footer, section.first_page_footer):
            assert said.mark in [paragraph.text for paragraph in footer.paragraphs]
    properties = document.core_properties
    assert (properties.author, properties.subject) == ("Customs Lens project", said.subject)


@pytest.mark.slow
def test_making_them_twice_gives_the_same_bytes_and_the_papers_in_the_repository(made_again: tuple[Path, Path]) -> None:
    first, second = made_again
    assert files_below(first) == files_below(second)
    assert files_below(first).keys() == {place(symbol) for symbol in SOURCES}
    for symbol in [*WITH_TEXT, *SCANS]:
        assert page_texts(first / place(symbol)) == page_texts(paper_file(symbol)), symbol


@pytest.mark.slow
@pytest.mark.parametrize("symbol", WORD)
def test_making_the_word_file_again_gives_the_same_parts(symbol: str, made_again: tuple[Path, Path]) -> None:
    old, new = (zipfile.ZipFile(folder / place(symbol)) for folder in (SAMPLES, made_again[0]))
    with old, new:
        assert old.namelist() == new.namelist()
        assert old.read("word/document.xml") == new.read("word/document.xml")
