"""What the latest session of a body brought."""

from difflib import SequenceMatcher

from fastapi import APIRouter, HTTPException, Request
from markupsafe import Markup, escape
from starlette.responses import Response

from pipelines.questions.since import SinceParameters, answer
from portal.web.access import AnyReader
from portal.web.context import portal_of
from portal.web.rendering import language_of
from portal.web.turns import InTurn

router = APIRouter(include_in_schema=False)


@router.get("/since/{body}")
def since_page(request: Request, reader: AnyReader, body: str, _: InTurn) -> Response:
    """Show papers, decisions, cells that moved and revised papers of a session."""
    portal = portal_of(request)
    given = request.query_params.get("session") or ""
    if given and not (given.isascii() and given.isdecimal() and len(given) <= len("9999")):
        raise HTTPException(400, f"session={given[:20]}: is no number of a session")
    asked = SinceParameters(body=body, session=int(given) if given else None)
    found = answer(portal.collection, asked, reader, language_of(request))
    return portal.pages.page(request, "since.html", found=found, changed=_changed)


def _changed(before: str, after: str) -> Markup:
    """Return a text with the words marked that are out and in."""
    old, new = before.split(), after.split()
    parts = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            parts.append(escape(" ".join(new[c:d])))
            continue
        if b > a:
            parts.append(Markup("<del>{}</del>").format(" ".join(old[a:b])))
        if d > c:
            parts.append(Markup("<ins>{}</ins>").format(" ".join(new[c:d])))
    return Markup(" ").join(parts)
