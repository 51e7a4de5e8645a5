"""Finds all labels of a vocabulary in a text in one pass.

The first texts of a process are looked up word by word, so that one paper is tagged without spaCy; then spaCy's matcher
takes over, which is made once and for all. Both find the same.

Text and labels are folded in the same way (`folding`), so that words are what stands between blanks: the
spaCy tokenizer needs no rules, and its matcher may compare whole tokens (`ORTH`) where it would else ask
each for its lower case (`LOWER`), which is some ten times slower and finds the same.
"""

import contextlib
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, NamedTuple

from extractors.document import Mention
from extractors.themes.definitions import LongForm, find_definitions, has_definition
from extractors.themes.folding import FoldedText, fold, fold_text
from extractors.themes.rule_table import FormLookup, Forms, LabelForms, RuleTable, theme_forms, theme_labels
from extractors.themes.rules import DocumentScope, Rule, Scope, distance

if TYPE_CHECKING:
    from spacy.matcher import PhraseMatcher
    from spacy.tokens import Doc
    from spacy.vocab import Vocab

from configs.vocabulary import Vocabulary

# spaCy keeps every string that it has seen, some 450 bytes each: at this many its parts are rebuilt.
_MOST_STRINGS = 400_000
_CACHED_WORDS = 200_000
_KEY = "label"
_FEW_CHARACTERS = 1_000_000
"""So many are looked up word by word: up to there that takes less than to import spaCy and to make its matcher."""


class Candidate(NamedTuple):
    """A form of a label in a passage; offsets into the plain text."""

    start: int
    end: int
    rule: Rule


class Found(NamedTuple):
    """A candidate that counts, with the distance of the context that it needed."""

    start: int
    end: int
    rule: Rule
    distance: int


def compile_themes(vocabulary: Vocabulary, forms: Forms | None = None) -> "LabelMatcher":
    """Return the matcher of a vocabulary. Keep it: `theme_forms` takes most of a second, unless they are given."""
    return LabelMatcher(LabelForms(theme_labels(vocabulary), theme_forms(vocabulary) if forms is None else forms))


class LabelMatcher:
    """Finds the labels of a vocabulary in passages. Not thread-safe."""

    def __init__(self, found: LabelForms) -> None:
        """Take labels and their written forms, which are folded."""
        self._rules = RuleTable(found)
        self._abbreviations = self._rules.abbreviations()
        self._lookup = FormLookup(self._rules)
        self._machine: _SpacyMatcher | None = None
        self._looked_up = 0

    def knows(self, text: str) -> bool:
        """Whether a text is a form of a label, whatever the label's rules."""
        return fold(text) in self._rules

    def find(self, text: str, language: str | None = None) -> tuple[Mention, ...]:
        """Return the mentions in a text that is a document of its own, in order and without overlap."""
        return self.find_in_document([(text, language)])[0]

    def find_in_document(self, passages: Sequence[tuple[str, str | None]]) -> list[tuple[Mention, ...]]:
        """Return the mentions of each passage (text and language, null where unknown) of one document.

        Abbreviations that any passage defines, and words of a context that spans the document, count in all
        of them. Of mentions that overlap the longest is kept, then the one whose context stands nearest, then
        the earliest; a label inside a longer one is not reported.
        """
        texts = [fold_text(text) for text, _ in passages]
        document = DocumentScope(texts)
        scopes = [Scope(text, passage[1], document) for text, passage in zip(texts, passages, strict=True)]
        candidates = [self._candidates(text) for text in texts]
        self._read_definitions(document, scopes, candidates)
        mentions = [
            tuple(self._mentions(passage[0], scope, found))
            for passage, scope, found in zip(passages, scopes, candidates, strict=True)
        ]
        self._recycle()
        return mentions

    def _candidates(self, text: FoldedText) -> list[Candidate]:
        if self._machine is None:
            self._looked_up += len(text.folded)
            if self._looked_up <= _FEW_CHARACTERS:
                return [Candidate(*found) for found in self._lookup.find(text.folded)]
            self._machine = _SpacyMatcher.of(self._rules)
        words = self._machine.tokenize(text.folded)
        candidates: list[Candidate] = []
        for _, first, last in self._machine.match(words):
            start = words[first].idx
            end = words[last - 1].idx + len(words[last - 1])
            candidates.extend(Candidate(start, end, rule) for rule in self._rules.of(text.folded[start:end]))
        return candidates

    def _read_definitions(
        self, document: DocumentScope, scopes: list[Scope], candidates: list[list[Candidate]]
    ) -> None:
        defined: dict[str, set[str]] = defaultdict(set)
        for scope, found in zip(scopes, candidates, strict=True):
            if has_definition(scope.text):
                long_forms = [
                    LongForm(rule.concept, start, end)
                    for start, end, rule in found
                    if rule.label.case in ("any", "name") and distance(rule, scope, start, end) is not None
                ]
                for short, concepts in find_definitions(scope.text, self._abbreviations, long_forms):
                    defined[short] |= concepts
        document.defined.update(defined)

    def _mentions(self, text: str, scope: Scope, candidates: list[Candidate]) -> Iterator[Mention]:
        for start, end, rule, _ in sorted(select(scope, candidates)):
            at, until = scope.text.span(start, end)
            yield Mention(id=rule.concept, start=at, end=until, surface=text[at:until], label=rule.label.text)

    def _recycle(self) -> None:
        if self._machine and len(self._machine.vocab.strings) > _MOST_STRINGS:
            self._machine = _SpacyMatcher.of(self._rules)


