"""What a query says: its vector, and the themes that it is about."""

from functools import cached_property

from configs.settings import Settings
from extractors.classifier.classifier import Classifier
from index.encoder import Encoder
from index.query.expansion import ThemesIn
from index.ranking.theme_shares import QueryTheme
from index.search import QueryReading
from pipelines.search.theme_labels import themes_of
from pipelines.storage.classifiers import load_classifier

MOST_THEMES, LEAST_CONFIDENCE = 5, 0.05
"""A query has a theme or two; what is less likely than one in twenty moves nothing."""


class QueryReader:
    """Reads queries by the encoder in use and its classifier, if it has one; both are loaded at the first query."""

    def __init__(self, settings: Settings, encoder: Encoder) -> None:
        self._settings, self._encoder = settings, encoder
        self._themes_in: ThemesIn = themes_of(settings.vocabulary, settings.cache)

    def __call__(self, text: str) -> QueryReading:
        """Return what a query says. Raises as `load_classifier` and `load_vocabulary`."""
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
