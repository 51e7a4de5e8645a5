"""The encoders of a machine: which there are, where they come from, how they run; prepared and optimised."""

import time
from collections.abc import Iterator
from typing import Any

from configs.encoders import EncoderSpec, HubSource, WheelSource, resolve_encoder, shipped_encoders
from configs.errors import CustomsLensError, UnavailableError, UsageError
from configs.maturity import load_model, shipped_models
from configs.settings import Settings
from index.encoder import EncoderIdentity, encoder_identity
from index.encoder.exported import ExportNote
from index.encoder.preparing import export_folder, optimise_encoder, prepare_encoder
from index.encoder.source import model_folder, source_hash
from index.encoder.wheel import check_sha256, wheel_file
from index.filters import AccessClasses, Filters
from pipelines.storage.opening import open_storage

_JOINED = 5
"""Statements of a maturity model that make a text as long as a passage."""
_ENOUGH = 128
"""Texts to calibrate on: the scales settle long before."""


def listed(settings: Settings) -> list[dict[str, Any]]:
    """Return a row for each shipped encoder and for that of the settings; what is wrong with one is in its row."""
    specs = {spec.id: spec for spec in shipped_encoders().encoders}
    names = dict.fromkeys([*specs, settings.encoder])
    made = _encoder_of_index(settings)
    return [
        _row(settings.model_copy(update={"encoder": name}), made, chosen=name == settings.encoder) for name in names
    ]


def prepare(settings: Settings) -> dict[str, Any]:
    """Fetch (where going online is allowed), check, convert and export the settings' encoder; return its row.

    Raises `UsageError` for an unknown name and a folder that holds no model, `UnavailableError` for what is not on
    this machine and cannot be had, `MismatchError` for a file with another sha256, and `ExportFailedError`.
    """
    started = time.perf_counter()
    _verify(resolve_encoder(settings.encoder))
    prepare_encoder(settings)
    return _finished(settings, started)


def optimise(settings: Settings, *, from_index: bool, access_classes: AccessClasses) -> dict[str, Any]:
    """Calibrate the settings' encoder to 8-bit integers and return its row.

    The texts are the statements of the shipped maturity models, or passages of the home's index that the caller may
    see: the encoder that is made serves every reader, and holds ranges of numbers and no text. Raises as `prepare` and
    `optimise_encoder` do.
    """
    started = time.perf_counter()
    _verify(resolve_encoder(settings.encoder))
    texts = _passages(settings, access_classes) if from_index else list(_statements())
    origin = f"passages of {settings.home}" if from_index else "statements of the maturity models"
    step = len(texts) / _ENOUGH
    optimise_encoder(settings, [texts[int(number * step)] for number in range(_ENOUGH)], origin)
    return _finished(settings, started)


def _finished(settings: Settings, started: float) -> dict[str, Any]:
    row = _row(settings, _encoder_of_index(settings), chosen=True)
    return {**row, "seconds": round(time.perf_counter() - started, 1)}


def _row(settings: Settings, made: EncoderIdentity | None, *, chosen: bool) -> dict[str, Any]:
    spec = resolve_encoder(settings.encoder)
    row: dict[str, Any] = {
        "name": spec.id,
        "source": _source(spec),
        "licence": spec.licence or None,
        "languages": list(spec.languages),
        "tokens": spec.max_tokens,
        "dimension": spec.dimension,
        **dict.fromkeys(("where", "sha256", "verified", "model", "engine", "precision", "query_precision")),
        **dict.fromkeys(("cosine", "calibration")),
        "prepared": False,
        "in_use": chosen if made is None else False,
        "problem": None,
    }
    try:
        identity = encoder_identity(settings)
        row |= {
            **_place(spec, settings),
            "model": identity.model_hash,
            "tokens": identity.max_tokens,
            "dimension": identity.dimension,
            "engine": identity.engine,
            "precision": identity.precision,
            "in_use": made.fits(identity) if made else chosen,
        }
        row["verified"] = _verify(spec)
        folder = export_folder(spec, settings)
        if folder.is_dir():
            note = ExportNote.read(folder)
            row |= {
                "prepared": True,
                "query_precision": (note.queries or note.passages).precision,
                "cosine": round(note.passages.cosine, 5),
                "calibration": note.calibration,
            }
        row["prepared"] = row["prepared"] or identity.engine == "torch"
    except CustomsLensError as error:
        row["problem"] = str(error)
    return row


def _place(spec: EncoderSpec, settings: Settings) -> dict[str, str]:
    if isinstance(spec.source, WheelSource):
        return {"where": str(wheel_file(spec.source)), "sha256": spec.source.sha256}
    return {"where": str(model_folder(spec, settings)), "sha256": source_hash(spec, settings)}


def _source(spec: EncoderSpec) -> str:
    if isinstance(spec.source, WheelSource):
        return f"package {spec.source.package.replace('_', '-')}"
    return f"hub {spec.source.name}" if isinstance(spec.source, HubSource) else f"folder {spec.source.path}"


def _verify(spec: EncoderSpec) -> bool | None:
    """Return True where the file has the sha256 of its entry, None where none is pinned; raise `MismatchError`."""
    if not isinstance(spec.source, WheelSource):
        return None
    check_sha256(wheel_file(spec.source), spec.source.sha256)
    return True


def _encoder_of_index(settings: Settings) -> EncoderIdentity | None:
    try:
        engine = open_storage(settings).open_engine(None, write=False)
    except UnavailableError:
        return None  # nothing was ingested yet
    try:
        return engine.encoder
    finally:
        engine.close()


def _statements() -> Iterator[str]:
    """Yield the statements of the shipped models, neighbours of one language joined to the length of a passage."""
    for name in shipped_models():
        model = load_model(name)
        for language in ("en", "fr"):
            texts = [statement.text for statement in model.statements(language=language)]
            for start in range(0, len(texts), _JOINED):
                yield " ".join(texts[start : start + _JOINED])


def _passages(settings: Settings, access_classes: AccessClasses) -> list[str]:
    engine = open_storage(settings).open_engine(None, write=False)
    try:
        found = engine.passages(Filters(access_classes=access_classes))
        texts = [passage.text for _, passages in found for passage in passages]
    finally:
        engine.close()
    if len(texts) < _ENOUGH:
        message = f"{settings.home}: the index has {len(texts)} passages, {_ENOUGH} are needed"
        raise UsageError(message, "leave --from-index out, or ingest more papers")
    return texts
