"""Text analysis: the tokenizer, stemmer and stop words that both engines share, so that they match the same passages.

A word is a run of letters and digits. It is lower-cased, stemmed by the Snowball stemmer of its language and
then folded (accents taken off): in that order, because Snowball needs the accents. A stop word keeps its
position as a placeholder, so that a phrase is as long in the index as on the page. Other languages are folded
and not stemmed, and so are words with a digit: PC0345E1a and PC0345E1 are two symbols. The raised number of a
note is no part of a word: trade¹, 2030³.

Accents in queries: a word typed without accents may stem otherwise than the accented word of the text. So an
engine keeps, for each language, a table from the term of a word without its accents to its real term, where
the two differ (`odd_spellings`), and a query looks for both, whichever way it is typed.
"""

import functools
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import Stemmer  # type: ignore[import-not-found]  # an extension module without stubs

from configs.stopwords import LanguageRules, StopWords, load_stopwords
from extractors.text.superscripts import RAISED_DIGITS

PLACEHOLDER = "_"
"""Stands in the place of a stop word; no word contains it."""
OTHER = "xx"
"""The analysis of a language without rules, and of text of unknown language."""
_ASCII = "\x7f"
"""The last letter that stays itself when it is folded."""
_LONGEST = 64
"""Characters of a word that count; longer ones are noise of the reading, and engines limit their terms."""
_CACHED = 300_000
"""Words whose terms are remembered: more than the vocabulary of any corpus, less than 100 MB."""

_RUN = re.compile(r"[^\W_]+")
_TELLING = 2
"""Stop words from which the language of a query is inferred, at least."""
_WORD = r"[^\W_]+(?:[\u0300-\u036f]+[^\W_]*)*"
_MARK = re.compile(r"[\u0300-\u036f]")
_NOTE = re.compile(  # not of m², km²
    rf"(?:(?<=[^\W\d_{RAISED_DIGITS}]{{3}})|(?<=[A-Z]{{2}})|(?<=[0-9]))[{RAISED_DIGITS}]+$"
)
_APOSTROPHE = r"['\u2019\u02bc]"
_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d"})


class Token(NamedTuple):
    """A word of a text: the term that is indexed, the folded word, and its place in the text."""

    term: str
    word: str
    start: int
    end: int


_EMPTY = Token("", "", 0, 0)


class Analysis:
    """Tokenizes texts by the rules of their languages. Not thread-safe."""

    def __init__(self, rules: StopWords) -> None:
        self._languages = {code: _Language(given) for code, given in rules.languages.items()}
        self._other = _Language(None)
        self.fields = (*self._languages, OTHER)

    def field(self, language: str | None) -> str:
        """Return which of `fields` the text of a language is analysed for."""
        return language if language in self._languages else OTHER

    def tokens(self, text: str, language: str | None, initials: Collection[str] | None = None) -> list[Token]:
        """Return the tokens of a text in order; a token's place in the list is its position.

        Where the first letters of the terms of interest are given, the tokens of all other words may be empty: most
        of the time is spent on the analysis of words that were not seen before.
        """
        found = self._language(language)
        return found.tokens(text) if initials is None else found.some_tokens(text, initials)

    def words_from(self, text: str, language: str | None, initials: Collection[str]) -> list[Token]:
        """Return the tokens of a text whose terms may begin with one of the given letters, in order, no others.

        A token's place in the list is not its position. It takes a fraction of the time of `tokens`.
        """
        return self._language(language).words_from(text, frozenset(initials))

    def language_of_query(self, text: str) -> str | None:
        """Return the language with the most stop words in a query; None for fewer than two stop words, or for a tie."""
        words = [match[0].lower() for match in _RUN.finditer(text)]
        counts = Counter({code: sum(map(language.is_stop_word, words)) for code, language in self._languages.items()})
        (first, most), *others = counts.most_common(2)
        return first if most >= _TELLING and most > max((count for _, count in others), default=0) else None

    def without_stop_words(self, words: Sequence[str], text: str) -> list[str]:
        """Return the words of a query without the stop words and elisions of its language; empty for such a word.

        All are returned as they are where the language cannot be detected (`text` is the whole query), or none would be
        left: a text in another language has other stop words, and those of the query are rare words in it.
        """
        language = self.language_of_query(text)
        left = [self._cut(word, language) for word in words] if language else []
        return left if any(left) else list(words)

    def _cut(self, word: str, language: str) -> str:
        """Return a word as typed without the stop words at its ends (`l'accord` becomes `accord`)."""
        kept = [token for token in self.tokens(word, language) if token.term != PLACEHOLDER]
        return word[kept[0].start : kept[-1].end] if kept else ""

    def plain_term(self, word: str, language: str | None) -> str:
        """Return the term of a folded word, as if it had been written without accents."""
        return self._language(language).term(word).term

    def odd_spellings(self, tokens: Iterable[Token], language: str | None) -> set[tuple[str, str]]:
        """Return `(plain term, term)` of the tokens for which the two differ."""
        found = {(token.word, token.term) for token in tokens if token.term != PLACEHOLDER}
        plain = ((self.plain_term(word, language), term) for word, term in found)
        return {(without, term) for without, term in plain if without != term}

    def _language(self, language: str | None) -> "_Language":
        return self._languages.get(language or OTHER, self._other)


