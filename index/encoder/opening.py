"""Opens the encoder of the settings: its identity at once, its engine lazily at the first text."""

import logging
from collections.abc import Callable, Sequence
from threading import Lock

import numpy as np

from configs.encoders import EncoderSpec, Prompts
from configs.settings import Settings
from extractors.classifier.states import TokenStates
from index.encoder.exported import ExportNote
from index.encoder.openvino_encoder import OpenvinoEncoder
from index.encoder.plans import wanted_precision
from index.encoder.preparing import ExportFailedError, export_folder, prepare_encoder, torch_only
from index.encoder.processor import processor_features
from index.encoder.protocol import Encoder, EncoderIdentity, Progress, VectorEngine, Vectors
from index.encoder.source import go_quiet, identify, model_folder
from index.encoder.torch_encoder import TorchEncoder

_log = logging.getLogger(__name__)


def encoder_identity(settings: Settings) -> EncoderIdentity:
    """Return the identity of the settings' model without loading it.

    Raises as `open_encoder` does, except for errors that only loading reveals.
    """
    spec, identity, _ = identify(settings)
    if identity.engine == "torch" or torch_only(spec, settings).is_file():
        return identity.model_copy(update={"engine": "torch", "precision": "float32"})
    folder = export_folder(spec, settings)
    if folder.is_dir():
        precision = ExportNote.read(folder).passages.precision
    else:
        precision = wanted_precision(processor_features())
    return identity.model_copy(update={"precision": precision})


def open_encoder(settings: Settings) -> Encoder:
    """Return the encoder of the settings; the model is converted, exported and loaded at the first text.

    Raises `UsageError` for an unknown name, `UnavailableError` for a model that is not on this machine,
    `MismatchError` for one that is not what its entry says (the last two may also come with the first text).
    """
    spec, _, prompts = identify(settings)
    identity = encoder_identity(settings)
    return _LazyEncoder(identity, lambda: _engine(spec, settings, identity, prompts))


class _LazyEncoder:
    """An encoder whose engine is created by the first call that needs it."""

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

    def passages_with_states(self, texts: Sequence[str]) -> tuple[Vectors, list[TokenStates]]:
        if not texts:
            return np.empty((0, self._identity.dimension), np.float32), []
        return self._engine().passages_with_states([_valid(text) for text in texts])

    def query(self, text: str) -> Vectors:
        return self._engine().query(_valid(text))

    def query_with_states(self, text: str) -> tuple[Vectors, TokenStates]:
        return self._engine().query_with_states(_valid(text))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._engine().count_tokens([_valid(text) for text in texts]) if texts else []

    def _engine(self) -> VectorEngine:
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made


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
