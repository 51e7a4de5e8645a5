"""Reads PowerPoint 97 to 2003: the texts of slides in order, with notes, from the records of the file ([MS-PPT]).

Tables are read as lines, a cell a line; what is embedded is not read.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any

from configs.settings import ReadingLimits
from extractors.document import Page, Reading
from extractors.media import PPT
from extractors.readers.ole_properties import ole_properties
from extractors.readers.ooxml.graphics import embedded_warnings
from extractors.readers.reading_builder import ReadingBuilder
from extractors.readers.unreadable import UnreadableError
from extractors.text.numbering import split_bullet, split_number

_DOCUMENT_STREAM, _USER_STREAM = "PowerPoint Document", "Current User"
_BESIDE_95 = "PP97_DUALSTORAGE/"  # where a file that PowerPoint 95 opens, too, has what later ones read
_PLAIN, _LOCKED = 0xE391C05F, 0xF3D1C4DF  # headerToken of the Current User stream
_HEADER = struct.Struct("<HHI")  # version and instance, type, size
_CONTAINER = 0xF  # version of a record that holds others
_MAX_DEPTH = 32  # of records in records
_MAX_EDITS = 10_000  # times that a file was saved
_POINTS = 72 / 576  # of a master unit

# types of records
_DOCUMENT_ATOM, _SLIDE_ATOM, _USER_EDIT, _PLACES = 0x03E9, 0x03EF, 0x0FF5, 0x1772
_LIST, _LISTED, _REFERENCE = 0x0FF0, 0x03F3, 0x0F9E
_OBJECTS, _EMBEDDED = 0x0409, 0x0FCC
_TEXT_KIND, _TEXT_WIDE, _TEXT_WESTERN = 0x0F9F, 0x0FA0, 0x0FA8
_SLIDES, _NOTES = 0, 2  # instances of a list of slides
_TITLES = (0, 6)  # kinds of text: title, title in the middle
_RUNNING = "*"  # stands in the place of a slide's number or day
_DAMAGED = "the PowerPoint file is damaged"
_REMEDY = "open it in PowerPoint and save it as .pptx"


@dataclass(frozen=True, slots=True)
class _Record:
    kind: int
    instance: int
    content: bytes
    holds_others: bool


@dataclass(frozen=True, slots=True)
class _Text:
    """A text and what it is for ([MS-PPT] 2.13.33), -1 where that is not said."""

    kind: int
    text: str


@dataclass(slots=True)
class _Listed:
    """A slide in the list of slides or of notes: where it is, its own number, the texts that the list has of it."""

    place: int
    number: int
    texts: list[_Text] = field(default_factory=list)


def read(path: Path, *, passwords: Sequence[str], limits: ReadingLimits) -> Reading:  # noqa: ARG001
    """Return the slides of a PowerPoint file of before 2007 as pages with their blocks.

    Raises `UnreadableError`: `encrypted` for one with a password, which is not taken off, `unsupported` for one of
    PowerPoint 95, `malformed` where it is damaged.
    """
    import olefile

    try:
        with olefile.OleFileIO(BytesIO(path.read_bytes())) as ole:
            return _read(ole)
    except (struct.error, OSError, IndexError, KeyError, ValueError) as error:
        raise UnreadableError("malformed", f"{_DAMAGED}: {error}", _REMEDY) from error


def _read(ole: Any) -> Reading:  # noqa: ANN401 - olefile has no types
    deck = _Deck(*_streams(ole))
    builder = ReadingBuilder()
    pages = []
    for number, slide in enumerate(deck.slides, start=1):
        pages.append(Page(number=number, width=deck.width, height=deck.height))
        for text in deck.texts(slide):
            _add(text, builder, number)
    builder.warnings += embedded_warnings(0, deck.embedded)
    bare = bool(pages) and not builder.blocks
    if bare:
        builder.warnings.append("there is no text on its slides, which may be pictures: save it as PDF")
    return builder.reading(PPT, pages=pages, properties=ole_properties(ole), status="needs_ocr" if bare else None)


def _streams(ole: Any) -> tuple[bytes, int]:  # noqa: ANN401
    """Return the records of the file and the place of its last edit."""
    folder = _BESIDE_95 if ole.exists(_BESIDE_95 + _DOCUMENT_STREAM) else ""
    user = ole.openstream(folder + _USER_STREAM).read()
    token = struct.unpack_from("<I", user.ljust(16, b"\0"), 12)[0]
    if token == _LOCKED:
        message = "this PowerPoint file is locked with a password"
        raise UnreadableError("encrypted", message, "open it in PowerPoint and save it as .pptx without one")
    if token != _PLAIN:
        raise UnreadableError("unsupported", "a file of PowerPoint 95, or a damaged one", _REMEDY)
    return ole.openstream(folder + _DOCUMENT_STREAM).read(), struct.unpack_from("<I", user, 16)[0]


def _add(text: _Text, builder: ReadingBuilder, page: int) -> None:
    lines = [" ".join(line.split()) for line in text.text.split("\r")]
    if text.kind in _TITLES:
        builder.block("heading", " ".join(filter(None, lines)), level=1, page=page)
        return
    for line in lines:
        number, rest = split_number(line)
        bullet = split_bullet(line) if number is None else None
        if bullet is not None:
            builder.block("item", bullet, level=1, page=page)
        elif line != _RUNNING:
            builder.block("paragraph", rest, number=number, page=page)


class _Deck:
    """The newest state of a presentation: a fast save of PowerPoint only appends what changed."""

    def __init__(self, stream: bytes, last_edit: int) -> None:
        self._stream = stream
        self._places: dict[int, int] = {}
        document = self._edits(last_edit)
        parts = list(_children(self._record_at(document)))
        size = next((part.content for part in parts if part.kind == _DOCUMENT_ATOM), b"")
        self.width, self.height = (round(side * _POINTS, 2) for side in struct.unpack_from("<2i", size))
        self.slides = self._listed(parts, _SLIDES)
        self.embedded = sum(one.kind == _EMBEDDED for part in parts if part.kind == _OBJECTS for one in _children(part))
        self._notes = {notes.number: notes for notes in self._listed(parts, _NOTES)}

    def texts(self, slide: _Listed) -> Iterator[_Text]:
        """Yield the title of a slide, its other texts in the order of its shapes, then those of its notes."""
        record = self._record_at(slide.place)
        yield from sorted(_texts(record, slide.texts), key=lambda text: text.kind not in _TITLES)
        atom = next((part.content for part in _children(record) if part.kind == _SLIDE_ATOM), b"")
        notes = self._notes.get(struct.unpack_from("<I", atom, 16)[0]) if atom else None
        if notes is not None:
            yield from _texts(self._record_at(notes.place), notes.texts)

    def _edits(self, at: int) -> int:
        """Collect the offsets of stored objects from the newest edit back to the first; return that of the document."""
        document = None
        for _ in range(_MAX_EDITS):
            edit = _record(self._stream, at)
            if edit.kind != _USER_EDIT:
                raise UnreadableError("malformed", f"{_DAMAGED}: the list of its parts is lost", _REMEDY)
            before, places, first = struct.unpack_from("<3I", edit.content, 8)
            self._add_offsets(_record(self._stream, places).content)
            document = first if document is None else document
            if not before or before >= at:  # the edit before lies before
                break
            at = before
        return document or 0

    def _add_offsets(self, content: bytes) -> None:
        at = 0
        while at + 4 <= len(content):
            (word,) = struct.unpack_from("<I", content, at)
            first, count = word & 0xFFFFF, word >> 20
            for shift, place in enumerate(struct.unpack_from(f"<{count}I", content, at + 4)):
                self._places.setdefault(first + shift, place)
            at += 4 + 4 * count

    def _record_at(self, place: int) -> _Record:
        return _record(self._stream, self._places[place])

    def _listed(self, parts: Sequence[_Record], instance: int) -> list[_Listed]:
        listed: list[_Listed] = []
        for part in parts:
            if part.kind != _LIST or part.instance != instance:
                continue
            kind = -1
            for record in _children(part):
                if record.kind == _LISTED:
                    place, _, _, number = struct.unpack_from("<4I", record.content)
                    listed.append(_Listed(place, number))
                elif record.kind == _TEXT_KIND:
                    (kind,) = struct.unpack_from("<I", record.content)
                    listed[-1].texts.append(_Text(kind, ""))
                elif (text := _text(record)) is not None:
                    listed[-1].texts[-1] = _Text(kind, text)
        return listed


def _texts(record: _Record, listed: Sequence[_Text], depth: int = 0) -> Iterator[_Text]:
    """Yield the texts in a slide; some stand in the list of slides, and the slide has their places there."""
    kind = -1
    for part in _children(record):
        if part.kind == _TEXT_KIND:
            (kind,) = struct.unpack_from("<I", part.content)
        elif part.kind == _REFERENCE:
            (place,) = struct.unpack_from("<I", part.content)
            yield from islice(listed, place, place + 1)
        elif (text := _text(part)) is not None:
            yield _Text(kind, text)
        elif part.holds_others and depth < _MAX_DEPTH:
            yield from _texts(part, listed, depth + 1)


def _text(record: _Record) -> str | None:
    if record.kind == _TEXT_WIDE:
        return record.content.decode("utf-16-le", "replace").replace("\v", "\r")
    if record.kind == _TEXT_WESTERN:
        return record.content.decode("latin-1").replace("\v", "\r")
    return None


def _children(record: _Record) -> Iterator[_Record]:
    at = 0
    while record.holds_others and at + _HEADER.size <= len(record.content):
        child = _record(record.content, at)
        yield child
        at += _HEADER.size + len(child.content)


def _record(content: bytes, at: int) -> _Record:
    """Return the record at a place; raises `struct.error` where it is cut off."""
    version, kind, size = _HEADER.unpack_from(content, at)
    start = at + _HEADER.size
    if start + size > len(content):
        raise struct.error("a record is cut off")
    return _Record(kind, version >> 4, content[start : start + size], version & 0xF == _CONTAINER)
