import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.scanned import HEIGHT, TEXTS, WIDTH, character_error, scanned_page
from configs.settings import OcrSettings, ReadingLimits
from configs.system.progress import steps_told_to
from extractors.document import Document
from extractors.ocr import Picture, recognise, why_not
from extractors.ocr.recogniser import Recogniser
from extractors.reading import read_document
from tests.conftest import missing

SETTINGS = OcrSettings()
MOST_WRONG = 0.04  # of the characters


@pytest.fixture
def installed():
    import importlib.util

    from extractors.ocr.installed import has_orientation, languages

    if importlib.util.find_spec("tesserocr") is None:
        missing("tesserocr is not installed")
    if languages(SETTINGS) != SETTINGS.languages or not has_orientation(SETTINGS):
        missing("Tesseract's data for eng, fra, spa, rus and osd are not installed")


def understood(path: Path, **ocr) -> Document:
    limits = ReadingLimits(ocr=OcrSettings(**ocr))
    return read_document(path, source=path.as_uri(), sha256="0" * 64, limits=limits)


def scan(path: Path, *pictures) -> Path:
    from PIL import Image

    first, *others = map(Image.fromarray, pictures)
    first.save(path, "PDF", resolution=300, save_all=True, append_images=others)
    return path


@pytest.mark.ocr
@pytest.mark.parametrize("language", TEXTS)
def test_a_noisy_page_is_read_in_its_language(installed, language):
    grey, truth = scanned_page(language, paragraphs=2)
    found = recognise(Picture(grey, 300), SETTINGS)
    assert found.languages[0] == language
    assert character_error(" ".join(line.text for line in found.lines), truth) <= MOST_WRONG
    assert found.confidence > 80


@pytest.mark.ocr
@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_page_is_read_and_its_boxes_stay_on_the_page_as_shown(installed, turn):
    grey, truth = scanned_page("eng", paragraphs=2, turn=turn)
    found = recognise(Picture(grey, 300), SETTINGS)
    assert found.turn == turn
    assert character_error(" ".join(line.text for line in found.lines), truth) <= MOST_WRONG
    width, height = (WIDTH, HEIGHT) if turn == 180 else (HEIGHT, WIDTH)
    x0, top, x1, bottom = found.lines[0].words[0].box
    assert 0 <= x0 < x1 <= width
    assert 0 <= top < bottom <= height
    first_word = {90: (width - 1.5 * 72, 72), 180: (width - 72, height - 72), 270: (72, height - 72)}[turn]
    assert abs((x0 + x1) / 2 - first_word[0]) < 40
    assert abs((top + bottom) / 2 - first_word[1]) < 40


@pytest.mark.ocr
def test_a_page_that_is_legible_as_it_lies_is_not_turned_whatever_its_orientation_is_taken_for(installed, monkeypatch):
    monkeypatch.setattr(Recogniser, "_orientation", lambda *_: (180, "Cyrillic"))
    found = recognise(Picture(scanned_page("eng", paragraphs=2)[0], 300), SETTINGS)
    assert (found.turn, found.languages) == (0, ("eng",))
    assert found.confidence > 80


@pytest.mark.ocr
def test_the_ink_lies_in_the_boxes_of_the_words(installed):
    grey, _ = scanned_page("fra", paragraphs=2, noise=0)
    outside = grey.copy()
    for line in recognise(Picture(grey, 300), SETTINGS).lines:
        for word in line.words:
            x0, top, x1, bottom = (round(edge * 300 / 72) for edge in word.box)
            assert (grey[top:bottom, x0:x1] < 128).mean() > 0.05
            outside[top - 3 : bottom + 3, x0 - 3 : x1 + 3] = 255
    assert (outside < 128).sum() < 0.02 * (grey < 128).sum()


@pytest.mark.ocr
def test_the_sample_scan_becomes_text_with_symbol_title_and_numbers(installed, samples):
    document = understood(samples / "papers" / "HC9002E1a.pdf")
    assert document.status == "read"
    assert {page.status for page in document.pages} == {"ocr"}
    assert document.symbol is not None
    assert (document.symbol.raw, document.body) == ("HC9002E1a", "cbc")
    assert {"4.", "9.", "10.", "11."} <= {block.number for block in document.blocks}
    assert "Eight offices had no computer" in document.text
    assert any("mean confidence" in warning for warning in document.warnings)


