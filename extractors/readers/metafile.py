"""Extracts text from Windows metafiles: EMF and EMF+ (MS-EMF, MS-EMFPLUS) and WMF (MS-WMF), gzipped or not."""

import heapq
import math
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, islice

from extractors.readers.drawn_text import (
    ANISOTROPIC,
    BASELINE,
    USUAL_EM,
    UTF_16,
    Affine,
    Canvas,
    Context,
    Font,
    Piece,
    lines_of,
)

_MOST_BYTES = 64 << 20  # of a metafile, unpacked
_MOST_RECORDS = 200_000
_MOST_CHARACTERS = 500_000

_GZIP = b"\x1f\x8b"
_GZIP_WINDOW = 31  # zlib's number for gzip
_PLACEABLE = b"\xd7\xcd\xc6\x9a"
_PLACEABLE_SIZE, _WMF_HEADER_SIZE = 22, 18
_EMF_HEADER, _EMF_SIGNATURE, _EMF_SIGNATURE_AT = b"\x01\0\0\0", b" EMF", 40
_WMF_HEADER = re.compile(rb"[\x01\x02]\0\x09\0\0[\x01\x03]")

_GLYPHS, _OPAQUE, _CLIPPED, _NO_RECTANGLE, _SMALL, _PAIRS = 0x10, 2, 4, 0x100, 0x200, 0x2000  # ExtTextOutOptions

_EMF_RECORD_HEADER_SIZE, _COMMENT, _EMF_TEXT_SIZE = 8, 70, 40
_IDENTITY, _FIRST, _LAST, _ALONE = 1, 2, 3, 4  # ModifyWorldTransformMode: where the new transform stands

_PLUS_SIGNATURE, _PLUS_HEADER_SIZE, _PLUS_HEADER, _PLUS_DUAL = b"EMF+", 12, 0x4001, 1
_PLUS_FONT, _PLUS_POINTS, _PIXELS_PER_POINT = 6, 3, 96 / 72  # an object's type, the unit of its size
_PLUS_LAST, _PLUS_CHARACTERS, _PLUS_ADVANCE = 0x2000, 1, 4
_LINE = 1.2  # of the em, from baseline to baseline

_WMF_RECORD_HEADER_SIZE, _WMF_DELETE, _WMF_FONT = 6, 0x01F0, 0x02FB
_WMF_CREATE = frozenset({0x00F7, 0x00F8, 0x0142, 0x01F9, 0x02FA, 0x02FB, 0x02FC, 0x02FD, 0x06FE, 0x06FF})


def text_of_metafile(content: bytes) -> list[str]:
    """Return the lines that an EMF or WMF draws, from top to bottom; empty for anything else or a picture without text.

    Strings whose baselines nearly agree make a line, in the order of x; lines that run in another direction come
    after the upright ones. Damaged metafiles give what stands before the damage; nothing is raised. Read are at
    most 64 MiB, 200 000 records and 500 000 characters.
    """
    content = _unpacked(content)
    if content.startswith(_EMF_HEADER) and content[_EMF_SIGNATURE_AT:].startswith(_EMF_SIGNATURE):
        return lines_of(_drawn_by_emf(content))
    start = _PLACEABLE_SIZE if content.startswith(_PLACEABLE) else 0
    if _WMF_HEADER.match(content, start):
        return lines_of(_drawn_by_wmf(content, start + _WMF_HEADER_SIZE))
    return []


def _unpacked(content: bytes) -> bytes:
    if not content.startswith(_GZIP):
        return content[:_MOST_BYTES]
    try:
        return zlib.decompressobj(_GZIP_WINDOW).decompress(content, _MOST_BYTES)
    except zlib.error:
        return b""


def _character_limit(content: bytes) -> int:
    """Return how many characters a metafile may draw; strings that lie over each other make it no larger."""
    return min(len(content), _MOST_CHARACTERS)


def _numbers(record: memoryview, start: int, count: int, code: str) -> tuple[int, ...]:
    """Return numbers of one `struct` code, none where they are not all in the record."""
    size = struct.calcsize(code)
    if not 0 < start <= len(record) - count * size:
        return ()
    return struct.unpack_from(f"<{count}{code}", record, start)


