"""Runs batches through a compiled OpenVINO graph: one at a time, or in one thread for each stream."""

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from index.encoder.protocol import Vectors

if TYPE_CHECKING:
    from openvino import CompiledModel, InferRequest

_MAX_STREAMS = 8
_STREAMS = min(os.cpu_count() or 1, _MAX_STREAMS)

Feed = tuple[NDArray[np.int64], NDArray[np.int64]]  # token ids and mask, each (texts, tokens)
_T = TypeVar("_T")

_WITHOUT_WEIGHTS = {"CACHE_MODE": "OPTIMIZE_SIZE"}  # a cached compiled graph leaves the weights in the graph's own file
_first_use = Lock()
_log = logging.getLogger(__name__)


def keep_compiled(graph: Path, properties: Mapping[str, str]) -> None:
    """Cache the compiled form of an OpenVINO graph next to it: the next process starts in a third of the time."""
    from openvino import Core

    compiled = Core().compile_model(graph, "CPU", {**properties, **_WITHOUT_WEIGHTS})
    _cache_file(graph).write_bytes(compiled.export_model().getvalue())


def compile_graph(graph: Path, properties: Mapping[str, str]) -> "CompiledModel":
    """Return an OpenVINO graph (`.xml`) compiled for this CPU, a stream a core; its weights stay mapped.

    Streams serve many texts best, and a single query as fast as OpenVINO's latency hint does (measured). The cache of
    `keep_compiled` is used where it fits the version of OpenVINO and the processor.

    One token is run through the graph first: OpenVINO's Python layer fills static tables at the first inference of a
    process, and two threads that do so concurrently deadlock (one holds the interpreter lock and waits for the
    table, the other fills the table and waits for the interpreter lock).
    """
    with _first_use:
        model = _compile(graph, {**properties, "NUM_STREAMS": str(_STREAMS)})
        token = np.ones((1, 1), np.int64)
        infer(model.create_infer_request(), (token, token))
    return model


def infer(request: "InferRequest", feed: Feed) -> Vectors:
    """Return the vectors of one pair of ids and mask, `(texts, dimension) float32`."""
    request.infer(list(feed))
    return np.array(request.get_output_tensor(0).data, np.float32)


def infer_states(request: "InferRequest", feed: Feed) -> tuple[Vectors, NDArray[np.float32]]:
    """Return the vectors as `infer` does, and the states of all tokens, `(texts, tokens, width) float32`."""
    vectors = infer(request, feed)
    return vectors, np.array(request.get_output_tensor(1).data, np.float32)


def run_feeds(model: "CompiledModel", feeds: Iterable[Feed]) -> Iterator[Vectors]:
    """Yield the vectors of each feed, `(texts, dimension) float32`, in the order of the feeds."""
    yield from run_each(model, feeds, infer)


def run_each(
    model: "CompiledModel", feeds: Iterable[Feed], infer_one: "Callable[[InferRequest, Feed], _T]"
) -> Iterator[_T]:
    """Yield the outputs of `infer_one` for each feed, in the order of the feeds."""
    requests: SimpleQueue[InferRequest] = SimpleQueue()
    for _ in range(_STREAMS):
        requests.put(model.create_infer_request())

    def run(feed: Feed) -> _T:
        request = requests.get()
        try:
            return infer_one(request, feed)
        finally:
            requests.put(request)

    with ThreadPoolExecutor(_STREAMS) as pool:
        yield from pool.map(run, feeds)


def _compile(graph: Path, properties: Mapping[str, str]) -> "CompiledModel":
    from openvino import Core

    if (kept := _cache_file(graph)).is_file():
        weights = {"WEIGHTS_PATH": str(graph.with_suffix(".bin"))}
        try:
            return Core().import_model(kept.read_bytes(), "CPU", {**properties, **_WITHOUT_WEIGHTS, **weights})
        except RuntimeError as error:  # cached by another version of OpenVINO or for another kind of processor
            _log.debug("%s is compiled again: %s", graph, error)
    return Core().compile_model(graph, "CPU", properties)


def _cache_file(graph: Path) -> Path:
    return graph.with_suffix(".compiled")
