"""The gate: middleware that checks the host, origin, rate and identity of every request.

It is plain ASGI, so it applies to pages, the API and static files alike. A request is refused here with a short text
or, below `/api`, with problem details, before anything of the index is read.
"""

import ipaddress
import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from starlette.datastructures import URL, Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from configs.system.errors import CustomsLensError
from pipelines.access.keys import LOCAL, MAKE_FIRST, AccessKey, KeyStore, Reader
from portal.web.question import number_within
from portal.web.sessions import SESSION_COOKIE, Sessions

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
_UNLIMITED = ("/healthz", "/readyz", "/static/")
"""Paths without a rate limit: a refused probe would cause a restart of the server."""
_PICTURES = "/thumbnails/"
"""Small pictures, ten on a page of results, which whoever has a key gets however often; they are drawn one by one."""
_OPEN = ("/login", *_UNLIMITED)
"""Paths without authentication."""
_GUESSES = parse("20/minute")
"""Rate limit for logins and wrong keys of a client: many people may share one address."""
_NETWORK_BITS = 64
"""Bits of an IPv6 address that a client cannot choose: providers give each customer such a network, or larger ones."""
_HOST = re.compile(r"(?:\[([0-9a-f.]*:[0-9a-f.:]*)\]|([a-z0-9._-]+))(?::[0-9]{0,5})?", re.IGNORECASE)
"""The syntax of `Host` (RFC 9110, 7.2): an IPv6 address in brackets or a name, and a port."""
_FORWARDED_PORT = re.compile(r"\[([0-9a-f.:]+)\](?::[0-9]+)?|([0-9.]+):[0-9]+", re.IGNORECASE)
"""An address with a port, as some proxies write it."""
_MOST_BODY = 64 * 1024
"""Bytes that a request may bring that sends no files: judgements are short."""
UPLOAD, VERIFY = "/runs/add", "/verify"
MOST_VERIFIED = 5 << 20
"""Bytes of a text whose quotations are verified."""
_UPLOADS = {UPLOAD: 1 << 30, VERIFY: MOST_VERIFIED + _MOST_BODY}
"""The paths to which files are sent, with the bytes of all at once; who may send them is asked before one is read."""
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


OF_READER = {"Vary": "Authorization, Cookie"}
"""Of an answer that may be kept: the browser gives it to nobody who signed in with another key, or signed out."""


class GateRules(NamedTuple):
    """The configuration of the gate: allowed host names, whether a proxy is in front of it, requests per minute.

    With `await_key`, a home without keys answers no requests, also from this machine, except with the way to create the
    first key.
    """

    hosts: frozenset[str]
    behind_proxy: bool = False
    await_key: bool = False
    requests_per_minute: int = 600


class Refusal(NamedTuple):
    """Why a request is not answered."""

    status: HTTPStatus
    detail: str
    headers: Mapping[str, str] = {}


NO_KEYS = Refusal(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "the access keys of this server are gone or cannot be read: its log names the file and the remedy,"
    " as does 'customs-lens keys list'",
)
"""The error if readers cannot be authenticated; it does not name the file to strangers."""

FIRST_KEY = Refusal(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "nobody has an access key yet. Whoever set this portal up makes the first one, in a terminal of its machine:\n\n"
    f"  {MAKE_FIRST}\n\nWith Compose: docker compose exec portal {MAKE_FIRST}",
)


