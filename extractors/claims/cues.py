"""Finds the cues of modality in a sentence, and its subordinate clauses, conditions and contrasts.

The phrases of `configs/modality.yaml` are compiled at most once and looked up by their first word, so that the time
is linear in the words of a sentence; what a phrase may skip is bounded.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from configs.modality import CueGroup, LanguageCues, Meaning

CLAUSE_ENDS = frozenset(",;:()–—")

_MOST_FILLERS = 3
_BEGINNING = "^"
_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|\w+(?:-\w+)*'?|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Cue:
    """A cue in a sentence: what it means, how sure it is (0–1), its first and its last token."""

    means: Meaning
    strength: float
    first: int
    last: int
    negated: bool = False


class Tokens:
    """A sentence as lower-case words and marks, joined by single spaces for the patterns."""

    def __init__(self, sentence: str) -> None:
        matches = list(_TOKEN.finditer(sentence.replace("’", "'")))
        self.raw = [match.group() for match in matches]
        self.words = [word.lower() for word in self.raw]
        self._spans = [match.span() for match in matches]
        self.joined = " ".join(self.words) + " "
        self.offsets: list[int] = []
        offset = 0
        for word in self.words:
            self.offsets.append(offset)
            offset += len(word) + 1

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Return where the tokens from `first` to `last` begin and end in the sentence, in characters."""
        return self._spans[first][0], self._spans[last][1]


@dataclass(frozen=True)
class _Pattern:
    group: CueGroup
    written: str
    not_after: frozenset[str]
    not_before: frozenset[str]

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """Compiled at the first word that it may begin with; most papers need a small part of them."""
        return re.compile(self.written)


class CueFinder:
    """The patterns of one language, looked up by the first word, its beginning or its end."""

    def __init__(self, cues: LanguageCues) -> None:
        filler = "|".join(_element(word) for word in cues.fillers) or "(?!)"
        self._by_word: dict[str, list[_Pattern]] = {}
        self._by_prefix: dict[str, list[_Pattern]] = {}
        self._by_suffix: dict[str, list[_Pattern]] = {}
        for group in cues.groups:
            around = frozenset(group.not_after), frozenset(group.not_before)
            for phrase in group.phrases:
                elements = phrase.replace("’", "'").split()
                pattern = _Pattern(group, _regex(elements, filler), *around)
                for word in _alternatives(elements[0]):
                    self._file(word, pattern)
        self._prefix_lengths = sorted({len(prefix) for prefix in self._by_prefix})
        self._suffix_lengths = sorted({len(suffix) for suffix in self._by_suffix})
        self._subordinators = _openers(cues.subordinators)
        self._leading = _openers((*cues.subordinators, *cues.leading_subordinators))
        self._conditionals = _openers(cues.conditionals)
        self._connectors = frozenset(cues.connectors)
        self._contrasts = frozenset(cues.contrasts)

    def find(self, text: Tokens) -> list[Cue]:
        """Return the cues from left to right; the longest at each word, none inside another.

        Of two equally long, a whole first word counts before `word*` and that before `*word`, then the order
        of the file.
        """
        found: list[Cue] = []
        at = 0
        while at < len(text.words):
            best = self._longest(text, at)
            if best is None:
                at += 1
            else:
                found.append(best)
                at = best.last + 1
        return found

    def subordinate(self, text: Tokens, beginning: int) -> set[int]:
        """Return the tokens of subordinate clauses: from an opener to the next mark that ends a clause."""
        aside: set[int] = set()
        for at in range(beginning, len(text.words)):
            openers = self._leading if at == beginning else self._subordinators
            if at not in aside and _opens(openers, text, at):
                aside.update(_clause(text, at))
        return aside

    def condition(self, text: Tokens, beginning: int) -> range:
        """Return the tokens of a condition that begins the sentence; nothing in it is a fact."""
        if beginning < len(text.words) and _opens(self._conditionals, text, beginning):
            return _clause(text, beginning)
        return range(0)

    def connectors(self, text: Tokens) -> list[int]:
        """Return the tokens that join main clauses."""
        return [at for at, word in enumerate(text.words) if word in self._connectors]

    def contrasts(self, text: Tokens) -> list[int]:
        """Return the tokens that set what follows them against what stands before."""
        return [at for at, word in enumerate(text.words) if word in self._contrasts]

    def _longest(self, text: Tokens, at: int) -> Cue | None:
        best: Cue | None = None
        before = text.words[at - 1] if at else _BEGINNING
        for pattern in self._candidates(text, at):
            match = pattern.regex.match(text.joined, text.offsets[at])
            if match and before not in pattern.not_after:
                last = at + match.group().count(" ") - 1
                after = text.words[last + 1] if last + 1 < len(text.words) else ""
                if (best is None or last > best.last) and after not in pattern.not_before:
                    best = Cue(pattern.group.means, pattern.group.strength, at, last)
        return best

    def _candidates(self, text: Tokens, at: int) -> Iterator[_Pattern]:
        word = text.words[at]
        yield from self._by_word.get(word, ())
        for length in self._prefix_lengths:
            yield from self._by_prefix.get(word[:length], ())
        if text.raw[at].islower():  # endings of names are no evidence
            for length in self._suffix_lengths:
                yield from self._by_suffix.get(word[-length:], ())

    def _file(self, word: str, pattern: _Pattern) -> None:
        if word.startswith("*"):
            self._by_suffix.setdefault(word[1:], []).append(pattern)
        elif word.endswith("*"):
            self._by_prefix.setdefault(word[:-1], []).append(pattern)
        else:
            # The tokenizer cuts after an apostrophe: "n'est" is looked up by "n'".
            self._by_word.setdefault(_TOKEN.findall(word)[0], []).append(pattern)


def _regex(elements: Iterable[str], filler: str) -> str:
    parts = []
    for element in elements:
        if element == "~":
            parts.append(f"(?:(?:{filler}) ){{0,{_MOST_FILLERS}}}")
        else:
            words = "|".join(_element(word) for word in _alternatives(element))
            parts.append(f"(?:(?:{words}) )" + ("?" if element.startswith("[") else ""))
    return "".join(parts)


def _alternatives(element: str) -> list[str]:
    return element.strip("()[]").split("|")


def _element(word: str) -> str:
    if word == "*":
        return r"[\w'-]+"
    if word == "#":
        return r"\d[\d.,]*"
    body = " ".join(re.escape(token) for token in _TOKEN.findall(word.strip("*")))
    return (r"[\w-]+" if word.startswith("*") else "") + body + (r"[\w-]*'?" if word.endswith("*") else "")


def _openers(phrases: Iterable[str]) -> dict[str, list[tuple[str, ...]]]:
    openers: dict[str, list[tuple[str, ...]]] = {}
    for phrase in phrases:
        words = tuple(_TOKEN.findall(phrase.replace("’", "'")))
        openers.setdefault(words[0], []).append(words)
    return openers


def _opens(openers: Mapping[str, list[tuple[str, ...]]], text: Tokens, at: int) -> bool:
    return any(tuple(text.words[at : at + len(words)]) == words for words in openers.get(text.words[at], ()))


def _clause(text: Tokens, at: int) -> range:
    end = next((i for i in range(at + 1, len(text.words)) if text.words[i] in CLAUSE_ENDS), len(text.words))
    return range(at, end)
