"""The place that a citation names, and the references in a text."""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple

from configs.bodies import load_bodies
from configs.proceedings import load_proceedings
from extractors.document import Block, Place, Reference
from extractors.metadata.references import ReferenceFinder
from extractors.text.numbering import suffix_pattern
from pipelines.viewing.citations import plain_number

_PAGE = re.compile(r"\b(?:pp?\.|pages?)\s*(?P<first>\d+|[ivxlc]+)(?:\s*[-–]\s*(?P<last>\d+))?", re.IGNORECASE)
_SECTION = re.compile(
    r"(?:§+|\b(?:para(?:graph|graphe)?s?|recitals?)\.?)\s*(\d+(?:\.\d+)*(?:\s*[-–]\s*\d+(?:\.\d+)*)?)",
    re.IGNORECASE,
)
_RANGE = re.compile(r"((?:\d+\.)*)(\d+)\s*(?:[-–]|to|à|,|and|et)\s*\1(\d+)")


class Cited(NamedTuple):
    """The place that a citation names; parts that it leaves out are None or empty."""

    symbol: str | None = None
    paragraphs: tuple[str, ...] = ()
    annex: str | None = None
    article: str | None = None
    pages: tuple[str, ...] = ()

    def is_at(self, places: Sequence[Place]) -> bool:
        """Return whether text at some places of a paper is where the citation says."""
        return (
            _has_any(self.paragraphs, (one.paragraph for one in places))
            and _has_any((self.annex,) if self.annex else (), (one.annex for one in places))
            and _has_any((self.article,) if self.article else (), (one.article for one in places))
            and _has_any(self.pages, (page for one in places for page in (one.label, str(one.page))))
        )


def cited_in(citation: str) -> Cited:
    """Return the place that a citation names: `PC0345E1a, Annex 4, Article 18, § 3, p. 20`."""
    reference = next(iter(find_references(citation)), None)
    page, article, section = (one.search(citation) for one in (_PAGE, _article(), _SECTION))
    return Cited(
        symbol=reference.symbol if reference else None,
        paragraphs=numbers_in(reference.paragraph if reference else section and section[1]),
        annex=reference.annex if reference else None,
        article=article["article"] if article else None,
        pages=numbers_in("–".join(filter(None, page.groups()))) if page else (),
    )


def find_references(text: str) -> tuple[Reference, ...]:
    """Return the papers that a text refers to, with paragraphs and annexes."""
    return _references().references_of((Block(id=0, kind="paragraph", text=text),), None)


@cache
def _references() -> ReferenceFinder:
    return ReferenceFinder(load_bodies(), load_proceedings())


@cache
def _article() -> re.Pattern[str]:
    return re.compile(rf"\bart(?:icle|\.)\s*(?P<article>\d+(?:\.\d+)*(?:{suffix_pattern()}|[a-z]?))", re.IGNORECASE)


def numbers_in(numbers: str | None) -> tuple[str, ...]:
    """Return the numbers in a citation, with ranges expanded."""
    if not numbers:
        return ()
    found = _RANGE.search(numbers)
    if found and int(found[2]) < int(found[3]) < int(found[2]) + 1000:
        return tuple(f"{found[1]}{number}" for number in range(int(found[2]), int(found[3]) + 1))
    return (plain_number(numbers),)


def _has_any(wanted: Sequence[str], there: Iterable[str | None]) -> bool:
    """Return whether one of the wanted numbers is present, or none is wanted."""
    forms = {plain_number(one) for one in there if one}
    return not wanted or any(plain_number(one) in forms for one in wanted)
