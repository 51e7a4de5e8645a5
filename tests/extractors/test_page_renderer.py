import io
from concurrent.futures import ThreadPoolExecutor

import pikepdf
import pytest
from PIL import Image

from configs.settings import OcrSettings, ReadingLimits
from configs.system.errors import UsageError
from extractors.page_renderer import PageImageError, PageRenderer
from extractors.readers import read
from tests.extractors.readers.rawpdf import one_page, stream

LIMITS = ReadingLimits(memory_mib=512, cpu_seconds=10, wall_seconds=20, ocr=OcrSettings(enabled="off"))
TEXT = b"BT /F1 24 Tf 120 300 Td (HHHHHH) Tj ET"
RED = b"1 0 0 rg 100 100 50 50 re f"
LEVELS = 9


@pytest.fixture(scope="module")
def renderer():
    with_children = PageRenderer(LIMITS)
    yield with_children
    with_children.close()


@pytest.fixture
def pdf(tmp_path):
    """Write bytes into a file."""

    def go(data, name="paper.pdf"):
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return go


@pytest.fixture
def endless(pdf):
    """A page that draws a form that draws ten forms that draw ten forms …: years of work in two kilobytes."""
    last = 6 + LEVELS
    forms = [
        stream(b"/X Do " * 10, b"/Type/XObject/Subtype/Form/BBox[0 0 600 800]/Resources<</XObject<</X %d 0 R>>>>" % to)
        for to in range(7, last + 1)
    ]
    bottom = stream(b"0 0 600 800 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 600 800]")
    return pdf(one_page(b"/X Do " * 10, resources=b"/XObject<</X 6 0 R>>", more=(*forms, bottom)), "endless.pdf")


def image(png):
    return Image.open(io.BytesIO(png))


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("crop", [None, (40, 60, 500, 700)])
def test_the_boxes_of_a_document_fit_the_picture(renderer, pdf, rotation, crop):
    page = b"/Rotate %d" % rotation + (b"/CropBox[%d %d %d %d]" % crop if crop else b"")
    path = pdf(one_page(TEXT, page=page))
    reading = read(path, limits=LIMITS)
    drawn = image(renderer.png(path, 1, width=900)).convert("L")
    scale = 900 / reading.pages[0].width
    assert drawn.width == 900
    assert drawn.height == pytest.approx(reading.pages[0].height * scale, abs=1)
    x0, top, x1, bottom = (side * scale for side in reading.blocks[0].box)
    ink = drawn.point(lambda shade: 255 if shade < 128 else 0).getbbox()
    assert x0 - 3 <= ink[0] < ink[2] <= x1 + 3
    assert top - 3 <= ink[1] < ink[3] <= bottom + 3


def test_a_page_without_colour_is_grey_and_one_with_colour_keeps_it(renderer, pdf):
    assert image(renderer.png(pdf(one_page(TEXT), "grey.pdf"), 1, width=600)).mode == "L"
    red = image(renderer.png(pdf(one_page(RED), "red.pdf"), 1, width=600))
    assert red.mode == "RGB"
    assert red.getpixel((125, 800 - 125)) == (255, 0, 0)


def test_a_marked_box_has_a_yellow_ground_and_black_stays_black(renderer, pdf):
    path = pdf(one_page(b"0 g 100 100 50 50 re f"))
    drawn = image(
        renderer.png(path, 1, width=600, marked=[(90, 640, 310, 710), (590, 790, 900, 900), (700, 0, 800, 9)])
    )
    assert drawn.getpixel((125, 800 - 125)) == (0, 0, 0)
    red, green, blue = drawn.getpixel((200, 800 - 125))
    assert red == 255
    assert blue < green < red
    assert drawn.getpixel((400, 800 - 125)) == (255, 255, 255)
    assert drawn.getpixel((599, 799)) == (red, green, blue)


def test_annotations_are_drawn(renderer, pdf):
    look = stream(RED, b"/Type/XObject/Subtype/Form/BBox[0 0 600 800]")
    stamp = b"<</Type/Annot/Subtype/Stamp/Rect[0 0 600 800]/AP<</N 6 0 R>>>>"
    path = pdf(one_page(b"", page=b"/Annots[7 0 R]", more=(look, stamp)))
    assert image(renderer.png(path, 1, width=600)).getpixel((125, 800 - 125)) == (255, 0, 0)


def test_a_page_that_is_not_there_is_refused_with_the_number_of_pages(renderer, pdf):
    path = pdf(one_page(TEXT))
    for number in (0, 2, 10**9):
        with pytest.raises(UsageError, match=r"pages 1 to 1"):
            renderer.png(path, number, width=900)


