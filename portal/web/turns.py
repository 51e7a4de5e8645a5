"""Limits on slow requests: each reader has one running, two waiting, and further ones are refused.

So no reader can occupy all threads and engines of the server: a waiting request has neither.
"""

import asyncio
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager, closing
from http import HTTPStatus
from threading import Event
from typing import Annotated, TypeAlias, TypeVar

from fastapi import Depends, HTTPException, Request
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

MOST_WAITING = 2
"""Number of waiting requests of a reader."""
_RETRY = {"Retry-After": "5"}

T = TypeVar("T")


class Turn:
    """The turn of one request, for the thread that processes it."""

    def __init__(self) -> None:
        self._is_over = Event()

    def check(self) -> None:
        """Raise `ClientDisconnect` if the client is no longer waiting for the response."""
        if self._is_over.is_set():
            raise ClientDisconnect

    def each(self, items: Generator[T, None, None]) -> Generator[T, None, None]:
        """Yield items one by one while the client is waiting, and close their generator; raises as `check`."""
        with closing(items):
            for item in items:
                self.check()
                yield item

    def end(self) -> None:
        """Signal the thread that the client is no longer waiting."""
        self._is_over.set()


class Turns:
    """The running and waiting requests by reader, for use in the event loop only."""

    def __init__(self, most_waiting: int = MOST_WAITING) -> None:
        self._lines: dict[str, tuple[asyncio.Lock, set[Turn]]] = {}
        self._most_waiting = most_waiting

    @asynccontextmanager
    async def held_turn(self, client: str, turn: Turn) -> AsyncIterator[None]:
        """Wait for a turn, and hold it during a block; raises `HTTPException` if too many requests are waiting."""
        lock, line = self._lines.setdefault(client, (asyncio.Lock(), set()))
        if len(line) > self._most_waiting:
            detail = f"{len(line)} answers that take long are made for you already: ask again when one has come"
            raise HTTPException(HTTPStatus.TOO_MANY_REQUESTS, detail, _RETRY)
        line.add(turn)
        try:
            async with lock:
                turn.check()
                yield
        finally:
            line.remove(turn)
            if not line:
                del self._lines[client]


def in_turn(app: ASGIApp, most_waiting: int) -> ASGIApp:
    """Return an application that processes the requests of each client one after the other."""
    turns = Turns(most_waiting)

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        try:
            async with turns.held_turn(scope["state"]["counted_as"], Turn()):
                await app(scope, receive, send)
        except HTTPException as error:
            refused = PlainTextResponse(f"{error.detail}\n", error.status_code, error.headers)
            await refused(scope, receive, send)

    return call


async def turn_of(request: Request) -> AsyncIterator[Turn]:
    """Yield the turn of a request, and end it if the client disconnects or the server stops.

    What the request brings has to be read by then: only its end is waited for.
    """
    turns: Turns = request.app.state.turns
    turn = Turn()
    watching = asyncio.create_task(_watch(request, turn))
    try:
        async with turns.held_turn(request.state.counted_as, turn):
            yield turn
    finally:
        turn.end()
        watching.cancel()


async def _watch(request: Request, turn: Turn) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
    turn.end()


InTurn: TypeAlias = Annotated[Turn, Depends(turn_of, scope="function")]
"""Of a route whose answer takes long: it is asked for behind the form, which is read before."""
