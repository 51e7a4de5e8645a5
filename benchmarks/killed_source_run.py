"""The run over a source that `benchmarks.source_kills` kills; it prints a line when it begins.

usage: python -m benchmarks.killed_source_run FOLDER

The source is FOLDER/papers; FOLDER/log has a line for every change of it. It is listed once, and after that tells
changes alone, in pages of a few lines. Its cursor is how many lines were told.
"""

import datetime as dt
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from configs.settings import Settings, load_settings
from configs.sources import Deletions, FeedConfig
from pipelines.ingest.report import IngestReport
from pipelines.ingest.source_runs import run_source
from pipelines.sources.connectors.contract import Changes, CheckProblem, ItemError, SourceItem
from tests.dummy_encoder import dummy_encoders

NAME = "papers"
ROOT = "https://papers.example.org/"
_PAGE = 5
"""Lines of the log, and files, of one page."""


class LoggedFolder:
    """A connector over a folder of which every change is in a log."""

    def __init__(self, folder: Path) -> None:
        self._papers, self._log = folder / "papers", folder / "log"

    def check(self) -> list[CheckProblem]:
        """Report that the folder is readable."""
        return []

    def changes(self, cursor: str | None) -> Iterator[Changes]:
        """Yield what is there, or what changed."""
        lines = self._log.read_text(encoding="utf-8").split()
        if cursor is None:
            names = sorted(self.ids())
            for start in range(0, len(names), _PAGE):
                items = tuple(map(self.item, names[start : start + _PAGE]))
                yield Changes(items=items, cursor=str(len(lines)))
            return
        for start in range(int(cursor), len(lines), _PAGE):
            told = lines[start : start + _PAGE]
            there = {name for name in told if (self._papers / name).exists()}
            gone = tuple(dict.fromkeys(name for name in told if name not in there))
            items = tuple(map(self.item, sorted(there)))
            yield Changes(items=items, gone=gone, cursor=str(start + len(told)), is_listing=False)

    def ids(self) -> set[str]:
        """Return the names of the files."""
        return {path.name for path in self._papers.iterdir()}

    @contextmanager
    def open(self, item: SourceItem) -> Iterator[IO[bytes]]:
        """Give the bytes of a file."""
        try:
            with (self._papers / item.id).open("rb") as file:
                yield file
        except FileNotFoundError as error:
            raise ItemError(f"{item.uri}: is gone") from error

    def close(self) -> None:
        """Do nothing: there are no resources to release."""

    def item(self, name: str) -> SourceItem:
        """Return an item as it is now."""
        found = (self._papers / name).stat()
        modified = dt.datetime.fromtimestamp(found.st_mtime, dt.UTC)
        return SourceItem(id=name, uri=ROOT + name, path=name, size=found.st_size, modified=modified)


def run(folder: Path) -> IngestReport:
    """Run the source as a command would, with an encoder that loads nothing."""
    deletions = Deletions(policy="delete")
    config = FeedConfig(name=NAME, kind="feed", url=ROOT, deletions=deletions)
    with dummy_encoders(folder / "cache"):
        return run_source(settings_of(folder), config, connector=LoggedFolder(folder))


def settings_of(folder: Path) -> Settings:
    """Return the settings of the home in which it runs, whose batches are small."""
    return load_settings(folder / "home", encoder="all-MiniLM-L6-v2", workers=2, batch_documents=4)


if __name__ == "__main__":
    print("begins", flush=True)
    run(Path(sys.argv[1]))
