"""Citations of places in papers, for the portal, exports and mails: "PC0345E1a, § 46, p. 12"."""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import groupby
from typing import Protocol
from urllib.parse import unquote

from configs.kinds import load_kinds
from configs.labels import alternatives
from configs.structure import load_structure
from extractors.document import DocumentHeader, Place
from extractors.text.places import decimal_number, places_of_span
from pipelines.viewing.originals import file_name

_MARKS = " \t\u00a0.§)(:–-"
"""What stands around the number of a paragraph as printed."""
_BULLETS = "•▪■◦·*–- "
"""What stands before a heading that is an item of a list."""
_CITED_TITLE = 100
"""Characters of a title or a heading in a citation."""
_ACT = re.compile(r"(?P<number>.*?\b\d{1,4}/\d{1,4}(?:/\w+)?)\b.*?\b\d{1,2}(?:er)? \w+ \d{4} (?P<subject>.+)")
"""The title of an act from its number over authors and date to its subject."""

Span = tuple[int, int]
"""Offsets of a stretch of a passage's text, end exclusive."""


class Cited(Protocol):
    """A passage, as it is stored or as a hit shows it."""

    @property
    def note(self) -> str | None:
        """The number of the note that it is."""

    @property
    def section(self) -> Sequence[str]:
        """The headings above it, the nearest last."""

    @property
    def places(self) -> Sequence[Place]:
        """What stands where in its text."""


def cite(document: DocumentHeader, passage: Cited, span: Span | None = None) -> str:
    """Return how a passage is cited: `PC0345E1a, § 46, p. 12`, or of a law `…, Annex 4, Article 18, § 3, p. 20`.

    With a `span` that stretch of its text alone is meant. Numbers that follow each other are a range (`§§ 11–12`),
    others a list. A page is named as it is printed, and by its place in the file too where that is another number:
    `p. 20 (file p. 12)`. A note is cited by its number: `note 27, p. 14`. What a paper does not have is left out; one
    without a symbol is named by its title, without one by its file. In a format without places the heading above stands
    for the place, unless it is the title.
    """
    place = cite_place(document, passage, span).removeprefix(_own_annex(document))
    place = place or _halves("".join(passage.section[-1:]).lstrip(_BULLETS))
    return ", ".join(dict.fromkeys(filter(None, (name_of(document), place))))


def cite_place(document: DocumentHeader, passage: Cited, span: Span | None = None) -> str:
    """Return the place in the citation of `cite`, without the paper; "" for a format without places."""
    places = passage.places if span is None else places_of_span(passage.places, *span)
    named = _note(passage.note) if passage.note else _divisions(places, recitals=_has_recitals(document.kind))
    return ", ".join(filter(None, (named, _pages(document, places))))


def name_of(document: DocumentHeader) -> str:
    """Return the name of a paper in citations: its symbol, else its title, else its file.

    Of a long title of an act its number and its subject are named, of any other its beginning and its end.
    """
    if document.symbol:
        return document.symbol.raw
    title = annex_name(document) or " ".join((document.title or "").split())
    if len(title) > _CITED_TITLE:
        act = _ACT.match(title)
        if act:
            subject = act["subject"][: _CITED_TITLE - len(act["number"])]
            return f"{act['number']} … {subject if subject == act['subject'] else subject.rsplit(' ', 1)[0] + ' …'}"
    return _halves(title) or file_name(document)


def _halves(title: str) -> str:
    """Return the beginning and the end of a long title or heading."""
    half = _CITED_TITLE // 2
    return f"{title[:half].rsplit(' ', 1)[0]} … {title[-half:].split(' ', 1)[-1]}" if len(title) > 2 * half else title


def annex_name(document: DocumentHeader) -> str | None:
    """Return what an annex is called, its heading first: "Trade facilitation – Annex 4 to the AfCFTA Agreement".

    What it belongs to is known where its file is named by it; None for a paper that is no annex.
    """
    annex = _annex().match(document.title or "")
    if annex is None:
        return None
    file = unquote(document.source).rpartition("/")[2].rpartition(".")[0]
    whole = _instrument().search(re.sub(r"[\s_-]+", " ", file))
    link = load_structure().of_instrument.get(document.language or "")
    of = f"{annex[1].capitalize()} {annex[2]}"
    if whole:
        of += f" {link} {whole[0]}" if link else f", {whole[0]}"
    return f"{annex[3].capitalize() if annex[3].isupper() else annex[3]} – {of}"


