"""Folders on this machine: the files below one, and the links among them that are skipped."""

import logging
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from configs.files import IrregularFileError, refuse_irregular
from pipelines.sources.globs import Glob

_log = logging.getLogger(__name__)

_SHOWN = 3
"""Paths that a message names."""


class Folder:
    """A folder that a SOURCE names, or the one that its glob begins in.

    A link in it is followed where it leads to a file that lies in the folder too; with `follow_links`, to any file.
    Others are `skipped`, and so is every link to a folder, and what is neither a file nor a folder (`irregular`).
    """

    def __init__(self, path: Path, *, follow_links: bool) -> None:
        self.path = path
        self._real = path.resolve()
        self._follow_links = follow_links
        self.skipped: list[Path] = []
        self.irregular: list[Path] = []

    def files(self, pattern: Glob | None = None) -> Iterator[Path]:
        """Yield what is no folder below it, as far as a glob covers it; raises `OSError` where one cannot be listed.

        That of Python takes a folder that it cannot list for an empty one.
        """
        for folder, folders, names in os.walk(self.path, onerror=_refuse):
            folders[:] = [name for name in folders if pattern is None or pattern.leads_to(str(Path(folder, name)))]
            self.skipped += [path for name in sorted(folders) if (path := Path(folder, name)).is_symlink()]
            for name in sorted(names):
                path = Path(folder, name)
                if (pattern is None or pattern.covers(str(path))) and self.follows(path):
                    yield path

    def follows(self, path: Path) -> bool:
        """Return whether what lies at a path is read; where it is not, it is noted as skipped."""
        if not self._leads_out(path):
            return True
        self.skipped.append(path)
        return False

    def is_regular(self, path: Path) -> bool:
        """Return whether a file lies at a path; what is neither that nor a folder is noted as irregular.

        Raises `OSError` where nobody can tell.
        """
        try:
            refuse_irregular(path)
        except IrregularFileError:
            self.irregular.append(path)
            return False
        except (FileNotFoundError, IsADirectoryError):
            return False  # it was another thing when its folder was listed
        return True

    def report(self) -> None:
        """Log what was skipped, if anything was."""
        if odd := sorted(set(self.irregular)):
            _log.warning("%s: skipped what is neither a file nor a folder (%d): %s", self.path, len(odd), _named(odd))
        links = sorted(set(self.skipped))
        if links:
            remedy = "" if self._follow_links else " (the setting follow_links takes the files that links lead to)"
            words = "%s: skipped links that lead out of the folder, to a folder or nowhere (%d): %s%s"
            _log.warning(words, self.path, len(links), _named(links), remedy)

    def _leads_out(self, path: Path) -> bool:
        """Return whether a path is a link to nowhere, or one out of the folder that is not to be followed."""
        if not os.path.islink(path):  # noqa: PTH114 - that of Path raises for a name that is too long to be there
            return False
        return not path.exists() or not (self._follow_links or path.resolve().is_relative_to(self._real))


def _named(paths: Sequence[Path]) -> str:
    return ", ".join(map(str, paths[:_SHOWN])) + (", …" if len(paths) > _SHOWN else "")


def _refuse(error: OSError) -> None:
    raise error
