import pytest
from PIL import Image

from extractors.readers import picture, read


@pytest.fixture
def scan(tmp_path, limits):
    def go(name, size=(600, 900), pages=1, **options):
        images = [Image.new("L", size) for _ in range(pages)]
        more = {"save_all": True, "append_images": images[1:]} if pages > 1 else {}
        images[0].save(tmp_path / name, **more, **options)
        return read(tmp_path / name, limits=limits)

    return go


@pytest.mark.parametrize(("name", "kind"), [("a.png", "image/png"), ("a.jpg", "image/jpeg"), ("a.tif", "image/tiff")])
def test_a_picture_is_a_scanned_page_in_points(scan, name, kind):
    reading = scan(name, dpi=(150, 150))
    (page,) = reading.pages
    assert (reading.media_type, reading.status, page.status) == (kind, "needs_ocr", "needs_ocr")
    assert page.width == pytest.approx(288, abs=0.1)
    assert page.height == pytest.approx(432, abs=0.1)
    assert "OCR" in reading.warnings[0]


@pytest.mark.parametrize("options", [{}, {"dpi": (1, 1)}])
def test_a_scan_that_does_not_say_has_300_dots_per_inch(scan, options):
    (page,) = scan("a.png", **options).pages
    assert (page.width, page.height) == (144, 216)


def test_a_tiff_may_have_many_pages(scan):
    assert [page.number for page in scan("a.tif", pages=3, dpi=(300, 300)).pages] == [1, 2, 3]


def test_a_tiff_of_too_many_pages_is_refused(scan, monkeypatch):
    monkeypatch.setattr(picture, "_MAX_PAGES", 2)
    assert scan("a.tif", pages=2).status == "needs_ocr"
    assert scan("a.tif", pages=3).status == "too_large"


def test_a_photograph_with_a_preview_behind_it_is_one_page(tmp_path, limits):
    images = [Image.new("L", (600, 900)), Image.new("L", (60, 90))]
    images[0].save(tmp_path / "a.jpg", format="MPO", save_all=True, append_images=images[1:])
    reading = read(tmp_path / "a.jpg", limits=limits)
    assert (reading.media_type, reading.status, len(reading.pages)) == ("image/jpeg", "needs_ocr", 1)


def test_a_turned_photograph_is_shown_upright(scan):
    exif = Image.Exif()
    exif[0x0112] = 6
    (page,) = scan("a.jpg", dpi=(300, 300), exif=exif).pages
    assert (page.width, page.height, page.rotation) == (216, 144, 90)


def test_a_page_of_too_many_pixels_is_refused(scan, monkeypatch):
    monkeypatch.setattr(picture, "_MAX_PIXELS", 1000)
    assert scan("a.png").status == "too_large"


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n", b"II*\x00\x08\x00\x00\x00", b"\xff\xd8\xff\xe0" + bytes(50)])
def test_a_broken_picture_is_malformed(read_bytes, data):
    assert read_bytes(data, "a.bin").status == "malformed"
