"""Generates hostile files, which make parsers loop, crash, exhaust memory or write outside of their folder.

A maker takes a share of the full size, above 0 and up to 1, and returns the bytes of one file. None needs the
memory that its file wants to take from a reader.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from benchmarks.hostile import archives, mails, packages, pdfs, texts

Maker = Callable[[float], bytes]

MAKERS: dict[str, Maker] = {**pdfs.MAKERS, **archives.MAKERS, **packages.MAKERS, **texts.MAKERS, **mails.MAKERS}
"""The makers by the names of their files."""


def write(folder: Path, *, share: float = 1.0, names: Iterable[str] = MAKERS) -> None:
    """Write hostile files into a folder."""
    for name in names:
        (folder / name).write_bytes(MAKERS[name](share))
