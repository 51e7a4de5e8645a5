"""Bytes that unpack to far more than they are, made without ever holding what they unpack to."""

import struct
import zlib
from dataclasses import dataclass

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Deflated:
    """Raw deflate data (RFC 1951) with the size and the CRC-32 of what they unpack to."""

    packed: bytes
    size: int
    crc: int


def deflated(piece: bytes, size: int) -> Deflated:
    """Return a piece repeated to `size` bytes; a block that is flushed whole may be repeated packed."""
    block = piece * max(1, min(size, _BLOCK) // len(piece))
    times, rest = divmod(size, len(block))
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    packed = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    last = packer.compress(block[:rest]) + packer.flush()
    crc = 0
    for _ in range(times):
        crc = zlib.crc32(block, crc)
    return Deflated(packed * times + last, size, zlib.crc32(block[:rest], crc))


def zlib_stream(piece: bytes, size: int) -> bytes:
    """Return a zlib stream (RFC 1950) of a piece repeated to `size` bytes, with the right checksum."""
    adler = zlib.adler32(b"")
    block = piece * max(1, min(size, _BLOCK) // len(piece))
    for start in range(0, size, len(block)):
        adler = zlib.adler32(block[: min(len(block), size - start)], adler)
    return b"\x78\xda" + deflated(piece, size).packed + struct.pack(">I", adler)
