"""Answers that take long: one at work for a reader, two that wait, and none for a client that is gone."""

import asyncio
from contextlib import AsyncExitStack, contextmanager
from urllib.parse import urlencode

import pytest
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse

from portal.web.turns import MOST_WAITING, Turn, in_turn
from tests.portal.web.conftest import LOOPBACK

LONG = [
    "/vocabulary", "/trends.csv", "/trends.svg", "/matrix", "/matrix.csv", "/members/KE", "/members/KE.csv",
    "/bodies/ptc/sessions/1",
    "/decisions.csv", "/sentences.csv", "/search.csv?q=window", "/briefings/none", "/briefings/none.docx",
    "/documents/one/beside/other", "/runs/last/report.html", "/api/v1/trends", "/api/v1/members/KE",
    "/api/v1/since/ptc", "/api/v1/briefings/none", "/api/v1/export/tags",
]  # fmt: skip
"""Addresses of answers that take long."""


@contextmanager
def taken(portal, client, count):
    """Hold so many turns of a client for a block; all but one of them wait."""
    turns, stop = portal.app.state.turns, asyncio.Event()

    async def hold(turn):
        async with turns.held_turn(client, turn):
            await stop.wait()

    held = [portal.portal.start_task_soon(hold, Turn()) for _ in range(count)]
    try:
        portal.portal.call(asyncio.sleep, 0)
        yield
    finally:
        portal.portal.call(stop.set)
        for one in held:
            one.result()


@pytest.mark.parametrize("address", LONG)
def test_what_comes_beyond_those_that_wait_is_refused(portal, address):
    with taken(portal, LOOPBACK[0], MOST_WAITING + 1):
        answer = portal.get(address)
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "5")
        assert not address.startswith("/api/") or answer.headers["content-type"] == "application/problem+json"


def test_verifications_are_refused_likewise_and_short_answers_and_others_are_not(portal):
    with taken(portal, LOOPBACK[0], MOST_WAITING + 1):
        assert portal.post("/verify", data={"text": "one two three four"}).status_code == 429
        assert portal.post("/api/v1/quotes/verify", json={"text": "one two three four"}).status_code == 429
        for address in ("/healthz", "/readyz", "/api/v1/search?q=window&mode=text"):
            assert portal.get(address).status_code == 200
    with taken(portal, "key:somebody else", MOST_WAITING + 1):
        assert portal.get("/trends.csv").status_code == 200
    assert portal.get("/trends.csv").status_code == 200


def test_one_that_waits_gets_its_turn(portal):
    turns, order = portal.app.state.turns, []

    async def ask():
        async with AsyncExitStack() as stack:
            first = asyncio.create_task(stack.enter_async_context(turns.held_turn("somebody", Turn())))
            await first
            second = asyncio.create_task(note())
            await asyncio.sleep(0)
            order.append("first")
        await second

    async def note():
        async with turns.held_turn("somebody", Turn()):
            order.append("second")

    portal.portal.call(ask)
    assert order == ["first", "second"]


def test_the_work_for_a_client_that_is_gone_ends(portal):
    text = " ".join(f'"the single window number {number} works"' for number in range(50))
    sent = [{"type": "http.request", "body": urlencode({"text": text}).encode()}, {"type": "http.disconnect"}]
    scope = {
        "type": "http", "method": "POST", "path": "/verify", "query_string": b"", "client": LOOPBACK,
        "headers": [(b"host", b"127.0.0.1")],
    }  # fmt: skip
    answers = []

    async def receive():
        return sent.pop(0)

    async def send(message):
        answers.append(message)

    portal.portal.call(portal.app, scope, receive, send)
    assert answers[0]["status"] == 408


def test_rows_for_a_client_that_is_gone_are_not_made():
    turn, closed = Turn(), []

    def rows():
        try:
            yield from range(3)
        finally:
            closed.append(True)

    each = turn.each(rows())
    assert next(each) == 0
    turn.end()
    with pytest.raises(ClientDisconnect):
        next(each)
    assert closed


def test_an_application_without_routes_answers_each_client_in_turn_too():
    async def asked():
        release = asyncio.Event()
        at_work = []

        async def app(scope, receive, send):
            at_work.append(scope["state"]["counted_as"])
            await release.wait()
            await PlainTextResponse("done")(scope, receive, send)

        bound = in_turn(app, 1)

        async def status(client):
            sent = []
            scope = {"type": "http", "method": "POST", "headers": [], "state": {"counted_as": client}}
            await bound(scope, None, lambda message: _noted(sent, message))
            return sent[0]["status"]

        waiting = [asyncio.create_task(status(client)) for client in ("ana", "ana", "ana", "ben")]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        before = list(at_work)
        release.set()
        return before, await asyncio.gather(*waiting)

    async def _noted(sent, message):
        sent.append(message)

    assert asyncio.run(asked()) == (["ana", "ben"], [200, 200, 429, 200])
