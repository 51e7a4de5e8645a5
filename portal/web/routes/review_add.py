"""Adding what the tagger missed: a tag on words of a passage, or a theme of it."""

from http import HTTPStatus

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import RedirectResponse, Response

from configs.system.errors import UsageError
from extractors.document import MODALITIES
from extractors.text.sentences import sentences_in
from pipelines.review.named import judge_named
from portal.web import hits
from portal.web.access import Reviewer
from portal.web.context import portal_of
from portal.web.reviewing import Form, change_of, desk_of, level_choices, subjects_named
from portal.web.routes.login import own_path

router = APIRouter(include_in_schema=False)


@router.get("/review/add")
def add_page(request: Request, reader: Reviewer) -> Response:
    """Show a passage sentence by sentence, and what can be said of one."""
    portal, held = portal_of(request), reader.access_classes
    name = request.query_params.get("passage", "")
    with portal.collection.engine() as engine:
        passage = engine.passage(name, access_classes=held)
        document = engine.document(name.rpartition("-")[0], access_classes=held) if passage else None
    if passage is None or document is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, "there is no such passage")
    return portal.pages.page(
        request,
        "review_add.html",
        passage=passage,
        document=document,
        sentences=sentences_in(passage.text),
        next=own_path(request.query_params.get("next") or f"/documents/{document.id}?passage={passage.id}#mark"),
        model=portal.names.model,
        levels=level_choices(portal.names),
        modalities=MODALITIES,
        subjects=subjects_named(passage),
        concepts=portal.names.vocabulary.concepts,
        hits=hits,
    )


@router.post("/review/add")
def add(request: Request, reader: Reviewer, form: Form) -> Response:
    """Add a tag or a theme, and go back to where the form stood."""
    passage, theme = form.get("passage", ""), form.get("theme", "").strip()
    with desk_of(portal_of(request), reader) as desk:
        if theme:
            judge_named(desk, "set", [passage], theme=theme)
        else:
            quote = form.get("quote", "").strip()
            if not quote or not form.get("dimension", "").strip():
                raise UsageError("nothing was chosen", "choose a sentence and a dimension, or a theme")
            judge_named(desk, "set", [passage], quote=quote, change=change_of(form))
    return RedirectResponse(own_path(form.get("next", "/")), status_code=HTTPStatus.SEE_OTHER)