def open_analysis() -> Analysis:
    """Return the analysis by the shipped rules."""
    return Analysis(load_stopwords())


def fold(word: str) -> str:
    """Return a word in lower case without accents and the mark of a note, only letters and digits (at most 64)."""
    if word.isascii() and word.isalnum():
        return word.lower()[:_LONGEST]
    spread = unicodedata.normalize("NFKD", _without_note(word).casefold().translate(_LETTERS))
    return "".join(letter for letter in spread if letter.isalnum())[:_LONGEST]


def _without_note(word: str) -> str:
    """Return a word, its accents composed, without the raised number of a note."""
    return _NOTE.sub("", unicodedata.normalize("NFC", word))


class _Term(NamedTuple):
    term: str
    word: str


class _Language:
    def __init__(self, rules: LanguageRules | None) -> None:
        self._stop = rules.words if rules else frozenset()
        self._stemmer = Stemmer.Stemmer(rules.stemmer) if rules else None
        self._pattern = re.compile(_pattern(rules), re.IGNORECASE)
        self._terms: dict[str, _Term] = {}

    def is_stop_word(self, word: str) -> bool:
        return word in self._stop

    def tokens(self, text: str) -> list[Token]:
        known, analysed = self._terms.get, self.term  # a text has thousands of words
        return [
            Token(*(known(match[1]) or analysed(match[1])), *match.span(1)) for match in self._pattern.finditer(text)
        ]

    def some_tokens(self, text: str, initials: Collection[str]) -> list[Token]:
        """Return the tokens, empty for words with another first letter, which no stemmer changes."""
        wanted = {case for letter in initials for case in (letter, letter.upper())}
        known, analysed = self._terms.get, self.term
        return [
            Token(*(known(surface) or analysed(surface)), *match.span(1))
            if (surface := match[1])[0] in wanted or surface[0] > _ASCII
            else _EMPTY
            for match in self._pattern.finditer(text)
        ]

    def words_from(self, text: str, initials: frozenset[str]) -> list[Token]:
        if _MARK.search(text):  # a word may begin with a combining mark, before its first letter
            return [token for token in self.some_tokens(text, initials) if token is not _EMPTY]
        known, analysed = self._terms.get, self.term
        return [
            Token(*(known(match[0]) or analysed(match[0])), *match.span())
            for match in _beginning(initials).finditer(text)
        ]

    def term(self, surface: str) -> _Term:
        known = self._terms.get(surface)
        if known is None:
            if len(self._terms) >= _CACHED:
                self._terms.clear()
            known = self._terms[surface] = self._analyse(surface)
        return known

    def _analyse(self, surface: str) -> _Term:
        lower = _without_note(surface).lower()[:_LONGEST]
        word = fold(lower)
        if not word or lower in self._stop:
            return _Term(PLACEHOLDER, word)
        if self._stemmer is None or (not word.isalpha() and any(letter.isdigit() for letter in word)):
            return _Term(word, word)
        return _Term(fold(self._stemmer.stemWord(lower)) or word, word)


@functools.lru_cache(maxsize=1024)
def _beginning(initials: frozenset[str]) -> re.Pattern[str]:
    """Return a pattern for the words that begin with one of the letters, or with a letter that folds to one of them."""
    letters = re.escape("".join(sorted({case for letter in initials for case in (letter, letter.upper())})))
    return re.compile(rf"[{letters}\x80-\U0010ffff](?<=[^\W_])(?<![^\W_].)[^\W_]*", re.DOTALL)


def _pattern(rules: LanguageRules | None) -> str:
    before = after = ""
    if rules and rules.elisions:
        elided = "|".join(sorted(rules.elisions, key=len, reverse=True))
        before = rf"(?:(?<![^\W_])(?:{elided}){_APOSTROPHE}(?=[^\W_]))?"
    if rules and rules.possessives:
        after = rf"(?:{_APOSTROPHE}(?:{'|'.join(sorted(rules.possessives))})(?![^\W_]))?"
    return rf"{before}(?P<word>{_WORD}){after}"
