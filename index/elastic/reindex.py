"""Reindexing: a new version of the index is built next to the old one, then the aliases are switched.

Documents are rebuilt from their rows and indexed as if they were new: with the fields, the text analysis
and the settings that the program has now. The vectors stay as they are, so no encoder is needed. Readers see the old
version until the switch, and the new one after it; nobody writes meanwhile.
"""

from collections.abc import Callable, Collection
from contextlib import ExitStack

from configs.elasticsearch import ElasticsearchSettings
from configs.system.errors import UsageError
from extractors.document import Value
from index.analysis import open_analysis
from index.elastic import documents, schema
from index.elastic.client import Cluster, cluster_errors, connect, wait_until_ready
from index.elastic.journal import JournalWriter, Worker
from index.elastic.judgement_overlay import JudgementOverlay
from index.elastic.snapshot import Snapshot, SnapshotProvider
from index.elastic.writer import Writer
from index.encoder import EncoderIdentity
from index.judgements.store import JudgementStore

Progress = Callable[[int, int], None]
"""Called with the documents that are done, and all documents."""


class Reindexed(Value):
    """The version behind the aliases, the one before it (kept), and the numbers of what was copied."""

    index: str
    before: str
    documents: int = 0
    passages: int = 0
    deleted: tuple[str, ...] = ()


def reindex(
    settings: ElasticsearchSettings,
    worker: Worker,
    judgements: JudgementStore | None = None,
    progress: Progress = lambda *_: None,
) -> Reindexed:
    """Create a new version of the index and point the aliases to it; the old one is kept, older ones are deleted.

    Raises `UnavailableError` where there is no index, or another process writes it, `MismatchError` where a newer
    version of the program made it, and as `connect` does.
    """
    with ExitStack() as closing:
        cluster = connect(settings, retrying=True)
        closing.callback(cluster.client.close)
        current, numbers = schema.versions(cluster)
        meta = schema.find(cluster)
        if meta is None or current is None:
            raise schema.no_index(cluster)
        schema.refuse_newer(cluster, meta)
        schema.check_state(cluster, meta, worker.state)
        wait_until_ready(cluster, cluster.passages, cluster.documents)
        identity = EncoderIdentity.model_validate(meta["encoder"])
        analysis = open_analysis()
        old = cluster.at(current)
        laid = JudgementOverlay(old, judgements)
        closing.callback(laid.close)
        closing.callback(Writer(old, analysis, laid, identity.dimension, _later, worker, alone=True).close)
        _delete(cluster, [number for number in numbers if number > current])
        new = cluster.at(current + 1)
        schema.create(new, identity, worker.state)
        writer = Writer(new, analysis, JudgementOverlay(new, judgements), identity.dimension, _later, worker)
        closing.callback(writer.close)
        snapshots = SnapshotProvider(old, lambda _: False)
        copied = snapshots.answer(lambda snapshot: _copy(snapshot, writer, identity.dimension, progress))
        snapshots.forget()
        schema.put_alias(cluster, current + 1)
        outdated = [number for number in numbers if number < current]
        _delete(cluster, outdated)
        deleted = tuple(cluster.at(number).passages for number in outdated)
        return Reindexed(
            index=new.passages, before=old.passages, documents=len(copied), passages=sum(copied), deleted=deleted
        )


def roll_back(settings: ElasticsearchSettings, worker: Worker) -> Reindexed:
    """Point the aliases to the version before the current one, which lacks all later changes.

    Raises `UsageError` where there is none, and `UnavailableError` where there is no index or another process writes.
    """
    with ExitStack() as closing:
        cluster = connect(settings, retrying=True)
        closing.callback(cluster.client.close)
        current, numbers = schema.versions(cluster)
        if current is None:
            raise schema.no_index(cluster)
        before = max((number for number in numbers if number < current), default=None)
        schema.check_state(cluster, schema.find(cluster) or {}, worker.state)
        if before is None:
            raise UsageError(
                f"{cluster.url}/{cluster.passages}: there is no earlier version", "run customs-lens reindex"
            )
        closing.callback(JournalWriter(cluster.at(current), worker, alone=True).release)
        schema.put_alias(cluster, before)
        return Reindexed(index=cluster.at(before).passages, before=cluster.at(current).passages)


def _later(_: Collection[str]) -> None:
    """Defer judgements to the first reader of the new version, which applies all of them."""


def _copy(snapshot: Snapshot, writer: Writer, dimension: int, progress: Progress) -> list[int]:
    """Copy every document into another version; return how many passages each has."""
    states = documents.states(snapshot)
    copied = []
    for state in states:
        document, vectors = documents.as_put(snapshot, state, dimension)
        writer.put(document, vectors, state.versions)
        copied.append(len(document.passages))
        progress(len(copied), len(states))
    writer.flush()
    return copied


def _delete(cluster: Cluster, numbers: list[int]) -> None:
    """Delete versions that no alias points to."""
    with cluster_errors(cluster.url):
        for number in numbers:
            names = [cluster.at(number).passages, cluster.at(number).documents]
            cluster.client.indices.delete(index=names, ignore_unavailable=True)
