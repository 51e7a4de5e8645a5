"""Models made ready for this machine, once: exported for OpenVINO, and calibrated to 8-bit integers on demand."""

import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from configs.encoders import EncoderSpec
from configs.settings import Settings
from configs.system.errors import CustomsLensError, MismatchError, UnavailableError, UsageError
from configs.system.files import write_atomically
from index.encoder.once import build_once
from index.encoder.plans import rest_of, wanted_precision
from index.encoder.processor import INT8, processor_features
from index.encoder.protocol import Precision
from index.encoder.source import artefacts, go_quiet, identify, model_folder

EXPORT = 7  # raised whenever an export would come out differently, so that older ones are left aside
_NOT_EXPORTABLE, _STRAYS = 4, 5  # exit codes of `index.encoder.export`, which is never imported: it brings torch
_CHECKOUT = Path(__file__).resolve().parents[2]
_log = logging.getLogger(__name__)


class ExportFailedError(CustomsLensError):
    """A model that could not be exported this time."""


def prepare_encoder(settings: Settings) -> Path | None:
    """Convert and export the settings' encoder now and return the export's folder; None where torch has to run it.

    Raises as `open_encoder` does, and `ExportFailedError`.
    """
    go_quiet(offline=settings.offline)
    spec, _, _ = identify(settings)
    note = torch_only(spec, settings)
    target = export_folder(spec, settings)
    if note.is_file():
        _log.warning("%s runs by torch: %s", spec.id, note.read_text(encoding="utf-8").strip())
        return None
    if target.is_dir():
        return target
    folder = model_folder(spec, settings)
    _log.info("Preparing the encoder %s for OpenVINO: once, about a minute", spec.id)
    try:
        return build_once(target, lambda unfinished: _export(spec, folder, unfinished))
    except _NotExportableError as error:
        write_atomically(note, str(error))
        _log.warning("%s runs by torch: %s", spec.id, error)
        return None


def optimise_encoder(settings: Settings, texts: Sequence[str], origin: str) -> Path:
    """Calibrate the settings' encoder to 8-bit integers on texts, which come from `origin`, and return its folder.

    An earlier calibration is replaced. Every index may go on with it: what strays from the original is thrown
    away. Raises as `open_encoder` does, `UnavailableError` where NNCF is not installed, `UsageError` for a
    processor without units for 8-bit integers and for a model that cannot be exported, `MismatchError` where the
    vectors stray, and `ExportFailedError`.
    """
    if find_spec("nncf") is None:
        raise UnavailableError("NNCF is not installed, which calibrates", "pip install 'customs-lens[int8]'")
    if not processor_features() & INT8:
        raise UsageError("this processor has no units for 8-bit integers", "use the encoder as it was prepared")
    go_quiet(offline=settings.offline)
    spec, _, prompts = identify(settings)
    folder, target = model_folder(spec, settings), calibrated_folder(spec, settings)
    prompted = [prompts.passage + text for text in texts]
    shutil.rmtree(target, ignore_errors=True)
    _log.info("Calibrating the encoder %s: a few minutes", spec.id)
    try:
        return build_once(target, lambda unfinished: _export(spec, folder, unfinished, prompted, origin))
    except _NotExportableError as error:
        raise UsageError(f"{spec.id} runs by torch alone: {error}", "use it as it is") from error


def export_folder(spec: EncoderSpec, settings: Settings) -> Path:
    """Return the folder of the export that runs on this processor: the calibrated one where it was made."""
    features = processor_features()
    calibrated = calibrated_folder(spec, settings)
    if features & INT8 and calibrated.is_dir():
        return calibrated
    return artefacts(spec, settings) / _name(wanted_precision(features))


def calibrated_folder(spec: EncoderSpec, settings: Settings) -> Path:
    """Return the folder of the export with calibrated 8-bit integers; it need not exist."""
    return artefacts(spec, settings) / _name("int8-calibrated")


def torch_only(spec: EncoderSpec, settings: Settings) -> Path:
    """Return the path of the note that says why a model cannot be exported."""
    return artefacts(spec, settings) / f"openvino-{EXPORT}-impossible.txt"


def _name(precision: Precision) -> str:
    """Return the name of an export's folder; that of calibrated ones includes the arithmetic of the rest."""
    rest = f"-{rest_of(processor_features())}" if precision == "int8-calibrated" else ""
    return f"openvino-{EXPORT}-{precision}{rest}"


class _NotExportableError(Exception):
    """The model can only run by torch; the reason."""


def _export(
    spec: EncoderSpec, folder: Path, unfinished: Path, texts: Sequence[str] = (), origin: str | None = None
) -> None:
    path = os.pathsep.join(filter(None, [str(_CHECKOUT), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(  # noqa: S603 - our own module, with paths as arguments
        [sys.executable, "-m", "index.encoder.export", str(folder), str(unfinished)],
        input=json.dumps({"texts": list(texts), "origin": origin}),
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
    if done.returncode == _STRAYS:
        raise MismatchError(f"{spec.id}: {last}", "the encoder runs as it was prepared; try other texts")
    raise ExportFailedError(f"{spec.id}: the export failed: {last}")
