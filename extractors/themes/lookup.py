"""Labels of a vocabulary in a short text, such as a query: by the same rules as in documents, without spaCy.

To take every row of words for itself is too slow for documents, and quick for a line.
"""

import re
from collections.abc import Iterator, Mapping

from configs.vocabulary import Concept, Vocabulary
from extractors.document import Mention
from extractors.themes.folding import Folded, fold_text
from extractors.themes.matcher import Candidate, rules_by_form, select
from extractors.themes.rules import DocumentScope, Rule, Scope
from extractors.themes.variants import written_forms

_WORD = re.compile(r"[^ \t\n]+")


class LabelLookup:
    """Finds what labels name in short texts."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._rules: Mapping[str, tuple[Rule, ...]] = rules_by_form(vocabulary)
        self._longest = max(form.count(" ") for form in self._rules) + 1

    def find(self, text: str) -> tuple[Mention, ...]:
        """Return the mentions in a text, in order and without overlap; see `LabelMatcher.find_in_document`.

        Abbreviations that the text itself defines are not looked at.
        """
        folded = fold_text(text)
        scope = Scope(folded, None, DocumentScope([folded]))
        mentions = []
        for start, end, rule, _ in sorted(select(scope, list(self._candidates(folded)))):
            at, until = folded.span(start, end)
            mentions.append(
                Mention(id=rule.concept, start=at, end=until, surface=text[at:until], label=rule.label.text)
            )
        return tuple(mentions)

    def _candidates(self, text: Folded) -> Iterator[Candidate]:
        words = [match.span() for match in _WORD.finditer(text.folded)]
        for first, (start, _) in enumerate(words):
            for _, end in words[first : first + self._longest]:
                yield from (Candidate(start, end, rule) for rule in self._rules.get(text.folded[start:end], ()))


def label_forms(concept: Concept) -> Iterator[tuple[str, str]]:
    """Yield language and text of the labels that name a concept wherever they stand, in each of their spellings.

    Left out are labels that need something beside them, and those that count in one way of writing only.
    """
    for language, label in concept.every_label():
        if not label.is_guarded and label.case not in ("exact", "standout"):
            yield language, label.text
            yield from ((language, form) for form in sorted(written_forms(label.text, language)))
