"""Ways to run one exported graph: the processor decides which one, if it keeps the vectors.

No clock is asked: the same model on the same processor runs in the same way, whatever else the machine is doing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.encoder.processor import BFLOAT16, INT8, TILES
from index.encoder.protocol import Precision, Vectors
from index.encoder.streams import Feed, compile_graph, run_feeds

PROMISED_COSINE = 0.997  # mean, to the original model's vectors: what makes vectors of all precisions comparable
_LEAST_COSINE = 0.998  # over the probe texts, to be on the safe side of the promise elsewhere
_QUANTISATION_GROUP = 64  # inputs of a layer that share a scale; measured: as fast as 128, half of the error
_INT8_MAX = 127


@dataclass(frozen=True)
class Plan:
    """The arithmetic, the graph that it runs and the properties that OpenVINO gets."""

    precision: Precision
    graph: Path
    properties: Mapping[str, str]


def wanted_precision(features: frozenset[str], *, integers_first: bool) -> Precision:
    """Return the arithmetic that a processor with these features should run, if it keeps the vectors."""
    return _candidates(features, integers_first=integers_first)[0]


def rest_of(features: frozenset[str]) -> str:
    """Return OpenVINO's name of the arithmetic of what is not in 8 bits in an 8-bit graph."""
    return "bf16" if features & BFLOAT16 else "f32"


def choose(
    exact: Path, features: frozenset[str], feeds: Sequence[Feed], reference: Vectors, *, integers_first: bool
) -> tuple[Plan, float]:
    """Return the first plan for the exact graph that does not stray from the reference, and its cosine.

    The cosine is the mean over the feeds, whose original vectors are `reference`. A graph that is made for the
    plan is written beside the exact one.
    """
    *faster, last = _candidates(features, integers_first=integers_first)
    for precision in faster:
        plan = _PLANS[precision](exact, features)
        cosine = cosine_of(plan, feeds, reference)
        if cosine >= _LEAST_COSINE:
            return plan, cosine
    plan = _PLANS[last](exact, features)
    return plan, cosine_of(plan, feeds, reference)


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


def _candidates(features: frozenset[str], *, integers_first: bool) -> tuple[Precision, ...]:
    """Return the arithmetics to try on a processor, the wanted one first.

    bfloat16 is nearest to the original. 8-bit integers take its place where there are no units for it, and where
    the encoder wants them first unless bfloat16 is multiplied in tiles: a short text waits for the weights to come
    from memory, and they are half as many bytes.
    """
    halves: tuple[Precision, ...] = ("bfloat16",) if features & BFLOAT16 else ()
    integers = bool(features & INT8) and (not halves or (integers_first and TILES not in features))
    return ("int8", *halves, "float32") if integers else (*halves, "float32")


def _float32(exact: Path, _: frozenset[str]) -> Plan:
    return Plan("float32", exact, {"INFERENCE_PRECISION_HINT": "f32"})


def _bfloat16(exact: Path, _: frozenset[str]) -> Plan:
    return Plan("bfloat16", exact, {"INFERENCE_PRECISION_HINT": "bf16"})


def _int8(exact: Path, features: frozenset[str]) -> Plan:
    group = {"DYNAMIC_QUANTIZATION_GROUP_SIZE": str(_QUANTISATION_GROUP)}
    return Plan("int8", _with_int8_weights(exact), {"INFERENCE_PRECISION_HINT": rest_of(features), **group})


def _with_int8_weights(graph: Path) -> Path:
    """Write the graph with weights of linear layers as int8, a scale for each group of an output, and return its path.

    OpenVINO then rounds the activations itself, by groups, while it runs (dynamic quantisation), so that no
    calibration texts are needed. The layers that make queries, keys and values stay exact: they hold a quarter of
    the weights and made half of the error.
    """
    import openvino
    from openvino import opset13 as ops
    from openvino.utils import replace_node

    model = openvino.Core().read_model(graph)
    for node in model.get_ordered_ops():
        weights = linear_weights(node)
        if weights is None or _shares_its_input(node):
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
    path = graph.with_name("int8.xml")
    openvino.save_model(model, path, compress_to_fp16=True)
    return path


def _shares_its_input(node: Any) -> bool:  # noqa: ANN401 - openvino has no types
    """Tell whether other linear layers read what a linear layer reads, as those of queries, keys and values do."""
    readers = (reader.get_node() for reader in node.input_value(0).get_target_inputs())
    linear = [reader for reader in readers if reader.get_type_name() == node.get_type_name()]
    return len(linear) > 1


def _rounded(weights: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float16]]:
    """Return weights (outputs, inputs) as (outputs, groups, inputs) int8 with scales (outputs, groups, 1)."""
    outputs, inputs = weights.shape
    group = inputs if inputs % _QUANTISATION_GROUP else _QUANTISATION_GROUP
    grouped = weights.reshape(outputs, inputs // group, group)
    scales = np.maximum(np.abs(grouped).max(axis=2, keepdims=True) / _INT8_MAX, np.finfo(np.float16).tiny)
    rounded = np.clip(np.rint(grouped / scales), -_INT8_MAX, _INT8_MAX).astype(np.int8)
    return rounded, np.ascontiguousarray(scales, np.float16)


_PLANS: Mapping[Precision, Callable[[Path, frozenset[str]], Plan]] = {
    "float32": _float32,
    "bfloat16": _bfloat16,
    "int8": _int8,
}
