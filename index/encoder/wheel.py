"""Locates model files inside installed Python packages, without importing them, and verifies their sha256."""

import hashlib
from importlib.util import find_spec
from pathlib import Path

from configs.encoders import WheelSource
from configs.system.errors import MismatchError, UnavailableError

_CHUNK = 1 << 20


def wheel_file(source: WheelSource) -> Path:
    """Return the path of a wheel's file. Raises `UnavailableError` where package or file is not installed."""
    spec = find_spec(source.package)
    places = list(spec.submodule_search_locations or ()) if spec else []
    remedy = f"pip install {source.package.replace('_', '-')}"
    if not places:
        raise UnavailableError(f"the package {source.package} is not installed", remedy)
    path = Path(places[0]) / source.file
    if not path.is_file():
        raise UnavailableError(f"{path}: not there", remedy)
    return path


def check_sha256(path: Path, expected: str) -> None:
    """Raise `MismatchError` where the file's sha256 is not the expected one."""
    found = sha256_of(path)
    if found != expected:
        raise MismatchError(
            f"{path}: sha256 is {found[:12]}…, expected {expected[:12]}…",
            "install the version of the package again that encoders.yaml pins",
        )


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file as 64 hex digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
