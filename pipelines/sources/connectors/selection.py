"""Which items of a source are taken: those that `include` covers and `exclude` does not, by their paths within it."""

from configs.sources import SourceConfig
from pipelines.sources.globs import Glob

_EVERYTHING = ("**",)


class Selection:
    """The globs of a source. Hidden names count as any other where its configuration says so."""

    def __init__(self, config: SourceConfig) -> None:
        taken = () if config.include == _EVERYTHING else config.include
        self._include = [Glob(pattern, hidden=config.hidden) for pattern in taken]
        self._exclude = [Glob(pattern, hidden=config.hidden) for pattern in config.exclude]

    @property
    def is_everything(self) -> bool:
        """Whether no glob leaves anything out."""
        return not (self._include or self._exclude)

    def takes(self, path: str) -> bool:
        """Return whether an item at a path is one that the source is asked for."""
        if self._include and not any(glob.covers(path) for glob in self._include):
            return False
        return not (self._exclude and any(glob.covers(path) for glob in self._exclude))

    def leads_to(self, folder: str) -> bool:
        """Return whether anything in a folder may be taken: others need not be listed."""
        if self._include and not any(glob.leads_to(folder) for glob in self._include):
            return False
        return not any(glob.covers(folder) for glob in self._exclude)