class LabelLookup:
    """Finds labels in short texts, such as a query, by the same rules as in documents, without spaCy."""

    def __init__(self, vocabulary: Vocabulary, forms: Forms | None = None) -> None:
        """Take a vocabulary, and its `theme_forms` where they are known."""
        forms = theme_forms(vocabulary) if forms is None else forms
        self._forms = FormLookup(RuleTable(LabelForms(theme_labels(vocabulary), forms)))

    def find(self, text: str) -> tuple[Mention, ...]:
        """Return the mentions in a text, in order and without overlap; see `LabelMatcher.find_in_document`.

        Abbreviations that the text itself defines are not looked at.
        """
        folded = fold_text(text)
        scope = Scope(folded, None, DocumentScope([folded]))
        mentions = []
        candidates = [Candidate(*found) for found in self._forms.find(folded.folded)]
        for start, end, rule, _ in sorted(select(scope, candidates)):
            at, until = folded.span(start, end)
            mentions.append(
                Mention(id=rule.concept, start=at, end=until, surface=text[at:until], label=rule.label.text)
            )
        return tuple(mentions)


def select(scope: Scope, candidates: list[Candidate]) -> list[Found]:
    """Return the candidates that count, without overlap; see `LabelMatcher.find_in_document`."""
    found = []
    for start, end, rule in candidates:
        near = distance(rule, scope, start, end)
        if near is not None:
            found.append(Found(start, end, rule, near))
    found.sort(
        key=lambda one: (
            one.start - one.end,
            one.distance,
            one.rule.language != scope.language,
            one.start,
            one.rule.order,
        )
    )
    taken: list[Found] = []
    for one in found:
        if not any(_excludes(other, one) for other in taken):
            taken.append(one)
    return [one for one in taken if not one.rule.negative]


def _excludes(taken: Found, other: Found) -> bool:
    if taken.start >= other.end or other.start >= taken.end:
        return False
    return not taken.rule.negative or taken.rule.concept == other.rule.concept


class _SpacyMatcher(NamedTuple):
    """The spaCy tokenizer and matcher, which share a string store."""

    vocab: "Vocab"
    tokenize: "Callable[[str], Doc]"
    match: "PhraseMatcher"

    @classmethod
    def of(cls, forms: Iterable[str]) -> "_SpacyMatcher":
        """Return a new machine for folded forms."""
        with _without_torch():
            from spacy.matcher import PhraseMatcher
            from spacy.tokenizer import Tokenizer  # type: ignore[import-not-found]  # compiled, without types
            from spacy.vocab import Vocab

        vocab = Vocab()
        tokenizer = Tokenizer(vocab, max_cache_size=_CACHED_WORDS)
        matcher = PhraseMatcher(vocab, attr="ORTH")
        matcher.add(_KEY, _words_of(forms, tokenizer))  # type: ignore[arg-type]  # it takes numbers of words, too
        return cls(vocab, tokenizer, matcher)


def _words_of(forms: Iterable[str], tokenize: "Callable[[str], Doc]") -> list[list[int]]:
    """Return spaCy's numbers of each form's words, which its matcher accepts in place of a `Doc`.

    All forms are one text on the way: a `Doc` for each takes four times as long.
    """
    listed = list(forms)
    joined = "".join(f"{form} " for form in listed)
    text = tokenize(joined)
    numbers, offsets = text.to_array(["ORTH", "IDX"]).T.tolist()
    word_at = {offset: place for place, offset in enumerate([*offsets, len(joined)])}
    starts = [word_at[start] for start in accumulate((len(form) + 1 for form in listed), initial=0)]
    return [numbers[start:end] for start, end in pairwise(starts)]


@contextlib.contextmanager
def _without_torch() -> Iterator[None]:
    """Keep spaCy from importing torch while the block imports spaCy.

    Its tensor library imports torch wherever it is installed, for a second and 200 MB; a blank tokenizer and a
    matcher of phrases have no use for it. Torch can be imported afterwards as ever.
    """
    if "torch" in sys.modules:
        yield
        return
    sys.modules["torch"] = None  # type: ignore[assignment]  # makes `import torch` an ImportError
    try:
        yield
    finally:
        del sys.modules["torch"]
