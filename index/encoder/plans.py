"""Ways to run one exported graph: the processor decides which one, if it keeps the vectors.

No clock is asked: the same model on the same processor runs in the same way, whatever else the machine is doing.
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

PROMISED_COSINE = 0.997  # mean, to the original model's vectors: what makes vectors of all precisions comparable
_LEAST_COSINE = 0.998  # over the probe texts, to be on the safe side of the promise elsewhere
_QUANTISATION_GROUP = 128  # activations that share a scale; measured: 64 to 128 fastest, cosine .9987 and better
_INT8_MAX = 127


@dataclass(frozen=True)
class Plan:
    """The arithmetic, the graph that it runs and the properties that OpenVINO gets."""

    precision: Precision
    graph: Path
    properties: Mapping[str, str]


def wanted_precision(features: frozenset[str]) -> Precision:
    """Return the arithmetic that a processor with these features should run, if it keeps the vectors.

    bfloat16 where there are units for it: as fast as 8-bit integers whose scales are found while they run, and
    nearer to the original. These where there are only units for integers, float32 elsewhere.
    """
    if features & BFLOAT16:
        return "bfloat16"
    return "int8" if features & INT8 else "float32"


def choose(exact: Path, features: frozenset[str], feeds: Sequence[Feed], reference: Vectors) -> tuple[Plan, float]:
    """Return the wanted plan for the exact graph, or float32 where that strays from the reference, and its cosine.

    The cosine is the mean over the feeds, whose original vectors are `reference`. A graph that is made for the
    plan is written beside the exact one.
    """
    plan = _PLANS[wanted_precision(features)](exact)
    cosine = cosine_of(plan, feeds, reference)
    if cosine < _LEAST_COSINE and plan.precision != "float32":
        plan = _float32(exact)
        cosine = cosine_of(plan, feeds, reference)
    return plan, cosine


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


def _float32(exact: Path) -> Plan:
    return Plan("float32", exact, {"INFERENCE_PRECISION_HINT": "f32"})


def _bfloat16(exact: Path) -> Plan:
    return Plan("bfloat16", exact, {"INFERENCE_PRECISION_HINT": "bf16"})


def _int8(exact: Path) -> Plan:
    group = {"DYNAMIC_QUANTIZATION_GROUP_SIZE": str(_QUANTISATION_GROUP)}
    return Plan("int8", _with_int8_weights(exact), {"INFERENCE_PRECISION_HINT": "f32", **group})


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
        weights = linear_weights(node)
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


_PLANS: Mapping[Precision, Callable[[Path], Plan]] = {"float32": _float32, "bfloat16": _bfloat16, "int8": _int8}
