"""Selection of the items of a source: their paths match `include` and do not match `exclude`."""

from configs.sources import SourceConfig
from pipelines.sources.globs import Glob

_EVERYTHING = ("**",)


class Selection:
    """The globs of a source. Hidden names match like others if its configuration says so."""

    def __init__(self, config: SourceConfig) -> None:
        patterns = () if config.include == _EVERYTHING else config.include
        self._include = [Glob(pattern, hidden=config.hidden) for pattern in patterns]
        self._exclude = [Glob(pattern, hidden=config.hidden) for pattern in config.exclude]

    @property
    def is_everything(self) -> bool:
        """Whether the globs select all items."""
        return not (self._include or self._exclude)

    def takes(self, path: str) -> bool:
        """Return whether the item at a path is selected."""
        if self._include and not any(glob.covers(path) for glob in self._include):
            return False
        return not (self._exclude and any(glob.covers(path) for glob in self._exclude))

    def leads_to(self, folder: str) -> bool:
        """Return whether a folder may hold a selected item; others need not be listed."""
        if self._include and not any(glob.leads_to(folder) for glob in self._include):
            return False
        return not any(glob.covers(folder) for glob in self._exclude)
