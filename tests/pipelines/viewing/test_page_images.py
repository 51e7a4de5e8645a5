import io
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from threading import Event

import pytest
from PIL import Image

from configs.settings import load_settings
from configs.system.errors import UnavailableError, UsageError
from extractors.page_renderer import PageImageError
from pipelines.storage.opening import open_storage
from pipelines.viewing import page_images
from pipelines.viewing.page_images import PageImages
from tests.pipelines.viewing.conftest import NOBODY, RESTRICTED, SECRET


def image(png):
    return Image.open(io.BytesIO(png))


def test_a_page_is_drawn_at_the_width_asked_for(images, shown):
    page = shown("PC9001E1a").pages[1]
    drawn = image(images.png("PC9001E1a", 2, width=700, access_classes=NOBODY))
    assert drawn.width == 700
    assert drawn.height == pytest.approx(700 * page.height / page.width, abs=1)


def test_the_ink_of_a_page_is_where_its_passages_are(images, shown):
    document = shown("PC9001E1a")
    drawn = image(images.png(document.id, 2, width=1190, access_classes=NOBODY)).convert("L")
    scale = 1190 / document.pages[1].width
    places = [(place.box, passage.text) for passage in document.passages for place in passage.boxes if place.page == 2]
    assert places
    for box, text in places:
        inside = drawn.crop(tuple(round(side * scale) for side in box))
        assert inside.getextrema()[0] < 128, text


def test_a_passage_is_marked_on_each_page_that_it_covers(images, shown):
    document = shown("PC9001E1a")
    passage = next(one for one in document.passages if len(one.pages) == 2)
    for number in (1, 2, 3):
        drawn = image(images.png(document.id, number, width=595, highlight=passage.id, access_classes=NOBODY))
        places = [place.box for place in passage.boxes if place.page == number]
        assert (drawn.mode == "RGB") == bool(places)
        for x0, top, _, _ in places:
            assert drawn.getpixel((round(x0) + 1, round(top) + 1))[2] < 200
            assert drawn.getpixel((round(x0) - 4, round(top) - 4)) == (255, 255, 255)


def test_a_passage_of_another_document_is_not_marked(images, shown):
    document = shown("PC9001E1a")
    plain = images.png(document.id, 1, access_classes=NOBODY)
    for other in (shown("PC9001F1a").passages[3].id, "x", f"{document.id}-999", f"{document.id}-\udcff"):
        assert images.png(document.id, 1, highlight=other, access_classes=NOBODY) == plain


def test_a_restricted_paper_is_unknown_to_who_lacks_the_class(images):
    name = SECRET.removesuffix(".pdf")
    with pytest.raises(UsageError, match="no document"):
        images.png(name, 1, access_classes=NOBODY)
    assert images.png(name, 1, access_classes=RESTRICTED)
    with pytest.raises(UsageError, match="no document"):  # also when its picture is in memory
        images.png(name, 1, access_classes=NOBODY)


def test_a_paper_is_unlocked_by_the_password_of_its_sidecar(images):
    assert images.png("SC9001E1a", 1, access_classes=NOBODY)


@pytest.mark.parametrize(
    ("name", "page", "error", "words"),
    [
        ("PC9002E1a", 1, UsageError, r"PC9002E1a\.docx: only PDF"),
        ("PC9001E1a", 4, UsageError, "pages 1 to 3"),
        ("SC9001F1a", 1, PageImageError, r"SC9001F1a\.pdf.*'passwords' in settings\.yaml"),
    ],
)
def test_what_cannot_be_shown_says_why(images, name, page, error, words):
    with pytest.raises(error, match=words):
        images.png(name, page, access_classes=NOBODY)


def test_a_paper_is_unlocked_by_a_password_of_the_settings(viewed, service):
    settings = load_settings(viewed.home, encoder=viewed.encoder, passwords=["other", "typed once"])
    with PageImages(settings, service, processes=1) as images:
        assert images.png("SC9001F1a", 1, access_classes=NOBODY)


