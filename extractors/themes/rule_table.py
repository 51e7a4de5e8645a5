"""A table of labels' rules by written form; a rule is compiled at the first occurrence of one of its forms.

A process that looks at one sentence meets a handful of the thousands of rules that a vocabulary has.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from configs.vocabulary import TermLabel, Vocabulary
from extractors.themes.rules import Rule, abbreviation, compile_rule
from extractors.themes.variants import written_forms

Forms: TypeAlias = Mapping[str, Sequence[int]]
"""The numbers of the labels that each written form, which is folded, may stand for."""

_WORD = re.compile(r"[^ \t\n]+")
_BLANK_BEFORE_MARK = re.compile(r"(?<=[^ \t]) (?=\t)")


class RuleLabel(NamedTuple):
    """A label with what its rule reports; a negative one takes its words away from the concept."""

    concept: str
    language: str
    label: TermLabel
    order: int
    negative: bool = False


@dataclass(frozen=True)
class LabelForms:
    """Labels, and the forms in which each may stand in a text."""

    labels: Sequence[RuleLabel]
    forms: Forms


class RuleTable:
    """Gives the rules of a form."""

    def __init__(self, found: LabelForms) -> None:
        self._labels, self._forms = found.labels, found.forms
        self._compiled: dict[int, Rule] = {}
        self._spaced = {key: form for form in self._forms if "\t" in form and (key := _spaced(form)) not in self._forms}

    def __iter__(self) -> Iterator[str]:
        """Give every form."""
        return iter(self._forms)

    def __contains__(self, form: object) -> bool:
        return form in self._forms

    def of(self, text: str) -> Iterator[Rule]:
        """Yield the rules of a folded text that is a form, none for any other.

        A blank before a mark makes no difference: "Congo(Brazzaville)" stands for "Congo (Brazzaville)".
        """
        numbers = self._forms.get(text)
        if numbers is None and "\t" in text:
            key = _spaced(text)
            numbers = self._forms.get(self._spaced.get(key, key))
        for number in numbers or ():
            yield self._rule(number)

    def abbreviations(self) -> dict[str, set[str]]:
        """Return the concepts of every label that is an abbreviation which a text may define."""
        known: dict[str, set[str]] = defaultdict(set)
        for one in self._labels:
            short = abbreviation(one.label)
            if short:
                known[short].add(one.concept)
        return known

    def _rule(self, number: int) -> Rule:
        if number not in self._compiled:
            one = self._labels[number]
            self._compiled[number] = compile_rule(*one[:4], negative=one.negative)
        return self._compiled[number]


class FormLookup:
    """Finds the rows of words of a text that are forms, without spaCy: at once, where its matcher takes a second."""

    def __init__(self, table: RuleTable) -> None:
        self._table = table
        lengths: dict[str, set[int]] = defaultdict(set)
        for form in table:
            words = _WORD.findall(form)
            lengths[words[0]].add(len(words))
        self._lengths = {word: sorted(found) for word, found in lengths.items()}

    def find(self, folded: str) -> Iterator[tuple[int, int, Rule]]:
        """Yield start, end and rule of each form in a folded text."""
        words = [match.span() for match in _WORD.finditer(folded)]
        for first, (start, end) in enumerate(words):
            for length in self._lengths.get(folded[start:end], ()):
                if first + length > len(words):
                    break
                last = words[first + length - 1][1]
                for rule in self._table.of(folded[start:last]):
                    yield start, last, rule


def theme_labels(vocabulary: Vocabulary) -> list[RuleLabel]:
    """Return the labels of a vocabulary in its order, then what its concepts do not mean."""
    labels = [
        RuleLabel(concept.id, language, label, order)
        for order, (concept, language, label, _) in enumerate(vocabulary.labels)
    ]
    negative = (
        RuleLabel(concept.id, "", TermLabel(text=text), -1, negative=True)
        for concept in vocabulary.concepts
        for text in concept.negative
    )
    return [*labels, *negative]


def theme_forms(vocabulary: Vocabulary) -> dict[str, list[int]]:
    """Return the written forms of `theme_labels`; they take a good part of a second."""
    languages = {concept.id: tuple(concept.pref) for concept in vocabulary.concepts}
    return numbers_by_form(
        {
            form.strip()
            for language in (languages[one.concept] if one.negative else (one.language,))
            for form in written_forms(one.label.text, language)
        }
        for one in theme_labels(vocabulary)
    )


def numbers_by_form(forms: Iterable[Iterable[str]]) -> dict[str, list[int]]:
    """Return the numbers of the labels that have each form, of the forms of each label."""
    found: dict[str, list[int]] = defaultdict(list)
    for number, own in enumerate(forms):
        for form in dict.fromkeys(own):
            found[form].append(number)
    return dict(found)


def _spaced(form: str) -> str:
    return _BLANK_BEFORE_MARK.sub("", form)
