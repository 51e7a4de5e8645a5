"""What `pyproject.toml` cannot say: the sample papers as data of the program, and a reproducible archive."""

import gzip
import os
import shutil
import tarfile
from pathlib import Path
from typing import Any

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

SAMPLES, WITH = Path("samples"), ("papers", "gazetteer.yaml")
"""The checkout keeps its one copy here; the wheel has them beside the command that reads them."""


class BuildWithSamples(build_py):
    """Puts the sample papers, and the names in them, into the package `portal`."""

    def run(self) -> None:
        """Build the packages."""
        super().run()
        if not self.editable_mode:
            papers, names = (SAMPLES / name for name in WITH)
            folder = Path(self.build_lib, "portal", "samples")
            shutil.copytree(papers, folder / papers.name, dirs_exist_ok=True)
            shutil.copy(names, folder)


class ReproducibleSdist(sdist):
    """Writes an archive without the users of a machine, and with the time of `SOURCE_DATE_EPOCH` where it is set."""

    def make_archive(self, base_name: str, *_: Any, base_dir: str | None = None, **__: Any) -> str:  # noqa: ANN401
        """Write the archive of a folder, and return its name."""
        assert base_dir is not None
        given = os.environ.get("SOURCE_DATE_EPOCH")
        with (
            open(f"{base_name}.tar.gz", "wb") as file,  # noqa: PTH123 - the command works with names
            gzip.GzipFile("", "wb", fileobj=file, mtime=int(given or 0)) as packed,
            tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
        ):
            for path in sorted((Path(base_dir), *Path(base_dir).rglob("*"))):
                archive.add(path, recursive=False, filter=lambda entry: _anonymous(entry, given))
        return f"{base_name}.tar.gz"


def _anonymous(entry: tarfile.TarInfo, given: str | None) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
    entry.mtime = int(given) if given else int(entry.mtime)
    return entry


setup(cmdclass={"build_py": BuildWithSamples, "sdist": ReproducibleSdist})
