"""Finds the quotations and references in a text that is to be verified, such as a speech or a briefing."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias

from configs.sentences import load_sentence_rules
from extractors.document import Block, Document, Reference
from extractors.text.sentences import sentence_spans
from extractors.text.superscripts import RAISED_DIGITS
from pipelines.quotations.cited import find_references
from pipelines.quotations.verify import Verdict, Verifier

CheckKind: TypeAlias = Literal["quotation", "reference"]

_FEWEST_WORDS = 4
"""Least number of words of a quotation: fewer words in quotation marks are a term, but with a citation behind them."""
_AFTER, _BEFORE = 160, 240
"""Number of characters after and before a quotation that are searched for its citation."""
_QUOTED = re.compile(
    r"\u201c(?P<a>[^\u201c\u201d]+)\u201d|\u00ab\s*(?P<b>[^\u00ab\u00bb]+?)\s*\u00bb"
    r"|\u201e(?P<c>[^\u201e\u201c]+)\u201c|\"(?P<d>[^\"]+)\""
    r"|(?<!\w)\u2018(?P<e>[^\u2018]+?)\u2019(?!\w)|(?<!\w)'(?P<f>(?:[^']|(?<=\w)'(?=\w))+)'(?!\w)"
)
"""Single marks stand at the edges of words, apostrophes inside them."""
_PARAGRAPHS = re.compile(r"\n\s*\n")
_BRACKETS = re.compile(r"\s*(?:\([^()]*\)|\[[^\[\]]*\])")
_NOTE = re.compile(rf"[{RAISED_DIGITS}]+|\[\d{{1,3}}\]")
_MARKS = (("\u201c", "\u201d"), ("\u00ab", "\u00bb"), ("\u201e", "\u201c"))
_MOST_BLOCKS, _MOST_BLOCKS_OF_STRAIGHT_MARKS = 40, 4
"""Blocks that a quotation may span: a heading and its text, an article with its items. Straight marks may be inches."""
_DIGITS = {raised: str(digit) for digit, raised in enumerate(RAISED_DIGITS)}


class Quotation(NamedTuple):
    """A quotation in a text, with the words near it that cite its source."""

    text: str
    citation: str | None
    page: int | None
    paragraph: str | None


class Check(Verdict):
    """The result for a quotation or a reference of a text; `at_page` and `at_paragraph` are its place in the text."""

    kind: CheckKind
    at_page: int | None = None
    at_paragraph: str | None = None


class PendingCheck(NamedTuple):
    """A quotation or a reference of a text that is not verified yet, and its paragraph."""

    kind: CheckKind
    block: Block
    content: Quotation | Reference

    def verified(self, verifier: Verifier) -> Check:
        """Verify it, and return the result."""
        content = self.content
        if isinstance(content, Quotation):
            found = verifier.verify(content.text, content.citation)
        else:
            found = verifier.verify_reference(content)
        return Check(kind=self.kind, at_page=self.block.page, at_paragraph=self.block.number, **dict(found))


def checks_of_document(document: Document) -> list[PendingCheck]:
    """Return the pending checks of a text, in its order: each quotation, and each further reference once."""
    notes = {one.note: one.text for one in document.passages if one.kind == "note" and one.note}
    notes |= {_number(one.number): one.text for one in document.blocks if one.kind == "footnote" and one.number}
    written = [one for one in document.blocks if one.kind not in {"header", "footer", "footnote"}]
    return list(_pending(written, notes))


def checks_of_text(text: str) -> list[PendingCheck]:
    """Return the pending checks of plain text, whose paragraphs are separated by empty lines."""
    parts = (part.strip() for part in _PARAGRAPHS.split(text))
    blocks = [Block(id=number, kind="paragraph", text=part) for number, part in enumerate(filter(None, parts))]
    return list(_pending(blocks, {}))


def is_quotation(text: str) -> bool:
    """Return whether a text is itself a quotation: it has none in quotation marks, and more than references."""
    if next(quotations_in(Block(id=0, kind="paragraph", text=text)), None):
        return False
    references = find_references(text)
    return not references or sum(map(str.isalpha, text.split())) >= _FEWEST_WORDS * len(references)


def _pending(blocks: Iterable[Block], notes: Mapping[str, str]) -> Iterator[PendingCheck]:
    cited: set[Reference] = set()
    for block in _joined_quotations(blocks):
        for quotation in quotations_in(block, notes):
            cited |= set(find_references(quotation.citation or "")[:1])
            yield PendingCheck("quotation", block, quotation)
        for reference in find_references(block.text):
            if reference not in cited:
                cited.add(reference)
                yield PendingCheck("reference", block, reference)


def _joined_quotations(blocks: Iterable[Block]) -> Iterator[Block]:
    """Yield the blocks; blocks that a quotation spans are joined to one, with the numbers that are printed in it."""
    left = list(blocks)
    place = 0
    while place < len(left):
        block, place = left[place], place + 1
        while count := next(
            (n for n in range(1, _most_blocks(block.text)) if _goes_on(block, left[place : place + n])), 0
        ):
            block = block.model_copy(update={"text": _joined(block, left[place : place + count])})
            place += count
        yield block


def _most_blocks(text: str) -> int:
    """Return how many blocks a quotation may span that is open at the end of a text; 0 where none is."""
    if any(text.rfind(first) > text.rfind(last) for first, last in _MARKS):
        return _MOST_BLOCKS
    return _MOST_BLOCKS_OF_STRAIGHT_MARKS if text.count('"') % 2 else 0


def _goes_on(block: Block, following: Sequence[Block]) -> bool:
    return _spans(_joined(block, following), len(block.text))


def _joined(block: Block, following: Sequence[Block]) -> str:
    return "\n".join((block.text, *(one.printed for one in following)))


def _spans(text: str, place: int) -> bool:
    """Return whether a quotation spans a place; straight marks count only next to its words, as inches do not."""
    found = next((one for one in _QUOTED.finditer(text) if one.end() > place), None)
    if found is None or found.start() >= place:
        return False
    inside = found["d"]
    return inside is None or (inside == inside.strip() and not text[: found.start()][-1:].isalnum())


def quotations_in(block: Block, notes: Mapping[str, str] = {}) -> Iterator[Quotation]:
    """Yield the quotations of a paragraph, each with its citation: in its note, after it, or before it.

    A citation is of its sentence, or stands in brackets right behind that.
    """
    plain = _QUOTED.sub(lambda one: "x" * len(one.group()), block.text).replace("\n", " ")
    sentences = sentence_spans(plain, load_sentence_rules())
    matches = [one for one in _QUOTED.finditer(block.text) if _is_long(one) or _is_cited(plain, one.end())]
    for place, match in enumerate(matches):
        first, end = next(one for one in sentences if match.start() < one[1])
        behind = _BRACKETS.match(plain, end)
        last = matches[place - 1].end() if place else 0
        following = matches[place + 1].start() if place + 1 < len(matches) else len(block.text)
        after = block.text[match.end() : min(following, match.end() + _AFTER, behind.end() if behind else end)]
        before = block.text[max(last, first, match.start() - _BEFORE) : match.start()]
        mark = _NOTE.match(after.lstrip(" .,;:"))
        note = notes.get(_number(mark.group())) if mark else None
        citation = next((one for one in (note, after, before) if one and find_references(one)), None)
        yield Quotation(_quoted_text(match), citation and " ".join(citation.split()), block.page, block.number)


def _is_long(match: re.Match[str]) -> bool:
    return len(_quoted_text(match).split()) >= _FEWEST_WORDS


def _is_cited(text: str, end: int) -> bool:
    """Return whether a citation stands in brackets right behind a quotation."""
    behind = _BRACKETS.match(text, end)
    return behind is not None and bool(find_references(behind[0]))


def _quoted_text(match: re.Match[str]) -> str:
    return next(one for one in match.groups() if one)


def _number(mark: str) -> str:
    return "".join(_DIGITS.get(sign, sign) for sign in mark).strip("[]. ")
