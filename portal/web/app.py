"""The web application: one collection, the gate in front of it, and the routes."""

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from difflib import get_close_matches
from http import HTTPStatus
from pathlib import Path
from threading import BoundedSemaphore, Thread
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from configs.bodies import load_bodies
from configs.settings import Settings
from configs.system.errors import CustomsLensError, ForbiddenError, NotFoundError, UnavailableError, UsageError
from pipelines.access.keys import KeyStore
from pipelines.collection import Collection
from pipelines.maintenance.metrics import HomeMetrics
from pipelines.review.records import ReviewRecords
from pipelines.runs.reports import RunReports
from pipelines.search.completion import Completer
from pipelines.storage.opening import open_storage
from pipelines.storage.state import State
from pipelines.viewing.page_images import PageImages
from portal.web import routes
from portal.web.context import Portal, portal_of, visible_error
from portal.web.facets import SHOWN_FACETS
from portal.web.gate import Gate, GateRules, is_api, problem
from portal.web.metrics import CountingMiddleware, Metrics
from portal.web.names import Names
from portal.web.question import Question
from portal.web.rendering import Pages, language_of
from portal.web.routes import routers_in
from portal.web.routes.api.answers import Problem
from portal.web.routes.api.exports import EXPORTS_AT_ONCE
from portal.web.routes.briefings import briefing_of
from portal.web.routes.health import Readiness
from portal.web.sessions import Sessions
from portal.web.source_runs import SourceRuns
from portal.web.turns import Turns

_log = logging.getLogger(__name__)
_WARM_UP_SECONDS = 5.0
"""How long the end of the server waits for its warm-up: Python crashes where a library still loads in a thread then."""
_NEAR = 0.75
"""How alike an address and a page are, of 1, where the page is suggested: with one wrong letter of seven 0.86."""
_STATIC = Path(__file__).with_name("static")


class DescribedApp(FastAPI):
    """An application whose OpenAPI document includes the schema of errors, which no route declares."""

    def openapi(self) -> dict[str, Any]:
        """Return the document, which is built once."""
        found = super().openapi()
        schemas: dict[str, Any] = found.setdefault("components", {}).setdefault("schemas", {})
        schemas.setdefault("Problem", Problem.model_json_schema())
        return found


