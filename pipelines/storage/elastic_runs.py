"""The rows of runs in the ledger of a cluster."""

import datetime as dt
import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from configs.system.errors import UnavailableError
from index.elastic import bulk
from index.elastic.client import Cluster, cluster_errors, rows_named
from index.elastic.workers import living
from pipelines.storage.elastic_rows import Filters, RowReader
from pipelines.storage.local_runs import state_after
from pipelines.storage.run_records import RunDocument, RunOutcome, RunRecord, completed_counts, run_record

RUN, RUN_DOCUMENT = "run", "document"
"""What a row is: its field `record`."""
_AT_ONCE = 500
"""Rows of one request."""
_MOST_RUNS = 1000

_log = logging.getLogger(__name__)


class ClusterRuns:
    """The runs of a cluster; what each method does is said in `pipelines.storage.ledger.Ledger`."""

    def __init__(self, cluster: Cluster, reader: RowReader) -> None:
        self._cluster = cluster
        self._reader = reader

    @contextmanager
    def run(self, run_id: str, source: str | None, flow: str, worker: str) -> Iterator[dict[str, Any]]:
        """See `Ledger.run`; `worker` is whose heartbeat says that the run goes on."""
        counts: dict[str, Any] = {}
        started = _now()
        row = {
            "record": RUN,
            "run": run_id,
            "source": source or "",
            "flow": flow,
            "started": started,
            "worker": worker,
            "state": "running",
            "counts": counts,
        }
        self._write(row)
        try:
            yield counts
        except BaseException as stopped:
            try:
                self._write({**row, "ended": max(_now(), started), "state": state_after(stopped)})
            except UnavailableError as error:
                _log.debug("the run's end is not recorded: %s", error)  # the next run does so
            raise
        self._write({**row, "ended": max(_now(), started), "state": "done"})

    def runs(self, most: int | None = None) -> list[RunRecord]:
        """Return the latest runs, the last first."""
        rows = self._reader.search([{"term": {"record": RUN}}], sort=[{"run": "desc"}], size=most or _MOST_RUNS)
        return [_record(row) for row, _ in rows]

    def last(self) -> list[RunRecord]:
        """See `Ledger.last_runs`; of the latest runs."""
        found: dict[tuple[str, str], RunRecord] = {}
        for run in self.runs():
            found.setdefault((run.source, run.status), run)
        return list(found.values())

    def find(self, run_id: str) -> RunRecord | None:
        """See `Ledger.find_run`."""
        rows = self._reader.search([{"term": {"record": RUN}}, {"term": {"run": run_id}}])
        return _record(rows[0][0]) if rows else None

    def rewrite_counts(self, counts: Mapping[str, Mapping[str, Any]]) -> None:
        """See `Ledger.rewrite_counts`."""
        for run, new in counts.items():
            self._change(run, counts=dict(new))

    def record(self, rows: Iterable[RunDocument], *, replace: bool = True) -> None:
        """See `Ledger.record`; without `replace` rows that are there stay."""
        kind = {"_op_type": "index" if replace else "create", "_index": self._cluster.ledger}
        bulk.write(
            self._cluster,
            (
                {
                    **kind,
                    "_id": f"{RUN_DOCUMENT} {row.run} {row.document}",
                    "_source": {"record": RUN_DOCUMENT, **row.model_dump(mode="json")},
                }
                for row in rows
            ),
        )

    def documents(self, run_id: str, outcome: RunOutcome | None) -> Iterator[RunDocument]:
        """See `Ledger.run_documents`."""
        filters: Filters = [{"term": {"record": RUN_DOCUMENT}}, {"term": {"run": run_id}}]
        filters += [{"term": {"outcome": outcome}}] if outcome else []
        for row in self._reader.scan(filters, ["source", "document"], _AT_ONCE):
            yield RunDocument.model_validate({name: value for name, value in row.items() if name != "record"})

    def prune(self, before: dt.datetime) -> int:
        """See `Ledger.prune_runs`."""
        old: Filters = [{"term": {"record": RUN_DOCUMENT}}, {"range": {"at": {"lt": before.isoformat()}}}]
        return self._delete(old)

    def left_running(self) -> list[str]:
        """Return the ids of runs whose worker is dead."""
        rows = [row for row, _ in self._reader.search([{"term": {"state": "running"}}], size=_MOST_RUNS)]
        alive = living(self._cluster, {row["worker"] for row in rows})
        return [row["run"] for row in rows if row["worker"] not in alive]

    def mark_interrupted(self, run_id: str, rows: Iterable[RunDocument]) -> None:
        """Mark a run that was killed, with the rows of documents that it had no time to write."""
        self.record(rows, replace=False)
        if record := self.find(run_id):
            counts = completed_counts(record.counts, self.documents(run_id, None))
            self._change(run_id, state="interrupted", counts=counts)

    def _change(self, run: str, **fields: Any) -> None:  # noqa: ANN401 - values of the fields of a row
        for row in rows_named(self._cluster, self._cluster.ledger, [f"{RUN} {run}"]):
            if row.get("found"):
                self._write({**row["_source"], **fields})

    def _write(self, row: Mapping[str, Any]) -> None:
        with cluster_errors(self._cluster.url):
            self._cluster.client.index(index=self._cluster.ledger, id=f"{RUN} {row['run']}", document=row)

    def _delete(self, filters: Filters) -> int:
        """Delete the rows that match, in bulks; return how many."""
        names = [
            f"{RUN_DOCUMENT} {row['run']} {row['document']}"
            for row in self._reader.scan(filters, ["run", "document"], _AT_ONCE)
        ]
        kind = {"_op_type": "delete", "_index": self._cluster.ledger}
        return bulk.write(self._cluster, ({**kind, "_id": name} for name in names))


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")


def _record(row: Mapping[str, Any]) -> RunRecord:
    """Return the record of a row, of whatever version of the program wrote it."""
    times = {name: row.get(name) for name in ("started", "ended")}
    kind = {"source": row.get("source") or "", "flow": row.get("flow") or "ingest"}
    return run_record({"id": row["run"], **kind, **times, "status": row["state"], "counts": row.get("counts") or {}})
