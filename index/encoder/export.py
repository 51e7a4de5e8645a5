"""Exports a model to OpenVINO in a separate process: `python -m index.encoder.export MODEL_FOLDER TARGET_FOLDER`.

It loads a sentence-transformers model and writes it as an OpenVINO graph that includes pooling and normalisation, in
the fastest precision of this processor that preserves the vectors. The states of the tokens, before pooling, are a
second output: the classifier of themes and tags reads them. Torch and its memory end with the process. Exit code 4
means that the model cannot be exported, with the reason as the last line on standard error.
"""

import sys
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from configs.encoders import DEFAULT_MAX_TOKENS, shipped_encoders
from index.encoder.exported import MODEL, QUERIES, ExportNote, GraphOptions
from index.encoder.pieces import keep_pieces
from index.encoder.plans import Plan, choose, choose_for_queries
from index.encoder.processor import processor_features
from index.encoder.streams import Feed, keep_compiled
from index.encoder.tokens import PIECES, TOKENIZER
from index.encoder.torch_encoder import keep_layers, load_sentence_transformer, token_states

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

NOT_EXPORTABLE = 4  # exit code
_OPSET = 17
_PARTS = {"Pooling", "Dense", "Normalize"}  # of sentence-transformers, after its Transformer
_POOLING = {"mean", "cls"}
_PROBE_BATCH = 4


class NotExportableError(Exception):
    """The model has a module that cannot be exported; it runs in torch."""


class Graph(torch.nn.Module):
    """All modules of a sentence-transformers model as one: from token ids and mask to unit vectors and token states."""

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


def export(folder: Path, target: Path) -> None:
    """Export the model in `folder` into the existing folder `target`.

    Raises `NotExportableError` for a model with modules that cannot be exported.
    """
    # Eager attention is plain products and a softmax, which OpenVINO runs as one. That of torch guards against rows
    # that are masked throughout, and the guards keep its parts from being fused.
    model = load_sentence_transformer(folder, attn_implementation="eager").to("cpu")
    _check(model)
    model.tokenizer.backend_tokenizer.save(str(target / TOKENIZER), pretty=False)
    keep_pieces(target / TOKENIZER, target / PIECES)
    pad, dimension = int(model.tokenizer.pad_token_id or 0), model.get_embedding_dimension()
    graph = Graph(model).eval()
    feeds = _probe(model)
    with torch.no_grad():
        reference = np.concatenate([graph(*map(torch.from_numpy, feed))[0].numpy() for feed in feeds])
    with TemporaryDirectory(dir=target) as tried:
        exact = Path(tried, "exact.xml")
        _write_graph(graph, exact)
        features = processor_features()
        for_passages = choose(exact, features, feeds, reference)
        for_queries = choose_for_queries(exact, features, feeds, reference, for_passages[0])
        ExportNote(
            passages=_finalise(for_passages, target / MODEL),
            queries=_finalise(for_queries, target / QUERIES) if for_queries else None,
            features=tuple(sorted(features)),
            runtime=metadata.version("openvino"),
            dimension=dimension,
            pad=pad,
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
    """Return batches of the probe texts, each two joined to the length of a passage, the longest first."""
    texts = shipped_encoders().probe
    pairs = [f"{one} {other}" for one, other in zip(texts, [*texts[1:], texts[0]], strict=True)]
    pairs.sort(key=len, reverse=True)
    return [_feed(model, pairs[start : start + _PROBE_BATCH]) for start in range(0, len(pairs), _PROBE_BATCH)]


def _feed(model: "SentenceTransformer", texts: list[str]) -> Feed:
    cut = min(DEFAULT_MAX_TOKENS, model.max_seq_length or DEFAULT_MAX_TOKENS)
    batch = model.tokenizer(texts, padding=True, truncation=True, max_length=cut, return_tensors="np")
    return batch["input_ids"].astype(np.int64), batch["attention_mask"].astype(np.int64)


def _write_graph(graph: Graph, path: Path) -> None:
    """Write the model as an OpenVINO graph, by way of ONNX."""
    import openvino

    # Different lengths and one padded row, so that tracing does not turn a property of this example into a constant.
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
    # Not `convert_model`, which sends telemetry.
    openvino.save_model(openvino.Core().read_model(onnx), path, compress_to_fp16=True)


def _finalise(chosen: tuple[Plan, float], graph: Path) -> GraphOptions:
    """Rename a plan's graph, enable the cache of its compiled form, and return its options."""
    plan, cosine = chosen
    for suffix in (".xml", ".bin"):
        plan.graph.with_suffix(suffix).rename(graph.with_suffix(suffix))
    keep_compiled(graph, plan.properties)
    return GraphOptions(precision=plan.precision, properties=dict(plan.properties), cosine=cosine)


if __name__ == "__main__":
    try:
        export(Path(sys.argv[1]), Path(sys.argv[2]))
    except NotExportableError as problem:
        sys.stderr.write(f"{problem}\n")  # noqa: TID251 - to the process that started this one
        sys.exit(NOT_EXPORTABLE)
