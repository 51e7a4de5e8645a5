"""Batches through a compiled OpenVINO graph: one at a time, or a thread and a request for each stream."""

import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from index.encoder.protocol import Vectors

if TYPE_CHECKING:
    from openvino import CompiledModel, InferRequest

_MAX_STREAMS = 8
_STREAMS = min(os.cpu_count() or 1, _MAX_STREAMS)

Feed = tuple[NDArray[np.int64], NDArray[np.int64]]  # token ids and mask, each (texts, tokens)


_first_use = Lock()


def compile_graph(graph: Path, properties: Mapping[str, str]) -> "CompiledModel":
    """Return an OpenVINO graph (`.xml`) compiled for this CPU, a stream a core; its weights stay mapped.

    Streams serve many texts best, and a single query as fast as OpenVINO's latency hint does (measured).

    One token runs through it before anyone gets it: OpenVINO's Python layer fills static tables at the first
    inference of a process, and two threads that arrive there together wait for each other for ever (one has
    the interpreter and waits for the table, the other fills the table and waits for the interpreter).
    """
    from openvino import Core

    with _first_use:
        model = Core().compile_model(graph, "CPU", {**properties, "NUM_STREAMS": str(_STREAMS)})
        token = np.ones((1, 1), np.int64)
        infer(model.create_infer_request(), (token, token))
    return model


def infer(request: "InferRequest", feed: Feed) -> Vectors:
    """Return the vectors of one pair of ids and mask, `(texts, dimension) float32`."""
    request.infer(list(feed))
    return np.array(request.get_output_tensor(0).data, np.float32)


def run_feeds(model: "CompiledModel", feeds: Iterable[Feed]) -> Iterator[Vectors]:
    """Yield the vectors of each feed, `(texts, dimension) float32`, in the order of the feeds."""
    requests: SimpleQueue[InferRequest] = SimpleQueue()
    for _ in range(_STREAMS):
        requests.put(model.create_infer_request())

    def run(feed: Feed) -> Vectors:
        request = requests.get()
        try:
            return infer(request, feed)
        finally:
            requests.put(request)

    with ThreadPoolExecutor(_STREAMS) as pool:
        yield from pool.map(run, feeds)
