"""Hostile markup, RTF, pictures and plain text: entity bombs, elements and groups a million deep, claimed pixels."""

import struct
import zlib
from collections.abc import Callable
from functools import partial

from benchmarks.hostile.bombs import zlib_stream

_MIB = 1 << 20
_DEPTH = 1_000_000
_RUN = 10_000  # characters
_SENTENCE = "The Committee took note of the report on the single window and of paragraph {} of it.\n"


RUNS = (
    *(
        "a",
        "A",
        "1",
        ".",
        "?",
        "-",
        " ",
        "\t",
        "(",
        "“",
        "’",
        "/",
        "1.",
        "A.",
        "a-",
        "A1/",
        "1. ",
        "a, ",
        "(a) ",
        "the ",
    ),
    *("12-", "…", "\u0301", "中", "12th ", "1 January ", "www.a", "a@a."),
)
"""What a run repeats: where a pattern can begin at each place and has to go through all the rest each time."""


def laughs(_: float) -> tuple[str, str]:
    """Return the declaration of ten entities, each ten times the one before, and the use of the last."""
    grown = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 11))
    return f'<!DOCTYPE x [<!ENTITY a0 "customs">{grown}]>', "&a10;"


def quadratic(share: float) -> tuple[str, str]:
    """Return the declaration of an entity of 100,000 letters and 30,000 uses of it."""
    count = max(100, int(30_000 * share))
    return f'<!DOCTYPE x [<!ENTITY a "{"a" * 100_000}">]>', "&a;" * count


def external_entity(_: float) -> tuple[str, str]:
    """Return the declaration of entities that stand for other files and addresses, and their use."""
    names = {"a": "file:///etc/passwd", "b": "file:///dev/zero", "c": "http://127.0.0.1:9/x", "d": "/etc/hostname"}
    declared = "".join(f'<!ENTITY {name} SYSTEM "{uri}">' for name, uri in names.items())
    outer = '<!ENTITY % outer SYSTEM "file:///etc/passwd">%outer;'
    return f"<!DOCTYPE x [{declared}{outer}]>", "".join(f"&{name};" for name in names)


def treaty(share: float, *, entities: Callable[[float], tuple[str, str]]) -> bytes:
    """Return a treaty in XML that uses entities."""
    declared, use = entities(share)
    declared = declared.replace("<!DOCTYPE x ", "<!DOCTYPE treaty ")
    article = f'<article number="1" name="Scope">{use}</article>'
    return f'<?xml version="1.0"?>{declared}<treaty><body>{article}</body></treaty>'.encode()


def page(share: float, *, entities: Callable[[float], tuple[str, str]], declaration: str = "") -> bytes:
    """Return a web page that uses entities; with an XML declaration it is XHTML."""
    declared, use = entities(share)
    declared = declared.replace("<!DOCTYPE x ", "<!DOCTYPE html ")
    return (
        f'{declaration}{declared}<html xmlns="http://www.w3.org/1999/xhtml"><body><p>{use}</p></body></html>'.encode()
    )


def deep_page(share: float, *, element: str) -> bytes:
    """Return a web page with a million elements inside each other."""
    return b"<html><body>" + f"<{element}>".encode() * int(_DEPTH * share) + b"words</body></html>"


def deep_treaty(share: float) -> bytes:
    """Return a treaty with a million divisions inside each other."""
    depth = int(_DEPTH * share)
    return b'<?xml version="1.0"?><treaty><body>' + b"<a>" * depth + b"words" + b"</a>" * depth + b"</body></treaty>"


def wide_table(share: float) -> bytes:
    """Return a web page with a table whose cells each span a thousand columns and as many rows."""
    cell = '<td colspan="1000" rowspan="65534">1</td>'
    return f"<html><body><table>{f'<tr>{cell * 50}</tr>' * int(2_000 * share)}</table></body></html>".encode()


def deep_groups(share: float) -> bytes:
    """Return RTF with a million groups inside each other."""
    depth = int(_DEPTH * share)
    return b"{\\rtf1 " + b"{\\b " * depth + b"words" + b"}" * depth + b"}"


