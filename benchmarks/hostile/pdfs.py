"""Hostile PDFs: forms that call each other, pages that unpack to gigabytes, structures that loop, torn files."""

import random
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.hostile.bombs import zlib_stream
from benchmarks.hostile.texts import RUNS
from tests.extractors.readers.rawpdf import Flate, one_page, raw_pdf, stream

_MIB = 1 << 20
_SAMPLE = Path(__file__).parents[2] / "samples" / "papers" / "HC9001E1a.pdf"
_FORM = b"/Type/XObject/Subtype/Form/BBox[0 0 600 800]"
_SEEDS = 5
_FLIPS = 300


def _packed(piece: bytes, size: int) -> Flate:
    return Flate(zlib_stream(piece, size))


def self_calling_form(_: float) -> bytes:
    """Return a form that draws itself twice."""
    again = stream(b"/X Do /X Do", _FORM + b"/Resources<</XObject<</X 6 0 R>>>>")
    return one_page(b"/X Do /X Do", resources=b"/XObject<</X 6 0 R>>", more=(again,))


def nested_forms(share: float) -> bytes:
    """Return forms that draw the next one six times each, 20 deep."""
    depth = max(8, int(20 * share))
    forms = [
        stream(b"/X Do " * 6, _FORM + b"/Resources<</XObject<</X %d 0 R>>>>" % (7 + place)) for place in range(depth)
    ]
    return one_page(b"/X Do", resources=b"/XObject<</X 6 0 R>>", more=(*forms, stream(b"BT ET", _FORM)))


def many_paths(share: float) -> bytes:
    """Return a page of 400,000 lines from anywhere to anywhere."""
    dice = random.Random(1)
    path = b"%d %d m %d %d l S\n"
    return one_page(b"".join(path % tuple(dice.randrange(600) for _ in range(4)) for _ in range(int(400_000 * share))))


def fine_grid(share: float) -> bytes:
    """Return a page ruled at every third of a point: a table of millions of cells."""
    rule = b"0 %d m 600 %d l S %d 0 m %d 800 l S\n"
    step = 0.2 / share
    lines = (rule.replace(b"%d", b"%.2f") % ((place * step,) * 4) for place in range(int(600 / step)))
    return one_page(b"".join(lines))


def many_operators(share: float) -> bytes:
    """Return a page of 300 MiB of operators that draw nothing."""
    return one_page(_packed(b"q Q ", int(300 * share) * _MIB))


def many_blanks(share: float) -> bytes:
    """Return a page of 1.5 GiB of blanks."""
    return one_page(_packed(b" ", int(1536 * share) * _MIB))


def many_characters(share: float) -> bytes:
    """Return a page of 3 million characters."""
    show = b"(" + b"a" * 50 + b") Tj "
    return one_page(b"BT /F1 1 Tf " + show * int(60_000 * share) + b"ET")


def many_words_on_many_pages(share: float) -> bytes:
    """Return a thousand pages that share one content of 100,000 characters: 100 million characters in a small file."""
    count = max(10, int(1000 * share))
    kids = b" ".join(b"%d 0 R" % (5 + place) for place in range(count))
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 3 0 R/Resources<</Font<</F1 4 0 R>>>>>>"
    line = b"1 0 0 1 10 %d Tm (" + b"customs declarations " * 12 + b") Tj "
    content = b"BT /F1 2 Tf " + b"".join(line % (790 - 2 * place) for place in range(390)) + b"ET"
    return raw_pdf(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[" + kids + b"]/Count %d>>" % count,
            stream(content),
            b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
            *(page for _ in range(count)),
        ]
    )


def long_lines(share: float) -> bytes:
    """Return a page of lines of 5,000 characters, each a run of one thing."""
    length = max(500, int(5_000 * share))
    lines = [(run * length)[:length].encode("cp1252").hex() for run in RUNS if _is_western(run)]
    shown = "".join(f"1 0 0 1 9 {780 - 20 * place} Tm <{line}> Tj " for place, line in enumerate(lines))
    return one_page(b"BT /F1 .5 Tf " + shown.encode() + b"ET")


