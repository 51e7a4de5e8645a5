"""Evaluates the rules of a label at an occurrence of one of its forms."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from configs.vocabulary import TermContext, TermLabel
from extractors.themes.folding import FoldedText, fold, fold_text

_SENTENCE_END = re.compile(r"""[.!?;]["»”’)]*\s+(?=["«“‘(\[]?[A-ZÀ-ÖØ-ÞА-Я0-9])|\n\s*\n""")
_ABBREVIATED = re.compile(r"(?<!\w)\w{1,2}\Z")
_WORD = re.compile(r"[^\W\d_]{2,}")
# How far words in capitals are looked for on both sides of a form that has to stand out.
_NEIGHBOURHOOD = 40
_FAR = 1_000_000


@dataclass(frozen=True, slots=True)
class Nearby:
    """Compiled words of a context and the window in which they are looked for."""

    pattern: re.Pattern[str]
    window: str


@dataclass(frozen=True, slots=True)
class Rule:
    """The compiled rule of a label: its concept, its place in the vocabulary and its conditions.

    A negative label has no concept of its own to report; it takes its words away from `concept`.
    """

    concept: str
    language: str
    label: TermLabel
    order: int
    negative: bool = False
    context: Nearby | None = None
    not_context: Nearby | None = None
    before: re.Pattern[str] | None = None
    after: re.Pattern[str] | None = None


@dataclass(slots=True)
class Scope:
    """A passage in its document, the input of rules. Sentences are split only when a rule needs them."""

    text: FoldedText
    language: str | None
    document: "DocumentScope"
    _sentences: list[int] | None = None

    def sentence(self, start: int) -> tuple[int, int]:
        """Return the bounds of the sentence around a position."""
        if self._sentences is None:
            self._sentences = [0, *_sentence_starts(self.text.plain)]
        number = bisect_right(self._sentences, start)
        following = self._sentences[number] if number < len(self._sentences) else len(self.text.plain)
        return self._sentences[number - 1], following


@dataclass(slots=True)
class DocumentScope:
    """The context of a whole document: its passages and the abbreviations that it defines.

    `defined` maps an abbreviation to the concepts that the document gives it; none for one that stands for
    something outside the vocabulary, which closes labels that need a context.
    """

    texts: Sequence[FoldedText]
    defined: dict[str, set[str]] = field(default_factory=dict)
    _found: dict[re.Pattern[str], bool] = field(default_factory=dict)

    def has(self, pattern: re.Pattern[str]) -> bool:
        """Whether a pattern occurs in any passage."""
        if pattern not in self._found:
            self._found[pattern] = any(pattern.search(text.folded) for text in self.texts)
        return self._found[pattern]


def compile_rule(concept: str, language: str, label: TermLabel, order: int, *, negative: bool = False) -> Rule:
    """Return the rule of a label."""
    before, after = label.not_preceded_by, label.not_followed_by
    return Rule(
        concept=concept,
        language=language,
        label=label,
        order=order,
        negative=negative,
        context=_nearby(label.context),
        not_context=_nearby(label.not_context),
        before=re.compile(rf"(?<!\w)(?:{_alternatives(before)}) \Z") if before else None,
        after=re.compile(rf" (?:{_alternatives(after)})(?!\w)") if after else None,
    )


def abbreviation(label: TermLabel) -> str | None:
    """Return a label as an abbreviation that a text may define, or None where it is a word."""
    return None if label.is_in_full else label.text


def distance(rule: Rule, scope: Scope, start: int, end: int) -> int | None:
    """Return how far the context that a label needs stands from it, or None where the label does not count.

    0 where nothing is needed or the document itself defines the abbreviation.
    """
    if not (_fits_language(rule, scope) and _fits_case(rule.label, scope.text, start, end)):
        return None
    if not _fits_neighbours(rule, scope.text.folded, start, end):
        return None
    defined = scope.document.defined.get(abbreviation(rule.label) or "")
    if defined is not None and rule.concept in defined:
        return 0
    if rule.label.defined or (defined is not None and rule.label.is_guarded):
        return None
    if rule.not_context and _nearest(rule.not_context, scope, start, end) is not None:
        return None
    return _nearest(rule.context, scope, start, end) if rule.context else 0


def _sentence_starts(plain: str) -> Iterator[int]:
    for match in _SENTENCE_END.finditer(plain):
        at = match.start()
        if not (plain[at] == "." and _ABBREVIATED.search(plain, max(0, at - 3), at)):  # "No. 3", "p. 5"
            yield match.end()


def _fits_language(rule: Rule, scope: Scope) -> bool:
    return rule.label.language is None or scope.language is None or scope.language in rule.label.language


def _fits_case(label: TermLabel, text: FoldedText, start: int, end: int) -> bool:
    if label.case == "any":
        return True
    surface = text.plain[start:end]
    if label.case == "name":
        return surface[0].isupper() or not label.text[0].isupper()
    if label.case == "exact":
        return _words(surface) in (_words(label.text), f"{_words(label.text)}s")
    return surface.removesuffix("s").isupper() and (label.case == "upper" or _stands_out(text.plain, start, end))


def _words(text: str) -> str:
    return re.sub(r"[\W_]+", " ", fold_text(text).plain)


def _stands_out(plain: str, start: int, end: int) -> bool:
    before = _WORD.findall(plain, max(0, start - _NEIGHBOURHOOD), start)
    after = _WORD.findall(plain, end, end + _NEIGHBOURHOOD)
    around = before + after
    return not around or any(not word.isupper() for word in around)


def _fits_neighbours(rule: Rule, folded: str, start: int, end: int) -> bool:
    if rule.before and rule.before.search(folded, 0, start):
        return False
    return not (rule.after and rule.after.match(folded, end))


def _nearest(nearby: Nearby, scope: Scope, start: int, end: int) -> int | None:
    if nearby.window == "document":
        return _FAR if scope.document.has(nearby.pattern) else None
    folded = scope.text.folded
    low, high = scope.sentence(start) if nearby.window == "sentence" else (0, len(folded))
    distances = [start - match.end() for match in nearby.pattern.finditer(folded, low, start)]
    following = nearby.pattern.search(folded, end, high)
    if following:
        distances.append(following.start() - end)
    return min(distances, default=None)


def _nearby(context: TermContext | None) -> Nearby | None:
    if context is None:
        return None
    return Nearby(re.compile(rf"(?<!\w)(?:{_alternatives(context.any)})(?!\w)"), context.window)


def _alternatives(terms: Iterable[str]) -> str:
    return "|".join(r"\w*".join(re.escape(fold(piece)) for piece in term.split("*")) for term in terms)
