"""`searches` and `runs`: saved searches, and what ingestion did."""

import datetime as dt
from contextlib import closing

from fastapi import APIRouter, Request
from starlette.responses import Response

from extractors.document import Value
from pipelines.alerts.check import saved_searches
from pipelines.alerts.ownership import may_see
from pipelines.storage.ledger import RunState
from pipelines.storage.opening import open_storage
from pipelines.storage.saved_searches import SavedSearch
from portal.web.access import Admin, AnyReader
from portal.web.context import portal_of
from portal.web.routes.api.answers import FORBIDDEN, answer, described

router = APIRouter(tags=["operations"])
_MOST_RUNS = 100


class Searches(Value):
    """The saved searches that the key may see, by name."""

    searches: tuple[SavedSearch, ...]


class Run(Value):
    """What one run of `ingest` did, in documents; times in UTC. Counts of a run that goes on are 0."""

    id: str
    started: dt.datetime
    ended: dt.datetime | None = None
    status: RunState
    found: int = 0
    indexed: int = 0
    unchanged: int = 0
    duplicate: int = 0
    failed: int = 0
    deleted: int = 0
    needs_ocr: int = 0
    seconds: float = 0.0


class Runs(Value):
    """The latest runs, the latest first."""

    runs: tuple[Run, ...]


@router.get("/searches", responses=described(Searches))
def searches(request: Request, reader: AnyReader) -> Response:
    """List the saved searches: those of the key and those of the home, to an administrator all.

    What is new for them depends on the reader and is not in here.
    """
    found = saved_searches(portal_of(request).settings)
    return answer(request, Searches(searches=tuple(one for one in found if may_see(reader, one))))


@router.get("/runs", responses=described(Runs) | FORBIDDEN)
def runs(request: Request, _: Admin) -> Response:
    """List what ingestion did. Its counts are of every access class, so it takes the key of an administrator."""
    storage = open_storage(portal_of(request).settings)
    if not storage.has_ledger():
        return answer(request, Runs(runs=()))
    with closing(storage.open_ledger(write=False)) as ledger:
        found = ledger.runs()[:_MOST_RUNS]
    counts = Run.model_fields.keys() - {"id", "started", "ended", "status"}
    listed = (
        Run(
            id=one.id,
            started=one.started,
            ended=one.ended,
            status=one.state,
            **{name: value for name, value in one.counts.items() if name in counts},
        )
        for one in found
    )
    return answer(request, Runs(runs=tuple(listed)))