class Gate:
    """The ASGI middleware that lets a request through, with `scope["state"]["reader"]` set, or refuses it."""

    def __init__(self, app: ASGIApp, *, keys: KeyStore, sessions: Sessions | None, rules: GateRules) -> None:
        """Without `sessions` there is no login: every request has to bring its key."""
        self._app = app
        self._keys, self._sessions, self._rules = keys, sessions, rules
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._rate: RateLimitItem = parse(f"{rules.requests_per_minute}/minute")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request, or pass it to the application."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        send = _with_headers(send, cached=scope["path"].startswith("/static/"))
        headers = Headers(scope=scope)
        client = _client(scope, headers, behind_proxy=self._rules.behind_proxy)
        refused = client if isinstance(client, Refusal) else self._refused_host(headers)
        refused = refused or _refused_body(scope, headers) or _refused_origin(scope, headers)
        if refused is None:
            key, reader = None, None
            try:
                key = self._key(scope, headers)
                reader = self._reader(key, headers) if key else self._local(scope, headers)
            except CustomsLensError:  # the store of keys logs it
                refused = None if scope["path"].startswith(_UNLIMITED) else NO_KEYS
            else:
                is_guess = key is None and ("authorization" in headers or _is_login(scope))
                refused = self._refused_rate(scope["path"], reader, str(client), is_guess=is_guess)
                refused = refused or _refused_double_name(key, headers) or self._refused_without_keys(scope["path"])
            if refused is None and reader is None and not scope["path"].startswith(_OPEN):
                answer = _refusal(scope, _is_anonymous(key)) if key else _sign_in(scope, self._sessions)
                await answer(scope, receive, send)
                return
            known = reader if reader is not LOCAL else None
            scope.setdefault("state", {}).update(reader=reader, counted_as=known.actor if known else str(client))
        if refused:
            await _refusal(scope, refused)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _refused_host(self, headers: Headers) -> Refusal | None:
        found = _HOST.fullmatch(headers.get("host", ""))
        if found and (found[1] or found[2]).casefold() in self._rules.hosts:
            return None
        return Refusal(HTTPStatus.MISDIRECTED_REQUEST, "this server does not answer to this host name")

    def _key(self, scope: Scope, headers: Headers) -> AccessKey | None:
        """Return the key of a request, from its header or its session."""
        scheme, _, secret = headers.get("authorization", "").partition(" ")
        if scheme.casefold() == "bearer":
            return self._keys.find(secret.strip())
        cookie = HTTPConnection(scope).cookies.get(SESSION_COOKIE)
        key_id = self._sessions.key_of(cookie) if cookie and self._sessions else None
        return self._keys.get(key_id) if key_id else None

    def _reader(self, key: AccessKey, headers: Headers) -> Reader | None:
        return key.reader(headers.get(key.names_from, "") if key.names_from else "")

    def _local(self, scope: Scope, headers: Headers) -> Reader | None:
        """Return the reader of a request without a key: if the home has no keys, the user of the machine itself."""
        if self._keys.in_force() or "authorization" in headers:
            return None
        is_forwarded = self._rules.behind_proxy or self._rules.await_key or any(name in headers for name in _FORWARDED)
        return None if is_forwarded or not is_loopback((scope.get("client") or ("",))[0]) else LOCAL

    def _refused_without_keys(self, path: str) -> Refusal | None:
        """Refuse everything but probes while no keys exist."""
        is_awaited = self._rules.await_key and not path.startswith(_UNLIMITED) and not self._keys.in_force()
        return FIRST_KEY if is_awaited else None

    def _refused_rate(self, path: str, reader: Reader | None, client: str, *, is_guess: bool) -> Refusal | None:
        """Refuse requests above the rate limit: authenticated readers are counted by name, others by address.

        So no client uses up the limit of another, and authenticated readers are independent of other clients of their
        address.
        """
        if reader is LOCAL or path.startswith(_UNLIMITED) or (reader and path.startswith(_PICTURES)):
            return None
        if reader:
            is_within = self._limiter.hit(self._rate, "reader", reader.actor)
        else:
            is_within = self._limiter.hit(self._rate, "client", client)
            if is_within and is_guess:
                is_within = self._limiter.hit(_GUESSES, "guesses", client)
        if is_within:
            return None
        return Refusal(HTTPStatus.TOO_MANY_REQUESTS, "too many requests in a minute", {"Retry-After": "60"})


