"""Runs: past, current and scheduled ones, and the freshness of sources, for overseers of all papers."""

import datetime as dt
from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from configs.cron import next_time
from configs.settings import Settings
from configs.sources import SOURCES_FILE, load_sources
from configs.system.errors import NotFoundError
from index.filters import may_read_all
from pipelines.access import audit
from pipelines.access.keys import Reader
from pipelines.ingest.freshness import SourceFreshness, freshness
from pipelines.ingest.heartbeat import run_at_work
from pipelines.ingest.source_owners import owner_of
from pipelines.maintenance.status import health
from pipelines.pages.environment import single_page
from pipelines.runs import history
from pipelines.runs.failures import accept_failure, delete_added, failures, find_failure, is_added
from pipelines.runs.report import RunReport, run_report
from pipelines.runs.visible import UNTOLD, visible_beat, visible_rows, visible_runs
from pipelines.sources.source import outermost
from pipelines.sources.uploads import MOST_FILES
from pipelines.storage.opening import open_storage
from portal.web.access import Admin, Overseer
from portal.web.context import Portal, portal_of
from portal.web.question import number_within
from portal.web.reviewing import Form
from portal.web.source_runs import StartedRun
from portal.web.turns import InTurn

router = APIRouter(include_in_schema=False)
_MOST_RUNS = 100
_MOST_ROWS = 300
"""Documents, and failures, of a run that its page lists; the API gives all."""
_REPORT_SECONDS = 2.0
"""How long the page of a run waits for its report; later it is there when the page is asked for again."""


@router.get("/runs")
def runs_page(request: Request, reader: Overseer) -> Response:
    """Show the run at work, what failed, how fresh each source is and when it runs next, and the runs so far."""
    portal = portal_of(request)
    held = reader.access_classes
    sources = visible_runs(portal.settings, freshness(portal.settings), access_classes=held)
    failed = failures(portal.settings)
    shown = failed[:_MOST_ROWS]
    runs = visible_runs(portal.settings, history.runs(portal.settings, most=_MOST_RUNS), access_classes=held)
    live = visible_beat(run_at_work(portal.settings.home), access_classes=held)
    if live and any(run.id == live.run and run.status not in ("running", "hanging") for run in runs):
        live = None  # its last heartbeat may be older than its record
    started = {one.source: _started(portal, reader, one) for one in sources if one.configured}
    retried = {one.document: portal.source_runs.state(outermost(one.source)) for one in shown}
    return portal.pages.page(
        request,
        "runs.html",
        live=live,
        runs=runs,
        sources=sources,
        started=started,
        due=_due(portal.settings),
        failures=visible_rows(portal.settings, portal.collection.service, shown, access_classes=held),
        failed=len(failed),
        added_here={one.document for one in shown if is_added(portal.settings, one.source)},
        retried=retried,
        at_work=any(run and run.is_running for run in (*started.values(), *retried.values())),
        added=number_within(request.query_params.get("added", ""), 1, MOST_FILES),
    )


@router.get("/status")
def status_page(request: Request, reader: Admin) -> Response:
    """Show how the home is: upkeep, sources, workers, and what needs a person."""
    portal = portal_of(request)
    found = health(portal.settings, access_classes=reader.access_classes)
    return portal.pages.page(request, "status.html", health=found)


@router.post("/runs/start")
async def start_run(request: Request, reader: Admin, form: Form) -> Response:
    """Start a run over a configured source, and go back to the list.

    The process is started by the thread of the server, with which it ends: those that answer requests come and go.
    """
    portal = portal_of(request)
    source = form.get("source", "")
    if source not in {one.name for one in load_sources(portal.settings.home, portal.settings.blobs)}:
        raise NotFoundError(f"there is no source '{source}'", f"{SOURCES_FILE} in the home names those that there are")
    with audit.recorded(portal.settings.home, reader.actor, "run started", source=source):
        portal.source_runs.start(source)
    return RedirectResponse("/runs", status_code=HTTPStatus.SEE_OTHER)


