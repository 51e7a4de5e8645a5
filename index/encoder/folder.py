"""What a sentence-transformers folder says of itself in its small JSON files; no model is loaded."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from configs.encoders import Prompts
from configs.system.errors import ConfigError, UnavailableError, UsageError
from configs.system.files import read_file, write_atomically
from index.encoder.wheel import sha256_of

_DOCUMENT_PROMPTS = ("passage", "document", "corpus")  # the names in use for the side that is searched
_PARTS = (".json", ".txt", ".model", ".safetensors", ".bin")
_OTHER_FORMATS = {"onnx", "openvino", "coreml", "tf", ".git"}  # hub folders often carry the weights again
_FALLBACK_LENGTH = 512
_HEX_DIGITS = 64


@dataclass(frozen=True)
class ModelFolder:
    """A folder's own word on its vectors (`dimension`), its longest input (`max_tokens`) and its prompts."""

    path: Path
    dimension: int
    max_tokens: int
    prompts: Prompts


def read_model_folder(path: Path) -> ModelFolder:
    """Return what the folder's files say. Raises `UsageError` or `ConfigError` where it is no such model."""
    modules = _json(path / "modules.json") or []
    transformer = path / (modules[0]["path"] if modules else "")
    config = _json(transformer / "config.json") or {}
    own = _json(path / "config_sentence_transformers.json") or {}
    dimension = _dimension(path, modules, config)
    if not dimension:
        raise UsageError(f"{path}: is not a sentence-transformers folder", "it needs modules.json and config.json")
    return ModelFolder(
        path=path,
        dimension=min(dimension, int(own.get("truncate_dim") or dimension)),
        max_tokens=_max_tokens(transformer, config),
        prompts=_prompts(own),
    )


def folder_hash(path: Path, cache: Path) -> str:
    """Return a hash (64 hex digits) over names and bytes of the files that make the vectors.

    It is kept in the cache folder with the files' sizes and times, and computed again when these change.
    """
    files = sorted(file for file in path.rglob("*") if _is_part(file.relative_to(path)) and file.is_file())
    state = "\n".join(f"{file}:{(stat := file.stat()).st_size}:{stat.st_mtime_ns}" for file in files)
    note = cache / "encoders" / "hashes" / hashlib.sha256(state.encode()).hexdigest()[:32]
    if note.is_file() and len(kept := note.read_text(encoding="ascii")) == _HEX_DIGITS:
        return kept
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.relative_to(path).as_posix()}:{sha256_of(file)}\n".encode())
    try:
        note.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(note, digest.hexdigest())
    except OSError as error:
        raise UnavailableError(f"{note}: cannot be written: {error.strerror}", "set CUSTOMS_LENS_CACHE") from error
    return digest.hexdigest()


def _is_part(file: Path) -> bool:
    return file.suffix in _PARTS and not _OTHER_FORMATS.intersection(file.parts)


def _dimension(path: Path, modules: list[dict[str, Any]], config: dict[str, Any]) -> int:
    """Return the width of the last module that has one: a Dense layer, the pooling, or the transformer itself."""
    for module in reversed(modules):
        settings = _json(path / module["path"] / "config.json") if module["path"] else None
        for name in ("out_features", "embedding_dimension", "word_embedding_dimension"):
            if settings and name in settings:
                return int(settings[name])
    return int(config.get("hidden_size", 0))


def _max_tokens(transformer: Path, config: dict[str, Any]) -> int:
    own = _json(transformer / "sentence_bert_config.json") or {}
    tokenizer = _json(transformer / "tokenizer_config.json") or {}
    limits = (
        own.get("max_seq_length"),
        tokenizer.get("model_max_length"),
        config.get("max_position_embeddings"),
    )
    return min((int(limit) for limit in limits if limit), default=_FALLBACK_LENGTH)


def _prompts(config: dict[str, Any]) -> Prompts:
    named = config.get("prompts") or {}
    default = named.get(config.get("default_prompt_name") or "", "")
    passage = next((named[name] for name in _DOCUMENT_PROMPTS if name in named), default)
    return Prompts(query=named.get("query", default), passage=passage)


def _json(path: Path) -> Any:  # noqa: ANN401 - plain data of a foreign file
    """Return a JSON file's data, None where there is no such file."""
    if not path.is_file():
        return None
    try:
        return json.loads(read_file(path))
    except (ValueError, RecursionError) as error:
        raise ConfigError(path, f"is not JSON: {error}", remedy="fetch the model again") from error
