"""DOCX by python-docx: paragraphs and tables in the order of the body, with the numbers that Word prints.

Text is read from the XML with all changes accepted: insertions count, deletions do not. Comments become notes.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from configs.settings import ReadingLimits
from extractors.document import Reading
from extractors.media import DOCX
from extractors.readers.docx.lists import load_lists
from extractors.readers.docx.notes import add_comments, add_notes, parts_of, running_texts
from extractors.readers.docx.numbering import Numbering
from extractors.readers.docx.story import Story
from extractors.readers.docx.styles import Styles
from extractors.readers.docx.text import W
from extractors.readers.ooxml.graphics import Graphics
from extractors.readers.ooxml.package import OfficeObject, as_malformed, check_package, core_properties
from extractors.readers.ooxml.usual import opened
from extractors.readers.reading_builder import ReadingBuilder

_CHANGES = [f"{W}{name}" for name in ("ins", "del", "moveFrom", "moveTo")]


def read(path: Path, *, passwords: Sequence[str], limits: ReadingLimits) -> Reading:  # noqa: ARG001
    """Return the blocks, tables and properties of a DOCX; raises `UnreadableError` for a broken package."""
    import docx

    check_package(path, limits)
    with as_malformed("Word file"):
        document = opened(path, docx.Document)
    builder = ReadingBuilder()
    _gather(document, builder, Graphics(builder, limits))
    if not builder.blocks and _has_picture(document.element.body):
        builder.warnings.append("it holds pictures only, which need OCR: save it as PDF")
        return builder.reading(DOCX, status="needs_ocr", properties=core_properties(document))
    return builder.reading(DOCX, properties=core_properties(document))


def _has_picture(body: OfficeObject) -> bool:
    """Return whether there is a picture in the text, besides those that stand for embedded files."""
    pictures = body.iter("{*}blip", "{*}imagedata")
    return any(next(picture.iterancestors(f"{W}object"), None) is None for picture in pictures)


def _gather(document: OfficeObject, builder: ReadingBuilder, graphics: Graphics) -> None:
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
