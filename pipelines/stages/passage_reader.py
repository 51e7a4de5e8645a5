"""Passages prepared for a classifier: encoded once for search and classification, and split into sentences."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from configs.paper_kinds import PaperContext, load_paper_kinds
from configs.sentences import SentenceRules
from extractors.claims.modality import ModalityRules
from extractors.classifier.scorer import MODALITIES, PassageInput
from extractors.document import Passage
from extractors.text.sentences import sentence_spans
from index.encoder import Encoder

WINDOW = 32
"""Passages read at a time: their token states take about 15 MB, and those of the next window as much."""


class PassageReader:
    """Prepares passages with an encoder, the sentence rules and the cues of modality."""

    def __init__(self, encoder: Encoder, sentences: SentenceRules, cues: ModalityRules) -> None:
        self._encoder, self._sentences, self._cues = encoder, sentences, cues

    def windows(
        self, passages: Sequence[Passage], themes: Sequence[str], papers: Sequence[PaperContext] = ()
    ) -> Iterator[tuple[list[PassageInput], NDArray[np.float32]]]:
        """Yield what `read` returns, window by window, in the order of the passages.

        The next window is encoded while the caller works on the current one.
        """
        with ThreadPoolExecutor(1) as ahead:
            pending: Future[tuple[list[PassageInput], NDArray[np.float32]]] | None = None
            for start in range(0, len(passages), WINDOW):
                end = start + WINDOW
                following = ahead.submit(self.read, passages[start:end], themes, papers[start:end])
                if pending:
                    yield pending.result()
                pending = following
            if pending:
                yield pending.result()

    def read(
        self, passages: Sequence[Passage], themes: Sequence[str], papers: Sequence[PaperContext] = ()
    ) -> tuple[list[PassageInput], NDArray[np.float32]]:
        """Return what a classifier of these themes reads of passages, and the passages' vectors `(n, d)`.

        `papers` describe the papers of the passages, if given. The token states are part of the result: use
        `windows` for many passages.
        """
        vectors, states = self._encoder.passages_with_states([passage.text for passage in passages])
        places = {name: place for place, name in enumerate(themes)}
        found = []
        kinds = load_paper_kinds()
        paper_of_each = papers or [PaperContext()] * len(passages)
        for passage, vector, tokens, paper in zip(passages, vectors, states, paper_of_each, strict=True):
            mentioned = np.zeros(len(themes), np.float32)
            for theme in passage.named:
                if theme.id in places:
                    mentioned[places[theme.id]] += 1
            spans = tuple(sentence_spans(passage.text, self._sentences))
            cues = _Cues(self._cues, passage, spans)
            traits = paper.kind, kinds.words_of_field(passage.text), paper.of_field
            found.append(PassageInput(passage.text, vector, tokens, spans, mentioned, cues, passage.language, *traits))
        return found, vectors


class _Cues:
    """The claim that the rules find in each sentence of a passage: computed on first use, then cached."""

    def __init__(self, rules: ModalityRules, passage: Passage, spans: Sequence[tuple[int, int]]) -> None:
        self._rules, self._text, self._language, self._spans = rules, passage.text, passage.language, spans
        self._cached: dict[int, int] = {}

    def __call__(self, number: int) -> int:
        if number not in self._cached:
            self._cached[number] = self._claim_of(number)
        return self._cached[number]

    def _claim_of(self, number: int) -> int:
        start, end = self._spans[number]
        claim = self._rules.judge(self._text[start:end], self._language).modality
        return 0 if claim is None else 1 + MODALITIES.index(claim)
