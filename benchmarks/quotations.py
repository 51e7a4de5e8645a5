"""Measures the verification of quotations from the papers of a home: true ones in varied form, and altered ones.

usage: python -m benchmarks.quotations HOME [--count 200] [--seed 1] [--show]

Sentences of numbered paragraphs, English and French, are quoted with their citations. True ones are set as people set
them: with typographic quotation marks, a capital, a gap, an editor's brackets, hyphens at the ends of lines, without
the marks of notes. In changed ones a word, a number, a negation (also in brackets), a modal verb, a year or a name is
another, words in brackets replace some, two sentences are joined, or the citation names another paragraph. Printed are
the statuses by kind, and how many true ones are verified at their place.
"""

import argparse
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from configs.sentences import load_sentence_rules
from configs.settings import load_settings
from extractors.document import Document, Passage
from extractors.text.sentences import sentence_spans
from extractors.text.superscripts import RAISED_DIGITS
from index.filters import EVERY_CLASS, Filters
from pipelines.access.keys import LOCAL
from pipelines.collection import Collection
from pipelines.quotations.letters import letters_of
from pipelines.quotations.verify import Verifier
from pipelines.quotations.wording import weighs
from pipelines.viewing.citations import cite

_LEAST, _MOST = 60, 400
"""Characters of a quotation."""
_OTHER_WORDS = {"en": "tariff nomenclature", "fr": "nomenclature tarifaire"}
_NEGATION = {
    "en": (re.compile(r"\b(is|are|was|were|should|shall|will|has|have|may)\b"), r"\1 not"),
    "fr": (re.compile(r"\b(est|sont|doit|doivent|peut|peuvent|a|ont)\b"), r"n'\1 pas"),
}
_MODALS = {
    "should": "may",
    "shall": "should",
    "must": "may",
    "may": "shall",
    "doit": "peut",
    "doivent": "peuvent",
    "peut": "doit",
    "peuvent": "doivent",
    "will": "could",
    "could": "will",
}
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{4,}\b")
_YEAR = re.compile(r"\b(19|20)\d{2}\b")
_NUMBER = re.compile(r"(?<![\d.,/])\d{1,3}(?![\d./]|,\d)")
_MARK = re.compile(rf"(?<=[\w.,;])[{RAISED_DIGITS}]+")


class Quotation(NamedTuple):
    """A stretch of a passage, and the citation that belongs to it."""

    document: Document
    passage: Passage
    start: int
    end: int
    rest: str
    """The sentence behind it in the passage, "" for the last."""

    @property
    def text(self) -> str:
        """The quoted words of the paper."""
        return self.passage.text[self.start : self.end]

    @property
    def citation(self) -> str:
        """The citation of the words."""
        return cite(self.document, self.passage, (self.start, self.end))


def _marks(text: str, _: random.Random) -> str | None:
    return f"« {text.replace(chr(39), chr(8217)).replace('-', chr(8209))} »"


def _capital(text: str, _: random.Random) -> str | None:
    return text[0].swapcase() + text[1:] if text[0].isalpha() else None


def _without_marks(text: str, _: random.Random) -> str | None:
    return _MARK.sub("", text) if _MARK.search(text) else None


def _hyphens(text: str, chance: random.Random) -> str | None:
    words = list(re.finditer(r"[^\W\d_]{8,}", text))
    if not words:
        return None
    place = chance.choice(words).start() + 4
    return f"{text[:place]}-\n{text[place:]}"


def _edited(text: str, chance: random.Random) -> str | None:
    spaces = [match.start() for match in re.finditer(r"(?<=\w) (?=\w)", text)]
    if not spaces or not text[:2].isalpha():
        return None
    place = chance.choice(spaces)
    return f"[{text[0].swapcase()}]{text[1:place]} [draft]{text[place:]}"


