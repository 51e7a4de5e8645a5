"""A process of its own: `python -m index.encoder.export MODEL_FOLDER TARGET_FOLDER < WISHES.json`.

It loads a sentence-transformers model and writes it as an OpenVINO graph with pooling and normalisation inside, in
the arithmetic that suits this processor and keeps the vectors. The states of the tokens, before pooling, are a second
output: the classifier of themes and tags reads them. Torch and its memory end with the process. Exit
code 4 means that the model cannot be exported, 5 that its calibrated vectors stray from the original's, with the
reason as the last line on standard error.
"""

import os
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from pydantic import BaseModel

from configs.encoders import DEFAULT_MAX_TOKENS, shipped_encoders
from index.encoder.exported import MODEL, QUERIES, ExportNote, Way
from index.encoder.pieces import keep_pieces
from index.encoder.plans import PROMISED_COSINE, Plan, choose, choose_for_queries, cosine_of, linear_weights, rest_of
from index.encoder.processor import processor_features
from index.encoder.protocol import Vectors
from index.encoder.streams import Feed, keep_compiled
from index.encoder.tokens import PIECES, TOKENIZER
from index.encoder.torch_encoder import keep_layers, load_sentence_transformer, token_states

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

NOT_EXPORTABLE, STRAYS = 4, 5  # exit codes
_OPSET = 17
_PARTS = {"Pooling", "Dense", "Normalize"}  # of sentence-transformers, after its Transformer
_POOLING = {"mean", "cls"}
_PROBE_BATCH = 4


class NotExportableError(Exception):
    """The model has a part that the graph cannot hold; it runs by torch."""


class StraysError(Exception):
    """Calibrated vectors that are too far from the original's to be kept."""


class Wishes(BaseModel):
    """The texts on which fixed scales are found, and where they come from; no texts for a plain export."""

    texts: list[str]
    origin: str | None


