"""Blobs that are missing or damaged, made again: artefacts by their stages, originals from their sources.

What is stored of a document in the index stays as it is. A blob has the sha256 of its bytes as its name, so that one
that was made again is known to be the same; vectors alone may differ in their last digits, and have another name then.
"""

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from typing import NamedTuple

from configs.settings import Settings
from configs.system.errors import CustomsLensError
from pipelines.ingest.planners import stored_item
from pipelines.ingest.prefetch import SourceReader
from pipelines.ingest.processing import process, read_before
from pipelines.sources.given import find_given, given_sources
from pipelines.sources.source import Source
from pipelines.stages.components import PipelineComponents
from pipelines.stages.versions import STAGES, Stage
from pipelines.storage.blobs import BlobStore
from pipelines.storage.entries import LedgerRow
from pipelines.workspace import WORKSPACE

_log = logging.getLogger(__name__)
_ORIGINAL = "original"
_REPEATED: tuple[Stage, ...] = ("tag", "encode")


class RepairedRow(NamedTuple):
    """A row of the ledger with its blobs as they are now, and which kinds could not be made again."""

    row: LedgerRow
    lost: frozenset[str]


class BlobRepair:
    """Makes blobs of a home again; the caller keeps writers out."""

    def __init__(self, settings: Settings, blobs: BlobStore) -> None:
        self._settings, self._blobs = settings, blobs
        self._workspace = settings.home / WORKSPACE
        self._reader = SourceReader(
            settings, blobs, settings.document_passwords, workspace=self._workspace, stored=True
        )
        self._components = PipelineComponents(settings)

    def repaired(self, lacking: Sequence[tuple[LedgerRow, Mapping[str, str]]]) -> Iterator[RepairedRow]:
        """Yield rows that lack blobs, given by kind and name, with those that could be made again."""
        sources = self._sources([entry.source for entry, _ in lacking])
        for entry, lost in lacking:
            source = sources.get(entry.source)
            left = set(lost)
            if _ORIGINAL in lost and source and self._read_original(source, lost[_ORIGINAL]):
                left.discard(_ORIGINAL)
            if "read" in lost and _ORIGINAL not in left and self._read_again(entry, source or Source(entry.source)):
                left.discard("read")
            row = entry
            if "read" not in left and not left.isdisjoint(_REPEATED):
                row = self._repeated(entry, left)
                left -= {kind for kind in _REPEATED if self._blobs.has(row.blobs[kind])}
            yield RepairedRow(row, frozenset(left))

    def _sources(self, uris: Collection[str]) -> dict[str, Source]:
        """Return those of some sources that are there, by their URIs."""
        given = []
        for uri in uris:
            with suppress(CustomsLensError):
                given += given_sources([uri], self._settings)
        found = find_given(given, self._settings, self._settings.document_passwords).sources if given else []
        return {source.uri: source for source in found}

    def _read_original(self, source: Source, name: str) -> bool:
        """Store the bytes of a source where they are those of a blob; return whether they are."""
        try:
            if source.sha256() != name:
                return False
            self._workspace.mkdir(exist_ok=True)
            with source.as_file(self._workspace) as path:
                self._blobs.discard(name)  # a damaged one would keep its successor out
                return self._blobs.put(path.read_bytes()) == name
        except (CustomsLensError, OSError) as error:
            _log.info("%s: cannot be read again: %s", source.uri, error)
            return False

    def _read_again(self, entry: LedgerRow, source: Source) -> bool:
        """Read a document again from its original; return whether it is what was read before."""
        name = entry.blobs["read"]
        self._blobs.discard(name)
        item = replace(stored_item(entry, "read"), source=source, sha256=entry.blobs[_ORIGINAL])
        with suppress(CustomsLensError), closing(self._reader.ahead([item])) as readings:
            _, reading = next(readings)
            return reading is not None and reading.result()[1].get("read") == name
        return False

    def _repeated(self, entry: LedgerRow, left: Collection[str]) -> LedgerRow:
        """Return a row with the artefacts of the stages that were repeated for what it lacks."""
        versions = self._components.versions
        start = next(stage for stage in _REPEATED if stage in left)
        for kind in left:
            self._blobs.discard(entry.blobs[kind])
        if any(entry.versions.get(stage) != versions[stage] for stage in STAGES):
            return entry  # the next run repeats it anyway
        with suppress(CustomsLensError):
            reading = read_before(entry, self._blobs)
            made = process(stored_item(entry, start), reading, self._components, self._blobs).blobs
            if made["tag"] == entry.blobs["tag"]:
                return replace(entry, blobs=made)
        return entry