@router.post("/runs/again")
async def try_again(request: Request, reader: Admin, form: Form) -> Response:
    """Retry a failed document: all failed items of its configured source, or without one its file.

    The process is started by the thread of the server, as in `start_run`.
    """
    portal = portal_of(request)
    failed = find_failure(portal.settings, form.get("document", ""))
    owner = owner_of(portal.settings, failed.source)
    with audit.recorded(portal.settings.home, reader.actor, "run started", source=failed.source):
        if owner:
            portal.source_runs.start(owner.name, only_failed=True)
        else:
            portal.source_runs.try_again(outermost(failed.source))
    return RedirectResponse("/runs", status_code=HTTPStatus.SEE_OTHER)


@router.post("/runs/failures")
def accept(request: Request, reader: Admin, form: Form) -> Response:
    """Accept that a document fails, with `undo` that it counts as failed again, or delete it; go back to the list."""
    settings, name = portal_of(request).settings, form.get("document", "")
    if form.get("act") == "delete":
        delete_added(settings, name, reader.name)
    else:
        accept_failure(settings, name, reader.name, undo=form.get("undo") == "yes")
    return RedirectResponse("/runs#failures", status_code=HTTPStatus.SEE_OTHER)


@router.get("/runs/{run_id}/report.html")
def run_report_file(request: Request, reader: Overseer, run_id: str, _: InTurn) -> Response:
    """Give the report of a run as a file: what it brought, and what the collection lacks."""
    report = run_report(portal_of(request).settings, run_id, access_classes=reader.access_classes)
    disposition = {"Content-Disposition": f'attachment; filename="run-{report.run.id}.html"'}
    return Response(single_page("run_report.html", report=report), media_type="text/html", headers=disposition)


@router.get("/runs/{run_id}")
def run_page(request: Request, reader: Overseer, run_id: str) -> Response:
    """Show the report of a run; of one that is at work how far it is."""
    portal = portal_of(request)
    details = history.run_details(portal.settings, run_id)
    held = reader.access_classes
    (run,) = visible_runs(portal.settings, [details.run], access_classes=held)
    live = visible_beat(run_at_work(portal.settings.home), access_classes=held)
    is_running = details.run.status == "running"
    return portal.pages.page(
        request,
        "run.html",
        run=run,
        is_running=is_running,
        live=live if is_running and live and live.run == details.run.id else None,
        report=None if is_running else _report(portal, reader, details.run.id),
        documents=visible_rows(
            portal.settings, portal.collection.service, details.documents[:_MOST_ROWS], access_classes=held
        ),
        total=len(details.documents),
        failures=visible_rows(
            portal.settings, portal.collection.service, details.failures[:_MOST_ROWS], access_classes=held
        ),
        failed=len(details.failures),
    )


def _started(portal: Portal, reader: Reader, source: SourceFreshness) -> StartedRun | None:
    """Return the outcome of a run that was started here; `source` is what the reader may see of it.

    A run that is recorded as ended runs no more, though its process takes a moment to end.
    """
    found = portal.source_runs.state(source.source)
    if found and source.last_at and source.last_at >= found.began and source.last_status != "running":
        found = found._replace(is_running=False)
    if found is None or found.message is None or may_read_all(reader.access_classes):
        return found
    return found._replace(message=source.reason or UNTOLD)  # its own words may name a paper


def _report(portal: Portal, reader: Reader, run_id: str) -> RunReport | None:
    """Return the report of a run, None where it is being made."""

    def revision() -> str:
        if not open_storage(portal.settings).has_index():
            return ""
        with portal.collection.engine() as engine:
            return engine.revision()

    held = reader.access_classes
    return portal.run_reports.report(run_id, revision, access_classes=held, wait=_REPORT_SECONDS)


def _due(settings: Settings) -> dict[str, dt.datetime | None]:
    """Return when the schedules of configured sources have them looked at next (UTC), by their names."""
    now = dt.datetime.now(dt.UTC)
    sources = load_sources(settings.home, settings.blobs)
    return {one.name: next_time(one.schedule, now) for one in sources if one.schedule}