def _drawn_by_emf(content: bytes) -> list[Piece]:
    """Return what an EMF draws: by its EMF records where they are said to be the whole picture, else by all."""
    canvas = Canvas(_character_limit(content))
    comments = []
    for kind, record in _emf_records(memoryview(content)):
        try:
            if kind == _COMMENT:
                comments.append(record)
            elif kind in _EMF_POINTS:
                canvas.set_point(_EMF_POINTS[kind], struct.unpack_from("<ii", record, 8))
            elif kind in _EMF_ACTIONS:
                _EMF_ACTIONS[kind](canvas, record)
        except struct.error:
            continue  # shorter than its kind asks for
    return canvas.pieces + _drawn_by_emf_plus(comments, Canvas(_character_limit(content)), is_drawn=bool(canvas.pieces))


def _emf_records(content: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Yield the types of the records and the records with their headers, up to the first that does not fit."""
    start = 0
    for _ in range(_MOST_RECORDS):
        if start + _EMF_RECORD_HEADER_SIZE > len(content):
            return
        kind, size = struct.unpack_from("<II", content, start)
        if not _EMF_RECORD_HEADER_SIZE <= size <= len(content) - start:
            return
        yield kind, content[start : start + size]
        start += size


def _number(record: memoryview, code: str, start: int = 0) -> int:
    """Return one number of a `struct` code; raises `struct.error` where it is not in the record."""
    (number,) = struct.unpack_from(f"<{code}", record, start)
    return int(number)


def _emf_set_world(canvas: Canvas, record: memoryview) -> None:
    canvas.change(world=Affine(*struct.unpack_from("<6f", record, 8)))


def _emf_modify_world(canvas: Canvas, record: memoryview) -> None:
    transform, world = Affine(*struct.unpack_from("<6f", record, 8)), canvas.context.world
    changed = {
        _IDENTITY: Affine(),
        _FIRST: transform.then(world),
        _LAST: world.then(transform),
        _ALONE: transform,
    }
    canvas.change(world=changed.get(_number(record, "I", 32), world))


def _emf_font(canvas: Canvas, record: memoryview) -> None:
    number, height, escapement, charset = struct.unpack_from("<Ii4xi11xB", record, 8)
    canvas.fonts[number] = Font(abs(height), charset, escapement / 10)


def _emf_text(canvas: Canvas, record: memoryview, start: int = 36, *, wide: bool = True) -> None:
    """Draw by the EmrText object that starts there."""
    x, y, count, text_start, options, advances_start = struct.unpack_from("<iiIII16xI", record, start)
    if options & _GLYPHS:
        return
    text = canvas.read_string(record, text_start, count, UTF_16 if wide else canvas.context.font.codec)
    step = 2 if options & _PAIRS else 1
    canvas.draw(text, (x, y), _numbers(record, advances_start, count * step, "i")[::step] if text else ())


def _emf_texts(canvas: Canvas, record: memoryview, *, wide: bool = True) -> None:
    end = min(40 + _number(record, "I", 36) * _EMF_TEXT_SIZE, len(record))
    for start in range(40, end, _EMF_TEXT_SIZE):
        _emf_text(canvas, record, start, wide=wide)


def _emf_small_text(canvas: Canvas, record: memoryview) -> None:
    x, y, count, options = struct.unpack_from("<iiII", record, 8)
    if options & _GLYPHS:
        return
    start = 36 if options & _NO_RECTANGLE else 52
    canvas.draw(canvas.read_string(record, start, count, "latin-1" if options & _SMALL else UTF_16), (x, y))


_EMF_POINTS = {
    9: "window_size",
    10: "window_origin",
    11: "view_size",
    12: "view_origin",
    27: "position",
    54: "position",  # the end of a line
}
_EMF_ACTIONS: dict[int, Callable[[Canvas, memoryview], None]] = {
    17: lambda canvas, record: canvas.change(mode=_number(record, "I", 8)),
    22: lambda canvas, record: canvas.change(alignment=_number(record, "I", 8)),
    33: lambda canvas, _: canvas.save(),
    34: lambda canvas, record: canvas.restore(_number(record, "i", 8)),
    35: _emf_set_world,
    36: _emf_modify_world,
    37: lambda canvas, record: canvas.select(_number(record, "I", 8)),
    40: lambda canvas, record: canvas.delete(_number(record, "I", 8)),
    82: _emf_font,
    83: partial(_emf_text, wide=False),
    84: _emf_text,
    96: partial(_emf_texts, wide=False),
    97: _emf_texts,
    108: _emf_small_text,
}


def _drawn_by_emf_plus(comments: list[memoryview], canvas: Canvas, *, is_drawn: bool) -> list[Piece]:
    """Return what the EMF+ records in comments draw; nothing if `is_drawn` and they only repeat the EMF records."""
    for kind, flags, data in islice(chain.from_iterable(map(_plus_records, comments)), _MOST_RECORDS):
        if is_drawn and kind == _PLUS_HEADER and flags & _PLUS_DUAL:
            return []
        if kind in _PLUS_ACTIONS:
            with suppress(struct.error):  # shorter than its kind asks for
                _PLUS_ACTIONS[kind](canvas, flags, data)
    return canvas.pieces


def _plus_records(comment: memoryview) -> Iterator[tuple[int, int, memoryview]]:
    """Yield the types, flags and data of the EMF+ records of a comment, up to the first that does not fit."""
    if comment[12:16] != _PLUS_SIGNATURE:
        return
    start, end = 16, min(12 + _number(comment, "I", 8), len(comment))
    while start + _PLUS_HEADER_SIZE <= end:
        kind, flags, size, data_size = struct.unpack_from("<HHII", comment, start)
        if not _PLUS_HEADER_SIZE <= size <= end - start:
            return
        yield kind, flags, comment[start + _PLUS_HEADER_SIZE : start + size][:data_size]
        start += size


def _plus_object(canvas: Canvas, flags: int, data: memoryview) -> None:
    if flags >> 8 == _PLUS_FONT:
        em, unit = struct.unpack_from("<4xfI", data)
        canvas.fonts[flags & 0xFF] = Font(em * _PIXELS_PER_POINT if unit == _PLUS_POINTS else em)


def _plus_string(canvas: Canvas, flags: int, data: memoryview) -> None:
    count, x, y = struct.unpack_from("<8xIff", data)
    text = canvas.read_string(data, 28, count, UTF_16)
    canvas.select(flags & 0xFF)
    canvas.change(alignment=0)
    for place, line in enumerate(text.splitlines()):
        canvas.draw(line, (x, y + place * _LINE * (canvas.context.font.em or USUAL_EM)))


def _plus_driver_string(canvas: Canvas, flags: int, data: memoryview) -> None:
    options, count = struct.unpack_from("<4xI4xI", data)
    if not options & _PLUS_CHARACTERS:
        return
    text = canvas.read_string(data, 16, count, UTF_16)
    canvas.select(flags & 0xFF)
    canvas.change(alignment=BASELINE)
    places = _numbers(data, 16 + count * 2, 2 if options & _PLUS_ADVANCE else 2 * len(text), "f")
    if places:
        last = places[-2] + canvas.context.font.em / 2
        canvas.draw(text, (places[0], places[1]), [last - places[0]] if len(places) > 2 else ())  # noqa: PLR2004 - one point


def _plus_restore(canvas: Canvas, flags: int, data: memoryview) -> None:  # noqa: ARG001
    canvas.restore(-1)


def _plus_set_world(canvas: Canvas, flags: int, data: memoryview) -> None:  # noqa: ARG001
    canvas.change(world=Affine(*struct.unpack_from("<6f", data)))


def _plus_change_world(canvas: Canvas, flags: int, transform: Affine) -> None:
    world = canvas.context.world
    canvas.change(world=world.then(transform) if flags & _PLUS_LAST else transform.then(world))


def _plus_multiply(canvas: Canvas, flags: int, data: memoryview) -> None:
    _plus_change_world(canvas, flags, Affine(*struct.unpack_from("<6f", data)))


def _plus_move(canvas: Canvas, flags: int, data: memoryview) -> None:
    x, y = struct.unpack_from("<ff", data)
    _plus_change_world(canvas, flags, Affine(x0=x, y0=y))


def _plus_scale(canvas: Canvas, flags: int, data: memoryview) -> None:
    x, y = struct.unpack_from("<ff", data)
    _plus_change_world(canvas, flags, Affine(xx=x, yy=y))


def _plus_turn(canvas: Canvas, flags: int, data: memoryview) -> None:
    angle = math.radians(struct.unpack_from("<f", data)[0])
    if math.isfinite(angle):
        cosine, sine = math.cos(angle), math.sin(angle)
        _plus_change_world(canvas, flags, Affine(cosine, sine, -sine, cosine))


_PLUS_ACTIONS: dict[int, Callable[[Canvas, int, memoryview], None]] = {
    0x4008: _plus_object,
    0x401C: _plus_string,
    0x4025: lambda canvas, _flags, _data: canvas.save(),
    0x4026: _plus_restore,
    0x4027: lambda canvas, _flags, _data: canvas.save(),  # a container is left as a saved state is
    0x4028: lambda canvas, _flags, _data: canvas.save(),
    0x4029: _plus_restore,
    0x402A: _plus_set_world,
    0x402B: lambda canvas, _flags, _data: canvas.change(world=Affine()),
    0x402C: _plus_multiply,
    0x402D: _plus_move,
    0x402E: _plus_scale,
    0x402F: _plus_turn,
    0x4036: _plus_driver_string,
}


def _drawn_by_wmf(content: bytes, start: int) -> list[Piece]:
    """Return what the records from a place on draw."""
    canvas = Canvas(_character_limit(content), Context(mode=ANISOTROPIC))  # what shows a WMF fits it into a frame
    slots = _Slots()
    for kind, data in _wmf_records(memoryview(content), start):
        try:
            if kind in _WMF_POINTS:
                y, x = struct.unpack_from("<hh", data)
                canvas.set_point(_WMF_POINTS[kind], (x, y))
            elif kind in _WMF_CREATE:
                _wmf_create(canvas, slots, kind, data)
            elif kind == _WMF_DELETE:
                (slot,) = struct.unpack_from("<H", data)
                slots.release(slot)
                canvas.delete(slot)
            elif kind in _WMF_ACTIONS:
                _WMF_ACTIONS[kind](canvas, data)
        except struct.error:
            continue  # shorter than its kind asks for
    return canvas.pieces


def _wmf_records(content: memoryview, start: int) -> Iterator[tuple[int, memoryview]]:
    """Yield the functions of the records and what follows their headers, up to the first that does not fit."""
    for _ in range(_MOST_RECORDS):
        if start + _WMF_RECORD_HEADER_SIZE > len(content):
            return
        words, kind = struct.unpack_from("<IH", content, start)
        if not _WMF_RECORD_HEADER_SIZE <= 2 * words <= len(content) - start:
            return
        yield kind, content[start + _WMF_RECORD_HEADER_SIZE : start + 2 * words]
        start += 2 * words


@dataclass(slots=True)
class _Slots:
    """The numbers of objects of a WMF: a new one takes the lowest that is free."""

    used: set[int] = field(default_factory=set)
    free: list[int] = field(default_factory=list)  # a heap

    def take(self) -> int:
        slot = heapq.heappop(self.free) if self.free else len(self.used)
        self.used.add(slot)
        return slot

    def release(self, slot: int) -> None:
        if slot in self.used:
            self.used.remove(slot)
            heapq.heappush(self.free, slot)


def _wmf_create(canvas: Canvas, slots: _Slots, kind: int, data: memoryview) -> None:
    slot = slots.take()
    if kind == _WMF_FONT:
        height, escapement, charset = struct.unpack_from("<h2xh7xB", data)
        canvas.fonts[slot] = Font(abs(height), charset, escapement / 10)


def _wmf_text(canvas: Canvas, data: memoryview) -> None:
    (count,) = struct.unpack_from("<H", data)
    y, x = struct.unpack_from("<hh", data, 2 + count + count % 2)
    canvas.draw(canvas.read_string(data, 2, count, canvas.context.font.codec), (x, y))


def _wmf_extended_text(canvas: Canvas, data: memoryview) -> None:
    y, x, count, options = struct.unpack_from("<hhHH", data)
    if options & _GLYPHS:
        return
    start = 16 if options & (_OPAQUE | _CLIPPED) else 8
    text = canvas.read_string(data, start, count, canvas.context.font.codec)
    step = 2 if options & _PAIRS else 1
    canvas.draw(text, (x, y), _numbers(data, start + count + count % 2, count * step, "h")[::step])


_WMF_POINTS = {
    0x020B: "window_origin",
    0x020C: "window_size",
    0x020D: "view_origin",
    0x020E: "view_size",
    0x0213: "position",  # the end of a line
    0x0214: "position",
}
_WMF_ACTIONS: dict[int, Callable[[Canvas, memoryview], None]] = {
    0x001E: lambda canvas, _: canvas.save(),
    0x0103: lambda canvas, data: canvas.change(mode=_number(data, "H")),
    0x0127: lambda canvas, data: canvas.restore(_number(data, "h")),
    0x012D: lambda canvas, data: canvas.select(_number(data, "H")),
    0x012E: lambda canvas, data: canvas.change(alignment=_number(data, "H")),
    0x0521: _wmf_text,
    0x0A32: _wmf_extended_text,
}
