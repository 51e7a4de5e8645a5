"""The connection to the cluster, and the translation of its errors into those of the product."""

import logging
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from configs.elasticsearch import ElasticsearchSettings, variable
from configs.system.errors import CustomsLensError, MismatchError, UnavailableError, UsageError
from configs.system.packages import install_command
from configs.system.redaction import without_secrets

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

MAJOR = 9
"""The version of Elasticsearch that is spoken: its client and another major version refuse each other."""
_RETRIES = 2
_EXISTS, _MISSING = "resource_already_exists_exception", "index_not_found_exception"
_NO_SHARD = "no_shard_available_action_exception"
_TIMED_OUT, _UNAVAILABLE = 408, 503
_INGEST_FIRST = "run customs-lens ingest first"
_ANSWER_SECONDS = 10.0
"""How much longer than the cluster waits its answer is waited for."""


@dataclass(frozen=True)
class Cluster:
    """A client, and the names of the indices.

    The names of passages and documents are aliases or, with a `version`, the indices of that version; the other
    names are those of small indices that workers share.
    """

    client: "Elasticsearch"
    settings: ElasticsearchSettings
    version: int | None = None

    @property
    def url(self) -> str:
        """The URL of the cluster for messages, without a password."""
        return without_secrets(str(self.settings.url))

    @property
    def passages(self) -> str:
        """The index with a row for each passage."""
        return self._name("passages")

    @property
    def documents(self) -> str:
        """The index with a row for each document."""
        return self._name("documents")

    def at(self, version: int) -> "Cluster":
        """Return the cluster with the names of one version of the indices."""
        return replace(self, version=version)

    def _name(self, index: str) -> str:
        alias = f"{self.settings.name}-{index}"
        return alias if self.version is None else f"{alias}-{self.version:06d}"


class NotThereError(UnavailableError):
    """An index, a row or a view of the index that the cluster does not have (any more)."""


class NotReadyError(UnavailableError):
    """Rows of an index that the cluster cannot reach just now: it is new, moved, or on the point of being deleted."""


def connect(settings: ElasticsearchSettings, *, retrying: bool = False) -> Cluster:
    """Return the cluster of the settings, after it has answered.

    From then on a `retrying` one waits where the cluster is away or too busy, as long as the settings say.

    Raises `UsageError` without a URL and for a key that is refused, `UnavailableError` where the cluster cannot be
    reached or the client is not installed, and `MismatchError` for another major version.
    """
    if not settings.url:
        remedy = f"set {variable('url')}, for instance to http://localhost:9200"
        raise UsageError("no Elasticsearch cluster is named", remedy)
    if settings.ca_certs and not settings.ca_certs.is_file():
        raise UnavailableError(f"{settings.ca_certs}: there is no such file of certificates", "correct the path")
    try:
        from elastic_transport.client_utils import DEFAULT
        from elasticsearch import Elasticsearch

        from index.elastic.retry import RetryTransport
    except ImportError as error:
        message = "the Elasticsearch client is not installed"
        raise UnavailableError(message, install_command("elasticsearch")) from error
    for name in ("elasticsearch", "elastic_transport"):  # their warnings on each retry are reported as one error
        logging.getLogger(name).setLevel(logging.ERROR)
    client = Elasticsearch(
        settings.url,
        transport_class=RetryTransport,
        api_key=settings.api_key.get_secret_value() if settings.api_key else None,
        request_timeout=settings.timeout_seconds,
        max_retries=_RETRIES,
        ca_certs=str(settings.ca_certs) if settings.ca_certs else DEFAULT,
    )
    cluster = Cluster(client, settings)
    try:
        _check_version(cluster)
    except BaseException:
        client.close()
        raise
    if retrying and isinstance(client.transport, RetryTransport):
        client.transport.wait_for(f"{settings.name}-*", settings.patience_seconds, settings.backoff_seconds)
    return cluster


@contextmanager
def cluster_errors(url: str) -> Iterator[None]:
    """Turn the client's errors inside the block into those of the product."""
    from elastic_transport import TlsError
    from elasticsearch import ApiError, TransportError, UnsupportedProductError

    try:
        yield
    except UnsupportedProductError as error:
        raise MismatchError(f"{url}: is not Elasticsearch", f"point {variable('url')} to a cluster") from error
    except ApiError as error:
        problem = error.body.get("error", error.message) if isinstance(error.body, dict) else error.message
        raise explained(url, error.status_code, problem) from error
    except TransportError as error:
        message = f"{url}: Elasticsearch cannot be reached: {error.message}"
        remedy, untrusted = f"start it, or correct {variable('url')}", isinstance(error, TlsError)
        raise UnavailableError(message, remedy, may_pass=not untrusted) from error


def create_index(cluster: Cluster, name: str, settings: Mapping[str, Any], mappings: Mapping[str, Any]) -> None:
    """Create an index unless it exists; another worker may create it at the same time."""
    from elasticsearch import BadRequestError

    with cluster_errors(cluster.url):
        if cluster.client.indices.exists(index=name):
            return
        try:
            cluster.client.indices.create(index=name, settings=settings, mappings=mappings)
        except BadRequestError as error:
            if error.error != _EXISTS:
                raise


