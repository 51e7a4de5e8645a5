"""A writer of small XLS files (MS-XLS, BIFF8), plain or locked with a password by RC4 (MS-OFFCRYPTO 2.3.6)."""

import struct
from collections.abc import Mapping
from hashlib import md5
from io import BytesIO
from types import MappingProxyType

from msoffcrypto.method.rc4 import DocumentRC4

from tests.extractors.readers import oledata

BOF, EOF, BOUNDSHEET, LABEL, NUMBER, FILEPASS = 0x0809, 0x000A, 0x0085, 0x0204, 0x0203, 0x002F
FORMAT, XF, OBJ, TXO, CONTINUE, NOTE = 0x041E, 0x00E0, 0x005D, 0x01B6, 0x003C, 0x001C
FILLER = 0x08C8
SALT = bytes(range(16))


Places = Mapping[tuple[int, int], str]


def workbook(
    name: str,
    rows: list[list[str | float]],
    password: str | None = None,
    formats: Places = MappingProxyType({}),
    comments: Places = MappingProxyType({}),
) -> bytes:
    """Return an XLS with one sheet; number formats and comments by row and column from 0."""
    globals_ = [(BOF, struct.pack("<HHHHII", 0x0600, 5, 0, 0, 0, 0x0600))]
    if password is not None:
        globals_.append((FILEPASS, _file_pass(password)))
    codes = dict(enumerate(dict.fromkeys(formats.values()), start=164))  # the first number that is free
    globals_ += [(FORMAT, struct.pack("<HHB", key, len(code), 0) + code.encode("ascii")) for key, code in codes.items()]
    globals_ += [(XF, struct.pack("<HHH14x", 0, key, 0)) for key in (0, *codes)]
    styles = {code: place for place, code in enumerate(codes.values(), start=1)}
    at = sum(4 + len(data) for _, data in globals_) + 4 + 8 + len(name) + 4
    globals_.append((BOUNDSHEET, struct.pack("<IBBBB", at, 0, 0, len(name), 0) + name.encode("ascii")))
    globals_.append((EOF, b""))
    sheet = [(BOF, struct.pack("<HHHHII", 0x0600, 0x10, 0, 0, 0, 0x0600))]
    for row, values in enumerate(rows):
        for column, value in enumerate(values):
            place = struct.pack("<HHH", row, column, styles.get(formats.get((row, column), ""), 0))
            if isinstance(value, str):
                text = value.encode("ascii")
                sheet.append((LABEL, place + struct.pack("<HB", len(text), 0) + text))
            else:
                sheet.append((NUMBER, place + struct.pack("<d", value)))
    for key, ((row, column), text) in enumerate(comments.items(), start=1):
        sheet.append((OBJ, struct.pack("<HHHHH12xHH", 0x15, 18, 0x19, key, 0, 0, 0)))
        sheet.append((TXO, struct.pack("<HH6xHHH", 0, 0, len(text), 0, 0)))
        sheet.append((CONTINUE, b"\0" + text.encode("ascii")))
        sheet.append((NOTE, struct.pack("<HHHHHB", row, column, 0, key, 4, 0) + b"Anna" + b"\0"))
    size = sum(4 + len(data) for _, data in globals_ + sheet)
    sheet += [(FILLER, bytes(4096 - size - 8)), (EOF, b"")]  # a shorter stream would be padded with half a record
    records = globals_ + sheet
    stream = b"".join(struct.pack("<HH", kind, len(data)) + data for kind, data in records)
    if password is not None:
        stream = _locked(stream, records, password)
    return oledata.compound({"Workbook": stream})


def _file_pass(password: str) -> bytes:
    verifier = bytes(reversed(range(16)))
    sealed = _rc4(verifier + md5(verifier).digest(), password)
    return struct.pack("<HHH", 1, 1, 1) + SALT + sealed


def _locked(stream: bytes, records: list[tuple[int, bytes]], password: str) -> bytes:
    """Return the stream with the data of its records sealed, as far as they may be."""
    sealed = bytearray(_rc4(stream, password))
    at = 0
    for kind, data in records:
        open_to = at + 4 + {BOF: len(data), FILEPASS: len(data), BOUNDSHEET: 4}.get(kind, 0)
        sealed[at:open_to] = stream[at:open_to]
        at += 4 + len(data)
    return bytes(sealed)


def _rc4(data: bytes, password: str) -> bytes:
    """Seal or open bytes: with this cipher the two are one."""
    return DocumentRC4.decrypt(password, SALT, BytesIO(data), blocksize=1024).read()
