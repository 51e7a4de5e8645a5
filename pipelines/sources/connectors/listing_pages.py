"""Parses listing pages by a recipe: the links to papers, and the metadata that the page gives for each.

Tables are read as grids: a cell that spans several rows or columns is repeated at each of its places.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import unquote, urlsplit

from lxml import etree, html
from lxml.html import HtmlElement

from configs.bodies import load_bodies
from configs.labels import fold
from configs.recipes import Column, Headings, PaperTables, Recipe
from configs.system.redaction import without_secrets
from extractors.metadata.days import date_in, range_in
from extractors.metadata.sessions import sessions_in
from extractors.metadata.symbols import find_symbols, parse_symbol, symbol_shaped
from pipelines.sources.web.web_client import WebPage
from pipelines.sources.web.web_urls import host_of, joined, target

_LEVEL_OF_OTHERS = 7
"""Level of a heading that is none of h1 to h6: below all of them."""

_LONGEST_SYMBOL, _LONGEST_NAME, _LONGEST_TITLE = 100, 1_000, 2_000
"""Characters; a cell with more holds something else."""
_HEAD_ROWS = 3
"""First rows of a table that are searched for its headings: a title may be above them."""
_AROUND_SYMBOL = " \t()[],;:/|–—-"
_MOST_SPAN = 1000
"""Rows or columns that HTML allows a cell to span."""
_MOST_PLACES = 200_000
"""Cells of the grid of a table: spans on a short page may make billions."""
_ROWS = "./tr | ./thead/tr | ./tbody/tr | ./tfoot/tr"


@dataclass(frozen=True)
class PaperLink:
    """A link to a paper, and the fields of the Document that the page gives."""

    url: str
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class ListedPage:
    """The content of a page: papers in their order, pages on which the list continues, links to other servers.

    `problem` says why the list may be incomplete.
    """

    links: tuple[PaperLink, ...]
    next: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    problem: str | None = None


def links_of(page: WebPage) -> Iterator[str]:
    """Yield the URLs that a page links to, without fragments; none for a page that is empty, or no HTML."""
    root = _parsed(page)
    if root is not None:
        base = _base(root, page.url)
        yield from filter(None, (target(base, link) for link in root.xpath("//a/@href")))


def read_listing(page: WebPage, recipe: Recipe) -> ListedPage:
    """Return the papers and further pages that a page lists, by a recipe."""
    root = _parsed(page)
    if root is None:
        return ListedPage((), problem="the page is empty, or no HTML")
    try:
        return _Reader(page.url, root, recipe).read()
    except _TableTooLargeError:
        return ListedPage((), problem="a table of the page is too large to be a list of papers")


@dataclass
class _Reader:
    url: str
    root: HtmlElement
    recipe: Recipe
    _elsewhere: list[str] = field(default_factory=list)
    _links: dict[str, dict[str, Any]] = field(default_factory=dict)
    _languages: dict[str, set[str]] = field(default_factory=dict)

    def read(self) -> ListedPage:
        self._base = _base(self.root, self.url)
        self._items = AgendaHeadings(self.root, self.recipe.headings)
        self._common = self._meeting()
        tables = self._add_tables(self.recipe.tables) if self.recipe.tables else 0
        if self.recipe.links:
            for element in self.root.xpath(self.recipe.links):
                self._add_link(element)
        following = self.root.xpath(self.recipe.next) if self.recipe.next else []
        pages = [url for element in following if (url := self._url(element)) and host_of(url) == host_of(self.url)]
        problem = None
        if not self._links and not tables:  # a table may exist before the first paper is published
            problem = "the page lists no papers"
            if self.recipe.tables:
                problem = "the page has no table of papers as the recipe describes it"
        return ListedPage(
            tuple(map(self._paper_link, self._links)), tuple(dict.fromkeys(pages)), tuple(self._elsewhere), problem
        )

    def _add_tables(self, wanted: PaperTables) -> int:
        """Add the papers of the tables that fit the recipe; return the number of such tables."""
        found = 0
        for table in self.root.xpath(wanted.select):
            rows = _grid(table)
            heads = ((at, _columns(row, wanted.columns)) for at, row in enumerate(rows[:_HEAD_ROWS]))
            at, columns = next(((at, columns) for at, columns in heads if columns is not None), (0, None))
            if columns is None:
                continue
            found += 1
            item = self._items.above(table)
            for row in rows[at + 1 :]:
                if len({id(cell) for cell in row}) == 1 and row[0] is not None and not row[0].xpath(".//a[@href]"):
                    item = self._items.named(_text_of(row[0])) or item
                else:
                    self._add_row(row, columns, {"agenda_item": item} if item else {}, wanted.formats)
        return found

    def _add_row(
        self,
        row: Sequence[HtmlElement | None],
        columns: Mapping[Column, int],
        above: Mapping[str, Any],
        formats: Sequence[str],
    ) -> None:
        cells = {column: row[place] for column, place in columns.items() if place < len(row)}
        texts = {str(one.field): _text_of(cell) for one, cell in cells.items() if one.field and cell is not None}
        shared = _index_of(columns, "title") == _index_of(columns, "symbol")
        fields = {**self._common, **above, **_fields(texts, shared=shared)}
        for column, cell in cells.items():
            if cell is None or not (column.language or column.links):
                continue
            for url in _preferred([url for a in cell.xpath(".//a[@href]") if (url := self._url(a))], formats):
                if column.language or self._is_file(url):
                    self._add_item(url, fields, column.language)

    def _add_link(self, element: HtmlElement) -> None:
        url = self._url(element)
        if url and self._is_file(url):
            item = self._items.above(element)
            title = {"title": text} if self.recipe.link_titles and (text := _text_of(element)) else {}
            self._add_item(url, {**self._common, **({"agenda_item": item} if item else {}), **title})

    def _add_item(self, url: str, fields: Mapping[str, Any], language: str | None = None) -> None:
        host = host_of(url)
        if host != host_of(self.url) and not any(fnmatchcase(host, pattern) for pattern in self.recipe.hosts):
            self._elsewhere.append(url)
            return
        self._links.setdefault(url, dict(fields))
        if language:
            self._languages.setdefault(url, set()).add(language)

    def _paper_link(self, url: str) -> PaperLink:
        """Return the link to a paper; a file that is listed for several languages has no language."""
        languages = self._languages.get(url, set())
        return PaperLink(url, {**self._links[url], **({"language": min(languages)} if len(languages) == 1 else {})})

    def _is_file(self, url: str) -> bool:
        return re.search(self.recipe.files, unquote(urlsplit(without_secrets(url)).path)) is not None

    def _url(self, element: HtmlElement) -> str:
        """Return the URL of a link, "" for one that does not lead to the web."""
        return target(self._base, element.get("href") or "").replace(" ", "%20")

    def _meeting(self) -> dict[str, Any]:
        """Return the session and the days of the meeting that the page is about."""
        found: dict[str, Any] = {}
        for element in self.root.xpath(self.recipe.meeting) if self.recipe.meeting else []:
            text = _text_of(element)
            folded = fold(text)
            if "sessions" not in found and (sessions := sessions_in(folded, text)):
                found["sessions"] = list(sessions[0])
            if "meeting_dates" not in found and (days := range_in(folded)):
                found["meeting_dates"] = days[0].model_dump(mode="json")
        return found


def _parsed(page: WebPage) -> HtmlElement | None:
    """Return the root of a page, None for one that is empty, or no HTML."""
    try:
        parser = html.HTMLParser(encoding=page.charset or _charset(page.content), no_network=True)
        return html.document_fromstring(page.content, parser=parser)
    except (etree.ParserError, LookupError):
        return None


def _base(root: HtmlElement, url: str) -> str:
    """Return the base URL of the links of a page."""
    base = root.xpath("string(//base/@href)")
    return joined(url, str(base)) if base else url


def _charset(content: bytes) -> str | None:
    """Return UTF-8 for a page in UTF-8, which would be decoded as Latin-1 if undeclared; None without it."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return "utf-8"