def test_a_home_without_the_file_says_how_to_get_it(viewed, service, images, shown, tmp_path):
    document = shown("PC9004E1a")
    blob = open_storage(viewed).blobs().local_path(document.sha256)
    away = blob.rename(tmp_path / "away")
    try:
        with pytest.raises(UnavailableError, match=r"PC9004E1a\.pdf: the original file is not in this home"):
            images.png("PC9004E1a", 1, access_classes=NOBODY)
    finally:
        away.rename(blob)
    assert images.png("PC9004E1a", 1, access_classes=NOBODY)


def test_a_page_that_could_not_be_drawn_in_time_is_not_tried_again_at_once(images, monkeypatch):
    asked = []

    def never(*_, **__):
        asked.append(1)
        raise PageImageError("timeout", "page 1 cannot be drawn: it took too long")

    monkeypatch.setattr(images._renderer, "png", never)
    for _ in range(3):
        with pytest.raises(PageImageError, match=r"PC9001E1a\.pdf: page 1 cannot be drawn"):
            images.png("PC9001E1a", 1, access_classes=NOBODY)
    assert asked == [1]


def test_a_page_that_failed_is_not_tried_again_a_little_narrower(images, monkeypatch, shown):
    asked = []

    def never(*_, width, **__):
        asked.append(width)
        raise PageImageError("timeout", "page 1 cannot be drawn: it took too long")

    monkeypatch.setattr(images._renderer, "png", never)
    passage = next(one for one in shown("PC9001E1a").passages if 1 in one.pages)
    for width in (1800, *range(1799, 100, -13), 1800):
        for mark in (None, passage.id):
            with pytest.raises(PageImageError):
                images.png("PC9001E1a", 1, width=width, highlight=mark, access_classes=NOBODY)
    assert len(asked) < 6
    assert asked[0] == 1800


@pytest.fixture
def slow(viewed, service, monkeypatch):
    """Pictures whose first page takes until the test lets it be done."""
    done = Event()
    with PageImages(viewed, service) as opened:
        draw = opened._renderer.png

        def slowly(path, number, **more):
            if number == 1:
                assert done.wait(60)
            return draw(path, number, **more)

        monkeypatch.setattr(opened._renderer, "png", slowly)
        yield opened, done
        done.set()


def test_one_client_keeps_one_process_busy_and_others_draw(slow):
    images, done = slow

    def draw(page, width, client):
        return images.png("PC9001E1a", page, width=width, access_classes=NOBODY, client=client)

    with ThreadPoolExecutor(4) as pool:
        try:
            greedy = [pool.submit(draw, 1, width, "greedy") for width in (300, 310, 320)]
            assert image(pool.submit(draw, 2, 300, "other").result(60)).width == 300
            assert not any(one.done() for one in greedy)
        finally:
            done.set()
        assert [image(one.result(60)).width for one in greedy] == [300, 310, 320]


def test_a_client_waits_for_so_many_pages_and_no_longer(slow, monkeypatch):
    images, done = slow
    monkeypatch.setattr(page_images, "_MOST_WAITING", 1)

    def draw(width):
        return images.png("PC9001E1a", 1, width=width, access_classes=NOBODY, client="greedy")

    with ThreadPoolExecutor(3) as pool:
        try:
            asked = [pool.submit(draw, width) for width in (300, 310, 320)]
            finished, _ = wait(asked, 60, return_when=FIRST_COMPLETED)
            (refused,) = finished
            with pytest.raises(UnavailableError, match=r"being drawn for you already.*ask again"):
                refused.result()
            monkeypatch.setattr(page_images, "_WAIT_SECONDS", 0.1)
            monkeypatch.setattr(page_images, "_MOST_WAITING", 2)
            with pytest.raises(UnavailableError, match="being drawn for you already"):
                draw(330)
        finally:
            done.set()


def test_threads_get_the_pages_that_they_asked_for(images):
    asked = [(name, page) for name in ("PC9001E1a", "PC9001F1a") for page in (1, 2, 3)]

    def draw(one):
        return images.png(one[0], one[1], width=200, access_classes=NOBODY)

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(draw, asked * 4))
    assert found == [draw(one) for one in asked] * 4
    assert len(set(found)) == len(asked)
