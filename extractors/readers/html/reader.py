"""Reads HTML: headings, paragraphs, lists and tables in the order of the page; EU acts by their classes."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from configs.settings import ReadingLimits
from extractors.document import Reading
from extractors.media import HTML, XHTML, media_type
from extractors.readers.charset import decode
from extractors.readers.equations import mathml_text
from extractors.readers.html.flow import Flow
from extractors.readers.package_xml import Element
from extractors.readers.reading_builder import ReadingBuilder
from extractors.readers.unreadable import UnreadableError
from extractors.readers.xhtml_act import ActFlow, is_act
from extractors.text.superscripts import superscript

_PROPERTIES = {
    "author": "author",
    "dc.creator": "author",
    "date": "created",
    "dc.date": "created",
    "dcterms.created": "created",
    "article:published_time": "created",
}


def read(path: Path, *, passwords: Sequence[str], limits: ReadingLimits) -> Reading:  # noqa: ARG001
    """Return the blocks and tables of an HTML or XHTML page; raises `UnreadableError` where there is none."""
    kind = media_type(path)
    return read_page(path.read_bytes(), kind if kind == XHTML else HTML)


def read_page(data: bytes, kind: str) -> Reading:
    """Return the blocks and tables of a page as those of a file of a media type; raises as `parse`."""
    root = parse(data)
    body = root.find("body")
    for element in list(root.iter("math")):
        _replace_by_text(element)
    _write_superscripts(root)
    builder = ReadingBuilder()
    flow = ActFlow(builder) if is_act(root) else Flow(builder)
    flow.walk(root if body is None else body)
    return builder.reading(kind, properties=dict(_properties(root)))


def _replace_by_text(formula: Element) -> None:
    """Replace the content of a formula by its text in one line."""
    text = mathml_text(formula)
    del formula[:]
    formula.text = text


def _write_superscripts(root: Element) -> None:
    """Replace the digits in `sup` elements by superscript characters."""
    from lxml.etree import iterwalk

    depth = 0  # of nested `sup` elements
    for event, element in iterwalk(root, events=("start", "end")):
        if event == "start":
            depth += element.tag == "sup"
            if depth:
                element.text = superscript(element.text or "")
        else:
            depth -= element.tag == "sup"
            if depth:
                element.tail = superscript(element.tail or "")


def parse(data: bytes) -> Element:
    """Return the root element of HTML; entities and external files are never loaded.

    Raises `UnreadableError`: `empty` where there is no element at all, `malformed` where the parser gave up on
    elements that are nested too deeply.
    """
    import lxml.html

    text = decode(data, declared=True)
    # huge_tree: pages with hundreds of unclosed tags do occur, and all text after them would be lost
    parser = lxml.html.HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=True
    )
    try:
        # as bytes: lxml refuses a `str` that declares a charset
        root = lxml.html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except lxml.etree.ParserError as error:
        raise UnreadableError("empty", "there is no text in it") from error
    if any(entry.type == lxml.etree.ErrorTypes.ERR_RESOURCE_LIMIT for entry in parser.error_log):
        raise UnreadableError("malformed", "its elements are nested too deeply", "save it as PDF")
    return root


def _properties(root: Element) -> Iterator[tuple[str, str]]:
    language = root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or root.get("xml:lang")
    yield "language", language or ""
    yield "title", " ".join((root.findtext("head/title") or "").split())
    for meta in root.iter("meta"):
        name = (meta.get("name") or meta.get("property") or "").lower()
        if name in _PROPERTIES:
            yield _PROPERTIES[name], (meta.get("content") or "").strip()