def _gap(text: str, chance: random.Random, language: str) -> str | None:
    words = list(re.finditer(r"\S+", text))
    for _ in range(30):
        first = chance.randrange(3, max(len(words) - 6, 4))
        last = first + chance.randrange(1, 4)
        if last >= len(words) - 2:
            continue
        left_out = text[words[first].start() : words[last].end()]
        if not weighs(left_out, language):
            return f"{text[: words[first].start()]}[…] {text[words[last + 1].start() :]}"
    return None


TRUE: dict[str, Callable[[Quotation, random.Random], str | None]] = {
    "as printed": lambda one, _: one.text,
    "typographic marks": lambda one, chance: _marks(one.text, chance),
    "a capital": lambda one, chance: _capital(one.text, chance),
    "a gap": lambda one, chance: _gap(one.text, chance, one.document.language or ""),
    "an editor's brackets": lambda one, chance: _edited(one.text, chance),
    "hyphens at line ends": lambda one, chance: _hyphens(one.text, chance),
    "marks of notes left out": lambda one, chance: _without_marks(one.text, chance),
}


def _substituted(pattern: re.Pattern[str], other: Callable[[re.Match[str]], str]) -> Callable[..., str | None]:
    def change(one: Quotation, chance: random.Random) -> str | None:
        found = list(pattern.finditer(one.text))
        if not found:
            return None
        match = chance.choice(found)
        return one.text[: match.start()] + other(match) + one.text[match.end() :]

    return change


def _word(one: Quotation, chance: random.Random) -> str | None:
    words = list(re.finditer(r"[a-zà-ÿ]{6,}", one.text))
    if not words:
        return None
    match = chance.choice(words)
    other = chance.choice(_OTHER_WORDS[one.document.language or "en"].split())
    return None if other == match[0] else one.text[: match.start()] + other + one.text[match.end() :]


def _negated(one: Quotation, _: random.Random) -> str | None:
    pattern, other = _NEGATION[one.document.language or "en"]
    return pattern.sub(other, one.text, count=1) if pattern.search(one.text) else None


def _replaced_in_brackets(one: Quotation, chance: random.Random) -> str | None:
    found = _gap(one.text, chance, one.document.language or "")
    return found.replace("[…]", "[these]") if found else None


def _negated_in_brackets(one: Quotation, _: random.Random) -> str | None:
    pattern, other = _NEGATION[one.document.language or "en"]
    bracketed = other.replace("not", "[not]").replace("n'", "[n']").replace("pas", "[pas]")
    return pattern.sub(bracketed, one.text, count=1) if pattern.search(one.text) else None


def _joined(one: Quotation, _: random.Random) -> str | None:
    if not one.rest or not one.rest[0].isupper() or not one.text.endswith("."):
        return None
    link = "et" if one.document.language == "fr" else "and"
    return f"{one.text[:-1]} {link} {one.rest[0].lower()}{one.rest[1:]}"


_NAMES = ("Arvenia", "Belmora", "Castellia")
CHANGED: dict[str, Callable[[Quotation, random.Random], str | None]] = {
    "a word": _word,
    "a number": _substituted(_NUMBER, lambda match: str(int(match[0]) + 7)),
    "a negation": _negated,
    "a negation in brackets": _negated_in_brackets,
    "words in brackets for others": _replaced_in_brackets,
    "a modal verb": _substituted(re.compile(rf"\b(?:{'|'.join(_MODALS)})\b"), lambda match: _MODALS[match[0]]),
    "a year": _substituted(_YEAR, lambda match: str(int(match[0]) + 3)),
    "a name": _substituted(_NAME, lambda match: _NAMES[len(match[0]) % 3]),
    "two sentences joined": _joined,
}
PARAGRAPH = "the paragraph of the citation"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("home", type=Path)
    parser.add_argument("--count", type=int, default=200, help="true quotations, and changed ones")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", action="store_true", help="print each that is judged wrongly")
    options = parser.parse_args()
    settings = load_settings(options.home)
    chance = random.Random(options.seed)
    with Collection(settings) as collection:
        with collection.engine() as engine:
            pool = list(_quotations(engine.passages(Filters(access_classes=EVERY_CLASS))))
        chance.shuffle(pool)
        verifier = collection.verifier(LOCAL)
        right = _true(verifier, pool, chance, options)
        wrong = _changed(verifier, pool, chance, options)
    print(f"\n{len(pool)} quotations to choose from; true ones verified at their place: {right}; changed ones: {wrong}")


