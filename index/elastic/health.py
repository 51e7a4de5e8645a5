"""Whether the parts of an index agree with each other, and how the cluster is."""

from index.elastic import journal
from index.elastic.client import cluster_errors
from index.elastic.hits import distinct
from index.elastic.rows import DOCUMENT
from index.elastic.snapshot import Snapshot
from index.results import Check, Counts

_REMEDY = "run customs-lens ingest --force: it indexes every document again"


def counts(snapshot: Snapshot) -> Counts:
    """Count what readers see."""
    documents, papers, *_ = _promised(snapshot)
    aggs = {"vectors": {"filter": {"exists": {"field": "vector"}}}}
    query = {"bool": {"filter": [snapshot.visible]}}
    (answer,) = snapshot.ask({"query": query, "size": 0, "track_total_hits": True, "aggs": aggs})
    passages, vectors = answer["hits"]["total"]["value"], answer["aggregations"]["vectors"]["doc_count"]
    return Counts(documents=documents, papers=papers, passages=passages, vectors=vectors)


def checks(snapshot: Snapshot) -> tuple[Check, ...]:
    """Return one finding for the cluster, and one for each part of the index."""
    cluster = snapshot.cluster
    with cluster_errors(cluster.url):
        state = cluster.client.cluster.health(index=[cluster.passages, cluster.documents])
    found = counts(snapshot)
    *_, promised, vectors = _promised(snapshot)
    waiting = len(journal.read(cluster).entries)
    healthy = state["status"] != "red"
    whole = (found.passages, found.vectors) == (promised, vectors)
    return (
        _finding("cluster", f"{cluster.url}: {state['status']}", "see the cluster's log", ok=healthy),
        _finding("store", f"{found.documents} documents, {found.papers} papers, {promised} passages", _REMEDY, ok=True),
        _finding(
            "passages",
            f"{found.passages} rows of {promised} passages, {found.vectors} vectors of {vectors}",
            _REMEDY,
            ok=whole,
        ),
        _finding(
            "journal",
            f"{waiting} documents are not visible yet, or not deleted yet",
            "run customs-lens ingest: it completes them, unless a run is in progress",
            ok=not waiting,
        ),
    )


def _finding(name: str, detail: str, remedy: str, *, ok: bool) -> Check:
    return Check(name=name, ok=ok, detail=detail, remedy=None if ok else remedy)


def _promised(snapshot: Snapshot) -> tuple[int, int, int, int]:
    """Return how many documents and papers there are, and how many passages and vectors they should have."""
    aggs = {"papers": distinct("key")} | {name: {"sum": {"field": name}} for name in ("passages", "vectors")}
    answer = snapshot.documents({"term": {"record": DOCUMENT}}, size=0, track_total_hits=True, aggs=aggs)
    papers, passages, vectors = (int(answer["aggregations"][name]["value"]) for name in aggs)
    return answer["hits"]["total"]["value"], papers, passages, vectors
