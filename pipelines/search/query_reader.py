"""The analysis of a query: its vector, and its themes."""

from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path

from configs.settings import Settings
from configs.vocabulary import Vocabulary, load_vocabulary
from extractors.classifier.classifier import Classifier
from extractors.themes.matcher import LabelLookup
from extractors.themes.variants import label_forms
from index.encoder import Encoder
from index.query.expansion import NamedTheme, ThemesIn
from index.query.tree import Wording
from index.ranking.theme_shares import QueryTheme
from index.search import QueryReading
from pipelines.stages.label_forms import forms_of_vocabulary
from pipelines.storage.classifiers import load_classifier

MOST_THEMES, LEAST_CONFIDENCE = 5, 0.05
"""Least probability of a theme of a query, which has one or two themes."""


class QueryReader:
    """Analyses queries by the encoder in use and its classifier, if any; both are loaded at the first query."""

    def __init__(self, settings: Settings, encoder: Encoder) -> None:
        self._settings, self._encoder = settings, encoder
        self._themes_in: ThemesIn = themes_of(settings.vocabulary, settings.cache)

    def __call__(self, text: str) -> QueryReading:
        """Return the analysis of a query. Raises as `load_classifier` and `load_vocabulary`."""
        chances: dict[str, float] = {}
        if self._classifier is None:
            vector = self._encoder.query(text)
        else:
            vector, states = self._encoder.query_with_states(text)
            chances = self._classifier.themes_of_query(text, vector, states)
        chances |= {named.theme: 1.0 for named in self._themes_in(text)}
        likely = sorted(
            ((chance, name) for name, chance in chances.items() if chance >= LEAST_CONFIDENCE), reverse=True
        )
        return QueryReading(
            vector, tuple(QueryTheme(id=name, confidence=chance) for chance, name in likely[:MOST_THEMES])
        )

    @cached_property
    def _classifier(self) -> Classifier | None:
        return load_classifier(self._settings, self._encoder.identity)


@cache
def themes_of(vocabulary_name: str, cache_folder: Path | None = None) -> ThemesIn:
    """Return a matcher of a vocabulary's labels in queries, built at its first call, from the cache folder if given.

    The first call raises as `load_vocabulary`.
    """

    @cache
    def prepared() -> tuple[LabelLookup, Vocabulary]:
        vocabulary = load_vocabulary(vocabulary_name)
        forms = forms_of_vocabulary(vocabulary, cache_folder) if cache_folder else None
        return LabelLookup(vocabulary, forms), vocabulary

    @cache
    def labels_of(theme: str) -> tuple[tuple[Wording, ...], tuple[Wording, ...], tuple[Wording, ...]]:
        """Return names, labels and negative labels of a theme; to write all forms of a label takes a while."""
        concept = prepared()[1].concept(theme)
        names = tuple(Wording(language, label.text) for language, label in concept.pref.items())
        labels = tuple(Wording(*form) for form in label_forms(concept))
        return names, labels, tuple(Wording(language, text) for text in concept.negative for language in concept.pref)

    def themes_in(query: str) -> Iterator[NamedTheme]:
        for mention in prepared()[0].find(query):
            yield NamedTheme(mention.start, mention.end, mention.id, *labels_of(mention.id))

    return themes_in
