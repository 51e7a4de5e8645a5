"""The rows of the ledger and the blobs that they name, under the names that documents have now."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from configs.redaction import redact
from extractors.document import Document
from pipelines.maintenance.scrubbing.names import Names, cleaned
from pipelines.stages.components import dump_passages, load_passages
from pipelines.storage.blobs import BlobStore
from pipelines.storage.ledger import Entry, Ledger


def best(entries: Iterable[Entry]) -> Entry | None:
    """Return which of the rows of one paper stays: one that is indexed, with what was made of it, the latest."""
    return max(entries, key=lambda one: (one.outcome == "indexed", bool(one.blobs), one.at), default=None)


def rename_rows(ledger: Ledger, blobs: BlobStore, names: Names, indexed: Mapping[str, Document]) -> None:
    """Give rows and blobs the names that documents have now.

    `indexed` are the documents of the index that have new names, as they are there now, by their ids. A blob that is
    in another home is made of them; without one its stage is run again.
    """
    for new, old in names.groups().items():
        entries = list(ledger.known([*old, new]).values())
        if (entry := best(entries)) is None:
            continue
        if entry.id != new:
            entry = replace(
                entry,
                id=new,
                source=names.source(entry.id),
                key=new if entry.key == entry.id else entry.key,
                error=entry.error and names.text(entry.error.replace(entry.source, names.source(entry.id))),
                blobs=_renamed(entry, blobs, names, indexed.get(new)),
            )
            ledger.write(entry)
        ledger.remove([one.id for one in entries if one.id != new])
    ledger.forget_documents(names.ids)  # what runs did with them is kept under the names that hold the secrets


def clean_texts(ledger: Ledger, names: Names) -> None:
    """Take secrets and old names out of what rows and runs say."""
    said = [identifier for identifier, _, error in ledger.remote() if error and names.text(error) != error]
    for entry in ledger.known(said).values():
        ledger.write(replace(entry, error=names.text(entry.error or "")))
    counts = {run.id: (run.counts, cleaned(run.counts, names)) for run in ledger.runs()}
    ledger.rewrite_counts({run: new for run, (old, new) in counts.items() if new != old})


def has_secrets(ledger: Ledger) -> bool:
    """Return whether a run's counts hold secrets."""
    nobody = Names({}, {})
    return any(cleaned(run.counts, nobody) != run.counts for run in ledger.runs())


def is_said(error: str | None) -> bool:
    """Return whether an error of a row holds secrets."""
    return error is not None and redact(error) != error


def _renamed(entry: Entry, blobs: BlobStore, names: Names, document: Document | None) -> dict[str, str]:
    """Return the names of a row's blobs; those that hold the document's name are made again."""
    found = dict(entry.blobs)
    if name := found.pop("read", None):
        if blobs.has(name):
            read = names.document(Document.model_validate_json(blobs.get_text(name)))
            found["read"] = blobs.put_text(read.model_dump_json())
        elif document:
            found["read"] = blobs.put_text(document.model_copy(update={"passages": ()}).model_dump_json())
    if name := found.pop("tag", None):
        if blobs.has(name):
            tagged = names.passages(load_passages(blobs.get_text(name)), entry.id)
            found["tag"] = blobs.put_text(dump_passages(tagged))
        elif document:
            found["tag"] = blobs.put_text(dump_passages(document.passages))
    return found