@pytest.mark.ocr
def test_every_block_of_a_scan_lies_on_its_page(installed, tmp_path):
    document = understood(scan(tmp_path / "turned.pdf", scanned_page("spa", paragraphs=1, turn=90)[0]))
    page = document.pages[0]
    assert page.status == "ocr"
    for block in document.blocks:
        assert block.box is not None
        x0, top, x1, bottom = block.box
        assert 0 <= x0 < x1 <= page.width
        assert 0 <= top < bottom <= page.height


@pytest.mark.ocr
def test_a_page_on_which_nothing_is_legible_still_needs_ocr(installed, tmp_path):
    noise = np.random.default_rng(5).integers(180, 255, (1200, 900)).astype(np.uint8)
    document = understood(scan(tmp_path / "noise.pdf", noise))
    assert (document.status, document.pages[0].status) == ("needs_ocr", "needs_ocr")


@pytest.mark.ocr
def test_a_text_in_letters_of_no_installed_language_is_not_guessed_at(installed, tmp_path):
    grey, _ = scanned_page("eng", paragraphs=2)
    document = understood(scan(tmp_path / "mirrored.pdf", np.ascontiguousarray(grey[:, ::-1])))
    assert (document.status, document.blocks) == ("needs_ocr", ())
    assert any("not legible in the languages" in warning for warning in document.warnings)


@pytest.mark.ocr
def test_each_page_is_a_step(installed, tmp_path):
    page, _ = scanned_page("eng", paragraphs=1)
    steps = []
    with steps_told_to(lambda: steps.append(1)):
        understood(scan(tmp_path / "three.pdf", page, page, page))
    assert len(steps) == 2 + 3  # both readings began, and the second went on by pages


@pytest.mark.ocr
def test_no_more_pages_than_allowed_are_recognised(installed, tmp_path):
    page, _ = scanned_page("eng", paragraphs=1)
    document = understood(scan(tmp_path / "two.pdf", page, page), pages=1)
    assert [page.status for page in document.pages] == ["ocr", "needs_ocr"]
    assert any("first 1 pages" in warning for warning in document.warnings)


@pytest.mark.ocr
def test_broken_language_data_leave_the_scan_listed_with_the_reason(installed, samples, tmp_path):
    (tmp_path / "eng.traineddata").write_bytes(b"broken")
    document = understood(samples / "papers" / "HC9002E1a.pdf", data=tmp_path)
    assert document.status == "needs_ocr"
    assert any("text recognition failed" in warning for warning in document.warnings)


def test_without_recognition_a_scan_says_how_to_get_it(samples):
    document = understood(samples / "papers" / "HC9002E1a.pdf", enabled="off")
    assert (document.status, {page.status for page in document.pages}) == ("needs_ocr", {"needs_ocr"})
    assert any("reading.ocr.enabled" in warning for warning in document.warnings)


def test_without_the_extra_the_reason_names_the_packages_to_install():
    code = (
        "import sys; from importlib.machinery import PathFinder\n"
        "class Without(PathFinder):\n"
        "    @classmethod\n"
        "    def find_spec(cls, name, *rest, **more):\n"
        "        return None if name == 'tesserocr' else super().find_spec(name, *rest, **more)\n"
        "sys.meta_path[:] = [Without if finder is PathFinder else finder for finder in sys.meta_path]\n"
        "from configs.settings import OcrSettings; from extractors.ocr import why_not\n"
        "print(why_not(OcrSettings()))"
    )
    checkout = Path(__file__).parents[2]
    said = subprocess.run([sys.executable, "-c", code], cwd=checkout, capture_output=True, text=True, check=True).stdout
    assert "pip install 'tesserocr>=2.7'" in said
    assert "apt-get install tesseract-ocr" in said


def test_without_language_data_the_reason_names_the_languages(tmp_path):
    reason = why_not(OcrSettings(data=tmp_path))
    assert reason is not None
    assert "tesser" in reason.lower()
    assert "apt-get install" in reason


def test_a_bare_off_in_yaml_turns_recognition_off():
    assert OcrSettings.model_validate({"enabled": False}).enabled == "off"
