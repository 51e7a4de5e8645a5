"""XML parts of a zip package, parsed without entities or outer files."""

import zipfile
from pathlib import Path
from typing import Any

from extractors.readers.unreadable import UnreadableError


def parse_part(path: Path, name: str) -> Any:  # noqa: ANN401 - an lxml element
    """Return the root element of a part, None where the package has none of that name.

    Raises `UnreadableError` where the part is no XML; to be called after `check_package`.
    """
    with zipfile.ZipFile(path) as package:
        try:
            content = package.read(name)
        except KeyError:
            return None
    return parse_xml(content, name)


def parse_xml(content: bytes, name: str) -> Any:  # noqa: ANN401
    """Return the root element of the part with that name; raises `UnreadableError` where it is no XML."""
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, huge_tree=False
    )
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise UnreadableError("malformed", f"{name} is no sound XML: {error}", "save the file anew") from error