class Graph(torch.nn.Module):
    """All modules of a sentence-transformers model as one: token ids and mask in, unit vectors and states out."""

    def __init__(self, model: "SentenceTransformer") -> None:
        super().__init__()
        keep_layers(model)
        self.parts = torch.nn.ModuleList(model)
        self.typed = "token_type_ids" in model.tokenizer.model_input_names

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return `(texts, dimension)` unit vectors and the states of the tokens, `(texts, tokens, width)`."""
        features: dict[str, Any] = {"input_ids": input_ids, "attention_mask": attention_mask}
        if self.typed:
            features["token_type_ids"] = torch.zeros_like(input_ids)
        for part in self.parts:
            features = part(features)
        vectors = torch.nn.functional.normalize(features["sentence_embedding"], p=2.0, dim=1)
        return vectors, token_states(features)


def export(folder: Path, target: Path, wishes: Wishes) -> None:
    """Export the model in `folder` into the existing folder `target`, calibrated where there are texts for it.

    Raises `NotExportableError` for a model with parts that the graph cannot hold, and `StraysError`.
    """
    # Eager attention is plain products and a softmax, which OpenVINO runs as one. That of torch guards against rows
    # that are masked throughout, and the guards keep its parts asunder.
    model = load_sentence_transformer(folder, attn_implementation="eager").to("cpu")
    _check(model)
    model.tokenizer.backend_tokenizer.save(str(target / TOKENIZER), pretty=False)
    keep_pieces(target / TOKENIZER, target / PIECES)
    pad, dimension = int(model.tokenizer.pad_token_id or 0), model.get_embedding_dimension()
    graph = Graph(model).eval()
    feeds, samples = _probe(model), _alone(model, wishes.texts)
    with torch.no_grad():
        reference = np.concatenate([graph(*map(torch.from_numpy, feed))[0].numpy() for feed in feeds])
    with TemporaryDirectory(dir=target) as tried:
        exact = Path(tried, "exact.xml")
        _write_graph(graph, exact)
        for_passages = _choose(exact, samples, feeds, reference)
        for_queries = choose_for_queries(exact, processor_features(), feeds, reference, for_passages[0])
        ExportNote(
            passages=_kept(for_passages, target / MODEL),
            queries=_kept(for_queries, target / QUERIES) if for_queries else None,
            features=tuple(sorted(processor_features())),
            runtime=metadata.version("openvino"),
            dimension=dimension,
            pad=pad,
            calibration=wishes.origin,
        ).write(target)


def _check(model: "SentenceTransformer") -> None:
    names = [type(part).__name__ for part in model]
    if names[0] != "Transformer" or not set(names[1:]) <= _PARTS:
        raise NotExportableError(f"its modules are {', '.join(names)}")
    pooling: list[Any] = [part for part, name in zip(model, names, strict=True) if name == "Pooling"]
    if not pooling or any(part.pooling_mode not in _POOLING for part in pooling):
        raise NotExportableError("its pooling is neither mean nor cls")
    if not all(part.include_prompt for part in pooling):
        raise NotExportableError("its pooling leaves the prompt out")
    if model.truncate_dim is not None:
        raise NotExportableError("it cuts its vectors")
    if not hasattr(model.tokenizer, "backend_tokenizer"):
        raise NotExportableError("its tokenizer is not a fast one")


def _probe(model: "SentenceTransformer") -> list[Feed]:
    """Return batches of the probe texts, two joined each for the length of a passage, the longest first."""
    texts = shipped_encoders().probe
    pairs = [f"{one} {other}" for one, other in zip(texts, [*texts[1:], texts[0]], strict=True)]
    pairs.sort(key=len, reverse=True)
    return [_feed(model, pairs[start : start + _PROBE_BATCH]) for start in range(0, len(pairs), _PROBE_BATCH)]


def _alone(model: "SentenceTransformer", texts: Sequence[str]) -> list[Feed]:
    return [_feed(model, [text]) for text in texts]


def _feed(model: "SentenceTransformer", texts: list[str]) -> Feed:
    cut = min(DEFAULT_MAX_TOKENS, model.max_seq_length or DEFAULT_MAX_TOKENS)
    batch = model.tokenizer(texts, padding=True, truncation=True, max_length=cut, return_tensors="np")
    return batch["input_ids"].astype(np.int64), batch["attention_mask"].astype(np.int64)


def _write_graph(graph: Graph, path: Path) -> None:
    """Write the model as an OpenVINO graph, by way of ONNX."""
    import openvino

    # Different lengths and one padded row, so that nothing about this example is taken for a constant.
    ids = torch.ones((2, 16), dtype=torch.int64)
    mask = torch.ones_like(ids)
    mask[1, 10:] = 0
    onnx = path.with_suffix(".onnx")
    names = ["input_ids", "attention_mask"]
    axes = {name: {0: "texts", 1: "tokens"} for name in [*names, "states"]} | {"vector": {0: "texts"}}
    torch.onnx.export(
        graph,
        (ids, mask),
        str(onnx),
        dynamo=False,
        opset_version=_OPSET,
        input_names=names,
        output_names=["vector", "states"],
        dynamic_axes=axes,
    )
    # Not `convert_model`, which reports to its makers.
    openvino.save_model(openvino.Core().read_model(onnx), path, compress_to_fp16=True)


def _choose(exact: Path, samples: Sequence[Feed], feeds: Sequence[Feed], reference: Vectors) -> tuple[Plan, float]:
    """Return the plan for passages, calibrated where there are samples for it, and its cosine."""
    features = processor_features()
    if not samples:
        return choose(exact, features, feeds, reference)
    plan = _calibrated_plan(exact, features, samples)
    cosine = cosine_of(plan, feeds, reference)
    if cosine < PROMISED_COSINE:
        raise StraysError(f"calibrated, its vectors have a mean cosine of {cosine:.4f} to the original's")
    return plan, cosine


def _kept(chosen: tuple[Plan, float], graph: Path) -> Way:
    """Give a plan's graph its name, keep what compiling it finds out, and return how it is run."""
    plan, cosine = chosen
    for suffix in (".xml", ".bin"):
        plan.graph.with_suffix(suffix).rename(graph.with_suffix(suffix))
    keep_compiled(graph, plan.properties)
    return Way(precision=plan.precision, properties=dict(plan.properties), cosine=cosine)


def _calibrated_plan(exact: Path, features: frozenset[str], feeds: Sequence[Feed]) -> Plan:
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


if __name__ == "__main__":
    try:
        export(Path(sys.argv[1]), Path(sys.argv[2]), Wishes.model_validate_json(sys.stdin.read()))
    except (NotExportableError, StraysError) as problem:
        sys.stderr.write(f"{problem}\n")  # noqa: TID251 - to the process that started this one
        sys.exit(NOT_EXPORTABLE if isinstance(problem, NotExportableError) else STRAYS)