def _index_of(columns: Mapping[Column, int], name: str) -> int | None:
    """Return the index of the column with a field."""
    return next((index for column, index in columns.items() if column.field == name), None)


def _columns(header: Sequence[HtmlElement | None], wanted: Sequence[Column]) -> dict[Column, int] | None:
    """Return the indices of columns by their headings, None where a required one is missing."""
    texts = ["" if cell is None else _text_of(cell) for cell in header]
    found = {}
    for column in wanted:
        place = next((at for at, text in enumerate(texts) if re.search(column.header, text)), None)
        if place is not None:
            found[column] = place
        elif column.required:
            return None
    return found


def _fields(texts: Mapping[str, str], *, shared: bool) -> dict[str, Any]:
    """Return the fields from the cells of a row; `shared` where title and symbol are in one cell."""
    plain = ("agenda_item", "submitted_by")
    fields: dict[str, Any] = {
        name: text for name, text in texts.items() if name in plain and 0 < len(text) <= _LONGEST_NAME
    }
    symbol = _symbol(texts.get("symbol", ""), alone=not shared)
    if symbol:
        fields["symbol"] = {"raw": symbol}
        body = load_bodies().by_symbol(symbol)
        fields |= {"body": body.id} if body else {}
    title = texts.get("title", "")
    title = (title.replace(symbol, " ") if symbol and shared else title).strip(_AROUND_SYMBOL)
    if 0 < len(title) <= _LONGEST_TITLE:
        fields["title"] = " ".join(title.split())
    if date := date_in(fold(texts.get("date", ""))):
        fields["date"] = date[0].isoformat()
    return fields


