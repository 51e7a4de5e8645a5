"""What a reader page shows beside the text of a document: its outline, numbered paragraphs, and places on its pages.

Every function works on a whole `Document`, with blocks and passages, as `SearchService.show` returns it to a reader.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from configs.errors import NotFoundError
from extractors.document import Box, Document, Page, Passage, Value
from pipelines.viewing.blocks import passages_of_blocks
from pipelines.viewing.originals import file_name

_DEEPEST = 9
"""The level of a heading whose format gives it none."""
_NUMBER = re.compile(r"\d+(?:\.\d+)*")
_MARKS = " \t\u00a0.§)(:–-"
"""What stands around the number of a paragraph as printed."""
_CITED_TITLE = 80
"""Characters of a title in a citation."""


class OutlineEntry(Value):
    """A heading: its level (1 = highest), its printed number and text, its block, page, and the passage it is in."""

    level: int
    number: str | None
    title: str
    block: int
    page: int | None
    passage: str | None


class ParagraphPlace(Value):
    """Where a numbered paragraph begins; `number` is as a permalink has it: `46` for a printed `46.` or `§ 46`."""

    number: str
    passage: str
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
        paragraphs=paragraphs(document, homes),
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


def paragraphs(document: Document, homes: Mapping[int, str] | None = None) -> tuple[ParagraphPlace, ...]:
    """Return where each numbered paragraph begins, in the order of the text.

    Where a number comes again, as in annexes, the first paragraph has it, and a heading only where no paragraph does.
    """
    homes = passages_of_blocks(document) if homes is None else homes
    numbered = [block for block in document.blocks if block.number and block.id in homes]
    numbered.sort(key=lambda block: block.kind == "heading")
    places: dict[str, ParagraphPlace] = {}
    for block in numbered:
        number = plain_number(block.number or "")
        if number and number not in places:
            places[number] = ParagraphPlace(number=number, passage=homes[block.id], page=block.page)
    order = {passage.id: passage.ordinal for passage in document.passages}
    return tuple(sorted(places.values(), key=lambda place: order[place.passage]))


def find_paragraph(document: Document, number: str) -> ParagraphPlace | None:
    """Return where the paragraph of a number in any spelling (`46`, `46.`, `§ 46`) begins; None where there is none."""
    wanted = plain_number(number)
    return next((place for place in paragraphs(document) if place.number == wanted), None)


def plain_number(number: str) -> str:
    """Return the number of a paragraph without the marks around it, in lower case: `46` for `46.`, `a` for `(a)`."""
    return number.strip(_MARKS).casefold()


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


def citation(document: Document, passage_id: str, *, paragraph: str | None = None) -> str:
    """Return how a passage is cited: `PC0345E1a, § 46, p. 12`, of several `PC0345E1a, §§ 46–47, pp. 12–13`.

    A document without a symbol is named by its title, without one by its file. `paragraph` names one of the passage's
    paragraphs, whose page is given then. Paragraphs and pages are left out where there are none. Raises `NotFoundError`
    where the document has not that passage.
    """
    passage = _passage(document, passage_id)
    if paragraph is None:
        return cite(document, _cited_numbers(document, passage), passage.pages)
    place = find_paragraph(document, paragraph)
    page = place.page if place else None
    return cite(document, (paragraph,), passage.pages if page is None else (page,))


def cite(document: Document, paragraphs: Sequence[str], pages: Sequence[int]) -> str:
    """Return how printed paragraphs and pages, by their numbers in the file, of a document are cited; see `citation`.

    Items such as `(a)` are left out.
    """
    labels = {page.number: page.label or str(page.number) for page in document.pages}
    parts = (
        _name(document),
        _range("§", "§§", _with_digits(paragraphs)),
        _range("p.", "pp.", [labels.get(page, str(page)) for page in pages]),
    )
    return ", ".join(filter(None, parts))


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


def _cited_numbers(document: Document, passage: Passage) -> list[str]:
    """Return the numbers of a passage's paragraphs; items such as `(a)` are cited by the paragraph that they are in."""
    numbers = _with_digits(passage.paragraphs)
    if numbers or not passage.paragraphs:
        return numbers
    before = (one for one in reversed(document.passages[: passage.ordinal]) if one.section == passage.section)
    return next((found[-1:] for one in before if (found := _with_digits(one.paragraphs))), [])


def _with_digits(paragraphs: Sequence[str]) -> list[str]:
    return [plain for number in paragraphs if _NUMBER.match(plain := plain_number(number))]


def _range(one: str, several: str, values: list[str]) -> str:
    if not values:
        return ""
    first, last = values[0], values[-1]
    return f"{one} {first}" if first == last else f"{several} {first}–{last}"


def _name(document: Document) -> str:
    if document.symbol:
        return document.symbol.raw
    title = " ".join((document.title or "").split())
    if len(title) > _CITED_TITLE:
        title = title[:_CITED_TITLE].rsplit(" ", maxsplit=1)[0] + " …"
    return title or file_name(document)
