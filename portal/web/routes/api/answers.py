"""Answers of the API: JSON that is written once, with an entity tag, and problem details."""

import hashlib
from collections.abc import Collection, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import Request, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel
from starlette.responses import Response

from configs.system.json_text import json_text
from extractors.document import Document, DocumentHeader, Value
from portal.web.gate import OF_READER

_CACHING = {"Cache-Control": "private, no-cache", **OF_READER}
"""A browser may keep an answer, for the same reader, and asks whether it still holds."""
_TAG_LENGTH = 32
_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


class Problem(Value):
    """Why a request was not answered (RFC 9457); `remedy` says what to do."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    remedy: str | None = None


def _error(description: str) -> dict[str, Any]:
    return {"description": description, "content": _PROBLEM}


ERRORS: dict[int | str, dict[str, Any]] = {
    HTTPStatus.BAD_REQUEST: _error("A query, filter or value that cannot be read"),
    HTTPStatus.UNAUTHORIZED: _error("No key, or one that was revoked"),
    HTTPStatus.UNPROCESSABLE_ENTITY: _error("A parameter that is unknown, of the wrong kind or out of bounds"),
    HTTPStatus.TOO_MANY_REQUESTS: _error("Too many requests in a minute, or too many answers at once that take long"),
    HTTPStatus.SERVICE_UNAVAILABLE: _error("The index cannot be read now"),
    "default": _error("Any other refusal"),
}
"""What every route may answer besides what was asked for."""
NOT_FOUND: dict[int | str, dict[str, Any]] = {
    HTTPStatus.NOT_FOUND: _error("Nothing of this id that the key may see"),
}
FORBIDDEN: dict[int | str, dict[str, Any]] = {HTTPStatus.FORBIDDEN: _error("The role of the key does not include this")}

bearer = Security(
    HTTPBearer(
        auto_error=False, description="An access key, made by 'customs-lens keys add'. None on the machine itself."
    )
)
"""Says in the OpenAPI document how keys are sent; who asks is found by `portal.web.gate`."""


def described(model: Any, *, status: int = HTTPStatus.OK) -> dict[int | str, dict[str, Any]]:  # noqa: ANN401 - a type
    """Return what a route answers, for the OpenAPI document: the answer itself is written by `answer`."""
    return {status: {"model": model}}


def answer(
    request: Request,
    value: BaseModel,
    *,
    exclude: Collection[str] = (),
    varying: Collection[str] = (),
    status: int = HTTPStatus.OK,
) -> Response:
    """Return a value as JSON, or 304 where the caller has it already.

    The fields `varying` differ between equal answers, as times do, and are not part of the entity tag.
    """
    found: Mapping[str, Any] = value.model_dump(mode="json", exclude=set(exclude) or None)
    text = json_text({name: one for name, one in found.items() if name not in varying})
    digest = hashlib.sha256(text.encode()).hexdigest()[:_TAG_LENGTH]
    headers = {"ETag": f'W/"{digest}"', **_CACHING}
    if request.method in ("GET", "HEAD") and _has(request.headers.get("if-none-match", ""), digest):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    if varying:
        text = json_text({name: found[name] for name in varying})[:-1] + ", " + text[1:]
    return Response(text, status_code=status, media_type="application/json", headers=headers)


def _has(tags: str, digest: str) -> bool:
    """Return whether a list of entity tags holds this one; weak and strong ones are compared alike."""
    return any(tag.strip().removeprefix("W/") in (f'"{digest}"', "*") for tag in tags.split(","))


def header_of(document: Document) -> DocumentHeader:
    """Return a document without its contents."""
    return DocumentHeader.model_construct(**{name: getattr(document, name) for name in DocumentHeader.model_fields})
