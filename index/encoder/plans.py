"""Chooses the precision of an exported graph: the fastest of this processor that preserves the vectors.

Passages and queries may run in different precisions. Nothing is timed: the choice depends on model and processor
alone, not on the load of the machine.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.encoder.processor import BFLOAT16, INT8
from index.encoder.protocol import Precision, Vectors
from index.encoder.streams import Feed, compile_graph, run_feeds

_LEAST_COSINE = 0.998  # over the probe texts, to be on the safe side of .997, the mean that makes precisions comparable
_INT8_MAX = 127
_WEIGHTS, _INPUTS = 128, 64
"""How many weights and how many inputs of a layer share a scale in 8 bits."""


@dataclass(frozen=True)
class Plan:
    """A precision, the graph that runs in it and the properties for OpenVINO."""

    precision: Precision
    graph: Path
    properties: Mapping[str, str]


def wanted_precision(features: frozenset[str]) -> Precision:
    """Return the preferred precision for passages on a processor with these features."""
    return _candidates(features)[0]


def choose(exact: Path, features: frozenset[str], feeds: Sequence[Feed], reference: Vectors) -> tuple[Plan, float]:
    """Return the first plan whose vectors are near enough to the reference, and its cosine.

    The cosine is the mean over the feeds, whose original vectors are `reference`. A graph built for the plan is
    written next to the exact one.
    """
    *faster, last = _candidates(features)
    for precision in faster:
        plan = _PLANS[precision](exact)
        cosine = cosine_of(plan, feeds, reference)
        if cosine >= _LEAST_COSINE:
            return plan, cosine
    plan = _PLANS[last](exact)
    return plan, cosine_of(plan, feeds, reference)


def choose_for_queries(
    exact: Path, features: frozenset[str], feeds: Sequence[Feed], reference: Vectors, passages: Plan
) -> tuple[Plan, float] | None:
    """Return the plan in which queries run, with its cosine as `choose` does; None where they run as passages do.

    The time of a single short text is bound by reading the weights from memory, and in 8 bits they are half as many
    bytes as in bfloat16, whichever precision is fastest for many texts.
    """
    if not features & INT8 or passages.precision == "int8":
        return None
    plan = _int8(exact)
    cosine = cosine_of(plan, feeds, reference)
    return (plan, cosine) if cosine >= _LEAST_COSINE else None


def cosine_of(plan: Plan, feeds: Sequence[Feed], reference: Vectors) -> float:
    """Return the mean cosine of a plan's vectors of the feeds to the reference."""
    made = np.concatenate(list(run_feeds(compile_graph(plan.graph, plan.properties), feeds)))
    return float((reference * made).sum(axis=1).mean())


def linear_weights(node: Any) -> NDArray[np.float32] | None:  # noqa: ANN401 - openvino has no types
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


def _candidates(features: frozenset[str]) -> tuple[Precision, ...]:
    """Return the precisions to try on a processor, the preferred one first.

    bfloat16 is nearest to the original. 8-bit integers take its place where there are no units for it.
    """
    if features & BFLOAT16:
        return "bfloat16", "float32"
    return ("int8", "float32") if features & INT8 else ("float32",)


def _float32(exact: Path) -> Plan:
    return Plan("float32", exact, {"INFERENCE_PRECISION_HINT": "f32"})


def _bfloat16(exact: Path) -> Plan:
    return Plan("bfloat16", exact, {"INFERENCE_PRECISION_HINT": "bf16"})


def _int8(exact: Path) -> Plan:
    """Write a rounded graph and return its plan; OpenVINO rounds no inputs where the rest is bfloat16."""
    group = {"DYNAMIC_QUANTIZATION_GROUP_SIZE": str(_INPUTS)}
    return Plan("int8", _with_int8_weights(exact), {"INFERENCE_PRECISION_HINT": "f32", **group})


def _with_int8_weights(graph: Path) -> Path:
    """Write a copy of the graph with int8 weights in linear layers, with one scale for each group of an output.

    OpenVINO then rounds the activations itself, by groups, while it runs (dynamic quantisation), so that no
    calibration texts are needed.
    """
    import openvino
    from openvino import opset13 as ops
    from openvino.utils import replace_node

    model = openvino.Core().read_model(graph)
    for node in model.get_ordered_ops():
        weights = linear_weights(node)
        if weights is None:
            continue
        rounded, scales = _rounded(weights)
        half = ops.multiply(ops.convert(ops.constant(rounded), "f16"), ops.constant(scales))
        linear = ops.matmul(
            node.input_value(0),
            ops.convert(ops.reshape(half, ops.constant(np.array(weights.shape)), special_zero=False), "f32"),
            node.get_attributes()["transpose_a"],
            transpose_b=True,
        )
        linear.set_friendly_name(node.get_friendly_name())
        replace_node(node, linear)
    path = graph.with_name("rounded.xml")
    openvino.save_model(model, path, compress_to_fp16=True)
    return path


def _rounded(weights: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float16]]:
    """Return weights (outputs, inputs) as (outputs, groups, inputs) int8 with scales (outputs, groups, 1)."""
    outputs, inputs = weights.shape
    group = inputs if inputs % _WEIGHTS else _WEIGHTS
    grouped = weights.reshape(outputs, inputs // group, group)
    scales = np.maximum(np.abs(grouped).max(axis=2, keepdims=True) / _INT8_MAX, np.finfo(np.float16).tiny)
    rounded = np.clip(np.rint(grouped / scales), -_INT8_MAX, _INT8_MAX).astype(np.int8)
    return rounded, np.ascontiguousarray(scales, np.float16)


_PLANS: Mapping[Precision, Callable[[Path], Plan]] = {
    "float32": _float32,
    "bfloat16": _bfloat16,
    "int8": _int8,
}