def counted_as(address: str) -> str | None:
    """Return the identity by which a client is counted: its IPv4 address, or its IPv6 network; None without one."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return None
    version_4 = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else found
    if version_4 is not None:
        return str(version_4)
    host_bits = found.max_prefixlen - _NETWORK_BITS
    return str(ipaddress.IPv6Network((int(found) >> host_bits << host_bits, _NETWORK_BITS)))


def is_loopback(address: str) -> bool:
    """Return whether an address, or `localhost`, is this machine itself."""
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _client(scope: Scope, headers: Headers, *, behind_proxy: bool) -> str | Refusal:
    """Return the counted identity of the client of a request.

    Behind a proxy it is the last address of `X-Forwarded-For`, which the proxy appended itself, while the client may
    have invented earlier ones. Two such headers are refused: it is unknown which one is from the proxy.
    """
    peer = (scope.get("client") or ("",))[0]
    forwarded = headers.getlist("x-forwarded-for") if behind_proxy else []
    if not forwarded:
        return counted_as(peer) or peer
    last = forwarded[-1].rpartition(",")[2].strip()
    with_port = _FORWARDED_PORT.fullmatch(last)
    address = with_port[1] or with_port[2] if with_port else last
    found = counted_as(address) if len(forwarded) == 1 else None
    return found or Refusal(HTTPStatus.BAD_REQUEST, "the proxy has to send one X-Forwarded-For that ends in an address")


def _is_login(scope: Scope) -> bool:
    return bool(scope["path"] == "/login" and scope["method"] == "POST")


def is_api(path: str) -> bool:
    """Return whether a path belongs to the HTTP API."""
    return path.startswith("/api/")


def problem(status: int, detail: str, **more: Any) -> Response:  # noqa: ANN401 - members of any JSON type
    """Return problem details (RFC 9457)."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **more}
    return Response(json.dumps(body), status_code=status, media_type="application/problem+json")


def _refused_body(scope: Scope, headers: Headers) -> Refusal | None:
    is_upload = is_uploading(scope)
    most = _UPLOADS[scope["path"]] if is_upload else _MOST_BODY
    is_short = number_within(headers.get("content-length", "0"), 0, most) is not None
    if is_short and "transfer-encoding" not in headers:
        return None
    detail = f"at most {most >> 20} MiB at once" if is_upload else "nothing is uploaded here: judgements are short"
    return Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)


def is_uploading(scope: Mapping[str, Any]) -> bool:
    """Return whether a request sends files."""
    return bool(scope["path"] in _UPLOADS and scope["method"] == "POST")


def _refused_origin(scope: Scope, headers: Headers) -> Refusal | None:
    """Refuse cross-site requests, which a browser would send with the reader's cookie.

    They are detected by `Sec-Fetch-Site`, else by `Origin`. A program that sends neither is allowed: it has no cookies
    of a person.
    """
    if scope["method"] in _SAFE:
        return None
    site = headers.get("sec-fetch-site")
    origin = headers.get("origin")
    if site is not None:
        is_own = site in ("same-origin", "none")
    elif origin is not None:
        is_own = origin.partition("://")[2] == headers.get("host")
    else:
        is_own = "cookie" not in headers
    return None if is_own else Refusal(HTTPStatus.FORBIDDEN, "sent from another website")


def _refused_double_name(key: AccessKey | None, headers: Headers) -> Refusal | None:
    """Refuse a request with two user names: one was sent by the browser, and it is unknown which."""
    if key is None or key.names_from is None or len(headers.getlist(key.names_from)) <= 1:
        return None
    detail = f"two headers {key.names_from}: the proxy has to replace what a browser sends"
    return Refusal(HTTPStatus.BAD_REQUEST, detail)


def _is_anonymous(key: AccessKey) -> Refusal:
    detail = f"this is the key of a proxy, which has to say who asks in the header {key.names_from}"
    return Refusal(HTTPStatus.UNAUTHORIZED, detail, {"WWW-Authenticate": "Bearer"})


def _sign_in(scope: Scope, sessions: Sessions | None) -> Response:
    """Return the response to an unauthenticated request: the login page for a person, an error for a program."""
    wants_page = "text/html" in Headers(scope=scope).get("accept", "") and scope["method"] in _SAFE
    if wants_page and sessions and not is_api(scope["path"]):
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
