"""Parses the XML parts of a zip package, without entities or external files, and their relationships."""

import posixpath
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, TypeAlias

from lxml import etree

from extractors.readers.unreadable import UnreadableError

Element: TypeAlias = etree._Element  # noqa: SLF001 - lxml has no other name for it
"""An element of XML or HTML."""
RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"


@dataclass(frozen=True, slots=True)
class Relation:
    """A relationship of a part: its id, the last word of its type (`comments`), the name of the other part."""

    key: str
    kind: str
    target: str


class Package:
    """The parts of an open package; to be used after `check_package`."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def content(self, name: str) -> bytes | None:
        """Return the bytes of a part, None where there is none of that name."""
        try:
            return self._archive.read(name)
        except KeyError:
            return None

    @contextmanager
    def stream(self, name: str) -> Iterator[IO[bytes]]:
        """Open a part for reading its bytes bit by bit; one that is not there has none."""
        if name not in self._archive.NameToInfo:
            yield BytesIO()
            return
        with self._archive.open(name) as stream:
            yield stream

    def xml(self, name: str) -> Element | None:
        """Return the root element of a part, None where there is none; raises `UnreadableError` for no XML."""
        content = self.content(name)
        return None if content is None else parse_xml(content, name)

    def relations(self, name: str) -> list[Relation]:
        """Return the relationships of a part to other parts, in their order; outer files are left out."""
        folder, _, file = name.rpartition("/")
        root = self.xml(f"{folder}/_rels/{file}.rels".lstrip("/"))
        return [
            Relation(
                key=item.get("Id", ""),
                kind=item.get("Type", "").rpartition("/")[2],
                target=posixpath.normpath(posixpath.join("/", folder, item.get("Target", ""))).lstrip("/"),
            )
            for item in (() if root is None else root.iter(RELATIONSHIP))
            if item.get("TargetMode") != "External"
        ]


@contextmanager
def open_package(path: Path) -> Iterator[Package]:
    """Open a package for reading its parts."""
    with zipfile.ZipFile(path) as archive:
        yield Package(archive)


def parse_part(path: Path, name: str) -> Element | None:
    """Return the root element of a part, None where the package has none of that name.

    Raises `UnreadableError` where the part is no XML; to be called after `check_package`.
    """
    with open_package(path) as package:
        return package.xml(name)


def parse_xml(content: bytes, name: str) -> Element:
    """Return the root element of the part with that name; raises `UnreadableError` where it is no XML."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, huge_tree=False
    )
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise UnreadableError("malformed", f"{name} is not valid XML: {error}", "save the file again") from error
