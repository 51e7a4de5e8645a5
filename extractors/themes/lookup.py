"""Labels of a vocabulary in a short text, such as a query: by the same rules as in documents, without spaCy."""

from collections.abc import Iterator

from configs.vocabulary import Concept, Vocabulary
from extractors.document import Mention
from extractors.themes.folding import fold_text
from extractors.themes.matcher import Candidate, select
from extractors.themes.rule_table import FormLookup, Forms, LabelForms, RuleTable, theme_forms, theme_labels
from extractors.themes.rules import DocumentScope, Scope
from extractors.themes.variants import written_forms


class LabelLookup:
    """Finds what labels name in short texts."""

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


def label_forms(concept: Concept) -> Iterator[tuple[str, str]]:
    """Yield language and text of the labels that name a concept wherever they stand, in each of their spellings.

    Left out are labels that need something beside them, and those that count in one way of writing only.
    """
    for language, label in concept.every_label():
        if not label.is_guarded and label.case not in ("exact", "standout"):
            yield language, label.text
            yield from ((language, form) for form in sorted(written_forms(label.text, language)))
