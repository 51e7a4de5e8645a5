"""What runs did, and how fresh the sources are: for who may learn of every paper."""

from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from configs.sources import SOURCES_FILE, load_sources
from configs.system.errors import NotFoundError
from pipelines.access import audit
from pipelines.pages.environment import single_page
from pipelines.runs import history
from pipelines.runs.failures import accept_failure, failures
from pipelines.runs.freshness import freshness
from pipelines.runs.report import run_report
from portal.web.access import Admin, Overseer
from portal.web.context import portal_of
from portal.web.reviewing import Form

router = APIRouter(include_in_schema=False)
_MOST_RUNS = 100
_MOST_ROWS = 300
"""Documents, and failures, of a run that its page lists; the API gives all."""


@router.get("/runs")
def runs_page(request: Request, _: Overseer) -> Response:
    """List the runs, the latest first, below how fresh each source is."""
    portal = portal_of(request)
    found = history.runs(portal.settings, most=_MOST_RUNS)
    sources = freshness(portal.settings)
    started = {one.source: portal.source_runs.state(one.source) for one in sources if one.configured}
    failed = failures(portal.settings)
    return portal.pages.page(
        request, "runs.html", runs=found, sources=sources, started=started, failures=failed, most=_MOST_ROWS
    )


@router.post("/runs/start")
async def start_run(request: Request, reader: Admin, form: Form) -> Response:
    """Start a run over a configured source, and go back to the list.

    The process is started by the thread of the server, with which it ends: those that answer requests come and go.
    """
    portal = portal_of(request)
    source = form.get("source", "")
    if source not in {one.name for one in load_sources(portal.settings.home)}:
        raise NotFoundError(f"there is no source '{source}'", f"{SOURCES_FILE} in the home names those that there are")
    with audit.recorded(portal.settings.home, reader.actor, "run started", source=source):
        portal.source_runs.start(source)
    return RedirectResponse("/runs", status_code=HTTPStatus.SEE_OTHER)


@router.post("/runs/failures")
def accept(request: Request, reader: Admin, form: Form) -> Response:
    """Accept that a document fails, or with `undo` that it counts as failed again, and go back to the list."""
    undo = form.get("undo") == "yes"
    accept_failure(portal_of(request).settings, form.get("document", ""), reader.name, undo=undo)
    return RedirectResponse("/runs#failures", status_code=HTTPStatus.SEE_OTHER)


@router.get("/runs/{run_id}/report.html")
def run_report_file(request: Request, reader: Overseer, run_id: str) -> Response:
    """Give the report of a run as a file: what it brought, and what the collection lacks."""
    report = run_report(portal_of(request).settings, run_id, access_classes=reader.access_classes)
    disposition = {"Content-Disposition": f'attachment; filename="run-{report.run.id}.html"'}
    return Response(single_page("run_report.html", report=report), media_type="text/html", headers=disposition)


@router.get("/runs/{run_id}")
def run_page(request: Request, _: Overseer, run_id: str) -> Response:
    """Show what one run did with which documents, and what failed and why."""
    portal = portal_of(request)
    details = history.run_details(portal.settings, run_id)
    done = [row for row in details.documents if row.outcome != "failed"]
    return portal.pages.page(
        request, "run.html", run=details.run, done=done, failures=details.failures, most=_MOST_ROWS
    )
