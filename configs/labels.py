"""Multilingual labels, and a finder for them in folded text."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import groupby
from typing import Generic, TypeVar

from configs.system.yamlfile import ConfigValue

ValueT = TypeVar("ValueT")

_HYPHENS = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
_APOSTROPHES = "\u2018\u2019\u02bc\u00b4`"
_SAME = {**dict.fromkeys(_HYPHENS, "-"), **dict.fromkeys(_APOSTROPHES, "'"), "\u00a0": " "}


class Label(ConfigValue):
    """One label; French is absent where no French form is known."""

    en: str
    fr: str | None = None

    def __iter__(self) -> Iterator[str]:  # type: ignore[override]  # a label is its forms, not its fields
        """Give the forms that exist, English first."""
        return iter(form for form in (self.en, self.fr) if form)


class Labels(ConfigValue):
    """Several labels a language."""

    en: tuple[str, ...] = ()
    fr: tuple[str, ...] = ()
    es: tuple[str, ...] = ()
    ru: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[str]:  # type: ignore[override]
        """Give every form, English first."""
        return iter(self.en + self.fr + self.es + self.ru)


def fold(text: str) -> str:
    """Return `text` in lower case without accents, one character for each, so that offsets stay true.

    The raised number of a note is a blank.
    """
    if text.isascii():
        return text.lower().replace("`", "'")
    return "".join(map(_fold_character, text))


def alternatives(labels: Iterable[str]) -> str:
    """Return a pattern for folded text that is any of the labels, the longest first; without labels none matches."""
    forms = sorted({fold(label) for label in labels}, key=len, reverse=True)
    return "(?:" + "|".join(re.escape(form).replace(r"\ ", r"\s") for form in forms) + ")" if forms else r"(?!)"


def before_word(labels: Iterable[str]) -> str:
    """Return a pattern for folded text that is any of the labels and a space, or an elided one ("l'") without it."""
    forms = tuple(map(fold, labels))
    elided = tuple(form for form in forms if form.endswith("'"))
    return rf"(?:{alternatives(set(forms) - set(elided))} |{alternatives(elided)})"


class LabelFinder(Generic[ValueT]):
    """Finds labels in text as whole words, whatever the case, accents, hyphens and white space; the longest wins.

    `labels` gives each label the value that it stands for. A digit may follow: the mark of a footnote. Where they
    may stand `run_together` ("... ORGANIZATIONORGANISATION ..."), such a run is one, with the last one's value.
    """

    def __init__(self, labels: Iterable[tuple[str, ValueT]], *, run_together: bool = False) -> None:
        longest_first = sorted(labels, key=lambda entry: -len(entry[0]))
        # Labels with the same first letter are grouped behind a look-ahead: most places of a text cost one test.
        ordered = sorted(longest_first, key=lambda entry: fold(entry[0])[:1])
        groups = [
            f"(?={re.escape(letter)})(?:{'|'.join(f'({_words(label)})' for label, _ in entries)})"
            for letter, entries in groupby(ordered, key=lambda entry: fold(entry[0])[:1])
        ]
        self._values = [value for _, value in ordered]
        times = "{1,4}" if run_together else ""
        self.pattern = re.compile(rf"(?<!\w)(?:{'|'.join(groups)}){times}(?![^\W\d])" if groups else r"(?!)")
        """The pattern itself, for folded text."""

    def find(self, text: str) -> Iterator[tuple[ValueT, int, int]]:
        """Yield the values of the labels in `text` in order, without overlaps, with their offsets."""
        return self.find_folded(fold(text))

    def find_folded(self, folded: str) -> Iterator[tuple[ValueT, int, int]]:
        """Yield as `find` does, for text that is folded already."""
        for match in self.pattern.finditer(folded):
            yield self._values[(match.lastindex or 1) - 1], match.start(), match.end()


def _words(label: str) -> str:
    return r"(?:\s{1,4}|\s?-\s?)".join(map(re.escape, re.split(r"[\s-]+", fold(label).strip())))


@lru_cache(maxsize=4096)
def _fold_character(character: str) -> str:
    if character in _SAME:
        return _SAME[character]
    if character.isdigit() and unicodedata.decomposition(character).startswith("<super>"):
        return " "
    base = unicodedata.normalize("NFD", character)[0].lower()
    return base if len(base) == 1 else character
