"""Hostile PDFs, small copies of what was met in the wild: each ends in a status, within its limits."""

import random
import time

import pytest

from configs.settings import OcrSettings, ReadingLimits
from extractors.document import Reading
from extractors.isolation import run_isolated
from tests.extractors.readers.rawpdf import one_page, raw_pdf, read_as_json, stream

LIMITS = ReadingLimits(
    memory_mib=256, cpu_seconds=1, wall_seconds=8, objects_per_page=2_000, ocr=OcrSettings(enabled="off")
)

FORM = b"/Type/XObject/Subtype/Form/BBox[0 0 600 800]"


def self_calling_form() -> bytes:
    again = stream(b"/X Do /X Do", FORM + b"/Resources<</XObject<</X 6 0 R>>>>")
    return one_page(b"/X Do /X Do", resources=b"/XObject<</X 6 0 R>>", more=(again,))


def nested_forms(depth: int = 12) -> bytes:
    forms = [
        stream(b"/X Do " * 6, FORM + b"/Resources<</XObject<</X %d 0 R>>>>" % (7 + place)) for place in range(depth)
    ]
    return one_page(b"/X Do", resources=b"/XObject<</X 6 0 R>>", more=(*forms, stream(b"BT ET", FORM)))


def many_paths(count: int = 60_000) -> bytes:
    dice = random.Random(1)
    path = b"%d %d m %d %d l S\n"
    return one_page(b"".join(path % tuple(dice.randrange(600) for _ in range(4)) for _ in range(count)))


def many_characters() -> bytes:
    return one_page(b"BT /F1 1 Tf " + (b"(" + b"a" * 50 + b") Tj ") * 60_000 + b"ET")


def many_blanks() -> bytes:
    return one_page(b" " * (200 << 20))


def looping_page_tree() -> bytes:
    return raw_pdf([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 1000000>>"])


def deep_arrays() -> bytes:
    return raw_pdf(
        [
            b"<</Type/Catalog/Pages 2 0 R/X " + b"[" * 100_000 + b"]" * 100_000 + b">>",
            b"<</Type/Pages/Kids[]/Count 0>>",
        ]
    )


def fine_grid() -> bytes:
    rule = b"0 %d m 600 %d l S %d 0 m %d 800 l S\n"
    return one_page(b"".join(rule % ((place,) * 4) for place in range(0, 1500, 3)))


def flipped_bits() -> bytes:
    dice, data = random.Random(2), bytearray(one_page(b"BT /F1 12 Tf 72 700 Td (Some words) Tj ET" * 50))
    for _ in range(60):
        data[dice.randrange(len(data))] = dice.randrange(256)
    return bytes(data)


@pytest.mark.parametrize(
    "make",
    [
        self_calling_form,
        nested_forms,
        many_paths,
        many_characters,
        many_blanks,
        looping_page_tree,
        deep_arrays,
        fine_grid,
        flipped_bits,
    ],
    ids=lambda make: make.__name__,
)
def test_ends_in_a_status_within_its_limits(make, tmp_path):
    path = tmp_path / "hostile.pdf"
    path.write_bytes(make())
    began = time.monotonic()
    outcome = run_isolated(read_as_json, str(path), LIMITS, limits=LIMITS)
    took = time.monotonic() - began
    assert took < LIMITS.wall_seconds + 2
    if outcome.value is None:
        assert outcome.status in ("timeout", "crashed", "too_large")
        assert outcome.message
    else:
        reading = Reading.model_validate_json(outcome.value)
        assert reading.status in ("read", "empty", "malformed", "needs_ocr")
        assert reading.blocks or reading.warnings
