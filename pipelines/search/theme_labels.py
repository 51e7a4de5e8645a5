"""The labels of the vocabulary in use in queries."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from configs.vocabulary import Vocabulary, load_vocabulary
from extractors.themes.lookup import LabelLookup, label_forms
from index.query.expansion import NamedTheme, ThemesIn
from index.query.tree import Label
from pipelines.stages.label_forms import forms_of_vocabulary


@cache
def themes_of(vocabulary_name: str, cache_folder: Path | None = None) -> ThemesIn:
    """Return what finds the labels of a vocabulary in queries; it is made ready when it is asked first.

    With the cache folder that is quicker, unless it is the first time.

    Raises as `load_vocabulary`, when it is asked.
    """

    @cache
    def prepared() -> tuple[LabelLookup, Vocabulary]:
        vocabulary = load_vocabulary(vocabulary_name)
        forms = forms_of_vocabulary(vocabulary, cache_folder) if cache_folder else None
        return LabelLookup(vocabulary, forms), vocabulary

    @cache
    def labels_of(theme: str) -> tuple[tuple[Label, ...], tuple[Label, ...], tuple[Label, ...]]:
        """Return names, labels and negative labels of a theme; to write all forms of a label takes a while."""
        concept = prepared()[1].concept(theme)
        names = tuple(Label(language, label.text) for language, label in concept.pref.items())
        labels = tuple(Label(*form) for form in label_forms(concept))
        return names, labels, tuple(Label(language, text) for text in concept.negative for language in concept.pref)

    def themes_in(query: str) -> Iterator[NamedTheme]:
        for mention in prepared()[0].find(query):
            yield NamedTheme(mention.start, mention.end, mention.id, *labels_of(mention.id))

    return themes_in