def _true(verifier: Verifier, pool: list[Quotation], chance: random.Random, options: argparse.Namespace) -> str:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    good = total = 0
    for kind, change in TRUE.items():
        for one, text in _of_kind(pool, change, chance, options.count // len(TRUE) + 1):
            verdict = verifier.verify(text, one.citation)
            is_right = verdict.status == "verified" and verdict.document == one.document.id
            is_right = is_right and verdict.citation == one.citation
            found[kind][verdict.status if is_right or verdict.status != "verified" else "elsewhere"] += 1
            good, total = good + is_right, total + 1
            if options.show and not is_right:
                print(
                    f"- {kind}: {verdict.status} {one.citation} → {verdict.citation}: {verdict.difference}\n  {text!r}"
                )
    _table(found)
    return f"{good} of {total}"


def _changed(verifier: Verifier, pool: list[Quotation], chance: random.Random, options: argparse.Namespace) -> str:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    good = total = 0
    share = options.count // (len(CHANGED) + 1)
    for kind, change in CHANGED.items():
        for one, text in _of_kind(pool, change, chance, share):
            verdict = verifier.verify(text, one.citation)
            found[kind][verdict.status] += 1
            good, total = good + (verdict.status in {"differs", "not_found"}), total + 1
            if options.show and verdict.status not in {"differs", "not_found"}:
                print(f"- {kind}: {verdict.status} {one.citation}\n  {text!r}")
    for one in [one for one in pool if re.search(r"§ \d+,", one.citation)][:share]:
        moved = re.sub(r"§ (\d+),", lambda match: f"§ {int(match[1]) + 3},", one.citation)
        verdict = verifier.verify(one.text, moved)
        found[PARAGRAPH][verdict.status] += 1
        good, total = good + (verdict.status == "repaired" and verdict.citation == one.citation), total + 1
    _table(found)
    return f"{good} of {total}"


def _of_kind(
    pool: list[Quotation], change: Callable[[Quotation, random.Random], str | None], chance: random.Random, count: int
) -> Iterator[tuple[Quotation, str]]:
    for one in chance.sample(pool, len(pool)):
        text = change(one, chance)
        if (text and text != one.text) or (text and change is TRUE["as printed"]):
            yield one, text
            count -= 1
            if not count:
                return


def _quotations(documents: Iterable[tuple[Document, tuple[Passage, ...]]]) -> Iterator[Quotation]:
    """Yield the sentences of numbered paragraphs of papers with a symbol."""
    for document, passages in documents:
        if document.symbol is None or document.language not in _NEGATION:
            continue
        for passage in passages:
            if passage.kind != "text" or passage.boilerplate or len(passage.paragraphs) != 1:
                continue
            spans = sentence_spans(passage.text, load_sentence_rules())
            for place, (start, end) in enumerate(spans):
                following = spans[place + 1] if place + 1 < len(spans) else None
                rest = passage.text[slice(*following)] if following else ""
                if _LEAST <= end - start <= _MOST and len(letters_of(passage.text[start:end]).text) > _LEAST // 2:
                    yield Quotation(document, passage, start, end, rest)


def _table(found: dict[str, Counter[str]]) -> None:
    statuses = ("verified", "elsewhere", "repaired", "differs", "not_found")
    print("\n| quoted | " + " | ".join(statuses) + " |\n| --- |" + " ---: |" * len(statuses))
    for kind, counts in found.items():
        print(f"| {kind} | " + " | ".join(str(counts[one] or "") for one in statuses) + " |")


if __name__ == "__main__":
    main()