def _symbol(text: str, *, alone: bool) -> str | None:
    """Return the symbol in the text of a cell; if `alone`, any short text of the cell is taken for one."""
    bodies = load_bodies()
    found = find_symbols(text, bodies)
    if found:
        return text[found[0].start : found[0].end]
    if parsed := parse_symbol(text, bodies):
        return parsed.raw
    if alone and text and len(text) <= _LONGEST_SYMBOL:
        return text
    return next((word for word in text.split() if symbol_shaped(word)), None)


def _preferred(urls: Sequence[str], formats: Sequence[str]) -> list[str]:
    """Return the links of a cell; for a file in several formats only that in the first of `formats`."""
    best: dict[str, tuple[int, str]] = {}
    for url in urls:
        stem, _, ending = url.rpartition(".")
        known = ending.lower() in formats
        rank = formats.index(ending.lower()) if known else 0
        name = stem if known else url
        if name not in best or rank < best[name][0]:
            best[name] = (rank, url)
    return [url for _, url in best.values()]


class AgendaHeadings:
    """The agenda items in the headings of a page; finds the item above an element."""

    def __init__(self, root: HtmlElement, wanted: Headings | None) -> None:
        headings = root.xpath(wanted.select) if wanted else []
        self._pattern = re.compile(wanted.agenda_item) if wanted else None
        self._order = {element: place for place, element in enumerate(root.iter())} if headings else {}
        ordered = sorted(headings, key=self._order.__getitem__)
        self._headings = [(self._order[one], _level(one), self.named(_text_of(one))) for one in ordered]

    def named(self, heading: str) -> str | None:
        """Return the agenda item in a heading, as printed."""
        match = self._pattern.search(heading) if self._pattern else None
        return " ".join(match["item"].split()) if match and match["item"] else None

    def above(self, element: HtmlElement) -> str | None:
        """Return the agenda item of the heading above an element; another heading of its level ends it."""
        place = self._order.get(element, -1)
        open_headings: list[tuple[int, str | None]] = []
        for at, level, item in self._headings:
            if at >= place:
                break
            open_headings = [one for one in open_headings if one[0] < level]
            open_headings.append((level, item))
        return next((item for _, item in reversed(open_headings) if item), None)


def _level(heading: HtmlElement) -> int:
    tag = str(heading.tag)
    return int(tag[1]) if re.fullmatch("h[1-6]", tag) else _LEVEL_OF_OTHERS


class _TableTooLargeError(ValueError):
    """A table with more cells in its grid than any list of papers has."""


def _grid(table: HtmlElement) -> list[list[HtmlElement | None]]:
    """Return the cells of a table row by row, without those of nested tables; None where a row has no cell.

    Raises `_TableTooLargeError`.
    """
    rows: list[list[HtmlElement | None]] = []
    places = 0
    above: dict[int, tuple[HtmlElement, int]] = {}
    for row in table.xpath(_ROWS):
        cells: list[HtmlElement | None] = []
        below: dict[int, tuple[HtmlElement, int]] = {}
        for cell in row.xpath("./td | ./th"):
            _add_spanning_cells(cells, above, below)
            for _ in range(_span(cell, "colspan")):
                below[len(cells)] = (cell, _span(cell, "rowspan"))
                cells.append(cell)
            if places + len(cells) > _MOST_PLACES:
                raise _TableTooLargeError
        _add_spanning_cells(cells, above, below)
        rows.append(cells)
        places += len(cells)
        above = {place: (cell, left - 1) for place, (cell, left) in below.items() if left > 1}
    return rows


def _text_of(element: HtmlElement) -> str:
    """Return the text of an element in one line, with a space where lines and blocks end."""
    return " ".join(" ".join(element.itertext()).split())


def _add_spanning_cells(
    cells: list[HtmlElement | None],
    above: dict[int, tuple[HtmlElement, int]],
    below: dict[int, tuple[HtmlElement, int]],
) -> None:
    """Add the cells that span from rows above, up to the first free place."""
    while len(cells) in above:
        below[len(cells)] = above[len(cells)]
        cells.append(above[len(cells)][0])


def _span(cell: HtmlElement, name: str) -> int:
    value = (cell.get(name) or "1").strip()
    return min(max(int(value), 1), _MOST_SPAN) if value.isdecimal() else 1
