"""Whether the process lives, whether it can answer, and what it counts."""

from http import HTTPStatus

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from starlette.responses import PlainTextResponse, Response

from configs.system.errors import CustomsLensError
from configs.system.json_text import json_text
from pipelines.maintenance.metrics import HomeMetrics
from portal.web.access import Admin
from portal.web.context import portal_of, told
from portal.web.gate import NO_KEYS
from portal.web.metrics import Metrics

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
def alive(_: Request) -> Response:
    """Say that the process answers."""
    return PlainTextResponse("ok\n")


@router.get("/readyz")
def ready(request: Request) -> Response:
    """Say whether keys and index can be read; only who has a key, or sits at the machine, is told why not."""
    portal = portal_of(request)
    try:
        portal.keys.in_force()
    except CustomsLensError:
        return _unready(NO_KEYS.detail)
    try:
        with portal.service.engine() as engine:
            engine.counts()
    except CustomsLensError as error:
        known = getattr(request.state, "reader", None) is not None
        said = " — ".join(filter(None, told(request, error)))
        return _unready(said if known else "the index cannot be read: 'customs-lens doctor' says why")
    return Response(json_text({"status": "ready", "detail": None}), media_type="application/json")


@router.get("/metrics")
def metrics(request: Request, _: Admin) -> Response:
    """Give the counters of this process, and the metrics of the home, in the text format of Prometheus."""
    counted: Metrics = request.app.state.metrics
    home: HomeMetrics = request.app.state.home_metrics
    return Response(generate_latest(counted.registry) + generate_latest(home), media_type=CONTENT_TYPE_PLAIN_0_0_4)


def _unready(detail: str) -> Response:
    found = {"status": "unavailable", "detail": detail}
    return Response(json_text(found), status_code=HTTPStatus.SERVICE_UNAVAILABLE, media_type="application/json")
