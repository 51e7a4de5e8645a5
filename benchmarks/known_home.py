"""Makes a home with many known papers: the files of its sources, and their rows in ledger, register and index.

usage: python -m benchmarks.known_home FOLDER NAME=COUNT…

FOLDER/home knows COUNT small texts of each folder source. One paper is ingested; the rows of all the others are written
as if they had been, by the functions that a run calls, for to read so many would take days. Other versions of the
program make such homes too; see `benchmarks.unchanged_source`.
"""

import datetime as dt
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from configs.settings import Settings, load_settings
from configs.sources import AnySource, load_sources
from extractors.document import Document, document_id
from index.embedded import writer
from index.encoder import encoder_identity, opening
from index.filters import EVERY_CLASS
from index.protocol import Engine
from pipelines.ingest.recorded import new_run_id
from pipelines.ingest.runs import ingest
from pipelines.sources.connectors.contract import SourceItem
from pipelines.sources.connectors.opening import open_connector
from pipelines.sources.source import uri_of
from pipelines.storage.entries import LedgerRow
from pipelines.storage.ledger import Ledger
from pipelines.storage.opening import open_storage
from pipelines.storage.run_records import RunDocument
from pipelines.storage.source_register import ItemHistory, KnownItem
from portal.cli import main as command_line
from tests.dummy_encoder import DummyEncoder

ENCODER = "all-MiniLM-L6-v2"
_IN_A_FOLDER = 500
_AT_ONCE = 4096
"""Documents between two commits of the text index: with those of a run, they would take most of the time."""


def main(arguments: Sequence[str]) -> None:
    """Make a home, or run a command of the product with the encoder of the tests instead of a model."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(opening, "_engine", lambda _, __, identity, ___: DummyEncoder(identity))  # type: ignore[no-untyped-call]
        if arguments[0] == "run":
            command_line(arguments[1:])
        patch.setattr(writer, "_BATCH", _AT_ONCE)
        counts = (one.partition("=") for one in arguments[1:])
        make_home(Path(arguments[0]), {name: int(count) for name, _, count in counts})


def make_home(folder: Path, counts: Mapping[str, int]) -> None:
    """Make the home, and the sources with so many papers each, by their names."""
    home = folder / "home"
    home.mkdir(mode=0o700, parents=True)
    rows = []
    for name, count in counts.items():
        for number in range(count):
            write_paper(folder / name / str(number // _IN_A_FOLDER), f"{name}{number}")
        rows.append(f"  - {{name: {name}, kind: folder, path: {folder / name}, quiet_seconds: 0}}\n")
    (home / "sources.yaml").write_text(f"sources:\n{''.join(rows)}", encoding="utf-8")
    settings = load_settings(home, encoder=ENCODER)
    pattern = _pattern_of_first(write_paper(folder / "pattern", "of all"))
    storage = open_storage(settings)
    with (
        closing(storage.open_engine(encoder_identity(settings), write=True)) as engine,
        closing(storage.open_ledger(write=True)) as ledger,
        closing(storage.open_register(write=True)) as register,
    ):
        for source in load_sources(home):
            run = new_run_id()
            with ledger.run(run, source=source.name, flow="ingest-source") as record:
                for page in _pages(source, settings):
                    ledger.record([_put_copy(item, pattern, run, engine, ledger) for item in page])
                    known = [_known(source.name, item) for item in page]
                    register.commit(source.name, known, events=[_event(one, run) for one in known])
                record.update(found=counts[source.name], indexed=counts[source.name])


def write_paper(folder: Path, name: str) -> Path:
    """Write a small paper with a text of its own; return where it is."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.txt"
    path.write_text(f"Note {name}\n\nThe single window of port {name} was opened.\n", encoding="utf-8")
    return path


@dataclass(frozen=True)
class _Pattern:
    """The rows of one ingested paper in index and ledger, with the stages' versions, as a pattern for others."""

    document: Document
    entry: LedgerRow
    versions: Mapping[str, str]


def _pattern_of_first(paper: Path) -> _Pattern:
    with tempfile.TemporaryDirectory() as home:
        settings = load_settings(home, encoder=ENCODER)
        ingest(settings, [str(paper)])
        storage, name = open_storage(settings), document_id(uri_of(str(paper)))
        with (
            closing(storage.open_engine(None, write=False)) as engine,
            closing(storage.open_ledger(write=False)) as ledger,
        ):
            document, entry = engine.document(name, access_classes=EVERY_CLASS, full=True), ledger.entry(name)
            ((_, versions),) = engine.documents(access_classes=EVERY_CLASS)
        assert document
        assert entry
        return _Pattern(document, entry, versions)


def _pages(source: AnySource, settings: Settings) -> list[tuple[SourceItem, ...]]:
    with closing(open_connector(source, settings)) as connector:
        return [page.items for page in connector.changes(None)]


def _put_copy(item: SourceItem, pattern: _Pattern, run: str, engine: Engine, ledger: Ledger) -> RunDocument:
    """Put the document of an item into index and ledger; return its row for the history of the run."""
    name = document_id(item.uri)
    sha256 = name * 4  # of other bytes than every other paper
    passages = tuple(one.model_copy(update={"id": f"{name}-{one.ordinal}"}) for one in pattern.document.passages)
    changed = {"id": name, "key": name, "source": item.uri, "sha256": sha256, "passages": passages}
    vectors = np.random.default_rng(int(name, 16)).standard_normal((len(passages), 384), np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    engine.put(pattern.document.model_copy(update=changed), vectors, versions=pattern.versions)
    blobs = {kind: sha256 if kind == "original" else name[::-1] * 4 for kind in pattern.entry.blobs}
    ledger.write(replace(pattern.entry, id=name, key=name, source=item.uri, sha256=sha256, blobs=blobs, run=run))
    return RunDocument(
        run=run, document=name, source=item.uri, outcome="indexed", event="new", status="read", at=_now()
    )


def _known(source: str, item: SourceItem) -> KnownItem:
    documents = (document_id(item.uri),)
    return KnownItem(
        source=source, id=item.id, uri=item.uri, fingerprint=item.fingerprint, documents=documents, seen=_now()
    )


def _event(item: KnownItem, run: str) -> ItemHistory:
    return ItemHistory(source=item.source, id=item.id, event="new", run=run, at=item.seen)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


if __name__ == "__main__":
    main(sys.argv[1:])