def _is_western(text: str) -> bool:
    return text == text.encode("cp1252", "replace").decode("cp1252")


def looping_page_tree(_: float) -> bytes:
    """Return a page tree that holds itself and claims a million pages."""
    return raw_pdf([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 1000000>>"])


def deep_arrays(share: float) -> bytes:
    """Return 200,000 arrays inside each other."""
    depth = int(200_000 * share)
    catalogue = b"<</Type/Catalog/Pages 2 0 R/X " + b"[" * depth + b"]" * depth + b">>"
    return raw_pdf([catalogue, b"<</Type/Pages/Kids[]/Count 0>>"])


def giant_page(_: float) -> bytes:
    """Return a page of 5 × 5 metres with nothing but a line on it, so that it looks like a picture."""
    return one_page(b"0 0 m 14400 14400 l S", page=b"/MediaBox[0 0 14400 14400]")


def attached_bomb(share: float) -> bytes:
    """Return a page with a file of 1.5 GiB of blanks attached."""
    names = b"/Names<</EmbeddedFiles<</Names[(blanks.txt) 3 0 R]>>>>"
    attached = b"<</Type/Filespec/F(blanks.txt)/UF(blanks.txt)/EF<</F 4 0 R>>>>"
    blanks = stream(_packed(b" ", int(1536 * share) * _MIB), b"/Type/EmbeddedFile/Params<</Size 9>>")
    pages = b"<</Type/Pages/Kids[]/Count 0>>"
    return raw_pdf([b"<</Type/Catalog/Pages 2 0 R" + names + b">>", pages, attached, blanks])


def page_without_area(_: float) -> bytes:
    """Return a page without width with a line on it."""
    return one_page(b"0 0 m 9 9 l S", page=b"/CropBox[0 0 0 800]")


def huge_image(share: float) -> bytes:
    """Return a page that shows an image of 1.6 billion dots, which is packed into a few megabytes."""
    side = max(2_000, int(40_000 * share))
    image = b"/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 8" % (side, side)
    drawn = stream(_packed(b"\x7f", side * side), image)
    return one_page(b"600 0 0 800 0 0 cm /X Do", resources=b"/XObject<</X 6 0 R>>", more=(drawn,))


def html(_: float) -> bytes:
    """Return a web page under the name of a PDF."""
    return b"<!DOCTYPE html><html><body><p>The paper that you asked for was not found.</p></body></html>"


def empty(_: float) -> bytes:
    """Return no bytes."""
    return b""


def truncated(_: float, *, left: float) -> bytes:
    """Return the first part of a sound paper."""
    data = _SAMPLE.read_bytes()
    return data[: int(left * len(data))]


def flipped(_: float, *, seed: int) -> bytes:
    """Return a paper in which some bytes are others."""
    dice, data = random.Random(seed), bytearray(_SAMPLE.read_bytes())
    for _ in range(_FLIPS):
        data[dice.randrange(len(data))] = dice.randrange(256)
    return bytes(data)


MAKERS: dict[str, Callable[[float], bytes]] = {
    "self-calling-form.pdf": self_calling_form,
    "nested-forms.pdf": nested_forms,
    "many-paths.pdf": many_paths,
    "fine-grid.pdf": fine_grid,
    "many-operators.pdf": many_operators,
    "many-blanks.pdf": many_blanks,
    "many-characters.pdf": many_characters,
    "many-words-on-many-pages.pdf": many_words_on_many_pages,
    "long-lines.pdf": long_lines,
    "looping-page-tree.pdf": looping_page_tree,
    "deep-arrays.pdf": deep_arrays,
    "giant-page.pdf": giant_page,
    "attached-bomb.pdf": attached_bomb,
    "page-without-area.pdf": page_without_area,
    "huge-image.pdf": huge_image,
    "html.pdf": html,
    "empty.pdf": empty,
    "half.pdf": partial(truncated, left=0.5),
    "without-its-end.pdf": partial(truncated, left=0.95),
    **{f"flipped-{seed}.pdf": partial(flipped, seed=seed) for seed in range(_SEEDS)},
}
