"""`searches` and `runs`: saved searches, and what ingestion did."""

from contextlib import closing

from fastapi import APIRouter, Request
from starlette.responses import Response

from extractors.document import Value
from pipelines.alerts.check import saved_searches
from pipelines.alerts.ownership import may_see
from pipelines.storage.opening import open_storage
from pipelines.storage.run_records import RunSummary
from pipelines.storage.saved_searches import SavedSearch
from portal.web.access import Admin, AnyReader
from portal.web.context import portal_of
from portal.web.routes.api.answers import FORBIDDEN, answer, described

router = APIRouter(tags=["operations"])
_MOST_RUNS = 100


class Searches(Value):
    """The saved searches that the key may see, by name."""

    searches: tuple[SavedSearch, ...]


class Runs(Value):
    """The latest runs, the latest first."""

    runs: tuple[RunSummary, ...]


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
    return answer(request, Runs(runs=tuple(one.summary for one in found)))
