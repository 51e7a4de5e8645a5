"""Finds references to other papers: cited symbols with paragraph and annex."""

import re
from collections.abc import Collection, Iterator, Sequence

from configs.bodies import Bodies
from configs.labels import alternatives, before_word, fold
from configs.proceedings import Proceedings
from extractors.document import Block, Reference, Symbol
from extractors.metadata.symbols import LETTER_LANGUAGES, comparable, find_symbols

_BLOCK_CHARACTERS = 20_000
_MOST_REFERENCES = 2_000
_AROUND = 60
"""Characters before and after a symbol in which its paragraph and annex are sought."""
_FURNITURE = ("header", "footer")
_DIGIT = re.compile(r"\d")
_NUMBER_AT_END = re.compile(r"(?<=/)\d+$")
_NUMBER = r"\d{1,4}(?:\.\d{1,3}){0,3}(?: ?\([a-z]{1,3}\))?"
_ANNEX_NUMBER = r"(?P<annex>[ivxl]{1,6}|[a-z](?:/\d{1,3})?|\d{1,2})"
_EDITION = r"(?:/(?:rev|add|corr)\.? ?\d{0,2})"


class ReferenceFinder:
    """Finds references; its patterns are built from the known bodies and the words of proceedings."""

    def __init__(self, bodies: Bodies, words: Proceedings) -> None:
        self._bodies = bodies
        self._decision = re.compile(
            rf"(?<!\w)(?P<symbol>(?:{alternatives(words.deciding_bodies)} )?{alternatives(words.decision_words)}"
            r" (?:no\.?|n°|nr\.?) ?\d{1,4}(?:/\d{1,4})?)(?![\w/])"
        )

        joints = alternatives((*words.number_joints, "-", ","))
        numbers = rf"(?P<paragraph>{_NUMBER}(?: ?{joints} ?{_NUMBER}(?![\w/]))?)"
        paragraph = rf"{alternatives((*words.cited_paragraphs, '§', '§§'))} ?{numbers}(?![\w/])"
        annex = rf"{alternatives(words.cited_annexes)} {_ANNEX_NUMBER}(?![\w/])"
        links = rf"(?:,? (?:{alternatives((*words.citing_links, 'no', 'no.', 'n°'))} ?){{1,5}})$"
        self._paragraph_before = re.compile(rf"(?<!\w){paragraph}{links}")
        self._annex_before = re.compile(rf"(?<!\w){annex}{links}")
        continuation = rf"(?:{alternatives(words.cited_joints)} )?{before_word(words.cited_articles)}?"
        after = rf"{_EDITION}*(?:,? ?[(\[]?|,? {continuation})"
        others = rf"(?! ?{alternatives(words.others_links)} )"
        self._paragraph_after = re.compile(rf"{after}{paragraph}{others}")
        self._annex_after = re.compile(rf"{after}{annex}{others}")

    def references_of(self, blocks: Sequence[Block], own: Symbol | None) -> tuple[Reference, ...]:
        """Return the references of a paper, each paragraph and annex once, where it is cited first.

        A symbol without either is left out where the same paper is cited with one. The paper's `own` symbol,
        in any version, does not count, nor does a running head that an earlier paper of the series left in the file.
        """
        found: dict[tuple[str, str | None, str | None], Reference] = {}
        own_forms = _own_forms(own)
        for block in blocks:
            if block.kind in _FURNITURE or not _DIGIT.search(block.text) or _is_leftover_head(block, own):
                continue
            for reference in self._references_in(block, own_forms):
                key = (comparable(reference.symbol), reference.paragraph, reference.annex)
                found.setdefault(key, reference)
            if len(found) >= _MOST_REFERENCES:
                break
        detailed = {symbol for symbol, paragraph, annex in found if paragraph or annex}
        return tuple(
            reference
            for (symbol, paragraph, annex), reference in found.items()
            if paragraph or annex or symbol not in detailed
        )[:_MOST_REFERENCES]

    def _references_in(self, block: Block, own: Collection[str]) -> Iterator[Reference]:
        text = block.text[:_BLOCK_CHARACTERS]
        folded = fold(text)
        symbols = [(one.start, one.end, one.symbol.raw) for one in find_symbols(text, self._bodies)]
        for match in self._decision.finditer(folded):
            start, end = match.span("symbol")
            if not any(start < other_end and other_start < end for other_start, other_end, _ in symbols):
                symbols.append((start, end, text[start:end]))
        symbols.sort()
        for position, (start, end, printed) in enumerate(symbols):
            symbol = " ".join(printed.split())
            if _is_own(symbol, own):
                continue
            last = symbols[position - 1][1] if position else 0
            following = symbols[position + 1][0] if position + 1 < len(symbols) else len(text)
            before = folded[max(last, start - _AROUND) : start]
            after = folded[end : min(following, end + _AROUND)]
            annex = _first(self._annex_before.search(before), self._annex_after.match(after))
            paragraph = _first(self._paragraph_before.search(before), self._paragraph_after.match(after))
            rest = self._annex_after.match(after)
            if rest and not paragraph:
                paragraph = _first(self._paragraph_after.match(after[rest.end() :]))
            rest = self._paragraph_after.match(after)
            if rest and not annex:
                annex = _first(self._annex_after.match(after[rest.end() :]))
            yield Reference(
                symbol=symbol,
                paragraph=paragraph and paragraph.replace(" (", "("),
                annex=annex and annex.upper(),
                page=block.page,
            )


def _first(*matches: re.Match[str] | None) -> str | None:
    for match in matches:
        if match:
            return str(next(iter(value for value in match.groupdict().values() if value), "")) or None
    return None


def _own_forms(own: Symbol | None) -> frozenset[str]:
    if own is None:
        return frozenset()
    paper = f"{own.prefix}{own.serial}" if own.prefix else own.serial
    return frozenset(comparable(form) for form in (own.raw, paper) if form)


def _is_leftover_head(block: Block, own: Symbol | None) -> bool:
    """Return whether a block is nothing but the symbol of another paper of the series, in a text without pages.

    Papers are often written over the file of the one before, whose running head then remains in the text.
    """
    if own is None or block.page is not None or block.kind != "paragraph":
        return False
    return _NUMBER_AT_END.sub("", comparable(block.text)) == _NUMBER_AT_END.sub("", comparable(own.raw)) != ""


def _is_own(symbol: str, own: Collection[str]) -> bool:
    """Return whether a symbol is the paper's own: in full, in another version, or shortened as in a running head."""
    form = comparable(symbol)
    compact = form.replace("-", "")
    for one in own:
        if form == one or compact == one.replace("-", "") or one.endswith(f"/{form}"):
            return True
        if re.fullmatch(rf"{re.escape(one)}(?:[{''.join(LETTER_LANGUAGES)}]\d{{0,2}}[A-Z]?)?(?:/.*)?", compact):
            return True
    return False
