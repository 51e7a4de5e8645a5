"""The encoder in OpenVINO: runs the exported graph, which includes pooling, without torch."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from configs.encoders import Prompts
from extractors.classifier.states import TokenStates
from index.encoder.exported import MODEL, QUERIES, ExportNote, GraphOptions
from index.encoder.protocol import Progress, Vectors
from index.encoder.streams import Feed, compile_graph, infer, infer_states, run_each, run_feeds
from index.encoder.tokens import TokenReader, places_in_text

if TYPE_CHECKING:
    from openvino import CompiledModel, InferRequest

BATCH = 4  # texts; measured: 4 to 16 are alike, and the fewer, the less one stream waits for the other at the end
LENGTH_STEP = 16  # tokens; OpenVINO keeps memory for every length that occurs, so there are few of them
_QUERY_STEP = 4  # tokens; most queries are short: a tenth faster, and few lengths even so
_WINDOW = 2048  # texts that are cut into tokens and sorted by length at a time; bounds the memory
_T = TypeVar("_T")
Batch = tuple[NDArray[np.intp], Feed]  # which texts, and their ids and mask


class OpenvinoEncoder:
    """The engine for an export folder (`export.py`); graphs and tokenizer are loaded at the first text."""

    def __init__(self, folder: Path, prompts: Prompts, max_tokens: int) -> None:
        self._prompts = prompts
        self._note = ExportNote.read(folder)
        self._tokens = TokenReader(folder, max_tokens)
        self._for_passages = _LazyGraph(folder / MODEL, self._note.passages)
        queries = self._note.queries
        self._for_queries = _LazyGraph(folder / QUERIES, queries) if queries else self._for_passages
        self._idle: deque[InferRequest] = deque()  # for queries; creating one takes a twentieth of the time of a query

    def passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Return unit vectors `(n, dimension) float32`; see `VectorEngine`."""
        vectors = np.empty((len(texts), self._note.dimension), np.float32)
        for start in range(0, len(texts), _WINDOW):
            window = [self._prompts.passage + text for text in texts[start : start + _WINDOW]]
            self._fill(vectors[start : start + _WINDOW], self._tokens.ids(window), progress)
        return vectors

    def passages_with_states(self, texts: Sequence[str]) -> tuple[Vectors, list[TokenStates]]:
        """Return unit vectors and the states of the tokens; see `VectorEngine`."""
        prompt = self._prompts.passage
        read = self._tokens.ids_and_places([prompt + text for text in texts])
        vectors = np.empty((len(texts), self._note.dimension), np.float32)
        states: dict[int, TokenStates] = {}
        batches = list(_batches([ids for ids, _ in read], self._note.pad))
        made = run_each(self._for_passages.compiled(), (feed for _, feed in batches), infer_states)
        for (rows, _), (of_batch, of_tokens) in zip(batches, made, strict=True):
            vectors[rows] = of_batch
            for row, tokens in zip(rows.tolist(), of_tokens, strict=True):
                ids, places = read[row]
                states[row] = TokenStates(tokens[: len(ids)].copy(), *places_in_text(places, len(prompt), len(ids)))
        return vectors, [states[row] for row in range(len(texts))]

    def query(self, text: str) -> Vectors:
        """Return the unit vector of a query `(dimension,) float32`."""
        vector: Vectors = self._of_query(text, infer)[0][0]
        return vector

    def query_with_states(self, text: str) -> tuple[Vectors, TokenStates]:
        """Return the vector of a query and the states of its tokens; see `VectorEngine`."""
        (vectors, states), tokens = self._of_query(text, infer_states)
        return vectors[0], TokenStates.nowhere(states[0, :tokens].copy())

    def _of_query(self, text: str, infer_one: Callable[["InferRequest", Feed], _T]) -> tuple[_T, int]:
        """Return the outputs of `infer_one` for a query, and its number of tokens."""
        ids = self._tokens.ids_of_query(self._prompts.query + text)
        ((_, feed),) = _batches([ids], self._note.pad, _QUERY_STEP)
        model = self._for_queries.compiled()
        try:
            request = self._idle.pop()
        except IndexError:  # the first query, or all requests are in use by other threads
            request = model.create_infer_request()
        made = infer_one(request, feed)
        self._idle.append(request)
        return made, len(ids)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text as a passage, before truncation."""
        return self._tokens.counts([self._prompts.passage + text for text in texts])

    def _fill(self, vectors: Vectors, ids: list[list[int]], progress: Progress | None) -> None:
        batches = list(_batches(ids, self._note.pad))
        made = run_feeds(self._for_passages.compiled(), (feed for _, feed in batches))
        for (rows, _), of_batch in zip(batches, made, strict=True):
            vectors[rows] = of_batch
            if progress:
                progress(len(rows))


class _LazyGraph:
    """A graph that is compiled on first use."""

    def __init__(self, graph: Path, way: GraphOptions) -> None:
        self._graph, self._way = graph, way
        self._lock = Lock()
        self._model: CompiledModel | None = None

    def compiled(self) -> "CompiledModel":
        with self._lock:
            if self._model is None:
                self._model = compile_graph(self._graph, self._way.properties)
            return self._model


def _batches(ids: list[list[int]], pad: int, step: int = LENGTH_STEP) -> Iterator[Batch]:
    """Yield the batches, the longest texts first; all texts of one are padded to the same next multiple of `step`.

    The padding of a text depends on the text alone. Sums over padded rows have another order, and rounding amplifies
    the difference: the vector of a text would depend on the other texts of its batch.
    """
    widths = np.array([-(-len(row) // step) * step for row in ids])
    for width in sorted(set(widths.tolist()), reverse=True):
        alike = np.flatnonzero(widths == width)
        for start in range(0, len(alike), BATCH):
            rows = alike[start : start + BATCH]
            padded = np.full((len(rows), width), pad, np.int64)
            mask = np.zeros_like(padded)
            for line, row in enumerate(rows):
                padded[line, : len(ids[row])] = ids[row]
                mask[line, : len(ids[row])] = 1
            yield rows, (padded, mask)