def create_app(settings: Settings, rules: GateRules, *, warm_up: bool = False) -> FastAPI:
    """Return the application for a home.

    It opens nothing before the first request, unless it shall `warm_up` when it starts: then the first reader does not
    wait for the encoder and for the process that draws pages.

    Where access keys are gone or cannot be read, that is logged, and it lets nobody in until they are there.

    Raises `ConfigError` for a maturity model or a vocabulary that cannot be read.
    """
    names = Names(settings)
    keys = KeyStore(settings.home)
    with suppress(CustomsLensError):  # it is logged
        keys.in_force()
    collection = Collection(settings)
    portal = Portal(
        settings=settings,
        collection=collection,
        records=ReviewRecords(State(settings)),
        completer=Completer(collection.service, names.vocabulary),
        images=PageImages(settings, collection.service),
        names=names,
        pages=Pages(names, briefing_of),
        keys=keys,
        sessions=Sessions(settings.home, secure=rules.behind_proxy),
        source_runs=SourceRuns(settings),
        run_reports=RunReports(settings),
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        warming = Thread(target=_warm_up, args=(portal,), name="warm-up", daemon=True)
        if warm_up:
            warming.start()
        with (
            portal.collection,
            portal.records,
            portal.images,
            portal.source_runs,
            portal.run_reports,
        ):
            yield
            if warm_up:
                warming.join(_WARM_UP_SECONDS)

    app = DescribedApp(
        title="Customs Lens",
        summary="Search in working papers of customs bodies, by word and by meaning, with maturity levels.",
        version="1",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.portal = portal
    app.state.metrics = metrics = Metrics()
    app.state.home_metrics = HomeMetrics(settings)
    app.state.exports = BoundedSemaphore(EXPORTS_AT_ONCE)
    app.state.turns = Turns()
    app.state.readiness = Readiness(portal)
    for router in routers_in(routes.__name__):
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    app.add_middleware(Gate, keys=keys, sessions=portal.sessions, rules=rules)
    app.add_middleware(CountingMiddleware, metrics=metrics)
    app.add_exception_handler(CustomsLensError, _error_response)
    app.add_exception_handler(OSError, _storage_failure)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(ClientDisconnect, _client_gone)
    return app


def _warm_up(portal: Portal) -> None:
    """Run a query to load encoder, classifier and index; without an index, there is nothing to load."""
    question = Question(query="customs")
    portal.images.start()
    with suppress(CustomsLensError):
        portal.collection.service.search(question.request(portal.settings, frozenset(), facets=SHOWN_FACETS))


def _error_response(request: Request, error: Exception) -> Response:
    """Respond with an error and its remedy: 404 if not found, 403 for a role, 400 for invalid input, else 503.

    That one is logged: readers are not told which file it is.
    """
    assert isinstance(error, CustomsLensError)  # the class for which it is registered
    status = HTTPStatus.SERVICE_UNAVAILABLE
    if isinstance(error, UsageError):
        statuses = {NotFoundError: HTTPStatus.NOT_FOUND, ForbiddenError: HTTPStatus.FORBIDDEN}
        status = next((one for kind, one in statuses.items() if isinstance(error, kind)), HTTPStatus.BAD_REQUEST)
    else:
        _log.warning("%s: %s", request.url.path, error)
    is_empty = isinstance(error, UnavailableError) and not _has_index(portal_of(request))
    message, remedy = visible_error(request, error)
    near = _near_name(request) if status == HTTPStatus.NOT_FOUND else None
    return _answer(request, status, message, remedy=remedy, is_empty=is_empty, near=near)


def _storage_failure(request: Request, error: Exception) -> Response:
    """Respond to an unreadable or full home; the log has the name of the file."""
    assert isinstance(error, OSError)  # the class for which it is registered
    _log.error("%s: %s", request.url.path, error)
    reason = error.strerror or "a file cannot be read or written"
    remedy = "whoever looks after the server finds the file in its log"
    return _answer(request, HTTPStatus.SERVICE_UNAVAILABLE, f"this server has a fault: {reason}", remedy=remedy)


def _has_index(portal: Portal) -> bool:
    """Return whether anything was ingested yet, as far as that can be determined."""
    try:
        return open_storage(portal.settings).has_index()
    except CustomsLensError:
        return True


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # the class for which it is registered
    near = None
    if error.status_code == HTTPStatus.NOT_FOUND and error.detail == HTTPStatus.NOT_FOUND.phrase:  # of no route
        every = (route for router in routers_in(routes.__name__) for route in router.routes)
        pages = [one.path for one in every if isinstance(one, APIRoute) and one.methods == {"GET"}]
        near = next(((one, one) for one in get_close_matches(request.url.path, pages, n=1, cutoff=_NEAR)), None)
    elif error.status_code == HTTPStatus.NOT_FOUND:
        near = _near_name(request)
    return _answer(request, error.status_code, error.detail, headers=error.headers, near=near)


def _near_name(request: Request) -> tuple[str, str] | None:
    """Return address and name of the body, member or theme whose id or name is most like the one in an address.

    Of a name that is like none it is the address of the list of all.
    """
    names = portal_of(request).names
    place, given = [*request.url.path.split("/"), "", ""][1:3]
    field, ids = {
        "bodies": ("body", [one.id for one in load_bodies().bodies]),
        "members": ("subject", names.subjects),
        "themes": ("theme", [one.id for one in names.vocabulary.concepts]),
    }.get(place, ("", []))
    forms = {
        form.casefold(): one for one in ids for form in (names.of(field, one, "fr"), names.of(field, one, "en"), one)
    }
    for near in get_close_matches(given.casefold(), forms, n=1, cutoff=_NEAR):
        return f"/{place}/{quote(forms[near], safe='')}", names.of(field, forms[near], language_of(request))
    return (f"/{place}", f"/{place}") if ids else None


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # the class for which it is registered
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"][1:])
    return _answer(request, HTTPStatus.UNPROCESSABLE_ENTITY, f"{where}: {first['msg']}")


def _client_gone(_: Request, error: Exception) -> Response:
    """Respond to a client that disconnected, or timed out, before its request was complete."""
    assert isinstance(error, ClientDisconnect)  # the class for which it is registered
    return Response(status_code=HTTPStatus.REQUEST_TIMEOUT)


def _answer(
    request: Request,
    status: int,
    message: str,
    *,
    remedy: str | None = None,
    headers: Mapping[str, str] | None = None,
    is_empty: bool = False,
    near: tuple[str, str] | None = None,
) -> Response:
    if is_api(request.url.path) or request.url.path.endswith((".json", ".csv", ".xlsx", ".png")):
        answer = problem(status, message, **({"remedy": remedy} if remedy else {}))
    else:
        said = {"code": status, "message": message, "remedy": remedy, "is_empty": is_empty, "near": near}
        answer = portal_of(request).pages.page(request, "error.html", status=status, **said)
    answer.headers.update(headers or {})
    return answer