def wait_until_ready(cluster: Cluster, *names: str) -> None:
    """Wait until every row of the indices is available: shards are unavailable for a while after a node was started.

    Raises `UnavailableError` where that takes longer than an answer may take.
    """
    seconds = cluster.settings.timeout_seconds
    with cluster_errors(cluster.url):
        client = cluster.client.options(request_timeout=seconds + _ANSWER_SECONDS, ignore_status=_TIMED_OUT)
        state = client.cluster.health(
            index=list(names),
            wait_for_status="yellow",
            wait_for_active_shards=len(names),  # a new index is yellow before its shards are allocated
            timeout=f"{seconds:.0f}s",
        )
    if state["timed_out"]:
        message = f"{cluster.url}/{','.join(names)}: parts of the index cannot be reached"
        raise UnavailableError(message, "see the cluster's health")


def rows_named(cluster: Cluster, index: str, names: Collection[str]) -> list[dict[str, Any]]:
    """Return the current rows by id, in order, before and after a refresh; `found` says whether a row exists.

    A missing index has no rows; the shards of a new index are waited for.
    """
    if not names:
        return []
    rows, problem = _rows_named(cluster, index, names)
    if problem:
        wait_until_ready(cluster, index)
        rows, problem = _rows_named(cluster, index, names)
    if problem:
        raise explained(cluster.url, _UNAVAILABLE, problem)
    return rows


def explained(url: str, status: int, problem: Any) -> CustomsLensError:  # noqa: ANN401, PLR0911 - JSON of the cluster, an error a kind
    """Return the error for an answer with this status and this `error` in it."""
    kind = problem.get("type", "") if isinstance(problem, dict) else ""
    reason = reason_of(problem)
    if "media_type" in kind or "compatible-with" in reason:
        return _another_version(url, "another one")
    if status == _UNAVAILABLE and kind != _MISSING and _is_unreachable(kind, problem, reason):
        return NotReadyError(
            f"{url}: the cluster cannot reach the index now", "see the cluster's health", may_pass=True
        )
    if kind == _MISSING:
        return NotThereError(f"{url}: {reason}", _INGEST_FIRST)
    if kind == "cluster_block_exception":
        return UnavailableError(f"{url}: the index may not be written now: {reason}", "free space on the cluster")
    if "maxClauseCount" in reason:
        return UsageError("the query has more words than the cluster takes", "ask with fewer words")
    if "Result window is too large" in reason:
        return UsageError("the page is beyond the last one that the cluster serves", "narrow the search with filters")
    return _of_status(url, status, reason)


def _is_unreachable(kind: str, problem: Any, reason: str) -> bool:  # noqa: ANN401 - JSON of the cluster
    """Return whether rows were unavailable because of the current state of their index."""
    return kind == _NO_SHARD or _cause(problem) in (_MISSING, _NO_SHARD) or reason == "all shards failed"


def _of_status(url: str, status: int, reason: str) -> CustomsLensError:
    """Return the error for an answer with this status and a reason that adds no detail."""
    match status:
        case 401:
            return UsageError(f"{url}: Elasticsearch refuses the key", f"correct {variable('api_key')}")
        case 403:
            remedy = "give the key the rights of docs/elasticsearch.md"
            return UsageError(f"{url}: the key lacks a right: {reason}", remedy)
        case 404:
            return NotThereError(f"{url}: {reason}", _INGEST_FIRST)
        case 429:
            remedy = "wait, and run the same command again"
            return UnavailableError(f"{url}: the cluster is too busy: {reason}", remedy, may_pass=True)
        case _:
            return UnavailableError(f"{url}: Elasticsearch answers {status}: {reason}", "see the cluster's log")


def reason_of(error: Any) -> str:  # noqa: ANN401 - JSON of the cluster
    """Return the reason that the cluster states for an error: that of its root cause."""
    if not isinstance(error, dict):
        return str(error)
    return str(_deepest(error).get("reason") or error.get("reason") or error.get("type") or error)


def _cause(error: Any) -> str:  # noqa: ANN401 - JSON of the cluster
    """Return the type of an error's root cause."""
    return str(_deepest(error).get("type", "")) if isinstance(error, dict) else ""


def _deepest(error: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(iter(error.get("root_cause") or ()), error)
    while isinstance(found.get("caused_by"), dict):
        found = found["caused_by"]
    return found


def _rows_named(cluster: Cluster, index: str, names: Collection[str]) -> tuple[list[dict[str, Any]], Any]:
    """Return rows, and the errors of the rows that the cluster could not look up."""
    with cluster_errors(cluster.url):
        rows = list(cluster.client.mget(index=index, ids=list(names))["docs"])
    errors = (row["error"] for row in rows if "error" in row)
    return rows, next((error for error in errors if error.get("type") != _MISSING), None)


def _check_version(cluster: Cluster) -> None:
    with cluster_errors(cluster.url):
        version = str(cluster.client.info()["version"]["number"])
    if int(version.partition(".")[0]) != MAJOR:
        raise _another_version(cluster.url, version)


def _another_version(url: str, version: str) -> MismatchError:
    message = f"{url}: runs Elasticsearch of version {version}, this program speaks {MAJOR}"
    return MismatchError(message, f"use a cluster of version {MAJOR}")
