"""Who asks, for the routes."""

from http import HTTPStatus
from typing import Annotated, TypeAlias

from fastapi import Depends, HTTPException, Request

from pipelines.access.keys import Reader


def reader_of(request: Request) -> Reader:
    """Return who asks, as the gate found; nobody gets past it without being known."""
    reader = getattr(request.state, "reader", None)
    if not isinstance(reader, Reader):
        raise HTTPException(HTTPStatus.UNAUTHORIZED, "give an access key")
    return reader


def reviewer_of(request: Request) -> Reader:
    """Return who judges; raises for a key that may only read."""
    reader = reader_of(request)
    if not reader.may("reviewer"):
        raise HTTPException(HTTPStatus.FORBIDDEN, "this key may read and not judge: ask for a key of a reviewer")
    return reader


def admin_of(request: Request) -> Reader:
    """Return who looks after the home; raises for every other key."""
    reader = reader_of(request)
    if not reader.may("admin"):
        raise HTTPException(HTTPStatus.FORBIDDEN, "this takes the key of an administrator")
    return reader


def overseer_of(request: Request) -> Reader:
    """Return who may learn of every paper; raises for every other key."""
    reader = reader_of(request)
    if not reader.oversees:
        raise HTTPException(HTTPStatus.FORBIDDEN, "this takes the key of an administrator, or one for every paper")
    return reader


AnyReader: TypeAlias = Annotated[Reader, Depends(reader_of)]
Reviewer: TypeAlias = Annotated[Reader, Depends(reviewer_of)]
Admin: TypeAlias = Annotated[Reader, Depends(admin_of)]
Overseer: TypeAlias = Annotated[Reader, Depends(overseer_of)]
