"""The reader page: the parameters of its address, and the marks on pages and in the text."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Literal, NamedTuple, TypeAlias, get_args
from urllib.parse import urlencode

from configs.sentences import load_sentence_rules
from extractors.document import Block, Box, Document, Passage
from extractors.text.sentences import sentence_spans
from index.results import Mode
from pipelines.viewing.document_view import OutlineEntry, PageView, cut_to_page
from pipelines.viewing.paper_marks import PaperMarks, Span
from pipelines.viewing.span_boxes import SpanBoxes, block_spans

View: TypeAlias = Literal["pages", "text"]
ZOOMS = (100, 125, 150, 200)
"""Widths of a page, in per cent of the room that the reader has for it."""
_EXCERPT = 240
"""Characters of a passage in a list: four lines of a column."""
_MOST_ROWS = 200
"""Rows of a table that are shown."""
_THUMBNAIL = 100
"""Height of a page in the numbers of `Tick`."""


class ReaderAddress(NamedTuple):
    """The view of a paper: a passage or page, as pages or text, with marks of a query, a theme or evidence.

    Without a `view` the paper is shown as pages, and on a small screen as text.
    """

    document: str
    passage: str | None = None
    page: int | None = None
    view: View | None = None
    q: str = ""
    mode: Mode = "hybrid"
    theme: str | None = None
    zoom: int = ZOOMS[0]

    @classmethod
    def of(cls, document: str, parameters: Mapping[str, str]) -> "ReaderAddress":
        """Return what an address asks for but its page; a value that there is not counts as none."""
        view, mode, zoom = (parameters.get(name, "") for name in ("view", "mode", "zoom"))
        return cls(
            document=document,
            passage=parameters.get("passage"),
            view=view if view in get_args(View) else None,  # type: ignore[arg-type]
            q=parameters.get("q", "").strip(),
            mode=mode if mode in get_args(Mode) else "hybrid",  # type: ignore[arg-type]
            theme=parameters.get("theme") or None,
            zoom=int(zoom) if zoom in map(str, ZOOMS) else ZOOMS[0],
        )

    def parameters(self, **changes: object) -> dict[str, object]:
        """Return the parameters of the address with some changed, without those that say what is usual."""
        if changes.get("passage"):
            changes.setdefault("page", None)
        usual = ReaderAddress(self.document)._asdict()
        asked = {**self._asdict(), **changes}
        return {name: value for name, value in asked.items() if name != "document" and value != usual[name]}

    def to(self, **changes: object) -> str:
        """Return the address with some parameters changed; it leads to the page, or to the mark of the passage."""
        asked = self.parameters(**changes)
        place = f"#page-{asked['page']}" if "page" in asked else "#mark" if "passage" in asked else ""
        return f"/documents/{self.document}{'?' if asked else ''}{urlencode(asked)}{place}"

    @property
    def smaller(self) -> int | None:
        """The next smaller zoom."""
        return next((one for one in reversed(ZOOMS) if one < self.zoom), None)

    @property
    def larger(self) -> int | None:
        """The next larger zoom."""
        return next((one for one in ZOOMS if one > self.zoom), None)


class OutlineBranch(NamedTuple):
    """A heading with its subheadings; `holds` says whether the shown passage is below one of them."""

    entry: OutlineEntry
    below: tuple["OutlineBranch", ...]
    holds: bool


def outline_tree(entries: Sequence[OutlineEntry], shown: Passage | None) -> tuple[OutlineBranch, ...]:
    """Return headings as a tree by their levels."""
    branches: list[OutlineBranch] = []
    at = 0
    while at < len(entries):
        end = next((n for n in range(at + 1, len(entries)) if entries[n].level <= entries[at].level), len(entries))
        below = outline_tree(entries[at + 1 : end], shown)
        holds = any(one.holds or (shown and one.entry.passage == shown.id) for one in below)
        branches.append(OutlineBranch(entries[at], below, bool(holds)))
        at = end
    return tuple(branches)


class PageMark(NamedTuple):
    """A rectangle on a page, in points, over a sentence or a word in it; `chosen` if it is in the chosen passage."""

    kind: Literal["sentence", "word"]
    box: Box
    chosen: bool


class Tick(NamedTuple):
    """The position of a marked passage on a page, in hundredths of its height."""

    top: float
    height: float


def page_marks(
    document: Document, marks: PaperMarks, pages: Collection[PageView], chosen: Passage | None
) -> dict[int, list[PageMark]]:
    """Return by page what is marked on some pages of a paper: sentences first, then the words in them."""
    shown = {page.number: page for page in pages}
    found: dict[int, list[PageMark]] = {number: [] for number in shown}
    spans = SpanBoxes(document)
    here = [one for one in document.passages if not shown.keys().isdisjoint(one.pages)]
    kinds: tuple[tuple[Literal["sentence", "word"], Mapping[str, Sequence[Span]]], ...]
    kinds = (("sentence", marks.sentences), ("word", marks.words))
    for kind, of_passages in kinds:
        for passage in here:
            for start, end in of_passages.get(passage.id, ()):
                for place in spans.boxes(passage, start, end):
                    if page := shown.get(place.page):
                        is_chosen = chosen is not None and passage.id == chosen.id
                        found[page.number].append(PageMark(kind, cut_to_page(place.box, page), is_chosen))
    return found


def ticks(document: Document, marks: PaperMarks) -> dict[int, list[Tick]]:
    """Return by page where marked passages stand on it."""
    heights = {page.number: page.height for page in document.pages if page.height > 0}
    marked = set(marks.passages)
    found: dict[int, list[Tick]] = defaultdict(list)
    for passage in document.passages:
        for place in passage.boxes if passage.id in marked else ():
            if height := heights.get(place.page):
                _, top, _, bottom = (_THUMBNAIL * side / height for side in place.box)
                found[place.page].append(Tick(round(top, 1), round(max(bottom - top, 1), 1)))
    return found


def excerpt(passage: Passage, marks: PaperMarks) -> tuple[str, list[Span]]:
    """Return the sentence of a passage that is marked, else its beginning, shortened, and the words marked in it."""
    sentences = marks.sentences.get(passage.id) or sentence_spans(passage.text, load_sentence_rules()) or [(0, 0)]
    words = marks.words.get(passage.id, ())
    start, end = next((one for one in sentences if any(one[0] <= low < one[1] for low, _ in words)), sentences[0])
    text = passage.text[start:end]
    shown = text if len(text) <= _EXCERPT else f"{text[:_EXCERPT].rsplit(' ', 1)[0]} …"
    return shown, [
        (max(low - start, 0), high - start) for low, high in words if low < start + len(shown) and high > start
    ]


class MarkedText(NamedTuple):
    """A text with marks by offsets; `named` are words that name a theme, with its id."""

    text: str
    sentences: tuple[Span, ...]
    words: tuple[Span, ...]
    named: tuple[tuple[int, int, str], ...]

    def part(self, start: int, end: int) -> "MarkedText":
        """Return a stretch of it."""
        return MarkedText(
            self.text[start:end],
            tuple((low - start, high - start) for low, high in self.sentences if low < end and high > start),
            tuple((low - start, high - start) for low, high in self.words if low < end and high > start),
            tuple((low - start, high - start, name) for low, high, name in self.named if low < end and high > start),
        )


class TextBlock(NamedTuple):
    """A block of the text, the passage that it begins in, what is marked in it; `rows` are those of a table."""

    block: Block
    passage: Passage | None
    marked: MarkedText
    rows: tuple[tuple[MarkedText, ...], ...]


def text_blocks(document: Document, marks: PaperMarks, pages: Collection[int] | None = None) -> Iterator[TextBlock]:
    """Yield the text of a paper, or what of it stands on some pages, in its order, without headers and footers."""
    sentences, words = _by_block(document, marks.sentences), _by_block(document, marks.words)
    named: dict[int, list[tuple[int, int, str]]] = defaultdict(list)
    homes: dict[int, Passage] = {}
    for passage in document.passages:
        for _, block_id, _ in passage.pieces:
            homes.setdefault(block_id, passage)
        for theme in passage.named:
            for span in block_spans(passage, theme.start, theme.end):
                named[span.block].append((span.start, span.end, theme.id))
    tables = {table.block: table.rows for table in document.tables}
    for block in document.blocks:
        on = {block.page, *(part.page for part in block.parts)}
        if block.kind in ("header", "footer") or not block.text.strip() or (pages is not None and on.isdisjoint(pages)):
            continue
        here = block.id
        marked = MarkedText(block.text, tuple(sentences[here]), tuple(words[here]), tuple(named[here]))
        rows = tuple(_rows(marked, tables.get(block.id, ())[:_MOST_ROWS]))
        yield TextBlock(block, homes.get(block.id), marked, rows)


def _rows(marked: MarkedText, rows: Sequence[Sequence[str]]) -> Iterator[tuple[MarkedText, ...]]:
    """Yield the cells of a table: in the text of its block they are parted by tabs, and rows by line feeds."""
    at = 0
    for row in rows:
        ends = list(accumulate((len(" ".join(value.split())) + 1 for value in row), initial=at))
        yield tuple(marked.part(start, end - 1) for start, end in pairwise(ends))
        at = ends[-1]


def _by_block(document: Document, of_passages: Mapping[str, Sequence[Span]]) -> dict[int, list[Span]]:
    """Return stretches of passages as stretches of blocks, by the block's id."""
    found: dict[int, list[Span]] = defaultdict(list)
    for passage in document.passages:
        for start, end in of_passages.get(passage.id, ()):
            for span in block_spans(passage, start, end):
                found[span.block].append((span.start, span.end))
    return found
