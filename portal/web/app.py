"""The application: one search service, the gate before it, and the routes behind it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from configs.errors import CustomsLensError, UnavailableError, UsageError
from configs.settings import Settings
from pipelines.access.keys import KeyStore
from pipelines.search.service import SearchService
from portal.web.context import Portal, portal_of
from portal.web.gate import Gate, GateRules, Sessions, is_api, problem
from portal.web.names import Names
from portal.web.rendering import Pages
from portal.web.routes import about, api, documents, login, matrix, review, review_add, search, searches

_STATIC = Path(__file__).with_name("static")


def create_app(settings: Settings, rules: GateRules) -> FastAPI:
    """Return the application for a home; it opens nothing before the first request.

    Raises `ConfigError` for a maturity model or a vocabulary that cannot be read, and for keys that cannot.
    """
    names = Names(settings)
    keys = KeyStore(settings.home)
    keys.all()
    portal = Portal(
        settings=settings,
        service=SearchService(settings),
        names=names,
        pages=Pages(names),
        keys=keys,
        sessions=Sessions(settings.home),
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        with portal.service:
            yield

    app = FastAPI(
        title="Customs Lens",
        summary="Search in working papers of customs bodies, by word and by meaning, with maturity levels.",
        version="1",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.portal = portal
    for routes in (search, documents, matrix, review, review_add, searches, about, login, api):
        app.include_router(routes.router)
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    app.add_middleware(Gate, keys=keys, sessions=portal.sessions, rules=rules)
    app.add_exception_handler(CustomsLensError, _explained)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    return app


def _explained(request: Request, error: Exception) -> Response:
    """Answer with what happened and what to do: a mistake of the reader is 400, anything else 503."""
    status = HTTPStatus.BAD_REQUEST if isinstance(error, UsageError) else HTTPStatus.SERVICE_UNAVAILABLE
    message = error.message if isinstance(error, CustomsLensError) else str(error)
    remedy = error.remedy if isinstance(error, CustomsLensError) else None
    is_empty = isinstance(error, UnavailableError)
    return _answer(request, status, message, remedy=remedy, is_empty=is_empty)


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # what it is registered for
    return _answer(request, error.status_code, error.detail, headers=error.headers)


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # what it is registered for
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"][1:])
    return _answer(request, HTTPStatus.UNPROCESSABLE_ENTITY, f"{where}: {first['msg']}")


def _answer(
    request: Request,
    status: int,
    message: str,
    *,
    remedy: str | None = None,
    headers: Mapping[str, str] | None = None,
    is_empty: bool = False,
) -> Response:
    if is_api(request.url.path) or request.url.path.endswith((".json", ".csv", ".xlsx", ".png")):
        answer = problem(status, message, **({"remedy": remedy} if remedy else {}))
    else:
        answer = portal_of(request).pages.page(
            request, "error.html", status=status, code=status, message=message, remedy=remedy, is_empty=is_empty
        )
    answer.headers.update(headers or {})
    return answer
