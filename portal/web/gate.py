"""What every request passes before it is answered: host, origin, rate, and who asks.

Plain ASGI, so that it holds for pages, the API and static files alike. A request is refused here with a short text or,
below `/api`, with problem details; nothing of the index has been read by then.
"""

import ipaddress
import json
import secrets
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple

from itsdangerous import BadSignature, URLSafeTimedSerializer
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from starlette.datastructures import URL, Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from configs.files import read_file, write_atomically
from configs.folders import make_home
from pipelines.access.keys import LOCAL, AccessKey, KeyStore, Reader
from pipelines.workspace import SESSION_KEY

SESSION_COOKIE = "customs_lens_session"
SESSION_SECONDS = 12 * 3600
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
_OPEN = ("/healthz", "/readyz", "/login", "/static/")
"""Paths that are answered to anybody who may connect at all."""
_MOST_BODY = 64 * 1024
"""Bytes that a request may bring: judgements are short, and nothing is uploaded."""
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class GateRules(NamedTuple):
    """How strict the gate is: host names that are answered, whether a proxy stands before it, requests a minute."""

    hosts: frozenset[str]
    behind_proxy: bool = False
    requests_per_minute: int = 600


class Sessions:
    """Session cookies: signed with a secret of the home, each good for the key it was made with."""

    def __init__(self, home: Path, *, secure: bool = False) -> None:
        """`secure` says that readers come by HTTPS, whatever the proxy before this server speaks to it."""
        self.secure = secure
        self._serializer = URLSafeTimedSerializer(_session_secret(home), salt="session")

    def begin(self, key_id: str) -> str:
        """Return the value of the cookie of a session with a key."""
        return str(self._serializer.dumps(key_id))

    def key_of(self, cookie: str) -> str | None:
        """Return the id of the key that a session was begun with; None where the cookie is forged or too old."""
        try:
            found = self._serializer.loads(cookie, max_age=SESSION_SECONDS)
        except BadSignature:
            return None
        return found if isinstance(found, str) else None


class Refusal(NamedTuple):
    """Why a request is not answered."""

    status: HTTPStatus
    detail: str
    headers: Mapping[str, str] = {}


class Gate:
    """The ASGI middleware that lets a request through, with `scope["state"]["reader"]` set, or refuses it."""

    def __init__(self, app: ASGIApp, *, keys: KeyStore, sessions: Sessions, rules: GateRules) -> None:
        self._app = app
        self._keys, self._sessions, self._rules = keys, sessions, rules
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._rate: RateLimitItem = parse(f"{rules.requests_per_minute}/minute")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let the application answer it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        send = _with_headers(send, cached=scope["path"].startswith("/static/"))
        headers = Headers(scope=scope)
        refused = self._refused_host(headers) or _refused_body(headers) or _refused_origin(scope, headers)
        if refused is None:
            key = self._key(scope, headers)
            reader = key.reader(headers) if key else self._local(scope, headers)
            if reader is None and not scope["path"].startswith(_OPEN):
                answer = _refusal(scope, _names_nobody(key)) if key else _sign_in(scope)
                await answer(scope, receive, send)
                return
            refused = self._refused_rate(scope, reader)
            scope.setdefault("state", {})["reader"] = reader
        if refused:
            await _refusal(scope, refused)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _refused_host(self, headers: Headers) -> Refusal | None:
        host = headers.get("host", "").rsplit(":", 1)[0].strip("[]").casefold()
        if host in self._rules.hosts:
            return None
        return Refusal(HTTPStatus.MISDIRECTED_REQUEST, "this server does not answer to this host name")

    def _key(self, scope: Scope, headers: Headers) -> AccessKey | None:
        """Return the key of a request, which it brings itself or by the session that was begun with it."""
        scheme, _, secret = headers.get("authorization", "").partition(" ")
        if scheme.casefold() == "bearer":
            return self._keys.find(secret.strip())
        cookie = HTTPConnection(scope).cookies.get(SESSION_COOKIE)
        key_id = self._sessions.key_of(cookie) if cookie else None
        return self._keys.get(key_id) if key_id else None

    def _local(self, scope: Scope, headers: Headers) -> Reader | None:
        """Return who asks without a key: where there are no keys, who sits at the machine itself."""
        if "authorization" in headers:
            return None
        is_forwarded = self._rules.behind_proxy or any(name in headers for name in _FORWARDED)
        if is_forwarded or not is_loopback((scope.get("client") or ("",))[0]) or self._keys.all():
            return None
        return LOCAL

    def _refused_rate(self, scope: Scope, reader: Reader | None) -> Refusal | None:
        if reader is LOCAL:
            return None
        who = reader.name if reader else f"from {(scope.get('client') or ('',))[0]}"
        if self._limiter.hit(self._rate, who):
            return None
        return Refusal(HTTPStatus.TOO_MANY_REQUESTS, "too many requests in a minute", {"Retry-After": "60"})


