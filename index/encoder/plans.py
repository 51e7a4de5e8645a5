"""Ways to run one exported graph on this CPU; the fastest that keeps the vectors is chosen by trying.

Which one wins depends on the processor: bf16 where it has matrix units for it (AMX), 8-bit integers where it
has only AVX-512 VNNI, plain float32 elsewhere. Capability flags do not tell: a CPU may list bf16 and be slower
with it than with float32.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.encoder.protocol import Vectors
from index.encoder.streams import Feed, compile_graph, run_feeds

LEAST_COSINE = 0.998  # mean over the probe texts, to the original model's vectors; .997 is promised
_QUANTISATION_GROUP = 128  # activations that share a scale; measured: 64 to 128 fastest, cosine .9987 and better
_INT8_MAX = 127
_ROUNDS = 5
_WORTHWHILE = 0.9  # a plan has to take at most this share of the exact one's time to displace it


@dataclass(frozen=True)
class Plan:
    """A name, the graph it runs and the properties that OpenVINO gets."""

    name: str
    graph: Path
    properties: Mapping[str, str]


@dataclass(frozen=True)
class Trial:
    """How a plan did: seconds for the probe (best of five) and the mean cosine to the original."""

    plan: Plan
    seconds: float
    cosine: float


def plans_for(graph: Path) -> list[Plan]:
    """Return the plans that this CPU offers for a graph, the exact one first; writes the 8-bit graph beside it."""
    from openvino import Core

    capabilities = Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    plans = [Plan("float32", graph, {"INFERENCE_PRECISION_HINT": "f32"})]
    if "BF16" in capabilities:
        plans.append(Plan("bfloat16", graph, {"INFERENCE_PRECISION_HINT": "bf16"}))
    if "INT8" in capabilities:
        group = {"DYNAMIC_QUANTIZATION_GROUP_SIZE": str(_QUANTISATION_GROUP)}
        plans.append(Plan("int8", _with_int8_weights(graph), {"INFERENCE_PRECISION_HINT": "f32", **group}))
    return plans


def try_plans(plans: Sequence[Plan], feeds: Sequence[Feed], reference: Vectors) -> list[Trial]:
    """Return a trial of each plan over the feeds, whose original vectors are `reference`, taken turn by turn."""
    models = [compile_graph(plan.graph, plan.properties) for plan in plans]
    vectors = [np.concatenate(list(run_feeds(model, feeds))) for model in models]
    seconds = [float("inf")] * len(plans)
    for _ in range(_ROUNDS):
        for number, model in enumerate(models):
            start = time.perf_counter()
            list(run_feeds(model, feeds))
            seconds[number] = min(seconds[number], time.perf_counter() - start)
    cosines = [float((reference * made).sum(axis=1).mean()) for made in vectors]
    return [Trial(*parts) for parts in zip(plans, seconds, cosines, strict=True)]


def best(trials: Sequence[Trial]) -> Trial:
    """Return the fastest trial that keeps the vectors; the exact plan (first) unless another clearly wins."""
    exact, *others = trials
    faithful = [trial for trial in others if trial.cosine >= LEAST_COSINE]
    fastest = min(faithful, key=lambda trial: trial.seconds, default=exact)
    return fastest if fastest.seconds <= _WORTHWHILE * exact.seconds else exact


def _with_int8_weights(graph: Path) -> Path:
    """Write the graph with each linear layer's weights as int8 with one scale per output, and return its path.

    OpenVINO then rounds the activations itself, by groups, while it runs (dynamic quantisation), so that no
    calibration texts are needed.
    """
    import openvino
    from openvino import opset13 as ops
    from openvino.utils import replace_node

    model = openvino.Core().read_model(graph)
    for node in model.get_ordered_ops():
        weights = _linear_weights(node)
        if weights is None:
            continue
        scale = np.maximum(np.abs(weights).max(axis=1, keepdims=True) / _INT8_MAX, np.finfo(np.float16).tiny)
        rounded = np.clip(np.rint(weights / scale), -_INT8_MAX, _INT8_MAX).astype(np.int8)
        half = ops.multiply(ops.convert(ops.constant(rounded), "f16"), ops.constant(scale.astype(np.float16)))
        linear = ops.matmul(
            node.input_value(0),
            ops.convert(half, "f32"),
            node.get_attributes()["transpose_a"],
            transpose_b=True,
        )
        linear.set_friendly_name(node.get_friendly_name())
        replace_node(node, linear)
    path = graph.with_name("int8.xml")
    openvino.save_model(model, path, compress_to_fp16=True)
    return path


def _linear_weights(node: Any) -> NDArray[np.float32] | None:  # noqa: ANN401 - openvino has no types
    """Return a linear layer's weights as (outputs, inputs), None for any other node."""
    if node.get_type_name() != "MatMul":
        return None
    constant = node.input_value(1).get_node()
    if constant.get_type_name() == "Convert":
        constant = constant.input_value(0).get_node()
    matrix = 2
    if constant.get_type_name() != "Constant" or len(constant.get_output_shape(0)) != matrix:
        return None
    weights: NDArray[np.float32] = constant.get_data().astype(np.float32)
    return weights if node.get_attributes()["transpose_b"] else weights.T
