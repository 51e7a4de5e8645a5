"""The way through everything that is stored: annotations, saved searches, index, ledger, blobs, and the disk itself.

Each step may be done again. The ledger's rows go last of what knows the old names, so the next scrub ends one that was
killed; a file of the home (`SCRUBBING`) says that one has begun.
"""

import logging
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import TypeVar

from configs.errors import MismatchError, UnavailableError
from configs.folders import make_home
from configs.redaction import is_secret
from configs.settings import Settings
from extractors.document import Document, Value
from index.filters import EVERY_CLASS
from index.protocol import Engine
from pipelines.ingest import pending
from pipelines.maintenance.scrubbing.names import Names
from pipelines.maintenance.scrubbing.rows import best, clean_texts, has_secrets, is_said, rename_rows
from pipelines.review.records import ReviewRecords
from pipelines.storage.blobs import BlobStore
from pipelines.storage.ledger import Ledger, held_blobs
from pipelines.storage.opening import open_storage
from pipelines.workspace import LEDGER, SCRUBBING, WORKSPACE

T = TypeVar("T")

_log = logging.getLogger(__name__)


class Scrubbed(Value):
    """How many documents got other names, whether nothing of the old ones is left on the disk, and how many searches.

    `searches` are saved searches whose queries held secrets.
    """

    documents: int
    erased: bool
    searches: int = 0

    @property
    def described(self) -> str:
        """What was done, and what is left to a person."""
        said = []
        if self.documents or not self.searches:
            said.append(
                f"{self.documents} documents were stored under names with credentials or signatures and have others now"
            )
        if self.searches:
            said.append(
                f"{self.searches} saved searches held credentials or signatures in their queries, and ask without"
            )
        what = "; ".join(said)
        left = "" if self.erased else "; deleted pages are left on the disk until a repair while nobody else reads"
        return (
            f"{what}; annotations and saved searches follow them{left}."
            " Make a new backup and delete older ones, which hold the secrets still, and change these"
        )


def is_needed(settings: Settings) -> bool:
    """Return, at little cost, whether a home or its cluster stores names with secrets, or a scrub has begun."""
    return (settings.home / SCRUBBING).exists() or _has_secrets(settings) or _is_needed_alone(settings)


def found(settings: Settings) -> list[str]:
    """Return what holds secrets, in words; nothing where nothing does."""
    documents = sum(map(is_secret, set(_sources(settings))))
    with closing(open_storage(settings).open_ledger(write=False)) as ledger:
        errors = sum(is_said(error) for *_, error in ledger.remote())
        runs = has_secrets(ledger)
    searches = _secret_searches(settings)
    left = (settings.home / SCRUBBING).exists() and not documents
    return [
        *[f"the names of {documents} documents"] * bool(documents),
        *[f"the errors of {errors} documents"] * bool(errors),
        *["the records of runs"] * runs,
        *[f"the queries of {searches} saved searches"] * bool(searches),
        *["deleted pages of the home's files"] * left,
        *["the ledger of the embedded index"] * _is_needed_alone(settings),
    ]


def scrub_if_needed(settings: Settings) -> Scrubbed | None:
    """Take secrets out of a home that holds some, after a thorough look; return None where there are none.

    Raises as `scrub` does.
    """
    if is_needed(settings) or ((settings.home / LEDGER).exists() and found(settings)):
        return scrub(settings)
    return None


def scrub(settings: Settings) -> Scrubbed:
    """Take credentials and signatures out of everything that a home, or the cluster that it uses, stores.

    Documents that are one without them become one. Annotations and saved searches keep their documents, and nothing
    is read, tagged or encoded again. Raises `UnavailableError` where another process writes the home, or a store cannot
    be used.
    """
    alone = scrub(_alone(settings)) if _is_needed_alone(settings) else Scrubbed(documents=0, erased=True)
    make_home(settings.home)
    (settings.home / SCRUBBING).touch()
    blobs = open_storage(settings).blobs()
    with closing(open_storage(settings).open_ledger(write=True)) as ledger:
        names = _with_engine(settings, lambda engine: _names(ledger, engine))
        searches = _rename_said(settings, names)
        _with_engine(settings, lambda engine: _rename(ledger, engine, blobs, names))
    erased = _erase(settings) and alone.erased
    if erased:
        (settings.home / SCRUBBING).unlink()
    return Scrubbed(documents=alone.documents + len(names.groups()), erased=erased, searches=alone.searches + searches)