def is_loopback(address: str) -> bool:
    """Return whether an address, or `localhost`, is this machine itself."""
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def is_api(path: str) -> bool:
    """Return whether a path belongs to the HTTP API, whose answers are for programs."""
    return path.startswith("/api/")


def problem(status: int, detail: str, **more: Any) -> Response:  # noqa: ANN401 - members of any JSON type
    """Return problem details (RFC 9457)."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **more}
    return Response(json.dumps(body), status_code=status, media_type="application/problem+json")


def _refused_body(headers: Headers) -> Refusal | None:
    length = headers.get("content-length", "0")
    if length.isdecimal() and int(length) <= _MOST_BODY and "transfer-encoding" not in headers:
        return None
    return Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "nothing is uploaded here: judgements are short")


def _refused_origin(scope: Scope, headers: Headers) -> Refusal | None:
    """Refuse what another website lets a browser send: it would come with the reader's cookie.

    By `Sec-Fetch-Site`, else by `Origin`. A program that sends neither is let through: it has no cookies of a person.
    """
    if scope["method"] in _SAFE:
        return None
    site = headers.get("sec-fetch-site")
    origin = headers.get("origin")
    if site is not None:
        is_own = site in ("same-origin", "none")
    elif origin is not None:
        is_own = URL(origin).netloc == headers.get("host")
    else:
        is_own = "cookie" not in headers
    return None if is_own else Refusal(HTTPStatus.FORBIDDEN, "sent from another website")


def _names_nobody(key: AccessKey) -> Refusal:
    detail = f"this is the key of a proxy, which has to say who asks in the header {key.names_from}"
    return Refusal(HTTPStatus.UNAUTHORIZED, detail, {"WWW-Authenticate": "Bearer"})


def _sign_in(scope: Scope) -> Response:
    """Return what a request without identity gets: a person the page to sign in, a program a refusal."""
    wants_page = "text/html" in Headers(scope=scope).get("accept", "") and scope["method"] in _SAFE
    if wants_page and not is_api(scope["path"]):
        query = scope["query_string"].decode("latin-1")
        target = f"{scope['path']}?{query}" if query else scope["path"]
        return RedirectResponse(URL("/login").include_query_params(next=target), status_code=HTTPStatus.SEE_OTHER)
    return _refusal(
        scope, Refusal(HTTPStatus.UNAUTHORIZED, "give an access key as a Bearer token", {"WWW-Authenticate": "Bearer"})
    )


def _refusal(scope: Scope, refused: Refusal) -> Response:
    if is_api(scope["path"]):
        answer = problem(refused.status, refused.detail)
    else:
        answer = PlainTextResponse(f"{refused.status.phrase}: {refused.detail}\n", status_code=refused.status)
    answer.headers.update(refused.headers)
    return answer


def _with_headers(send: Send, *, cached: bool) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("Cache-Control", "public, max-age=86400" if cached else "no-store")
        await send(message)

    return sending


def _session_secret(home: Path) -> str:
    """Return the secret that sessions are signed with, made once for a home."""
    file = home / SESSION_KEY
    try:
        found = read_file(file).decode("ascii", "ignore").strip()
    except FileNotFoundError:
        found = ""
    if not found:
        make_home(home)
        found = secrets.token_urlsafe(32)
        write_atomically(file, found)
        file.chmod(0o600)
    return found
