"""Comparison of modal verbs: verbs of a sentence that its translation has no equivalent for.

A translation preserves obligations, but not word for word: "should" may be "il convient de", "may not" is "ne peut",
and French official texts oblige by the present tense alone. A verb counts as missing only if the other sentence has
no possible equivalent.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Literal, NamedTuple, TypeAlias, get_args

from configs.obligation import ModalMeaning, load_obligation_words
from extractors.text.sentences import sentences_in

_WORD = re.compile(r"[^\W\d_]{2}")
_NEAR, _FAR = 20, 70
"""Characters around a verb in which a word may limit it: "may not", "only … may"."""

_Role: TypeAlias = Literal["words", "equivalents", "shared"]
_ROLES: tuple[_Role, ...] = get_args(_Role)


class Modal(NamedTuple):
    """A modal verb (`words`), or a possible equivalent of one, by offsets into its sentence."""

    start: int
    end: int
    phrase: str
    meanings: tuple[ModalMeaning, ...]
    role: _Role
    limited: bool

    @property
    def marked(self) -> bool:
        """Whether it is marked where the other version lacks it."""
        return self.role == "words"

    @property
    def shared(self) -> bool:
        """Whether it has a counterpart of its own in the other language."""
        return self.role == "shared"


def comparable_modals(*languages: str | None) -> bool:
    """Return whether the modal verbs of all these languages are known; otherwise none are compared."""
    return all(language in load_obligation_words().languages for language in languages)


def modals_in(text: str, language: str) -> tuple[Modal, ...]:
    """Return the modal verbs of a text, and possible equivalents, in order."""
    pattern, forms = _modal_words(language)
    found = []
    for match in pattern.finditer(text):
        phrase = " ".join(match.group().lower().split())
        as_written = match.group() in (phrase, phrase.upper()) or " " in phrase
        limits = _is_limited(text, *match.span(), language)
        meant: dict[_Role, list[ModalMeaning]] = {}
        for form, meaning, role in forms:
            if form.fullmatch(phrase):
                meant.setdefault(role if as_written or role != "words" else "equivalents", []).append(meaning)
        for role, meanings in meant.items():
            found.append(
                Modal(*match.span(), phrase, tuple(meanings), role, limits and "recommendation" not in meanings)
            )
    return tuple(found)


def lacking_modals(text: str, language: str, other: str, other_language: str) -> Iterator[Modal]:
    """Yield the modal verbs of a sentence without an equivalent in its translation; both languages have to be known."""
    own, others = modals_in(text, language), modals_in(other, other_language)
    is_limited = any(limit.search(other) for limit in _limits(other_language))
    for modal in own:
        if modal.marked and not _has_equivalent(modal, own, others) and not (modal.limited and is_limited):
            tense = load_obligation_words().present.get(other_language)
            if tense and modal.phrase in tense.of and _obliges_by_present(other, other_language, others, own):
                continue
            yield modal


def _has_equivalent(modal: Modal, own: Sequence[Modal], others: Sequence[Modal]) -> bool:
    """Return whether the other sentence has an equivalent of a verb; shared verbs are matched first."""
    alike = [[one for one in side if not {*modal.meanings}.isdisjoint(one.meanings)] for side in (own, others)]
    shared = [sum(one.shared for one in side) for side in alike]
    return shared[1] > shared[0] or not all(one.shared for one in alike[1])


def _obliges_by_present(text: str, language: str, modals: Sequence[Modal], others: Sequence[Modal]) -> bool:
    """Return whether a sentence may oblige by the present tense: not in the past, without a weaker verb.

    A weaker word that the other sentence (`others`) has too belongs to something else.
    """
    if any(modal.marked and not modal.limited and not _has_equivalent(modal, modals, others) for modal in modals):
        return False
    tense = _past(language)
    if tense is None:
        return False
    past, clauses = tense
    sentences = [one for one in sentences_in(text) if _WORD.search(one)]
    return any(not past.search(one) or clauses.search(one) for one in sentences)


@cache
def _past(language: str) -> tuple[re.Pattern[str], re.Pattern[str]] | None:
    """Return patterns for the past and for another clause; None for a language that does not oblige by the present."""
    tense = load_obligation_words().present.get(language)
    if tense is None:
        return None
    alone, before, endings = ("|".join(map(re.escape, words)) for words in (tense.imperfect, tense.past, tense.endings))
    past = rf"\b(?:{alone})\b|\b(?:{before})\s+(?:\w+\s+)?\w{{2,}}(?:{endings})\b"
    clauses = rf"\b(?:{'|'.join(map(_form, tense.clauses)) or '(?!)'})\b|[,;]"
    return re.compile(past, re.IGNORECASE), re.compile(clauses, re.IGNORECASE)


def _is_limited(text: str, start: int, end: int, language: str) -> bool:
    """Return whether a verb is limited by a word close to it, or by one further before it."""
    near, far = _limits(language)
    before, behind = text[max(0, start - _FAR) : start], text[end : end + _NEAR]
    return bool(near.search(before[-_NEAR:]) or near.search(behind) or far.search(before) or far.search(behind))


@cache
def _limits(language: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return patterns for words that limit a verb when they are close, and from a distance."""
    words = load_obligation_words().limits.get(language)
    near, far = (words.near, words.far) if words else ((), ())
    return _any_of(near), _any_of(far)


def _any_of(phrases: Sequence[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(_form, phrases)) or '(?!)'})(?:(?<=['’])|(?!\w))", re.IGNORECASE)


@cache
def _modal_words(language: str) -> tuple[re.Pattern[str], list[tuple[re.Pattern[str], ModalMeaning, _Role]]]:
    """Return a pattern for the phrases of a language, and the form, meaning and role of each."""
    data = load_obligation_words()
    phrases = [
        (phrase, meaning, role)
        for meaning, by_language in data.meanings.items()
        for role in _ROLES
        for phrase in getattr(by_language[language], role)
    ]
    longest_first = sorted({*(one[0] for one in phrases), *data.ignored.get(language, ())}, key=len, reverse=True)
    pattern = re.compile(rf"(?<![\w-])(?:{'|'.join(map(_form, longest_first))})(?!\w)", re.IGNORECASE)
    return pattern, [(re.compile(_form(phrase)), meaning, role) for phrase, meaning, role in phrases]


def _form(phrase: str) -> str:
    """Return the pattern of a phrase whose `*` is any letters, and whose `…` is up to three words."""
    words = re.sub(r"\s*…\s*", "…", phrase).split()
    return r"\s+".join(re.escape(word).replace(r"\*", r"\w*").replace("…", r"(?:\W+\w+){0,3}?\W+") for word in words)
