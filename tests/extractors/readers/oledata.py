"""A writer of small compound files (MS-CFB, version 3), for tests of what Outlook writes."""

import struct
from itertools import pairwise

SECTOR = 512
FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def compound(tree: dict) -> bytes:
    """Return a compound file; a tree holds bytes (streams) and trees (storages) by name."""
    entries = [["Root Entry", 5, FREE, FREE, FREE, None]]
    _add(tree, 0, entries)
    sectors: list[bytes] = []
    chains: list[int] = []

    def store(content: bytes) -> int:
        first = len(sectors)
        count = max(1, -(-len(content) // SECTOR))
        padded = content.ljust(count * SECTOR, b"\0")
        for at in range(count):
            sectors.append(padded[at * SECTOR : (at + 1) * SECTOR])
            chains.append(len(sectors) if at < count - 1 else END)
        return first

    directory = b""
    for name, kind, left, right, child, content in entries:
        start, size = FREE, 0
        if kind == 2:
            padded = content.ljust(4096, b"\0")  # shorter streams would lie in mini sectors
            start, size = store(padded), len(padded)
        coded = name.encode("utf-16-le")
        directory += coded.ljust(64, b"\0") + struct.pack("<HBB3I", len(coded) + 2, kind, 1, left, right, child)
        directory += bytes(36) + struct.pack("<IQ", END if kind == 5 else start, size)
    first_directory = store(directory)
    tables = 1
    while tables * 128 < len(sectors) + tables:
        tables += 1
    first_table = len(sectors)
    fat = chains + [FAT] * tables
    fat += [FREE] * (tables * 128 - len(fat))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<5H", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<9I", 0, tables, first_directory, 0, 4096, END, 0, END, 0)
    places = [first_table + at for at in range(tables)]
    head += struct.pack("<109I", *places, *[FREE] * (109 - tables))
    return head + b"".join(sectors) + struct.pack(f"<{len(fat)}I", *fat)


def _add(tree: dict, parent: int, entries: list) -> None:
    places = []
    for name, content in tree.items():
        places.append(len(entries))
        is_stream = isinstance(content, bytes)
        entries.append([name, 2 if is_stream else 1, FREE, FREE, FREE, content if is_stream else None])
        if not is_stream:
            _add(content, places[-1], entries)
    # a tree of siblings in their order; unbalanced is allowed
    places.sort(key=lambda place: (len(entries[place][0]), entries[place][0].upper()))
    entries[parent][4] = places[0] if places else FREE
    for place, following in pairwise(places):
        entries[place][3] = following
