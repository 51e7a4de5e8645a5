"""Login with an access key, and logout."""

from http import HTTPStatus
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from pipelines.access import audit
from pipelines.access.actors import key_actor
from portal.web.context import portal_of
from portal.web.sessions import SESSION_COOKIE, SESSION_SECONDS

router = APIRouter(include_in_schema=False)


@router.get("/login")
def login_page(request: Request) -> Response:
    """Ask for an access key."""
    return portal_of(request).pages.page(
        request, "login.html", next=own_path(request.query_params.get("next", "/")), wrong=False
    )


@router.post("/login")
async def login(request: Request) -> Response:
    """Begin a session with a key, and go on to the page that was asked for."""
    portal = portal_of(request)
    form = await form_of(request)
    target = own_path(form.get("next", "/"))
    key = portal.keys.find(form.get("key", "").strip())
    if key is None or key.names_from:  # that one is a proxy's, and nobody's own
        return portal.pages.page(request, "login.html", status=HTTPStatus.UNAUTHORIZED, next=target, wrong=True)
    audit.record(portal.settings.home, key_actor(key.name), "login")
    answer = RedirectResponse(target, status_code=HTTPStatus.SEE_OTHER)
    answer.set_cookie(
        SESSION_COOKIE,
        portal.sessions.begin(key.id),
        max_age=SESSION_SECONDS,
        httponly=True,
        samesite="lax",
        secure=portal.sessions.secure or request.url.scheme == "https",
    )
    return answer


@router.post("/logout")
def logout(request: Request) -> Response:
    """End the session, wherever its cookie may have been copied to."""
    if cookie := request.cookies.get(SESSION_COOKIE):
        portal_of(request).sessions.end(cookie)
    answer = RedirectResponse("/login", status_code=HTTPStatus.SEE_OTHER)
    answer.delete_cookie(SESSION_COOKIE)
    return answer


async def form_of(request: Request) -> dict[str, str]:
    """Return the fields of a form that was sent, the last of each name; the gate limits its size."""
    body = (await request.body()).decode("utf-8", "replace")
    return {name: values[-1] for name, values in parse_qs(body, keep_blank_values=True).items()}


def own_path(target: str) -> str:
    """Return a path of this server: for a target elsewhere, the search page."""
    is_own = target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable()
    return target if is_own else "/"
