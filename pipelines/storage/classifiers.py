"""Locations of trained classifiers, one for each encoder: shipped with the product, or fitted in a home."""

import logging
from pathlib import Path

from configs.classifier import SHIPPED
from configs.maturity import MaturityModel
from configs.settings import Settings
from configs.system.errors import UnavailableError
from extractors.classifier.classifier import Classifier
from extractors.classifier.weights import ClassifierWeights
from index.encoder import EncoderIdentity
from pipelines.workspace import CLASSIFIERS

_log = logging.getLogger(__name__)


def load_classifier(settings: Settings, encoder: EncoderIdentity) -> Classifier | None:
    """Return the classifier for an encoder: the home's own, else the shipped one; None where there is neither.

    Judgements that were added to it are included. Raises `ConfigError` for a file without a classifier.
    """
    base = load_base(settings, encoder)
    if base is None:
        _log.debug(
            "no classifier fits the encoder %s: themes are suggested where they are named, tags by statements",
            encoder.name,
        )
        return None
    path = retrained_path(settings.home, encoder)
    if path.is_file():
        retrained = ClassifierWeights.read(path)
        if retrained.note.base == base.version:
            return Classifier(retrained)
    return Classifier(base)


def load_base(settings: Settings, encoder: EncoderIdentity) -> ClassifierWeights | None:
    """Return the classifier for an encoder as fitted, without judgements that were added later."""
    for path in (fitted_path(settings.home, encoder), shipped_path(encoder)):
        if path.is_file():
            weights = ClassifierWeights.read(path)
            if weights.note.encoder == encoder.model_hash:
                return weights
    return None


def fitted_path(home: Path, encoder: EncoderIdentity) -> Path:
    """Return the path of the classifier that a home has fitted to an encoder."""
    return home / CLASSIFIERS / f"{encoder.model_hash}.safetensors"


def retrained_path(home: Path, encoder: EncoderIdentity) -> Path:
    """Return the path of the fitted classifier with judgements added."""
    return fitted_path(home, encoder).with_suffix(".retrained.safetensors")


def shipped_path(encoder: EncoderIdentity) -> Path:
    """Return the path of the shipped classifier of an encoder, which may not exist."""
    return SHIPPED / f"{Path(encoder.name).name}.safetensors"


def no_classifier(encoder: EncoderIdentity, model: MaturityModel) -> UnavailableError:
    """Return the error for a missing classifier of the encoder and the maturity model."""
    message = f"there is no classifier of themes and tags for the encoder {encoder.name} and the model {model.id}"
    return UnavailableError(message, "run 'customs-lens models fit', which takes about half an hour")
