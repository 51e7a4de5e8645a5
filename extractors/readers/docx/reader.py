"""Reads DOCX by python-docx: paragraphs and tables in the order of the body, with the numbers that Word prints.

Text is read from the XML with all changes accepted: insertions count, deletions do not. Comments become notes.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from configs.settings import ReadingLimits
from extractors.document import Reading
from extractors.media import DOCX
from extractors.readers.docx.lists import Numbering, load_lists, whole_number
from extractors.readers.docx.story import Story
from extractors.readers.docx.styles import Styles
from extractors.readers.docx.text import W
from extractors.readers.number_forms import count_in_form
from extractors.readers.ooxml.graphics import Graphics
from extractors.readers.ooxml.package import OfficeObject, as_malformed, check_package, core_properties
from extractors.readers.ooxml.transitional import open_package
from extractors.readers.package_xml import parse_xml
from extractors.readers.reading_builder import ReadingBuilder

_CHANGES = [f"{W}{name}" for name in ("ins", "del", "moveFrom", "moveTo")]
_GONE = (f"{W}del", f"{W}moveFrom")


def read(path: Path, *, passwords: Sequence[str], limits: ReadingLimits) -> Reading:  # noqa: ARG001
    """Return the blocks, tables and properties of a DOCX; raises `UnreadableError` for a broken package."""
    import docx

    check_package(path, limits)
    with as_malformed("Word file"):
        document = open_package(path, docx.Document)
    builder = ReadingBuilder()
    _add_all(document, builder, Graphics(builder, limits))
    if not builder.blocks and _has_picture(document.element.body):
        builder.warnings.append("it holds pictures only, which need OCR: save it as PDF")
        return builder.reading(DOCX, status="needs_ocr", properties=core_properties(document))
    return builder.reading(DOCX, properties=core_properties(document))


def _has_picture(body: OfficeObject) -> bool:
    """Return whether there is a picture in the text, besides those that stand for embedded files."""
    pictures = body.iter("{*}blip", "{*}imagedata")
    return any(next(picture.iterancestors(f"{W}object"), None) is None for picture in pictures)


def _add_all(document: OfficeObject, builder: ReadingBuilder, graphics: Graphics) -> None:
    styles = Styles(document.styles.element, W)
    numbering = next((part.element for part in parts_of(document, "numbering")), None)
    lists = load_lists(numbering, W, styles.lists())
    stories: list[Story] = []

    def story_of(part: OfficeObject) -> Story:
        boxes = Story(part, styles, Numbering(lists), builder, graphics)
        story = Story(part, styles, Numbering(lists), builder, graphics, boxes)
        stories.extend((story, boxes))
        return story

    heads, feet = running_texts(document, story_of)
    for text in heads:
        builder.block("header", text)
    story_of(document.part).flow(document.element.body)
    add_notes(document, builder, story_of)
    comments = add_comments(document, builder, story_of)
    for text in feet:
        builder.block("footer", text)
    hidden = sum(story.hidden for story in stories)
    builder.warnings += _warnings(document, comments, hidden)
    builder.warnings += graphics.warnings(rel.reltype for rel in document.part.rels.values())


def _warnings(document: OfficeObject, comments: int, hidden: int) -> Iterator[str]:
    if next(document.element.body.iter(*_CHANGES), None) is not None:
        yield "it has tracked changes, which are read as accepted"
    if comments:
        yield f"it has {comments} comments, which stand behind the text as notes"
    if hidden:
        yield f"it has hidden text in {hidden} paragraphs, which Word does not print and which is left out"


def running_texts(document: OfficeObject, story_of: Callable[[OfficeObject], Story]) -> tuple[list[str], list[str]]:
    """Return the texts of all headers and of all footers, each once; `story_of` gives the story of a part."""
    heads: dict[str, None] = {}
    feet: dict[str, None] = {}
    for kind, texts in (("header", heads), ("footer", feet)):
        for part in parts_of(document, kind):
            texts.update(dict.fromkeys(story_of(part).lines(part.element)))
    return list(heads), list(feet)


def add_notes(document: OfficeObject, builder: ReadingBuilder, story_of: Callable[[OfficeObject], Story]) -> None:
    """Gather the footnotes, then the endnotes, in the order of their marks in the text and with their numbers."""
    for kind, usual in (("footnote", "decimal"), ("endnote", "lowerRoman")):
        for part in parts_of(document, f"{kind}s"):
            story = story_of(part)
            notes = {note.get(f"{W}id"): note for note in _root(part).iter(f"{W}{kind}") if not note.get(f"{W}type")}
            form = _setting(document, f"{kind}Pr", "numFmt") or usual
            count = whole_number(_setting(document, f"{kind}Pr", "numStart")) or 1
            marks = _marks(document, kind)
            for key in (key for key in dict.fromkeys((*marks, *notes)) if key in notes):
                text = " ".join(story.lines(notes[key]))
                mark = marks.get(key) or count_in_form(count, form)
                count += bool(text) and not marks.get(key)
                if text:
                    builder.block("footnote", text.removeprefix(marks.get(key) or ""), number=mark)


def add_comments(document: OfficeObject, builder: ReadingBuilder, story_of: Callable[[OfficeObject], Story]) -> int:
    """Gather the comments as notes that name their authors; return how many there are."""
    count = 0
    for part in parts_of(document, "comments"):
        story = story_of(part)
        for comment in _root(part).iter(f"{W}comment"):
            text = " ".join(story.lines(comment))
            if text:
                count += 1
                author = " ".join((comment.get(f"{W}author") or "").split())
                builder.block("footnote", f"{author}: {text}" if author else text, number=f"[{count}]")
    return count


def parts_of(document: OfficeObject, kind: str) -> Iterator[OfficeObject]:
    """Yield the parts of one kind that a document has, in the order of their relationships."""
    for rel in document.part.rels.values():
        if not rel.is_external and rel.reltype.rpartition("/")[2] == kind:
            yield rel.target_part


def _marks(document: OfficeObject, kind: str) -> dict[str, str | None]:
    """Return the notes that the text refers to, in its order, each with the mark that its author chose, if any."""
    marks: dict[str, str | None] = {}
    for reference in document.element.body.iter(f"{W}{kind}Reference"):
        if next(reference.iterancestors(*_GONE), None) is None:
            run = reference.getparent()
            chosen = reference.get(f"{W}customMarkFollows") in ("1", "true", "on")
            mark = "".join(text.text or "" for text in run.iter(f"{W}t")).strip() if chosen else ""
            marks[reference.get(f"{W}id")] = mark or None
    return marks


def _setting(document: OfficeObject, group: str, name: str) -> str | None:
    """Return how notes are numbered, as the last section says or else the settings of the document."""
    for place in (document.element.body.find(f"{W}sectPr"), document.settings.element):
        found = None if place is None else place.find(f"{W}{group}/{W}{name}")
        if found is not None:
            return str(found.get(f"{W}val"))
    return None


def _root(part: OfficeObject) -> OfficeObject:
    """Return the root element of a part, which python-docx has parsed or has not."""
    return part.element if hasattr(part, "element") else parse_xml(part.blob, str(part.partname))
