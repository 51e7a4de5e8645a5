"""The data of a reader page besides the text of a document: its outline, numbered paragraphs, and places on its pages.

Every function works on a whole `Document`, with blocks and passages, as `SearchService.show` returns it to a reader.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from extractors.document import Box, Document, Page, Passage, Value
from pipelines.viewing.blocks import passages_of_blocks
from pipelines.viewing.citations import plain_number
from pipelines.viewing.originals import file_name

_DEEPEST = 9
"""The level of a heading whose format gives it none."""
_LEAST_TITLE = 6
"""Letters of a heading with which the title of a paper may begin."""


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


class PassageOnPage(Value):
    """The part of a passage that is on one page; without boxes where the file does not say where.

    `boxes` are in points, cut at the edges of the page. `evidence` says that the passage has a tag that counts.
    """

    passage: str
    boxes: tuple[Box, ...]
    evidence: bool


class PageView(Value):
    """A page, in points, with the passages on it in the order of the text."""

    number: int
    label: str | None
    width: float
    height: float
    passages: tuple[PassageOnPage, ...]


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
    """Return all data of a reader page besides the text; `pages` is empty for formats without pages."""
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
    """Return the headings in the order of the text, without those of the letterhead.

    `homes` is what `passages_of_blocks` returns, if it is at hand.
    """
    homes = passages_of_blocks(document) if homes is None else homes
    entries = [
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
    ]
    return tuple(entries[_letterhead(document, entries) :])


def _letterhead(document: Document, entries: Sequence[OutlineEntry]) -> int:
    """Return the number of headings above the title on the first page; 0 if no heading has the title.

    A title that stands there twice, in a box and above the text, is the lower one.
    """
    title = _letters(document.title or "")
    first = [_letters(entry.title) for entry in entries if entry.page in (None, 1)]
    fitting = [
        place
        for place, words in enumerate(first)
        if min(len(words), len(title)) >= _LEAST_TITLE and (title.startswith(words) or title in words)
    ]
    twice = [place for place in fitting if first[place] == title]
    return (twice or fitting or [0])[-1 if twice else 0]


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


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
    on: dict[int, list[Passage]] = defaultdict(list)
    for passage in document.passages:
        for number in passage.pages:
            on[number].append(passage)
    return tuple(
        PageView(
            number=page.number,
            label=page.label,
            width=page.width,
            height=page.height,
            passages=tuple(_on_page(passage, page) for passage in on[page.number]),
        )
        for page in document.pages
    )


def cut_to_page(box: Box, page: Page | PageView) -> Box:
    """Return the part of a box that is on its page."""
    x0, top, x1, bottom = box
    return max(x0, 0), max(top, 0), min(x1, page.width), min(bottom, page.height)


def has_evidence(passage: Passage) -> bool:
    """Return whether a passage has a tag that counts: an accepted one."""
    return any(tag.status == "accepted" for tag in passage.maturity)


def _on_page(passage: Passage, page: Page) -> PassageOnPage:
    boxes = tuple(cut_to_page(one.box, page) for one in passage.boxes if one.page == page.number)
    return PassageOnPage(passage=passage.id, boxes=boxes, evidence=has_evidence(passage))
