"""Bulk writes to the cluster, with retries while it is busy and a check of the status of every row."""

from collections.abc import Iterable, Mapping
from typing import Any

from configs.system.errors import CustomsLensError, UnavailableError
from index.elastic.client import Cluster, NotThereError, cluster_errors, reason_of

_ROWS = 500
_BYTES = 8 << 20
"""What one request holds at most: clusters refuse more than 100 MB, and count what they have not worked off."""
_RETRIES = 5
_LONGEST_PAUSE_SECONDS = 30.0
_BUSY = (429, 500, 502, 503, 504)
_GONE, _THERE, _CHANGED = 404, 409, 409

Action = dict[str, Any]


class RowsRefusedError(CustomsLensError):
    """The cluster rejects rows because of their content."""


class RowsChangedError(NotThereError):
    """Another writer changed rows after they were read; all other rows are written."""


def write(cluster: Cluster, actions: Iterable[Action]) -> int:
    """Write rows (in the form of `elasticsearch.helpers`) and return how many.

    It is no failure where a row to delete or to change is missing, or a row to create exists. Raises
    `UnavailableError` where the cluster stays too busy after several pauses, `RowsRefusedError` where it refuses rows
    and `RowsChangedError` where only the state is another one that rows were to be changed in; each says how many of
    them, and why.
    """
    from elasticsearch.helpers import streaming_bulk

    done, failed = 0, []
    with cluster_errors(cluster.url):
        answers = streaming_bulk(
            cluster.client,
            actions,
            chunk_size=_ROWS,
            max_chunk_bytes=_BYTES,
            max_retries=_RETRIES,
            initial_backoff=cluster.settings.backoff_seconds,
            max_backoff=_LONGEST_PAUSE_SECONDS,
            retry_on_status=_BUSY,
            raise_on_error=False,
            raise_on_exception=False,
        )
        for ok, answer in answers:
            done += 1
            ((kind, item),) = answer.items()
            if not (ok or _is_fine(kind, item)):
                failed.append(item)
    if failed:
        raise _explain(cluster, failed, done)
    return done


def _is_fine(kind: str, item: Mapping[str, Any]) -> bool:
    return (kind in ("delete", "update") and item["status"] == _GONE) or (kind == "create" and item["status"] == _THERE)


def _explain(cluster: Cluster, failed: list[dict[str, Any]], done: int) -> CustomsLensError:
    refused = [item for item in failed if item["status"] not in _BUSY]
    first = (refused or failed)[0]
    message = f"{cluster.url}: {len(failed)} of {done} rows were rejected, the first of them ({first.get('_id')})"
    message += f" with status {first['status']}: {reason_of(_problem(first))}"
    if refused and all(item["status"] == _CHANGED for item in refused):
        return RowsChangedError(message)
    if refused:
        return RowsRefusedError(message)
    return UnavailableError(message, "the cluster is too busy: wait, and run the same command again")


def _problem(item: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON of the cluster
    """Return the error of a row, or of the whole request where the cluster rejected that."""
    body = getattr(item.get("exception"), "body", None)
    return body.get("error") if isinstance(body, dict) else item.get("error")
