"""Fixed 8-bit scales for a graph, found by NNCF on texts (extra `int8`); runs in the exporting process."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from index.encoder.plans import Plan, linear_weights, rest_of
from index.encoder.streams import Feed


def calibrated_plan(exact: Path, features: frozenset[str], feeds: Sequence[Feed]) -> Plan:
    """Write the graph with 8-bit weights and activations next to the exact one, and return the plan that runs it.

    The scales are those of NNCF's mixed preset after smoothing (SmoothQuant, Xiao et al. 2022) over the feeds.
    The layers that bring the wide inner states back stay exact: single values there are a hundred times the
    others, and one scale serves both badly. So do the products of attention: in 8 bits they made most of what
    search lost, which the cosine of the vectors hardly shows. The tables that rows are gathered from stay exact
    as well: 8-bit ones are made wide again as a whole whenever a process compiles the graph, while exact ones are
    only mapped. What is exact runs in bfloat16 where the processor has that among its `features`.
    """
    os.environ["NNCF_CI"] = "1"  # NNCF reports its use to its makers otherwise; read when it is imported
    import nncf
    import openvino

    model = openvino.Core().read_model(exact)
    quantised = nncf.quantize(
        model,
        nncf.Dataset(list(feeds), list),
        preset=nncf.QuantizationPreset.MIXED,
        model_type=nncf.ModelType.TRANSFORMER,
        subset_size=len(feeds),
        ignored_scope=nncf.IgnoredScope(names=[*_narrowing(model), *_attention(model)], types=["Gather"]),
    )
    path = exact.with_name("int8.xml")
    openvino.save_model(quantised, path, compress_to_fp16=True)
    return Plan("int8-calibrated", path, {"INFERENCE_PRECISION_HINT": rest_of(features)})


def _narrowing(model: Any) -> list[str]:  # noqa: ANN401 - openvino has no types
    """Return the names of the linear layers with fewer outputs than inputs."""
    layers = ((node.get_friendly_name(), linear_weights(node)) for node in model.get_ordered_ops())
    return [name for name, weights in layers if weights is not None and weights.shape[0] < weights.shape[1]]


def _attention(model: Any) -> list[str]:  # noqa: ANN401 - openvino has no types
    """Return the names of the products of two values that are both computed, not weights."""
    products = (node for node in model.get_ordered_ops() if node.get_type_name() == "MatMul")
    return [node.get_friendly_name() for node in products if linear_weights(node) is None]
