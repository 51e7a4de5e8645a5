"""The quotations and references of a text that somebody wrote: a speech, a briefing of another office."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple, TypeAlias

from extractors.document import Block, Document, Reference
from extractors.text.superscripts import RAISED_DIGITS
from pipelines.quotations.verify import Verdict, Verifier, find_references

CheckKind: TypeAlias = Literal["quotation", "reference"]

_FEWEST_WORDS = 4
"""Of a quotation: fewer in quotation marks are a term."""
_BEHIND, _BEFORE = 160, 240
"""Characters behind and before a quotation in which its citation stands."""
_QUOTED = re.compile(
    r"\u201c(?P<a>[^\u201c\u201d]+)\u201d|\u00ab\s*(?P<b>[^\u00ab\u00bb]+?)\s*\u00bb"
    r"|\u201e(?P<c>[^\u201e\u201c]+)\u201c|\"(?P<d>[^\"]+)\""
)
_PARAGRAPHS = re.compile(r"\n\s*\n")
_NOTE = re.compile(rf"[{RAISED_DIGITS}]+|\[\d{{1,3}}\]")
_MOST_BLOCKS = 4
"""Blocks that one quotation runs over: a heading and what stands below it, or some paragraphs."""
_DIGITS = {raised: str(digit) for digit, raised in enumerate(RAISED_DIGITS)}


class Quoted(NamedTuple):
    """A quotation in a text, with the words around it that say whence it is."""

    text: str
    citation: str | None
    page: int | None
    paragraph: str | None


class Check(Verdict):
    """What became of a quotation or a reference of a text; `at_page` and `at_paragraph` say where it stands there."""

    kind: CheckKind
    at_page: int | None = None
    at_paragraph: str | None = None


class PendingCheck(NamedTuple):
    """A quotation or a reference of a text that is not compared yet, and the paragraph that it stands in."""

    kind: CheckKind
    block: Block
    said: Quoted | Reference

    def verified(self, verifier: Verifier) -> Check:
        """Return what becomes of it."""
        said = self.said
        if isinstance(said, Quoted):
            found = verifier.verify(said.text, said.citation)
        else:
            found = verifier.verify_reference(said)
        return Check(kind=self.kind, at_page=self.block.page, at_paragraph=self.block.number, **dict(found))


def checks_of_document(document: Document) -> list[PendingCheck]:
    """Return what there is to compare in a text, in its order: each quotation, and each further reference once."""
    notes = {one.note: one.text for one in document.passages if one.kind == "note" and one.note}
    notes |= {_number(one.number): one.text for one in document.blocks if one.kind == "footnote" and one.number}
    written = [one for one in document.blocks if one.kind not in {"header", "footer", "footnote"}]
    return list(_pending(written, notes))


def checks_of_text(text: str) -> list[PendingCheck]:
    """Return the same of plain text, whose paragraphs are parted by empty lines."""
    parts = (part.strip() for part in _PARAGRAPHS.split(text))
    blocks = [Block(id=number, kind="paragraph", text=part) for number, part in enumerate(filter(None, parts))]
    return list(_pending(blocks, {}))


def has_quotations(text: str) -> bool:
    """Return whether a text has a quotation in quotation marks."""
    return next(quotations_in(Block(id=0, kind="paragraph", text=text)), None) is not None


def _pending(blocks: Iterable[Block], notes: Mapping[str, str]) -> Iterator[PendingCheck]:
    cited: set[Reference] = set()
    for block in _joined(blocks):
        for quoted in quotations_in(block, notes):
            cited |= set(find_references(quoted.citation or "")[:1])
            yield PendingCheck("quotation", block, quoted)
        for reference in find_references(block.text):
            if reference not in cited:
                cited.add(reference)
                yield PendingCheck("reference", block, reference)


def _joined(blocks: Iterable[Block]) -> Iterator[Block]:
    """Yield the blocks; one in which a quotation begins that the next one ends is one with it."""
    before, count = None, 1
    for block in blocks:
        if before and count < _MOST_BLOCKS and _runs_over(text := f"{before.text}\n{block.text}", len(before.text)):
            before, count = before.model_copy(update={"text": text}), count + 1
            continue
        if before:
            yield before
        before, count = block, 1
    if before:
        yield before


def _runs_over(text: str, place: int) -> bool:
    """Return whether a quotation runs over a place; straight marks count that touch words within, as inches do not."""
    found = next((one for one in _QUOTED.finditer(text) if one.end() > place), None)
    if found is None or found.start() >= place:
        return False
    inside = found["d"]
    return inside is None or (inside == inside.strip() and not text[: found.start()][-1:].isalnum())


def quotations_in(block: Block, notes: Mapping[str, str] = {}) -> Iterator[Quoted]:
    """Yield the quotations of a paragraph, each with its citation: behind it, in its note, or before it."""
    matches = [one for one in _QUOTED.finditer(block.text) if len(_quoted(one).split()) >= _FEWEST_WORDS]
    for place, match in enumerate(matches):
        last = matches[place - 1].end() if place else 0
        following = matches[place + 1].start() if place + 1 < len(matches) else len(block.text)
        behind = block.text[match.end() : min(following, match.end() + _BEHIND)]
        before = block.text[max(last, match.start() - _BEFORE) : match.start()]
        mark = _NOTE.match(behind.lstrip(" .,;:"))
        note = notes.get(_number(mark.group())) if mark else None
        citation = next((one for one in (note, behind, before) if one and find_references(one)), None)
        yield Quoted(_quoted(match), citation and " ".join(citation.split()), block.page, block.number)


def _quoted(match: re.Match[str]) -> str:
    return next(one for one in match.groups() if one)


def _number(mark: str) -> str:
    return "".join(_DIGITS.get(sign, sign) for sign in mark).strip("[]. ")