@cache
def _annex() -> re.Pattern[str]:
    words = [word for one in load_structure().divisions if one.place == "annex" for word in one.words]
    return re.compile(rf"({alternatives(words)}) ([0-9IVX]{{1,5}}[A-Za-z]?)[ .:–-]+(\S.*)", re.IGNORECASE)


@cache
def _instrument() -> re.Pattern[str]:
    return re.compile(rf"\b[A-Z]\w+ {alternatives(load_structure().instruments)}\b", re.IGNORECASE)


def plain_number(number: str) -> str:
    """Return the number of a paragraph without marks around it, in lower case: `46` for `46.`, `a` for `(a)`."""
    plain = number.strip(_MARKS).casefold()
    return f"{plain})" if plain.count("(") > plain.count(")") else plain


def _note(note: str) -> str:
    """Return the name of a note: comments are numbered in square brackets."""
    return f"comment {note.strip('[]')}" if note.startswith("[") else f"note {note}"


def _own_annex(document: DocumentHeader) -> str:
    """Return how places begin in a paper that is an annex and named so."""
    annex = None if document.symbol else _annex().match(document.title or "")
    return f"Annex {annex[2]}, " if annex else ""


@cache
def _has_recitals(kind: str | None) -> bool:
    """Return whether papers of a kind have numbered recitals before their first article."""
    return any(one.id == kind and one.recitals for one in load_kinds().kinds)


def _divisions(places: Sequence[Place], *, recitals: bool) -> str:
    """Return annexes, articles and paragraphs: each annex and article once, with its paragraphs.

    Of a list within one of them its items are named where they have figures: `§ 3.1, item 3`.
    """
    said: list[str] = []
    for (annex, article), group in groupby(places, key=lambda one: (one.annex, one.article)):
        printed = [one for one in group if one.paragraph]
        numbers = list(dict.fromkeys(plain_number(one.paragraph or "") for one in printed))
        items = list(dict.fromkeys(plain_number(one.item or "") for one in printed))
        recital = recitals and not (annex or article) and all((one.paragraph or "").startswith("(") for one in printed)
        named = [
            f"Annex {annex}" if annex and " " not in annex else annex or "",
            f"Article {article}" if article else "",
            _numbers("recital", "recitals", numbers) if recital else _numbers("§", "§§", numbers),
            _numbers("item", "items", items if len(numbers) == 1 and all(map(str.isdecimal, items)) else ()),
        ]
        said.append(", ".join(filter(None, named)))
    return "; ".join(dict.fromkeys(filter(None, said)))


def _pages(document: DocumentHeader, places: Sequence[Place]) -> str:
    pages = {one.page: one.label for one in places if one.page is not None}
    if not pages:
        return ""
    in_file = _numbers("p.", "pp.", map(str, pages))
    labels = [label or "" for label in pages.values()]
    if not all(labels):
        printed = any(page.label and page.label != str(page.number) for page in document.pages)
        return f"file {in_file}" if printed else in_file
    if labels == [str(page) for page in pages]:
        return in_file
    return f"{_numbers('p.', 'pp.', labels)} (file {in_file})"


def _numbers(one: str, several: str, values: Iterable[str]) -> str:
    """Return numbers as a list in which those that follow each other are a range."""
    runs: list[list[str]] = []
    for value in values:
        if runs and _follows(runs[-1][-1], value):
            runs[-1].append(value)
        else:
            runs.append([value])
    if not runs:
        return ""
    said = ", ".join(run[0] if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)
    return f"{one if len(runs) == 1 and len(runs[0]) == 1 else several} {said}"


def _follows(number: str, following: str) -> bool:
    first, second = decimal_number(number), decimal_number(following)
    if first is None or second is None:
        return False
    return first[:-1] == second[:-1] and second[-1] == first[-1] + 1
