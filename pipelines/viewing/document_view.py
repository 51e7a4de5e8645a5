"""What a reader page shows beside the text of a document: its outline, numbered paragraphs, and places on its pages.

Every function works on a whole `Document`, with blocks and passages, as `SearchService.show` returns it to a reader.
"""

from collections.abc import Iterator, Mapping

from configs.system.errors import NotFoundError
from extractors.document import Box, Document, Page, Passage, Value
from pipelines.viewing.blocks import passages_of_blocks
from pipelines.viewing.citations import plain_number
from pipelines.viewing.originals import file_name

_DEEPEST = 9
"""The level of a heading whose format gives it none."""


class OutlineEntry(Value):
    """A heading: its level (1 = highest), its printed number and text, its block, page, and the passage it is in."""

    level: int
    number: str | None
    title: str
    block: int
    page: int | None
    passage: str | None


class ParagraphPlace(Value):
    """Where a numbered paragraph begins; numbers are as a permalink has them: `46` for a printed `46.` or `§ 46`.

    `number` is empty for what stands in an article or annex before its first numbered paragraph. `start` is the offset
    in the text of the passage; a page without text has no passage.
    """

    annex: str | None = None
    article: str | None = None
    number: str
    passage: str | None
    start: int
    page: int | None


class PercentBox(Value):
    """A rectangle of a page in per cent of its width (`left`, `width`) and height (`top`, `height`)."""

    left: float
    top: float
    width: float
    height: float


class PassageOnPage(Value):
    """The part of a passage that is on one page; without a box where the file does not say where.

    `evidence` says that the passage has a tag that counts.
    """

    passage: str
    box: PercentBox | None
    evidence: bool


class PageView(Value):
    """A page, in points, with the passages on it in the order of the text."""

    number: int
    label: str | None
    width: float
    height: float
    passages: tuple[PassageOnPage, ...]


class EvidenceNeighbours(Value):
    """The nearest passages with evidence before and after another, by their ids."""

    previous: str | None
    next: str | None


class DocumentView(Value):
    """What a reader page needs of one document; `evidence` are the ids of the passages with a tag that counts.

    `media_type` and `file_name` are those of the original file.
    """

    document: str
    outline: tuple[OutlineEntry, ...]
    paragraphs: tuple[ParagraphPlace, ...]
    pages: tuple[PageView, ...]
    evidence: tuple[str, ...]
    media_type: str
    file_name: str


def document_view(document: Document) -> DocumentView:
    """Return everything that a reader page shows beside the text; `pages` is empty for formats without pages."""
    homes = passages_of_blocks(document)
    return DocumentView(
        document=document.id,
        outline=outline(document, homes),
        paragraphs=paragraphs(document),
        pages=pages(document),
        evidence=tuple(passage.id for passage in document.passages if has_evidence(passage)),
        media_type=document.media_type,
        file_name=file_name(document),
    )


def outline(document: Document, homes: Mapping[int, str] | None = None) -> tuple[OutlineEntry, ...]:
    """Return the headings in the order of the text; `homes` is what `passages_of_blocks` returns, if it is at hand."""
    homes = passages_of_blocks(document) if homes is None else homes
    return tuple(
        OutlineEntry(
            level=block.level or _DEEPEST,
            number=None if block.number == block.text else block.number,
            title=" ".join(block.text.split()),
            block=block.id,
            page=block.page,
            passage=homes.get(block.id),
        )
        for block in document.blocks
        if block.kind == "heading" and block.text.strip()
    )


def paragraphs(document: Document) -> tuple[ParagraphPlace, ...]:
    """Return where each numbered paragraph of each annex and article begins, in the order of the text."""
    found: dict[tuple[str | None, str | None, str], ParagraphPlace] = {}
    for passage in document.passages:
        for place in passage.places if passage.kind != "note" else ():
            annex, article = _plain(place.annex), _plain(place.article)
            number = plain_number(place.paragraph or "")
            if (annex or article or number) and (annex, article, number) not in found:
                found[annex, article, number] = ParagraphPlace(
                    annex=annex,
                    article=article,
                    number=number,
                    passage=passage.id,
                    start=place.start,
                    page=place.page,
                )
    return tuple(found.values())


def find_paragraphs(
    document: Document, number: str | None, *, annex: str | None = None, article: str | None = None
) -> tuple[ParagraphPlace, ...]:
    """Return where the paragraphs of a number in any spelling (`46`, `46.`, `§ 46`) begin, one for each article.

    Without a number these are the beginnings of the article or annex. What stands in no annex comes alone where it is
    among what was found: it is the paper's own, and annexes repeat its numbers.
    """
    wanted = plain_number(number or "")
    found = [
        one
        for one in paragraphs(document)
        if (number is None or one.number == wanted)
        and (annex is None or one.annex == _plain(annex))
        and (article is None or one.article == _plain(article))
    ]
    if number is None:
        first = {(one.annex, one.article if article is not None else None): one for one in reversed(found)}
        found = [one for one in found if one in first.values()]
    own = [one for one in found if one.annex is None]
    return tuple(own if own and annex is None else found)


def _plain(number: str | None) -> str | None:
    """Return the number of an annex or article as a permalink has it."""
    return "".join(plain_number(number).split()) if number else None


def pages(document: Document) -> tuple[PageView, ...]:
    """Return the pages with the passages on them; a passage over several pages is on each of them."""
    return tuple(
        PageView(
            number=page.number,
            label=page.label,
            width=page.width,
            height=page.height,
            passages=tuple(_on_page(document, page)),
        )
        for page in document.pages
    )


def percent_box(box: Box, page: Page) -> PercentBox | None:
    """Return a box in per cent of its page, cut at the edges of the page; None for a page without a size."""
    if page.width <= 0 or page.height <= 0:
        return None
    left, right = (_percent(side, page.width) for side in (box[0], box[2]))
    top, bottom = (_percent(side, page.height) for side in (box[1], box[3]))
    return PercentBox(left=left, top=top, width=round(right - left, 3), height=round(bottom - top, 3))


def has_evidence(passage: Passage) -> bool:
    """Return whether a passage has a tag that counts: an accepted one."""
    return any(tag.status == "accepted" for tag in passage.maturity)


def evidence_neighbours(document: Document, passage_id: str) -> EvidenceNeighbours:
    """Return the nearest passages with evidence around one of a document; raises `NotFoundError` without that one."""
    place = _passage(document, passage_id).ordinal
    tagged = [passage for passage in document.passages if has_evidence(passage)]
    before = [passage.id for passage in tagged if passage.ordinal < place]
    after = [passage.id for passage in tagged if passage.ordinal > place]
    return EvidenceNeighbours(previous=before[-1] if before else None, next=after[0] if after else None)


def _on_page(document: Document, page: Page) -> Iterator[PassageOnPage]:
    for passage in document.passages:
        if page.number in passage.pages:
            boxes: list[Box | None] = [place.box for place in passage.boxes if place.page == page.number]
            for box in boxes or [None]:
                shown = percent_box(box, page) if box else None
                yield PassageOnPage(passage=passage.id, box=shown, evidence=has_evidence(passage))


def _percent(side: float, whole: float) -> float:
    return round(100 * min(max(side / whole, 0.0), 1.0), 3)


def _passage(document: Document, passage_id: str) -> Passage:
    found = next((passage for passage in document.passages if passage.id == passage_id), None)
    if found is None:
        raise NotFoundError(f"'{passage_id}': document {document.id} has no such passage", "open the document itself")
    return found
