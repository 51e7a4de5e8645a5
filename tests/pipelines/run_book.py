"""A ledger to write runs into, as pipelines do, without reading a paper."""

import datetime as dt
from contextlib import closing, contextmanager

from sqlalchemy import update

from pipelines.storage.entries import LedgerRow
from pipelines.storage.run_records import RunDocument
from pipelines.storage.tables import runs
from tests.states import ledger_of


class Book:
    """The ledger of a home, opened for each thing that is written into it."""

    def __init__(self, settings):
        self.settings = settings

    @contextmanager
    def opened(self):
        self.settings.home.mkdir(parents=True, exist_ok=True)
        with closing(ledger_of(self.settings.home)) as ledger:
            yield ledger

    def run(self, name, *rows, days_ago=0, source="papers", flow="ingest", **counts):
        """Write a run that ended, with rows of documents, each a dictionary."""
        at = dt.datetime.now(dt.UTC) - dt.timedelta(days=days_ago)
        with self.opened() as ledger:
            with ledger.run(name, source=source, flow=flow) as record:
                record.update({"found": len(rows), "seconds": 1.5} | counts)
            ledger.record([RunDocument(**{"run": name, "at": at, "status": "read"} | row) for row in rows])
            with ledger._state.changing() as connection:
                connection.execute(update(runs).where(runs.c.id == name).values(started=at.isoformat()))

    def write(self, **fields):
        given = {"sha256": "1" * 64, "outcome": "indexed", "status": "read", "run": "r"}
        with self.opened() as ledger:
            ledger.write(LedgerRow(**(given | fields)))
