"""Repair of missing or damaged blobs: artefacts are re-created by their stages, originals from their sources.

The indexed documents are not changed. A blob is named after the sha256 of its bytes, which verifies a re-created one.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import replace

from configs.settings import Settings
from configs.system.errors import CustomsLensError
from pipelines.ingest.planners import stored_item
from pipelines.ingest.prefetch import SourceReader
from pipelines.ingest.processing import process, read_before
from pipelines.sources.given import find_given, given_sources
from pipelines.sources.source import Source
from pipelines.stages.components import PipelineComponents
from pipelines.stages.versions import Stage
from pipelines.storage.blobs import BlobStore
from pipelines.storage.entries import LedgerRow
from pipelines.workspace import WORKSPACE

Lost = Mapping[str, str]
"""The names of blobs that are missing or damaged, by what they hold."""


def recreate(
    settings: Settings, blobs: BlobStore, lacking: Sequence[tuple[LedgerRow, Lost]]
) -> Iterator[tuple[LedgerRow, Lost]]:
    """Re-create the missing blobs of ledger rows, as far as possible, and yield what each row still lacks.

    A damaged original stays where it is until its source has the same bytes. The caller keeps writers out.
    """
    tools = PipelineComponents(settings)
    sources = _sources([entry.source for entry, _ in lacking], settings)
    for entry, lost in lacking:
        source = sources.get(entry.source)
        for name in (name for kind, name in lost.items() if kind != "original"):
            blobs.discard(name)  # a damaged blob would block its replacement
        with suppress(CustomsLensError):  # what could not be done is seen from the blobs
            if "original" in lost and source and source.sha256() == lost["original"]:
                _read_original(source, lost["original"], settings, blobs)
            if "read" in lost:
                _read(entry, source or Source(entry.source), settings, blobs)
            if not lost.keys().isdisjoint(("tag", "encode")) and entry.versions.items() >= tools.versions.items():
                start: Stage = "tag" if "tag" in lost else "encode"
                process(stored_item(entry, start), read_before(entry, blobs), tools, blobs)
        yield entry, {kind: name for kind, name in lost.items() if not blobs.is_sound(name)}


def _sources(uris: Sequence[str], settings: Settings) -> dict[str, Source]:
    """Return those of some sources that are there, by their URIs."""
    given = []
    for uri in uris:
        with suppress(CustomsLensError):
            given += given_sources([uri], settings)
    found = find_given(given, settings, settings.document_passwords).sources if given else []
    return {source.uri: source for source in found}


def _read_original(source: Source, name: str, settings: Settings, blobs: BlobStore) -> None:
    with source.as_file(settings.home / WORKSPACE) as path:
        blobs.discard(name)
        blobs.put(path.read_bytes())


def _read(entry: LedgerRow, source: Source, settings: Settings, blobs: BlobStore) -> None:
    """Read a document again from its original; what is said of it besides is that of its source now."""
    item = replace(stored_item(entry, "read"), source=source, sha256=entry.blobs["original"])
    reader = SourceReader(
        settings, blobs, settings.document_passwords, workspace=settings.home / WORKSPACE, stored=True
    )
    with closing(reader.ahead([item])) as readings:
        _, reading = next(readings)
        if reading:
            reading.result()
