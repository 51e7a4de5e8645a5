"""Encoders by the settings: their identity at once, their engine at the first text."""

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock

import numpy as np

from configs.encoders import EncoderSpec, Prompts
from configs.errors import CustomsLensError
from configs.settings import Settings
from index.encoder.exported import ExportNote
from index.encoder.once import made_once
from index.encoder.openvino_encoder import OpenvinoEncoder
from index.encoder.plans import wanted_precision
from index.encoder.processor import INT8, processor_features
from index.encoder.protocol import Encoder, EncoderIdentity, Progress, VectorEngine, Vectors
from index.encoder.source import artefacts, go_quiet, identify, model_folder
from index.encoder.torch_encoder import TorchEncoder

EXPORT = 2  # raised whenever an export would come out differently, so that older ones are left aside
_NOT_EXPORTABLE = 4  # exit code of `index.encoder.export`, which is never imported: it brings torch
_CHECKOUT = Path(__file__).resolve().parents[2]
_log = logging.getLogger(__name__)


class ExportFailedError(CustomsLensError):
    """A model that could not be exported this time."""


def encoder_identity(settings: Settings) -> EncoderIdentity:
    """Return which model the settings mean, without loading it.

    Raises as `open_encoder` does, but for what only loading can show.
    """
    spec, identity, _ = identify(settings)
    if identity.engine == "torch" or _torch_only(spec, settings).is_file():
        return identity.model_copy(update={"engine": "torch", "precision": "float32"})
    folder = export_folder(spec, settings)
    precision = ExportNote.read(folder).precision if folder.is_dir() else wanted_precision(processor_features())
    return identity.model_copy(update={"precision": precision})


def export_folder(spec: EncoderSpec, settings: Settings) -> Path:
    """Return the folder of the export that runs on this processor: the calibrated one where it was made."""
    features = processor_features()
    calibrated = calibrated_folder(spec, settings)
    if features & INT8 and calibrated.is_dir():
        return calibrated
    return artefacts(spec, settings) / f"openvino-{EXPORT}-{wanted_precision(features)}"


def calibrated_folder(spec: EncoderSpec, settings: Settings) -> Path:
    """Return the folder of the export with calibrated 8-bit integers; it need not exist."""
    return artefacts(spec, settings) / f"openvino-{EXPORT}-int8-calibrated"


def open_encoder(settings: Settings) -> Encoder:
    """Return the encoder of the settings; the model is converted, exported and loaded at the first text.

    Raises `UsageError` for an unknown name, `UnavailableError` for a model that is not on this machine,
    `MismatchError` for one that is not what its entry says (the last two may also come with the first text).
    """
    spec, _, prompts = identify(settings)
    identity = encoder_identity(settings)
    return _OnFirstUse(identity, lambda: _engine(spec, settings, identity, prompts))


def prepare_encoder(settings: Settings) -> Path | None:
    """Convert and export the settings' encoder now and return the export's folder; None where torch has to run it.

    Raises as `open_encoder` does, and `ExportFailedError`.
    """
    go_quiet(offline=settings.offline)
    spec, _, _ = identify(settings)
    note = _torch_only(spec, settings)
    target = export_folder(spec, settings)
    if note.is_file():
        _log.warning("%s runs by torch: %s", spec.id, note.read_text(encoding="utf-8").strip())
        return None
    if target.is_dir():
        return target
    folder = model_folder(spec, settings)
    _log.info("Preparing the encoder %s for OpenVINO: once, about a minute", spec.id)
    try:
        return made_once(target, lambda unfinished: _export(spec, folder, unfinished))
    except _NotExportableError as error:
        note.write_text(str(error), encoding="utf-8")
        _log.warning("%s runs by torch: %s", spec.id, error)
        return None


class _OnFirstUse:
    """An encoder whose engine is made by the first call that needs it."""

    def __init__(self, identity: EncoderIdentity, make: Callable[[], VectorEngine]) -> None:
        self._identity, self._make = identity, make
        self._lock = Lock()
        self._made: VectorEngine | None = None

    @property
    def identity(self) -> EncoderIdentity:
        return self._identity

    def passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        if not texts:
            return np.empty((0, self._identity.dimension), np.float32)
        return self._engine().passages([_valid(text) for text in texts], progress)

    def query(self, text: str) -> Vectors:
        return self._engine().query(_valid(text))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._engine().count_tokens([_valid(text) for text in texts]) if texts else []

    def _engine(self) -> VectorEngine:
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made


class _NotExportableError(Exception):
    """The model can only run by torch; the reason."""


def _engine(spec: EncoderSpec, settings: Settings, identity: EncoderIdentity, prompts: Prompts) -> VectorEngine:
    go_quiet(offline=settings.offline)
    if identity.engine == "openvino":
        try:
            exported = prepare_encoder(settings)
        except ExportFailedError as error:
            _log.warning("%s runs by torch this time: %s", spec.id, error)
            exported = None
        if exported:
            return OpenvinoEncoder(exported, prompts, identity.max_tokens)
    return TorchEncoder(model_folder(spec, settings), prompts, identity.max_tokens)


def _valid(text: str) -> str:
    """Return the text without lone surrogates, which no tokenizer accepts."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode("utf-8")
    return text


def _torch_only(spec: EncoderSpec, settings: Settings) -> Path:
    """Return the path of the note that says why a model cannot be exported."""
    return artefacts(spec, settings) / f"openvino-{EXPORT}-impossible.txt"


def _export(spec: EncoderSpec, folder: Path, unfinished: Path) -> None:
    path = os.pathsep.join(filter(None, [str(_CHECKOUT), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(  # noqa: S603 - our own module, with paths as arguments
        [sys.executable, "-m", "index.encoder.export", str(folder), str(unfinished)],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode == 0:
        return
    last = (done.stderr.strip() or f"exit code {done.returncode}").splitlines()[-1]
    if done.returncode == _NOT_EXPORTABLE:
        raise _NotExportableError(last)
    raise ExportFailedError(f"{spec.id}: the export failed: {last}")
