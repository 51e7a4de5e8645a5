"""`searches`, `runs` and `status`: saved searches, what ingestion did, and how the home is."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from extractors.document import Value
from pipelines.access.ownership import may_see
from pipelines.alerts.check import saved_searches
from pipelines.maintenance.status import Health, health
from pipelines.runs import history
from pipelines.runs.history import RunDetails
from pipelines.runs.visible import visible_rows, visible_runs
from pipelines.storage.run_records import RunSummary
from pipelines.storage.saved_searches import ShownSearch
from portal.web.access import Admin, AnyReader, Overseer
from portal.web.context import portal_of
from portal.web.routes.api.answers import FORBIDDEN, NOT_FOUND, answer, described
from portal.web.routes.api.parameters import Limit, Offset

router = APIRouter(tags=["operations"])
_MOST_RUNS = 100


class Searches(Value):
    """The saved searches that the key may see, by name."""

    searches: tuple[ShownSearch, ...]


class Runs(Value):
    """The latest runs, the latest first."""

    runs: tuple[RunSummary, ...]


class RunAnswer(RunDetails):
    """A run with some of the documents that it did something with, how many these are in all, and its failures."""

    total: int
    offset: int
    limit: int


class RunParameters(BaseModel):
    """Which documents of a run to list."""

    model_config = ConfigDict(extra="forbid")

    offset: Offset = 0
    limit: Limit = _MOST_RUNS


@router.get("/searches", responses=described(Searches))
def searches(request: Request, reader: AnyReader) -> Response:
    """List the saved searches: those of the key and those of the home, to an administrator all.

    What is new for them depends on the reader and is not in here.
    """
    found = saved_searches(portal_of(request).settings)
    return answer(request, Searches(searches=tuple(one for one in found if may_see(reader, one.owner))))


@router.get("/status", responses=described(Health) | FORBIDDEN)
def status(request: Request, reader: Admin) -> Response:
    """Say how the home is, and what needs a person; `ok` where nothing is failing. To administrators."""
    return answer(request, health(portal_of(request).settings, access_classes=reader.access_classes))


@router.get("/runs", responses=described(Runs) | FORBIDDEN)
def runs(request: Request, reader: Overseer) -> Response:
    """List what runs did. Its counts are of every access class: it takes a key for all, or an administrator's."""
    settings = portal_of(request).settings
    found = visible_runs(settings, history.runs(settings, most=_MOST_RUNS), access_classes=reader.access_classes)
    return answer(request, Runs(runs=found))


@router.get("/runs/{run_id}", responses=described(RunAnswer) | FORBIDDEN | NOT_FOUND)
def run(request: Request, reader: Overseer, run_id: str, given: Annotated[RunParameters, Query()]) -> Response:
    """Tell what one run, or the `last`, did with documents, and what failed.

    A document that the key may not read has an empty `source`, and its status as `error`.
    """
    portal, held = portal_of(request), reader.access_classes
    found = history.run_details(portal.settings, run_id)
    (summary,) = visible_runs(portal.settings, [found.run], access_classes=held)
    documents = found.documents[given.offset : given.offset + given.limit]
    return answer(
        request,
        RunAnswer(
            run=summary,
            documents=visible_rows(portal.settings, portal.collection.service, documents, access_classes=held),
            failures=visible_rows(portal.settings, portal.collection.service, found.failures, access_classes=held),
            total=len(found.documents),
            offset=given.offset,
            limit=given.limit,
        ),
    )
