"""Hostile ZIP archives: bombs of every kind, names that lead out of the folder, and descriptions that explode."""

import io
import stat
import struct
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from benchmarks.hostile.bombs import Deflated, deflated

_MIB = 1 << 20
_UTF8 = 0x0800  # bit of the flags: names are in UTF-8
_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_DEFLATE, _LZMA = 8, 14
_DAY = 0x0021  # 1 January 1980, as MS-DOS writes it
_REGULAR = stat.S_IFREG | 0o644
_NAMES = (
    *("../../../../hostile-traversal.txt", "a/../../../hostile-traversal.txt", "..\\..\\hostile-traversal.txt"),
    *("/tmp/hostile-absolute.txt", "//tmp/hostile-absolute.txt", "C:\\hostile.txt", "\\\\server\\share\\hostile.txt"),
    *("file:///tmp/hostile-absolute.txt", "zip://x::file:///etc/passwd", "CON", "nul.txt", "~/hostile.txt", "-rf"),
    *("a\x1b[2J.txt", "line\nbreak.txt", "\u202etxt.exe", "\ud7ff\ufffe.txt", "$(touch hostile).txt", "`id`.txt", " "),
    *("x" * 60_000 + ".txt", "/".join(["deep"] * 5_000) + ".txt", "same.txt", "same.txt", "SAME.TXT"),
)
_PAPER = "Members lodge declarations through the single window of {}. The Committee took note."


@dataclass(frozen=True, slots=True)
class Entry:
    """A member as its two headers describe it; `claimed` is the size that they give, else the true one."""

    name: bytes
    content: Deflated
    method: int = _DEFLATE
    mode: int = _REGULAR
    claimed: int | None = None

    def fields(self) -> tuple[int, ...]:
        """Return what both headers hold between version and lengths."""
        size = self.content.size if self.claimed is None else self.claimed
        return _UTF8, self.method, 0, _DAY, self.content.crc, len(self.content.packed), size


def archive(entries: Iterable[Entry], *, listed: int = 1) -> bytes:
    """Return an archive; its directory lists each entry so many times."""
    data, directory = bytearray(), bytearray()
    count = 0
    for entry in entries:
        place = len(data)
        version, name = 20, entry.name
        data += _LOCAL.pack(b"PK\3\4", version, *entry.fields(), len(name), 0) + name + entry.content.packed
        rest = (len(name), 0, 0, 0, 0, entry.mode << 16, place)
        directory += (_CENTRAL.pack(b"PK\1\2", 0x0314, version, *entry.fields(), *rest) + name) * listed
        count += listed
    return bytes(data + directory) + _END.pack(b"PK\5\6", 0, 0, count, count, len(directory), len(data), 0)


def _padded(size: int) -> Deflated:
    """Return words among so many blanks that they pack 150 times, as no bomb does."""
    words = " ".join(f"{number * 7919 % 9973:x}" for number in range(1, 1400)).encode()
    return deflated(words + b" " * (150 * len(words)), size)


def _text(place: object) -> Deflated:
    text = _PAPER.format(place).encode()
    return deflated(text, len(text))


def high_ratio(share: float) -> bytes:
    """Return a member that unpacks to 2 GiB of zeros."""
    return archive([Entry(b"zeros.txt", deflated(b"\0", int(2048 * share) * _MIB))])


def ratio_in_bounds(share: float) -> bytes:
    """Return five members of 400 MiB whose ratio is one that texts may have."""
    return archive([Entry(b"%d.txt" % place, _padded(int(400 * share) * _MIB)) for place in range(5)])


def overlapping(share: float) -> bytes:
    """Return a directory of 9,000 members that are all the same 16 MiB."""
    return archive([Entry(b"same.txt", _padded(16 * _MIB))], listed=max(100, int(9_000 * share)))


def nested(share: float) -> bytes:
    """Return ten archives in each of ten archives and so on, six deep, zeros at the bottom."""
    data = archive([Entry(b"zeros.txt", deflated(b"\0", 100 * _MIB))])
    for _ in range(max(3, int(6 * share))):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
            for place in range(10):
                package.writestr(f"{place}.zip", data)
        data = buffer.getvalue()
    return data


def many_members(share: float) -> bytes:
    """Return 60,000 members of a few bytes."""
    return archive(Entry(b"%d.txt" % place, _text(place)) for place in range(max(10_100, int(60_000 * share))))


def lying_sizes(share: float) -> bytes:
    """Return a member of 100 bytes, say its headers, that unpacks to 1 GiB."""
    return archive([Entry(b"small.txt", deflated(b"words ", int(1024 * share) * _MIB), claimed=100)])


def hostile_names(_: float) -> bytes:
    """Return members whose names lead out of the folder, name devices, or play tricks on terminals."""
    return archive(Entry(name.encode(), _text(f"place {place}")) for place, name in enumerate(_NAMES))


def links(_: float) -> bytes:
    """Return a symbolic link to the root folder, one to a file, and members whose way leads through them."""

    def link(name: bytes, target: bytes) -> Entry:
        return Entry(name, deflated(target, len(target)), mode=stat.S_IFLNK | 0o777)

    behind = Entry(b"root/tmp/hostile-linked.txt", _text("a link"))
    return archive([link(b"root", b"/"), link(b"passwords.txt", b"/etc/passwd"), behind])


def greedy_lzma(_: float) -> bytes:
    """Return a member packed with LZMA that asks for a dictionary of 4 GiB."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_LZMA) as package:
        package.writestr("greedy.txt", _PAPER * 100)
    data = bytearray(buffer.getvalue())
    at = data.index(b"greedy.txt") + len("greedy.txt") + 5  # behind version, length and the properties' first byte
    data[at : at + 4] = b"\xff\xff\xff\xff"
    return bytes(data)


def yaml_aliases(_: float) -> bytes:
    """Return papers with descriptions beside them that explode when their aliases are followed, or never end."""
    laughs = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
    merges = "a0: &a0 {x: 1}\n" + "".join(
        f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 12)
    )
    bad = (laughs, merges, "title: &t [*t]\n", "[" * 100_000, "title: " + "9" * 900_000, "date: 2019-99-99\n")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for place, sidecar in enumerate((*bad, "? [title]\n: x\n")):
            package.writestr(f"{place}.txt", _PAPER.format(f"description {place}"))
            package.writestr(f"{place}.txt.meta.yaml", sidecar)
    return buffer.getvalue()


MAKERS: dict[str, Callable[[float], bytes]] = {
    "high-ratio.zip": high_ratio,
    "ratio-in-bounds.zip": ratio_in_bounds,
    "overlapping.zip": overlapping,
    "nested.zip": nested,
    "many-members.zip": many_members,
    "lying-sizes.zip": lying_sizes,
    "hostile-names.zip": hostile_names,
    "links.zip": links,
    "greedy-lzma.zip": greedy_lzma,
    "yaml-aliases.zip": yaml_aliases,
}
