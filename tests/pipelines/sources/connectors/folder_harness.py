"""A folder on this machine as a source."""

import itertools
import os

import yaml

from configs.sources import FolderConfig
from tests.pipelines.sources.connectors.harness import Harness

_TIMES = itertools.count(1_600_000_000)
"""When files were written, in seconds: each later than the one before, and long ago."""


def put_file(folder, path, content, sidecar=None):
    """Write a file, and a sidecar beside it, each with a time of its own; without a sidecar the old one goes."""
    beside = folder / f"{path}.meta.yaml"
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    written = {folder / path: content}
    if sidecar is None:
        beside.unlink(missing_ok=True)
    else:
        written[beside] = yaml.safe_dump(dict(sidecar)).encode()
    for file, data in written.items():
        file.write_bytes(data)
        at = next(_TIMES)
        os.utime(file, (at, at))


def remove_file(folder, path):
    (folder / path).unlink()
    (folder / f"{path}.meta.yaml").unlink(missing_ok=True)


class FolderHarness(Harness):
    is_served = False

    def __init__(self, shared, folder):
        super().__init__(shared, folder)
        self.config = FolderConfig(name="test", kind="folder", path=folder, quiet_seconds=0)

    def put(self, path, content, sidecar=None):
        put_file(self.folder, path, content, sidecar)

    def remove(self, path):
        remove_file(self.folder, path)

    def away(self):
        self.folder.rename(self.folder.with_name("elsewhere"))
