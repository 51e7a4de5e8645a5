"""Corrections of the metadata of papers: of one from its page, or of several from a list."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import RedirectResponse, Response

from configs.bodies import load_bodies
from configs.kinds import load_kinds
from configs.system.errors import ForbiddenError, NotFoundError, UsageError
from extractors.corrections import CORRECTED_FIELDS, CorrectedField
from extractors.document import Document
from pipelines.access.keys import Reader
from pipelines.review.corrections import (
    MOST_CORRECTED,
    CorrectionDesk,
    OpeningError,
    allowed_fields,
    correct,
    known_classes,
)
from portal.web import hits
from portal.web.access import Reviewer
from portal.web.context import Portal, portal_of
from portal.web.rendering import language_of
from portal.web.reviewing import Form
from portal.web.routes.login import own_path

router = APIRouter(include_in_schema=False)

_OF_ONE_PAPER = ("title", "symbol")


class FormChanges(NamedTuple):
    """What a form says: values by field, and the fields of which the correction is taken back."""

    given: dict[str, str | None]
    undo: tuple[CorrectedField, ...]


@router.get("/correct")
def correct_page(request: Request, reader: Reviewer) -> Response:
    """Show what is known of one paper or several, to be corrected."""
    portal = portal_of(request)
    names = list(dict.fromkeys(request.query_params.getlist("document")))[:MOST_CORRECTED]
    papers = _papers(portal, reader, names)
    return _form(request, portal, reader, papers, {}, next_=request.query_params.get("next"))


@router.post("/correct")
def correct_papers(request: Request, reader: Reviewer, form: Form) -> Response:
    """Store what was corrected and go back; where papers would be opened, ask once more."""
    portal = portal_of(request)
    names = form.get("documents", "").split()
    changes = _changes(form)
    try:
        with portal.collection.engine() as engine:
            desk = CorrectionDesk(portal.settings, engine, reader)
            confirmed = form.get("confirmed") == "yes"
            done = correct(desk, names, changes.given, undo=changes.undo, confirmed=confirmed)
    except OpeningError as error:
        return portal.pages.page(request, "correct_confirm.html", openings=error.openings, form=form)
    except (NotFoundError, ForbiddenError):
        raise
    except UsageError as error:
        return _form(
            request, portal, reader, _papers(portal, reader, names), form, next_=form.get("next"), mistake=error
        )
    stored = {"stored": "waiting" if done.waiting else "yes"}
    if len(names) == 1:
        return _see_other(f"/documents/{done.documents[0]}?{urlencode(stored)}")
    query = [*(("document", name) for name in done.documents), *stored.items(), ("next", form.get("next", ""))]
    return _see_other(f"/correct?{urlencode(query)}")


def _papers(portal: Portal, reader: Reader, names: list[str]) -> list[Document]:
    with portal.collection.engine() as engine:
        found = [engine.document(name, access_classes=reader.access_classes) for name in names]
    papers = [one for one in found if one]
    if not papers or len(papers) < len(names):
        raise HTTPException(HTTPStatus.NOT_FOUND, "there is no such paper, or none was chosen")
    return papers


def _form(
    request: Request,
    portal: Portal,
    reader: Reader,
    papers: list[Document],
    form: Mapping[str, str],
    *,
    next_: str | None,
    mistake: UsageError | None = None,
) -> Response:
    """Show the form, with what was typed where it was refused."""
    language = language_of(request)
    fields = [name for name in allowed_fields(reader) if len(papers) == 1 or name not in _OF_ONE_PAPER]
    shown = _values(papers[0]) if len(papers) == 1 else dict.fromkeys(CORRECTED_FIELDS, "")
    choices = {
        "body": [(one.id, portal.names.of("body", one.id, language)) for one in load_bodies().bodies],
        "kind": [(one.id, portal.names.of("kind", one.id, language)) for one in load_kinds().kinds],
    }
    if "access" in fields:
        with portal.collection.engine() as engine:
            classes = known_classes(CorrectionDesk(portal.settings, engine, reader))
        known = dict.fromkeys((*filter(None, [shown["access"]]), *classes))
        choices["access"] = [(name, name) for name in known]
    return portal.pages.page(
        request,
        "correct.html",
        status=HTTPStatus.BAD_REQUEST if mistake else HTTPStatus.OK,
        papers=papers,
        fields=fields,
        shown=shown,
        typed={name: form.get(name, shown[name]) for name in CORRECTED_FIELDS},
        form=form,
        choices={field: sorted(known, key=lambda one: one[1].casefold()) for field, known in choices.items()},
        corrected={entry.field: entry for paper in papers for entry in paper.corrected},
        next=own_path(next_ or (f"/documents/{papers[0].id}" if len(papers) == 1 else "/")),
        mistake=mistake,
        stored=request.query_params.get("stored"),
        hits=hits,
    )


def _values(paper: Document) -> dict[str, str]:
    """Return what the fields of a paper hold now, as text."""
    link = next((entry.value for entry in paper.corrected if entry.field == "version_of"), None)
    header = paper.header()
    return {
        "title": paper.title or "",
        "date": str(header["date"] or ""),
        "body": paper.body or "",
        "session": ", ".join(map(str, paper.sessions)),
        "symbol": paper.symbol.raw if paper.symbol else "",
        "kind": paper.kind or "",
        "access": paper.access or "",
        "version_of": link or "",
    }


def _changes(form: Mapping[str, str]) -> FormChanges:
    """Return what was changed in a form: it says what it showed of each field, beside what that holds now."""
    given: dict[str, str | None] = {}
    undo = [name for name in CORRECTED_FIELDS if form.get(f"undo_{name}") == "yes"]
    for name in (one for one in CORRECTED_FIELDS if one not in undo):
        if form.get(f"empty_{name}") == "yes":
            given[name] = None
        elif name in form and form[name].strip() != form.get(f"was_{name}", "").strip():
            if name == "version_of" and not form[name].strip():
                undo.append(name)
            else:
                given[name] = form[name].strip()
    return FormChanges(given, tuple(undo))


def _see_other(address: str) -> Response:
    return RedirectResponse(address, status_code=HTTPStatus.SEE_OTHER)
