"""The health of a home: whether the store, the index, the ledger, the models and the settings agree."""

from collections.abc import Callable, Iterator
from typing import Any

from configs.errors import CustomsLensError
from configs.settings import Settings
from index.encoder import encoder_identity
from pipelines import asking, stages
from pipelines.blobs import BlobStore
from pipelines.home import BLOBS, LEDGER
from pipelines.ledger import open_ledger


def checks(settings: Settings) -> list[dict[str, Any]]:
    """Return one finding a part, with `name`, `ok`, `detail` and `remedy` (null where nothing is to do)."""
    return [*_data_files(settings), *_index(settings), *_ledger(settings)]


def _finding(name: str, detail: str, *, ok: bool = True, remedy: str | None = None) -> dict[str, Any]:
    return {"name": name, "ok": ok, "detail": detail, "remedy": None if ok else remedy}


def _attempt(name: str, work: Callable[[], str]) -> dict[str, Any]:
    try:
        return _finding(name, work())
    except CustomsLensError as error:
        return _finding(name, error.message, ok=False, remedy=error.remedy or "mend what is named")


def _data_files(settings: Settings) -> Iterator[dict[str, Any]]:
    tools = stages.Tools(settings)
    yield _attempt("vocabulary", lambda: f"{tools.vocabulary.id}: {len(tools.vocabulary.concepts)} themes")
    yield _attempt("maturity model", lambda: f"{tools.model.id} {tools.model.version} ({tools.model.provenance})")
    yield _attempt("bodies", lambda: f"{len(tools.bodies.bodies)} bodies")
    yield _attempt("encoder", lambda: _encoder(settings))


def _encoder(settings: Settings) -> str:
    return encoder_identity(settings).described()


def _index(settings: Settings) -> Iterator[dict[str, Any]]:
    try:
        with asking.reader(settings) as engine:
            yield _finding("index encoder", engine.encoder.described())
            for check in engine.checks():
                yield check.model_dump(mode="json")
    except CustomsLensError as error:
        yield _finding("index", error.message, ok=False, remedy=error.remedy)


def _ledger(settings: Settings) -> Iterator[dict[str, Any]]:
    path = settings.home / LEDGER
    if settings.index == "embedded" and not path.exists():
        remedy = f"run 'customs-lens ingest' with --home {settings.home}"
        yield _finding("ledger", f"{path}: no ledger yet", ok=False, remedy=remedy)
        return
    yield _attempt("ledger", lambda: _compare(settings))


def _compare(settings: Settings) -> str:
    ledger = open_ledger(settings, write=False)
    try:
        stored = {entry.id: entry for entry in ledger.entries() if entry.blobs}
        failed = sum(1 for _ in ledger.entries("failed"))
    finally:
        ledger.close()
    with asking.reader(settings) as engine:
        indexed = {identifier for identifier, _ in engine.documents()}
    lost, unknown = stored.keys() - indexed, indexed - stored.keys()
    if lost or unknown:
        message = f"{len(lost)} documents of the ledger are not in the index, {len(unknown)} of the index not in it"
        raise CustomsLensError(message, "run 'customs-lens ingest --delete-missing' on the folders of their sources")
    found = f"{len(stored)} documents agree with the index, {failed} failed ones are listed"
    blobs = BlobStore(str(settings.home / BLOBS))
    gone = [entry.source for entry in stored.values() if not all(map(blobs.has, entry.blobs.values()))]
    if gone and settings.index == "elasticsearch":
        return f"{found}; what was made of {len(gone)} of them is in other homes"
    if gone:
        raise CustomsLensError(
            f"the store lacks artefacts of {len(gone)} documents, such as {gone[0]}",
            "run 'customs-lens ingest --force' on them",
        )
    return found
