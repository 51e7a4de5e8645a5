"""Prepares encoders once for each machine: converts and exports them for OpenVINO."""

import logging
import os
import subprocess
import sys
from pathlib import Path

from configs.encoders import EncoderSpec
from configs.settings import Settings
from configs.system.errors import CustomsLensError
from configs.system.files import write_atomically
from index.encoder.once import build_once
from index.encoder.plans import wanted_precision
from index.encoder.processor import processor_features
from index.encoder.source import artefacts, go_quiet, identify, model_folder

EXPORT = 7  # raised whenever the result of an export changes, so that older exports are ignored
_NOT_EXPORTABLE = 4  # exit code of `index.encoder.export`, which is never imported: it brings torch
_CHECKOUT = Path(__file__).resolve().parents[2]
_log = logging.getLogger(__name__)


class ExportFailedError(CustomsLensError):
    """An export failed; it may succeed later."""


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


def export_folder(spec: EncoderSpec, settings: Settings) -> Path:
    """Return the folder of the export that runs on this processor; it need not exist."""
    return artefacts(spec, settings) / f"openvino-{EXPORT}-{wanted_precision(processor_features())}"


def torch_only(spec: EncoderSpec, settings: Settings) -> Path:
    """Return the path of the note that says why a model cannot be exported."""
    return artefacts(spec, settings) / f"openvino-{EXPORT}-impossible.txt"


class _NotExportableError(Exception):
    """The model can run in torch only; the message has the reason."""


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
