"""PDFs written object by object, and the job that a child process does in these tests."""

import zlib
from pathlib import Path

from configs.settings import ReadingLimits
from extractors.readers import read


def read_as_json(path: str, limits: ReadingLimits) -> bytes:
    """Read a file, as a child process does."""
    return read(Path(path), limits=limits).model_dump_json().encode()


def raw_pdf(objects: list[bytes]) -> bytes:
    """A PDF of numbered objects, the first the catalogue."""
    out, offsets = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    table += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, len(out))
    return out + table + trailer


class Flate(bytes):
    """Bytes that are compressed already."""


def stream(data: bytes, extra: bytes = b"") -> bytes:
    """A compressed stream object."""
    packed = data if isinstance(data, Flate) else zlib.compress(data, 9)
    return b"<<" + extra + b"/Filter/FlateDecode/Length %d>>stream\n" % len(packed) + packed + b"\nendstream"


def one_page(
    content: bytes, *, fonts: bytes = b"", resources: bytes = b"", page: bytes = b"", more: tuple[bytes, ...] = ()
) -> bytes:
    """A PDF of one page of 600 × 800 points with Helvetica as /F1; `more` are objects from number 6 on."""
    return raw_pdf(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]"
            + page
            + b"/Contents 4 0 R/Resources<</Font<</F1 5 0 R"
            + fonts
            + b">>"
            + resources
            + b">>>>",
            stream(content),
            b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
            *more,
        ]
    )