def many_groups(share: float) -> bytes:
    """Return RTF with a million empty groups after each other."""
    return b"{\\rtf1 " + b"{\\b x}" * int(_DEPTH * share) + b"\\par}"


def png(share: float) -> bytes:
    """Return a PNG of 3.6 billion white dots, packed."""
    side = max(20_000, int(60_000 * share))
    row = -(-side // 8) + 1
    head = struct.pack(">2I5B", side, side, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib_stream(b"\0", row * side)), (b"IEND", b""))
    parts = (
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _tiff(tags: list[tuple[int, int, int]], following: int, data: bytes = b"") -> bytes:
    entries = b"".join(struct.pack("<HHII", tag, 4, count, value) for tag, count, value in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + struct.pack("<I", following) + data


def tiff(_: float) -> bytes:
    """Return a TIFF that claims 16 billion dots."""
    side = 126_000
    return _tiff([(256, 1, side), (257, 1, side), (258, 1, 1), (259, 1, 1), (262, 1, 1), (273, 1, 8), (279, 1, 8)], 0)


def looping_tiff(_: float) -> bytes:
    """Return a TIFF whose first page is followed by its first page."""
    return _tiff([(256, 1, 8), (257, 1, 8), (258, 1, 1), (259, 1, 1), (262, 1, 1), (273, 1, 8), (279, 1, 8)], 8)


def many_frames(share: float) -> bytes:
    """Return a TIFF of 100,000 pages of one dot."""
    tags = [(256, 1, 1), (257, 1, 1), (258, 1, 1), (259, 1, 1), (262, 1, 1), (273, 1, 8), (279, 1, 1)]
    entries = b"".join(struct.pack("<HHII", tag, 4, count, value) for tag, count, value in tags)
    size = 2 + len(entries) + 4
    count = max(3_000, int(100_000 * share))
    places = (8 + size * (place + 1) for place in range(count))
    pages = (struct.pack("<H", len(tags)) + entries + struct.pack("<I", place) for place in places)
    return b"II*\0" + struct.pack("<I", 8) + b"".join(pages)[:-4] + struct.pack("<I", 0)


def long_text(share: float) -> bytes:
    """Return plain text of 100 MiB."""
    count = int(100 * share) * _MIB // len(_SENTENCE)
    return "".join(map(_SENTENCE.format, range(count))).encode()


def long_runs(_: float) -> bytes:
    """Return lines of 10,000 characters, each a run of one thing, and runs of blanks between such runs."""
    runs = [(run * _RUN)[:_RUN] for run in RUNS]
    return "\n".join((*runs, *(f"{run}{' ' * _RUN}z" for run in runs[:6]))).encode()


def one_line(share: float) -> bytes:
    """Return plain text of 100 MiB in a single line without a blank."""
    return b"a" * (int(100 * share) * _MIB)


_ENTITIES = {"laughs": laughs, "quadratic": quadratic, "external": external_entity}
_XML = '<?xml version="1.0"?>'

MAKERS: dict[str, Callable[[float], bytes]] = {
    **{f"{name}.xml": partial(treaty, entities=entities) for name, entities in _ENTITIES.items()},
    **{f"{name}.html": partial(page, entities=entities) for name, entities in _ENTITIES.items()},
    **{f"{name}.xhtml": partial(page, entities=entities, declaration=_XML) for name, entities in _ENTITIES.items()},
    "deep-divisions.html": partial(deep_page, element="div"),
    "deep-tables.html": partial(deep_page, element="table><tr><td"),
    "deep-words.html": partial(deep_page, element="b"),
    "deep.xml": deep_treaty,
    "wide-table.html": wide_table,
    "deep-groups.rtf": deep_groups,
    "many-groups.rtf": many_groups,
    "bomb.png": png,
    "claimed-dots.tif": tiff,
    "looping.tif": looping_tiff,
    "many-frames.tif": many_frames,
    "long.txt": long_text,
    "one-line.txt": one_line,
    "long-runs.txt": long_runs,
}
