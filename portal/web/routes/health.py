"""Health probes: liveness, readiness, and metrics."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http import HTTPStatus

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from starlette.responses import PlainTextResponse, Response

from configs.system.errors import CustomsLensError, UnavailableError
from configs.system.json_text import json_text
from pipelines.maintenance.metrics import HomeMetrics
from portal.web.access import Admin
from portal.web.context import Portal, portal_of, visible_error
from portal.web.gate import NO_KEYS
from portal.web.metrics import Metrics

router = APIRouter(include_in_schema=False)
_PROBE_SECONDS = 0.5
"""How long a probe waits for the index: where all engines are at work, it is told what was found last."""
_KNOWN_SECONDS = 60.0
"""How long that holds."""
_UNKNOWN = UnavailableError("the index did not answer in time", "'customs-lens doctor' says more")


class Readiness:
    """The readiness check of keys and index, run in a thread of its own so that a busy server can respond.

    `asked` gives the error, None where all is well.
    """

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._pool = ThreadPoolExecutor(1, "readiness")
        self._asking: asyncio.Future[CustomsLensError | None] | None = None
        self._last: CustomsLensError | None = _UNKNOWN
        self._until = 0.0

    async def asked(self) -> CustomsLensError | None:
        """Return the current result, or, if the check takes long, a result from within the last minute.

        Where nothing was ever found, as the index is being opened, it waits.
        """
        if self._asking is None or self._asking.done():
            self._asking = asyncio.get_running_loop().run_in_executor(self._pool, self._found)
        seconds = None if self._last is _UNKNOWN else _PROBE_SECONDS
        with suppress(TimeoutError):
            self._last = await asyncio.wait_for(asyncio.shield(self._asking), seconds)
            self._until = time.monotonic() + _KNOWN_SECONDS
        return self._last if time.monotonic() < self._until else _UNKNOWN

    def _found(self) -> CustomsLensError | None:
        try:
            with self._portal.collection.engine() as engine:
                engine.counts()
        except CustomsLensError as error:
            return error
        return None


@router.get("/healthz")
async def alive(_: Request) -> Response:
    """Say that the process answers; the thread of the server does, while all others are at work."""
    return PlainTextResponse("ok\n")


@router.get("/readyz")
async def ready(request: Request) -> Response:
    """Say whether keys and index can be read; only who has a key, or sits at the machine, is told why not."""
    readiness: Readiness = request.app.state.readiness
    try:
        portal_of(request).keys.in_force()
    except CustomsLensError:
        return _unready(NO_KEYS.detail)
    if error := await readiness.asked():
        known = getattr(request.state, "reader", None) is not None
        said = " — ".join(filter(None, visible_error(request, error)))
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
