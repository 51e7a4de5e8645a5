"""The review as lists: several items judged at once, and what the reviewer judged so far."""

from http import HTTPStatus
from typing import NamedTuple, get_args

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from configs.system.errors import UsageError
from extractors.document import Document
from pipelines.review.bulk import PlainVerdict, bulk_items, count_bulk, judge_at_once, preview
from pipelines.review.desk import Desk
from pipelines.review.records import ReviewRecord
from portal.web import hits
from portal.web.access import Reviewer
from portal.web.context import portal_of
from portal.web.question import whole_number
from portal.web.reviewing import Form, choice_view, desk_of, last_view, refreshed_queue

router = APIRouter(include_in_schema=False)
_VERDICTS: dict[str, PlainVerdict] = {name: name for name in get_args(PlainVerdict)}
_ROWS = 40
"""Of a list; the address of a preview names them all."""


class JudgedEntry(NamedTuple):
    """Judgements that were made at once, or one, with the papers that the reviewer may see, by their ids."""

    judgements: tuple[ReviewRecord, ...]
    papers: dict[str, Document]

    @property
    def head(self) -> ReviewRecord:
        """The newest of them."""
        return self.judgements[0]


@router.get("/review/bulk")
def bulk_page(request: Request, reader: Reviewer) -> Response:
    """List what may be judged at once; with a verdict and ticked items, what that would change."""
    portal, given = portal_of(request), request.query_params
    verdict = _VERDICTS.get(given.get("verdict", ""))
    with desk_of(portal, reader, given) as desk:
        later = refreshed_queue(portal, desk)
        count = count_bulk(desk)
        offset = whole_number(given, "offset", 0, 0, max(count - 1, 0))
        shown = preview(desk, given.getlist("item")) if verdict else None
        answer = portal.pages.page(
            request,
            "review_bulk.html",
            verdict=verdict,
            preview=shown,
            items=shown.items if shown else bulk_items(desk, offset=offset, limit=_ROWS),
            offset=offset,
            rows=_ROWS,
            count=count,
            last=last_view(desk),
            chosen=choice_view(portal, desk, "/review/bulk"),
            paper=desk.engine.document(desk.choice.document, access_classes=reader.access_classes)
            if desk.choice.document
            else None,
            hits=hits,
        )
    answer.background = later
    return answer


@router.post("/review/bulk")
def judge_bulk(request: Request, reader: Reviewer, form: Form) -> Response:
    """Store one verdict on several items and show the list again."""
    verdict = _VERDICTS.get(form.get("verdict", ""))
    if verdict is None:
        raise UsageError("this form says nothing of the items", "accept or reject them")
    portal = portal_of(request)
    with desk_of(portal, reader, request.query_params) as desk:
        judge_at_once(desk, form.get("items", "").split(), verdict)
        address = choice_view(portal, desk, "/review/bulk").on("/review/bulk")
    return RedirectResponse(address, status_code=HTTPStatus.SEE_OTHER)


@router.get("/review/mine")
def own_judgements(request: Request, reader: Reviewer) -> Response:
    """List what the reviewer judged, the newest first, each to be taken back."""
    portal = portal_of(request)
    before = request.query_params.get("before") or None
    with desk_of(portal, reader) as desk:
        groups = desk.records.of_author(reader.actor, before=before, limit=_ROWS + 1)
        entries = [entry for group in groups[:_ROWS] if (entry := _entry(desk, group))]
    further = groups[_ROWS - 1][0].act if len(groups) > _ROWS else None
    return portal.pages.page(request, "review_mine.html", entries=entries, before=before, further=further, hits=hits)


def _entry(desk: Desk, group: tuple[ReviewRecord, ...]) -> JudgedEntry | None:
    """Return what is shown of judgements; None where the reviewer may see none of their papers any more."""
    names = dict.fromkeys(one.document for one in group)
    found = {name: desk.engine.document(name, access_classes=desk.access_classes) for name in names}
    papers = {name: paper for name, paper in found.items() if paper}
    judgements = tuple(one for one in group if one.document in papers)
    return JudgedEntry(judgements, papers) if judgements else None
