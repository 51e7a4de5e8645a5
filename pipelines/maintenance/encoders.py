"""The encoders of a machine: which there are, where they come from, how they run; made ready."""

import time
from typing import Any

from configs.encoders import EncoderSpec, HubSource, WheelSource, resolve_encoder, shipped_encoders
from configs.settings import Settings
from configs.system.errors import CustomsLensError, UnavailableError
from extractors.document import Value
from index.encoder import EncoderIdentity, encoder_identity
from index.encoder.exported import ExportNote
from index.encoder.preparing import export_folder, prepare_encoder
from index.encoder.source import model_folder, source_hash
from index.encoder.wheel import check_sha256, wheel_file
from pipelines.storage.opening import open_storage


class EncoderStatus(Value):
    """An encoder of this machine: where it comes from, how it runs, and whether it is ready.

    `tokens` and `dimension` are the length of a text and of a vector. What is None is not known, or does not apply:
    `verified` where no sha256 is pinned, `cosine` (the mean one to the vectors of the original)
    where nothing was exported. `problem` says what is wrong.
    """

    name: str
    source: str
    licence: str | None
    languages: tuple[str, ...]
    tokens: int
    dimension: int | None
    where: str | None = None
    sha256: str | None = None
    verified: bool | None = None
    model: str | None = None
    engine: str | None = None
    precision: str | None = None
    query_precision: str | None = None
    cosine: float | None = None
    prepared: bool = False
    in_use: bool = False
    problem: str | None = None


class PreparedEncoder(EncoderStatus):
    """An encoder that was made ready, and how long that took."""

    seconds: float


def listed(settings: Settings) -> tuple[EncoderStatus, ...]:
    """Return the status of each shipped encoder and that of the settings; what is wrong with one is in its status."""
    specs = {spec.id: spec for spec in shipped_encoders().encoders}
    names = dict.fromkeys([*specs, settings.encoder])
    made = _encoder_of_index(settings)
    return tuple(
        _status(settings.model_copy(update={"encoder": name}), made, chosen=name == settings.encoder) for name in names
    )


def prepare(settings: Settings) -> PreparedEncoder:
    """Fetch (where going online is allowed), check, convert and export the settings' encoder; return its status.

    Raises `UsageError` for an unknown name and a folder that holds no model, `UnavailableError` for what is not on
    this machine and cannot be downloaded, `MismatchError` for a file with another sha256, and `ExportFailedError`.
    """
    started = time.perf_counter()
    _verify(resolve_encoder(settings.encoder))
    prepare_encoder(settings)
    return _finished(settings, started)


def _finished(settings: Settings, started: float) -> PreparedEncoder:
    status = _status(settings, _encoder_of_index(settings), chosen=True)
    return PreparedEncoder(**dict(status), seconds=round(time.perf_counter() - started, 1))


def _status(settings: Settings, made: EncoderIdentity | None, *, chosen: bool) -> EncoderStatus:
    spec = resolve_encoder(settings.encoder)
    known: dict[str, Any] = {
        "name": spec.id,
        "source": _source(spec),
        "licence": spec.licence or None,
        "languages": spec.languages,
        "tokens": spec.max_tokens,
        "dimension": spec.dimension,
        "in_use": chosen if made is None else False,
    }
    try:
        identity = encoder_identity(settings)
        known |= {
            **_place(spec, settings),
            "model": identity.model_hash,
            "tokens": identity.max_tokens,
            "dimension": identity.dimension,
            "engine": identity.engine,
            "precision": identity.precision,
            "in_use": made.fits(identity) if made else chosen,
        }
        known["verified"] = _verify(spec)
        folder = export_folder(spec, settings)
        if folder.is_dir():
            note = ExportNote.read(folder)
            known |= {
                "prepared": True,
                "query_precision": (note.queries or note.passages).precision,
                "cosine": round(note.passages.cosine, 5),
            }
        known["prepared"] = known.get("prepared", False) or identity.engine == "torch"
    except CustomsLensError as error:
        known["problem"] = str(error)
    return EncoderStatus(**known)


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
