"""Reads treaties in the XML of the Texts of Trade Agreements collection: chapters and articles with their numbers."""

from collections.abc import Sequence
from pathlib import Path

from configs.settings import ReadingLimits
from extractors.document import Block, Cell, Reading
from extractors.media import XML
from extractors.readers.divisions import find_divisions, heads_above, is_title
from extractors.readers.package_xml import Element
from extractors.readers.reading_builder import ReadingBuilder
from extractors.readers.text import text_paragraphs
from extractors.readers.unreadable import UnreadableError
from extractors.text.numbering import ItemLevels, is_item, split_bullet, split_number

_LEVELS = 2  # a chapter and the articles in it; heads of groups of articles stand between
_ABOVE = 4  # blocks that are looked at for heads of groups


def read(path: Path, *, passwords: Sequence[str], limits: ReadingLimits) -> Reading:  # noqa: ARG001
    """Return the blocks of a treaty; raises `UnreadableError` for XML that is broken or no treaty."""
    root = _root(path)
    builder = ReadingBuilder()
    body = root.find("body")
    for element in body if body is not None else ():
        _division(element, builder, 1)
    _add_metadata(root, builder)
    return builder.reading(XML, properties=_properties(root))


def _root(path: Path) -> Element:
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.parse(str(path), parser).getroot()
    except etree.XMLSyntaxError as error:
        raise UnreadableError("malformed", f"the XML is broken: {error.msg}", "ask for a new copy") from error
    if root.tag != "treaty":
        name = etree.QName(root).localname
        raise UnreadableError("unsupported", f"XML of an unknown kind (<{name}>)", "save it as PDF or HTML")
    return root


def _add_metadata(root: Element, builder: ReadingBuilder) -> None:
    """Add the collection's metadata of a treaty (name, kind, parties, dates) as a table of two columns."""
    facts: dict[str, list[str]] = {}
    for fact in root.iterfind("meta/*"):
        said = [" ".join(text.split()) for text in map(str, fact.itertext()) if text.strip()]
        if said:
            facts.setdefault(str(fact.tag).replace("_", " "), []).extend(said)
    rows = [(name, ", ".join(said)) for name, said in facts.items()]
    builder.table(
        [Cell(row=row, column=column, text=text) for row, texts in enumerate(rows) for column, text in enumerate(texts)]
    )


def _division(element: Element, builder: ReadingBuilder, depth: int) -> None:
    number, name = (" ".join((element.get(key) or "").split()) for key in ("number", "name"))
    level = _LEVELS * depth
    _promote_heads(number or name, builder, level - 1)
    builder.block("heading", name, number=number or None, level=level)
    items = ItemLevels()
    for piece in (element.text, *(child.tail for child in element)):
        _paragraphs(piece or "", builder, items)
    for child in element:
        _division(child, builder, depth + 1)


def _promote_heads(division: str, builder: ReadingBuilder, level: int) -> None:
    """Make headings of the lines that the collection left at the end of the article above a division."""
    above = [block.text if _may_head(block) else f"{block.text}." for block in builder.blocks[-_ABOVE:]]
    for place in range(-heads_above(above, division), 0):
        block = builder.blocks[place]
        builder.blocks[place] = block.model_copy(update={"kind": "heading", "level": level})


def _may_head(block: Block) -> bool:
    """Return whether a block may head a group of articles: a paragraph that is not numbered in figures."""
    return block.kind == "paragraph" and not (block.number and block.number[0].isdigit())


def _paragraphs(text: str, builder: ReadingBuilder, items: ItemLevels) -> None:
    lines = [" ".join(paragraph.split()) for paragraph in text_paragraphs(text)]
    if len(lines) > 1 and is_title(lines[0], lines[1]) and builder.entitle_last(lines[0]):
        del lines[0]
    divisions = find_divisions(lines)
    place = 0
    while place < len(lines):
        division = divisions.get(place)
        if division:
            items.close()
            builder.block("heading", division.text, number=division.number, level=division.level)
        else:
            _paragraph(lines[place], builder, items)
        place += division.lines if division else 1


def _paragraph(line: str, builder: ReadingBuilder, items: ItemLevels) -> None:
    number, rest = split_number(line)
    bullet = split_bullet(line)
    if bullet is not None or (number and is_item(number)):
        mark = number if bullet is None and number else "•"
        builder.block("item", bullet or rest, number=number, level=items.level(mark))
    else:
        items.close()
        builder.block("paragraph", rest, number=number)


def _properties(root: Element) -> dict[str, str]:
    found = {
        "title": root.findtext("meta/name"),
        "language": root.findtext("meta/language"),
        "created": root.findtext("meta/date_signed"),
        "subject": f"Treaty ({root.findtext('meta/type') or ''})",
    }
    return {key: " ".join((value or "").split()) for key, value in found.items()}
