"""The authenticated reader of a request, and checks of the role, for routes."""

from http import HTTPStatus
from typing import Annotated, TypeAlias

from fastapi import Depends, HTTPException, Request

from pipelines.access.keys import Reader


def reader_of(request: Request) -> Reader:
    """Return the reader that the gate authenticated; every request has one."""
    reader = getattr(request.state, "reader", None)
    if not isinstance(reader, Reader):
        raise HTTPException(HTTPStatus.UNAUTHORIZED, "give an access key")
    return reader


def reviewer_of(request: Request) -> Reader:
    """Return the reader if they may judge; raises for a read-only key."""
    reader = reader_of(request)
    if not reader.may("reviewer"):
        raise HTTPException(HTTPStatus.FORBIDDEN, "this key may read and not judge: ask for a key of a reviewer")
    return reader


def admin_of(request: Request) -> Reader:
    """Return the reader if they administer the home; raises for every other key."""
    reader = reader_of(request)
    if not reader.may("admin"):
        raise HTTPException(HTTPStatus.FORBIDDEN, "this takes the key of an administrator")
    return reader


def overseer_of(request: Request) -> Reader:
    """Return the reader if they may see data about every paper; raises for every other key."""
    reader = reader_of(request)
    if not reader.oversees:
        raise HTTPException(HTTPStatus.FORBIDDEN, "this takes the key of an administrator, or one for every paper")
    return reader


AnyReader: TypeAlias = Annotated[Reader, Depends(reader_of)]
Reviewer: TypeAlias = Annotated[Reader, Depends(reviewer_of)]
Admin: TypeAlias = Annotated[Reader, Depends(admin_of)]
Overseer: TypeAlias = Annotated[Reader, Depends(overseer_of)]
