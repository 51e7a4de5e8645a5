"""What runs did, and how fresh the sources are: for who may learn of every paper."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from pipelines.runs import history
from pipelines.runs.freshness import freshness
from pipelines.runs.report import run_report
from portal.reports.run import run_page as report_page
from portal.web.access import Overseer
from portal.web.context import portal_of

router = APIRouter(include_in_schema=False)
_MOST_RUNS = 100
_MOST_ROWS = 300
"""Documents, and failures, of a run that its page lists; the API gives all."""


@router.get("/runs")
def runs_page(request: Request, _: Overseer) -> Response:
    """List the runs, the latest first, below how fresh each source is."""
    portal = portal_of(request)
    found = history.runs(portal.settings, most=_MOST_RUNS)
    return portal.pages.page(request, "runs.html", runs=found, sources=freshness(portal.settings))


@router.get("/runs/{run_id}/report.html")
def run_report_file(request: Request, reader: Overseer, run_id: str) -> Response:
    """Give the report of a run as a file: what it brought, and what the collection lacks."""
    report = run_report(portal_of(request).settings, run_id, access_classes=reader.access_classes)
    disposition = {"Content-Disposition": f'attachment; filename="run-{report.run.id}.html"'}
    return Response(report_page(report), media_type="text/html", headers=disposition)


@router.get("/runs/{run_id}")
def run_page(request: Request, _: Overseer, run_id: str) -> Response:
    """Show what one run did with which documents, and what failed and why."""
    portal = portal_of(request)
    details = history.run_details(portal.settings, run_id)
    done = [row for row in details.documents if row.outcome != "failed"]
    return portal.pages.page(
        request, "run.html", run=details.run, done=done, failures=details.failures, most=_MOST_ROWS
    )
