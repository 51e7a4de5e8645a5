"""Citations in the forms for texts and reference managers: short, footnote, BibTeX, RIS."""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from configs.bodies import load_bodies
from configs.kinds import load_kinds
from extractors.document import DocumentHeader, Place, Value
from extractors.text.places import places_of_span
from index.fields import year_of
from pipelines.pages.environment import written_date
from pipelines.viewing.citations import Cited, Span, cite, cite_place, name_of
from pipelines.viewing.originals import file_name

BIBTEX, RIS = "application/x-bibtex", "application/x-research-info-systems"
"""Media types of files of citations."""
_QUOTED = {"en": "“{}”", "fr": "« {} »"}
_ESCAPED = str.maketrans(
    {char: rf"\{char}" for char in "{}%&#_$"}
    | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
"""The macros by which BibTeX knows the months."""


class CitationForms(Value):
    """One citation in four forms; `bibtex` and `ris` are whole records, with a line feed at the end."""

    short: str
    footnote: str
    bibtex: str
    ris: str


def citation_forms(
    document: DocumentHeader,
    passage: Cited | None = None,
    span: Span | None = None,
    *,
    url: str | None = None,
    language: str = "en",
) -> CitationForms:
    """Return how a paper, a passage of it, or a `span` of the passage's text is cited, in every form.

    `url` is the whole address at which it is read. `language` is that of the date and of the name of the body.
    """
    place = cite_place(document, passage, span) if passage else ""
    return CitationForms(
        short=cite(document, passage, span) if passage else name_of(document),
        footnote=_footnote(document, place, language),
        bibtex=bibtex(document, place, url=url, language=language),
        ris=ris(document, place, _pages(passage, span), url=url, language=language),
    )


def bibtex(document: DocumentHeader, place: str = "", *, url: str | None = None, language: str = "en") -> str:
    """Return a record of BibTeX: a report of the body that issued the paper. `place` is what `cite_place` says.

    Its key is made of the symbol, else of the id of the paper, so that each paper has one of its own.
    """
    author, symbol = _author(document, language), document.symbol.raw if document.symbol else None
    year, month, day = _day(document)
    fields = {
        "author": _braced(author),
        "title": _braced(_title(document)),
        "type": _escaped(_kind(document, language)),
        "number": _escaped(symbol),
        "institution": _escaped(author),
        "year": _escaped(year),
        "month": _MONTHS[int(month) - 1] if month else None,
        "day": _escaped(day),
        "language": _escaped(document.language),
        "url": f"{{{url}}}" if url else None,
        "note": _escaped(place),
    }
    written = "".join(f"  {name} = {value},\n" for name, value in fields.items() if value)
    return f"@{'techreport' if author and year else 'misc'}{{{_key(document)},\n{written}}}\n"


def ris(
    document: DocumentHeader,
    place: str = "",
    pages: tuple[str, str] | None = None,
    *,
    url: str | None = None,
    language: str = "en",
) -> str:
    """Return a record of RIS, a report; `pages` are the first and the last, as printed."""
    author = _author(document, language)
    year, month, day = _day(document)
    tags: tuple[tuple[str, str | None], ...] = (
        ("TY", "RPRT"),
        ("AU", author and author.replace(",", "")),  # what follows a comma is read as the first name of a person
        ("TI", _title(document)),
        ("SN", document.symbol.raw if document.symbol else None),
        ("M3", _kind(document, language)),
        ("PB", author),
        ("PY", year),
        ("DA", f"{year}/{month or ''}/{day or ''}" if year else None),
        ("LA", document.language),
        ("SP", pages and pages[0]),
        ("EP", pages and pages[1]),
        ("UR", url),
        ("N1", place),
    )
    return "".join(f"{tag}  - {_line(value)}\r\n" for tag, value in tags if value) + "ER  - \r\n"


def joined(records: Iterable[str]) -> Iterator[bytes]:
    """Yield the records of a file, separated by empty lines."""
    for number, record in enumerate(records):
        yield (f"\n{record}" if number else record).encode()


def _footnote(document: DocumentHeader, place: str, language: str) -> str:
    """Return author, title in quotation marks, symbol, date and place, with a full stop at the end."""
    date = document.date or year_of(document)
    parts = (
        _author(document, language),
        _QUOTED[language].format(_title(document)),
        document.symbol.raw if document.symbol else None,
        written_date(date, language) if date else None,
        place,
    )
    return f"{', '.join(filter(None, parts))}."


def _title(document: DocumentHeader) -> str:
    return _line(document.title or "") or file_name(document)


def _author(document: DocumentHeader, language: str) -> str | None:
    """Return the body that issued a paper, by its name in a language; else as the paper prints it."""
    known = next((body for body in load_bodies().bodies if body.id == document.body), None)
    if known is None:
        return document.body_name
    return (known.name.fr if language == "fr" else None) or known.name.en


def _kind(document: DocumentHeader, language: str) -> str | None:
    known = next((kind for kind in load_kinds().kinds if kind.id == document.kind), None)
    return ((known.label.fr if language == "fr" else None) or known.label.en) if known else None


def _day(document: DocumentHeader) -> tuple[str | None, str | None, str | None]:
    """Return year, month and day of a paper's date, as far as they are known; else the year of its meeting."""
    year, month, day, *_ = [*(document.date or year_of(document) or "").split("-"), "", "", ""]
    return year or None, month or None, day or None


def _pages(passage: Cited | None, span: Span | None) -> tuple[str, str] | None:
    """Return the first and last page of a passage as printed, by their places in the file where nothing is printed."""
    places: Iterable[Place] = () if passage is None else passage.places
    if span is not None and passage is not None:
        places = places_of_span(passage.places, *span)
    pages = [one.label or str(one.page) for one in places if one.page is not None]
    return (pages[0], pages[-1]) if pages else None


def _key(document: DocumentHeader) -> str:
    plain = unicodedata.normalize("NFKD", document.symbol.raw if document.symbol else "")
    return re.sub(r"[^A-Za-z0-9]+", "-", plain.encode("ascii", "ignore").decode()).strip("-") or f"paper-{document.id}"


def _line(text: str) -> str:
    """Return a text on one line."""
    return " ".join(text.split())


def _escaped(text: str | None) -> str | None:
    return f"{{{_line(text).translate(_ESCAPED)}}}" if text else None


def _braced(text: str | None) -> str | None:
    """Return a text with protected capitals, and without parts that look like a person's first name."""
    return f"{{{_escaped(text)}}}" if text else None