def _sources(settings: Settings) -> Iterator[str]:
    """Yield the sources that lie elsewhere than on this machine, some twice, of what is cheap to ask."""
    storage = open_storage(settings)
    if storage.has_ledger():
        with closing(storage.open_ledger(write=False)) as ledger:
            yield from (source for _, source, _ in ledger.remote())
    yield from storage.indexed_elsewhere(access_classes=EVERY_CLASS)


def _alone(settings: Settings) -> Settings:
    """Return the settings of the embedded index that the home of a cluster may have had before."""
    return settings.model_copy(update={"index": "embedded"})


def _is_needed_alone(settings: Settings) -> bool:
    return open_storage(settings).shared and _has_secrets(_alone(settings))


def _has_secrets(settings: Settings) -> bool:
    return any(map(is_secret, _sources(settings))) or bool(_secret_searches(settings))


def _secret_searches(settings: Settings) -> int:
    """Return how many saved searches hold secrets; where they cannot be read, that is said, and stops nothing."""
    try:
        with closing(open_storage(settings).open_searches(write=False)) as searches:
            return searches.secrets()
    except (UnavailableError, MismatchError) as error:
        _log.warning("saved searches were not looked at for credentials: %s", error)
        return 0


@contextmanager
def _engine(settings: Settings) -> Iterator[Engine | None]:
    """Give the index for writing, None where there is none; nobody else writes a home meanwhile."""
    storage = open_storage(settings)
    if storage.has_index():
        with closing(storage.open_engine(None, write=True)) as engine:
            yield engine
    else:
        with storage.without_writers():
            yield None


def _with_engine(settings: Settings, work: Callable[[Engine | None], T]) -> T:
    with _engine(settings) as engine:
        return work(engine)


def _names(ledger: Ledger, engine: Engine | None) -> Names:
    sources = {identifier: source for identifier, source, _ in ledger.remote()}
    return Names.of((sources | dict(engine.remote_sources(access_classes=EVERY_CLASS) if engine else ())).items())


def _rename_said(settings: Settings, names: Names) -> int:
    """Let what people said, and what they have seen, follow the documents; return how many searches held secrets."""
    with closing(open_storage(settings).open_annotations(write=True)) as labels:
        labels.rename(names.ids)
    with closing(open_storage(settings).open_searches()) as searches:
        searches.rename(names.ids)
        scrubbed = searches.scrub()
    with ReviewRecords(settings.home) as records:
        records.rename(names.ids)
    pending.rename(settings.home, names.ids)
    return scrubbed


def _rename(ledger: Ledger, engine: Engine | None, blobs: BlobStore, names: Names) -> None:
    documents = _rename_indexed(ledger, engine, names) if engine else {}
    rename_rows(ledger, blobs, names, documents)
    clean_texts(ledger, names)
    blobs.sweep(held_blobs(ledger))


def _rename_indexed(ledger: Ledger, engine: Engine, names: Names) -> dict[str, Document]:
    """Give the documents of an index their new names; return them by their ids."""
    indexed = {identifier for identifier, _ in engine.documents(access_classes=EVERY_CLASS)} if names.ids else set()
    renamed: dict[str, Document] = {}

    def with_new_name(document: Document) -> Document:
        renamed[names.ids[document.id]] = new = names.document(document)
        return new

    for new, old in names.groups().items():
        here = [one for one in (*old, new) if one in indexed]
        entry = best(ledger.known([*old, new]).values())
        kept = entry.id if entry and entry.id in here else next(iter(here), new)
        for one in here:
            if one not in (kept, new):
                engine.remove(one)
        if kept != new:
            engine.rename(kept, with_new_name, access_classes=EVERY_CLASS)
    engine.flush()
    return renamed


def _erase(settings: Settings) -> bool:
    """Take what was deleted off the disk, as far as that lies with the program."""
    shutil.rmtree(settings.home / WORKSPACE, ignore_errors=True)
    return open_storage(settings).erase()
