"""A hand-made scorer of themes for tests: it looks for words in place of meaning."""

from collections.abc import Mapping

from extractors.classifier.about import AboutTheme, status_of


class WordScorer:
    """Finds a passage to be about a theme where a word stands in it; `words` maps words to themes and confidences."""

    def __init__(self, words: Mapping[str, tuple[str, float]], version: str = "words") -> None:
        self._words, self.version = words, version
        self.shapes: list[tuple[int, ...]] = []

    def score(self, passages, vectors, readings):
        self.shapes.append(vectors.shape)
        return [list(self._themes(passage.text)) for passage in passages]

    def _themes(self, text):
        for word, (theme, confidence) in self._words.items():
            status = status_of(confidence)
            if word in text and status:
                yield AboutTheme(theme, confidence, status, f"it says {word}")