@pytest.mark.parametrize("width", [0, -1, 15, 4001, 10**9])
def test_an_impossible_width_is_refused(renderer, pdf, width):
    with pytest.raises(UsageError, match="16 to 4000"):
        renderer.png(pdf(one_page(TEXT)), 1, width=width)


def test_a_page_as_long_as_a_road_is_drawn_narrower(renderer, pdf):
    path = pdf(one_page(TEXT).replace(b"[0 0 600 800]", b"[0 0 10 14000]"))
    drawn = image(renderer.png(path, 1, width=900))
    assert drawn.width < 900
    assert drawn.width * drawn.height <= 16_100_000


@pytest.mark.parametrize("size", [b"1 100000", b"100000 1", b"3 14000", b"0.01 14000"])
def test_no_side_of_a_picture_is_endless(renderer, pdf, size):
    path = pdf(one_page(TEXT).replace(b"[0 0 600 800]", b"[0 0 %s]" % size))
    drawn = image(renderer.png(path, 1, width=1800))
    assert 1 <= drawn.width <= 1800
    assert 1 <= drawn.height <= 16_384


def test_a_page_that_never_ends_is_stopped_and_the_next_one_is_drawn(endless, pdf):
    path = pdf(one_page(TEXT))
    # A fast machine draws so much in that time that a smaller limit of memory would end it first.
    limits = LIMITS.model_copy(update={"wall_seconds": 5.0, "memory_mib": 4096})
    renderer = PageRenderer(limits, processes=1)
    try:
        renderer.png(path, 1, width=900)
        with pytest.raises(PageImageError, match="5 seconds") as raised:
            renderer.png(endless, 1, width=900)
        assert raised.value.status == "timeout"
        assert image(renderer.png(path, 1, width=900)).width == 900
    finally:
        renderer.close()


def test_others_draw_while_a_hostile_page_is_busy(endless, pdf):
    path = pdf(one_page(TEXT))
    renderer = PageRenderer(LIMITS.model_copy(update={"wall_seconds": 10.0}))
    try:
        for _ in range(2):
            renderer.png(path, 1, width=300)
        with ThreadPoolExecutor(1) as pool:
            hostile = pool.submit(renderer.png, endless, 1, width=900)
            for _ in range(3):
                renderer.png(path, 1, width=300)
            assert not hostile.done()
            assert isinstance(hostile.exception(), PageImageError)
    finally:
        renderer.close()


def test_what_is_no_pdf_is_named_as_malformed(renderer, pdf):
    with pytest.raises(PageImageError, match="not a PDF") as raised:
        renderer.png(pdf(b"no PDF at all"), 1, width=900)
    assert raised.value.status == "malformed"


def test_a_locked_pdf_is_drawn_with_its_password_alone(renderer, pdf, tmp_path):
    locked = tmp_path / "locked.pdf"
    with pikepdf.open(pdf(one_page(TEXT))) as document:
        document.save(locked, encryption=pikepdf.Encryption(owner="owner", user="sésame"))
    for passwords in ((), ("other",)):
        with pytest.raises(PageImageError) as raised:
            renderer.png(locked, 1, width=900, passwords=passwords)
        assert raised.value.status == "encrypted"
    assert image(renderer.png(locked, 1, width=900, passwords=("other", "sésame"))).width == 900


def test_a_damaged_pdf_is_drawn_as_it_is_read(renderer, pdf):
    whole = one_page(TEXT)
    damaged = pdf(whole.replace(b"/Type/Pages/Kids[3 0 R]/Count 1", b"/Type/Pages/Kids[9 0 R]/Count 1"))
    reading_has_pages = any(page.status != "failed" for page in read(damaged, limits=LIMITS).pages)
    try:
        renderer.png(damaged, 1, width=900)
    except (PageImageError, UsageError):
        assert not reading_has_pages
    else:
        assert reading_has_pages


def test_many_threads_get_the_pictures_that_one_gets(renderer, samples):
    papers = sorted((samples / "papers").glob("*.pdf"))[:6]
    asked = [(paper, 1, width) for paper in papers for width in (200, 300)]

    def draw(one):
        path, number, width = one
        return renderer.png(path, number, width=width)

    alone = list(map(draw, asked))
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(draw, asked * 3)) == alone * 3


@pytest.mark.slow
@pytest.mark.corpus
def test_the_first_page_of_each_awkward_papers_is_drawn_or_refused(renderer, corpus):
    drawn = 0
    for path in sorted((corpus / "awkward").glob("*/*.pdf")):
        try:
            drawn += image(renderer.png(path, 1, width=400)).width > 0
        except (PageImageError, UsageError):
            continue
    assert drawn > 50
