"""Checks the installation of Tesseract and its language data."""

import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from configs.settings import OcrSettings
from configs.system.packages import install_command

_DATA = "apt-get install tesseract-ocr tesseract-ocr-fra tesseract-ocr-spa tesseract-ocr-rus"
"""What installs the language data on Debian."""

ORIENTATION = "osd"
"""The data that tell how a page lies and in which script it is."""

_PLACES = (
    "/usr/share/tesseract-ocr",
    "/usr/share/tessdata",
    "/usr/local/share/tessdata",
    "/opt/homebrew/share/tessdata",
)


def why_not(settings: OcrSettings) -> str | None:
    """Return why pages are not recognised and what to do, or None where they are."""
    if settings.enabled == "off":
        return "text recognition is off; set reading.ocr.enabled to auto"
    if find_spec("tesserocr") is None:
        return f"text recognition is not installed; install it with: {install_command('ocr')} and {_DATA}"
    if not languages(settings):
        return f"there are no Tesseract data for {', '.join(settings.languages)}; install them with: {_DATA}"
    return None


def languages(settings: OcrSettings) -> tuple[str, ...]:
    """Return those of the languages in the settings that have data on this machine, in their order."""
    folder = data_folder(settings)
    return tuple(name for name in settings.languages if folder and _file(folder, name).is_file())


def has_orientation(settings: OcrSettings) -> bool:
    """Tell whether the data are there that find how a page lies."""
    folder = data_folder(settings)
    return folder is not None and _file(folder, ORIENTATION).is_file()


def data_folder(settings: OcrSettings) -> Path | None:
    """Return the first folder with data for one of the languages: the settings', the environment's, the system's."""
    for folder in _folders(settings):
        if any(_file(folder, name).is_file() for name in settings.languages):
            return folder
    return None


def _folders(settings: OcrSettings) -> Iterator[Path]:
    if settings.data:
        yield settings.data
        return
    named = os.environ.get("TESSDATA_PREFIX")
    if named:
        yield from (Path(named), Path(named, "tessdata"))
    for place in map(Path, _PLACES):
        yield place
        yield from sorted(place.glob("*/tessdata"), reverse=True)


def _file(folder: Path, language: str) -> Path:
    return folder / f"{language}.traineddata"
