"""Passages made ready for a classifier: encoded once for search and understanding, cut into sentences."""

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
"""Passages to read at a time: their states take about 15 MB, and those of the next ones as much."""


class PassageReader:
    """Reads passages by an encoder, the rules of sentences and the cues of modality."""

    def __init__(self, encoder: Encoder, sentences: SentenceRules, cues: ModalityRules) -> None:
        self._encoder, self._sentences, self._cues = encoder, sentences, cues

    def windows(
        self, passages: Sequence[Passage], themes: Sequence[str], papers: Sequence[PaperContext] = ()
    ) -> Iterator[tuple[list[PassageInput], NDArray[np.float32]]]:
        """Yield what `read` returns of some passages after the other, in order.

        The next ones are encoded while the caller works on these.
        """
        with ThreadPoolExecutor(1) as ahead:
            coming: Future[tuple[list[PassageInput], NDArray[np.float32]]] | None = None
            for start in range(0, len(passages), WINDOW):
                end = start + WINDOW
                following = ahead.submit(self.read, passages[start:end], themes, papers[start:end])
                if coming:
                    yield coming.result()
                coming = following
            if coming:
                yield coming.result()

    def read(
        self, passages: Sequence[Passage], themes: Sequence[str], papers: Sequence[PaperContext] = ()
    ) -> tuple[list[PassageInput], NDArray[np.float32]]:
        """Return what a classifier of these themes reads of passages, and the passages' vectors `(n, d)`.

        `papers` say what their papers are, nothing where there are none. The states of the tokens are in it:
        many passages are for `windows`.
        """
        vectors, states = self._encoder.passages_with_states([passage.text for passage in passages])
        places = {name: place for place, name in enumerate(themes)}
        found = []
        kinds = load_paper_kinds()
        known = papers or [PaperContext()] * len(passages)
        for passage, vector, tokens, paper in zip(passages, vectors, states, known, strict=True):
            mentioned = np.zeros(len(themes), np.float32)
            for theme in passage.named:
                if theme.id in places:
                    mentioned[places[theme.id]] += 1
            spans = tuple(sentence_spans(passage.text, self._sentences))
            cues = _Cues(self._cues, passage, spans)
            about = paper.kind, kinds.words_of_field(passage.text), paper.of_field
            found.append(PassageInput(passage.text, vector, tokens, spans, mentioned, cues, passage.language, *about))
        return found, vectors


class _Cues:
    """What the rules say that each sentence of a passage claims, asked for when it is needed, each once."""

    def __init__(self, rules: ModalityRules, passage: Passage, spans: Sequence[tuple[int, int]]) -> None:
        self._rules, self._text, self._language, self._spans = rules, passage.text, passage.language, spans
        self._known: dict[int, int] = {}

    def __call__(self, number: int) -> int:
        if number not in self._known:
            self._known[number] = self._judge(number)
        return self._known[number]

    def _judge(self, number: int) -> int:
        start, end = self._spans[number]
        claim = self._rules.judge(self._text[start:end], self._language).modality
        return 0 if claim is None else 1 + MODALITIES.index(claim)
