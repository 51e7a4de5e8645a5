"""Reads the content of an XLSX beside its cells: comments and notes, text boxes, charts and diagrams."""

from extractors.readers.ooxml.graphics import GRAPHICS, Graphics
from extractors.readers.package_xml import Element, Package
from extractors.readers.reading_builder import ReadingBuilder
from extractors.readers.sheet_details import Comments, add_comments, put_comment

_THREADED = "threadedComment"
_SHAPE_TEXT = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}txBody"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"


def book_part(package: Package) -> str:
    """Return the name of the main part of a workbook."""
    return next((one.target for one in package.relations("") if one.kind == "officeDocument"), "xl/workbook.xml")


def sheet_parts(package: Package) -> dict[str, str]:
    """Return the name of the part of each sheet of a workbook, by the name of the sheet."""
    book = book_part(package)
    root = package.xml(book) if book.endswith(".xml") else None
    targets = {one.key: one.target for one in package.relations(book)}
    sheets = () if root is None else root.iter("{*}sheet")
    return {sheet.get("name", ""): targets.get(_id_of(sheet), "") for sheet in sheets}


def add_beside(package: Package, part: str, builder: ReadingBuilder, graphics: Graphics) -> int:
    """Gather the drawings of a sheet, then the comments on its cells as notes; return how many of these there are.

    A comment's number is its cell, `B4`.
    """
    relations = package.relations(part)
    for relation in relations:
        if relation.kind == "drawing":
            _add_drawing(package, relation.target, builder, graphics)
    notes = _notes(package, [one.target for one in relations if one.kind == "comments"])
    for relation in relations:
        if relation.kind == _THREADED:  # they say again what the old notes in the same cells say
            threads = _threads(package, relation.target)
            notes = {cell: lines for cell, lines in notes.items() if cell not in threads} | threads
    return add_comments(notes, builder)


def _notes(package: Package, parts: list[str]) -> Comments:
    notes: Comments = {}
    for part in parts:
        root = package.xml(part)
        if root is None:
            continue
        authors = [_folded(author.text or "") for author in root.iter("{*}author")]
        for comment in root.iter("{*}comment"):
            place = comment.get("authorId") or ""
            author = authors[int(place)] if place.isdecimal() and int(place) < len(authors) else ""
            runs = [*comment.findall("{*}text/{*}t"), *comment.findall("{*}text/{*}r/{*}t")]
            text = _folded("".join(run.text or "" for run in runs))
            put_comment(notes, comment.get("ref", ""), author, text)
    return notes


def _threads(package: Package, part: str) -> Comments:
    root = package.xml(part)
    named = package.xml("xl/persons/person.xml")
    people = {one.get("id"): one.get("displayName") or "" for one in (() if named is None else named.iter("{*}person"))}
    notes: Comments = {}
    for comment in () if root is None else root.iter("{*}threadedComment"):
        text = _folded(comment.findtext("{*}text") or "")
        put_comment(notes, comment.get("ref", ""), _folded(people.get(comment.get("personId"), "")), text)
    return notes


def _add_drawing(package: Package, part: str, builder: ReadingBuilder, graphics: Graphics) -> None:
    root = package.xml(part)
    targets = {one.key: one.target for one in package.relations(part)}

    def content_of(key: str) -> tuple[str, bytes] | None:
        content = package.content(targets.get(key, ""))
        return None if content is None else (targets[key], content)

    for element in () if root is None else root.iter(_SHAPE_TEXT, *GRAPHICS):
        if element.tag != _SHAPE_TEXT:
            graphics.add(element, content_of)
            continue
        for line in element.iter(f"{_A}p"):
            builder.block("paragraph", _folded("".join(run.text or "" for run in line.iter(f"{_A}t"))))


def _id_of(sheet: Element) -> str:
    """Return the id of a sheet's relationship; strict workbooks write it in another namespace."""
    return next((str(value) for name, value in sheet.attrib.items() if str(name).endswith("}id")), "")


def _folded(text: str) -> str:
    return " ".join(text.split())
