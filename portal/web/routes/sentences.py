"""The sentences behind a count: those of a cell of the matrix, a theme or a body."""

from collections.abc import Iterable
from http import HTTPStatus
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from configs.system.errors import MismatchError, UnavailableError, UsageError
from extractors.document import MODALITIES
from pipelines.access import audit
from pipelines.access.keys import Reader
from pipelines.desk.sentences import COLUMNS, Statement, cells_of
from pipelines.review.desk import SettledError, record_judgement, undo
from pipelines.review.ordering import in_audit
from pipelines.review.records import Verdict
from portal.web.access import AnyReader, Reviewer
from portal.web.context import Portal, portal_of
from portal.web.question import PAGE_SIZE, Question
from portal.web.reviewing import Form, desk_of, sentences_for
from portal.web.tables import file_response, known_kind
from portal.web.turns import InTurn

router = APIRouter(include_in_schema=False)

_VERDICTS: dict[str, Verdict] = {"accept": "accept", "reject": "reject"}
_OUTCOMES = (*_VERDICTS, "undo", "settled")
"""What may have become of the judgement that led to a page; `settled`: somebody else was first."""
_MOST_ROWS = 100_000


@router.get("/sentences")
def sentences_page(request: Request, reader: AnyReader) -> Response:
    """Show the sentences whose tags the filters ask for, the latest first; reviewers judge them there."""
    portal = portal_of(request)
    question = question_of(request.query_params.multi_items())
    found = sentences_for(portal, question, reader, offset=question.offset, limit=PAGE_SIZE)
    judged = request.query_params.get("judged")
    return portal.pages.page(
        request,
        "sentences.html",
        question=question,
        found=found,
        last=max((found.total - 1) // PAGE_SIZE + 1, 1),
        modalities=MODALITIES,
        to_judge=_to_judge(portal, reader, found.sentences),
        outcome=judged if judged in _OUTCOMES else None,
    )


@router.get("/sentences.{kind}")
def sentences_file(request: Request, reader: AnyReader, kind: str, _: InTurn) -> Response:
    """Give all of them as a file: `json`, `csv` or `xlsx`."""
    portal, kind = portal_of(request), known_kind(kind)
    question = question_of(request.query_params.multi_items())
    found = sentences_for(portal, question, reader, limit=_MOST_ROWS)
    audit.record(portal.settings.home, reader.actor, "export", what="sentences", query=question.address("/sentences"))
    return file_response("sentences", kind, found, lambda: (COLUMNS, *cells_of(found)))


@router.post("/sentences")
def judge_sentence(request: Request, reader: Reviewer, form: Form) -> Response:
    """Store what a reviewer says of a sentence, or take their newest judgement back, and show the list again.

    Items of the audit slice are judged in the order of the queue alone: a choice would make the slice a sample of what
    looks wrong.
    """
    question = question_of(parse_qsl(form.get("back", "")))
    item, given = form.get("item", ""), form.get("verdict", "")
    with desk_of(portal_of(request), reader) as desk:
        if given == "undo":
            undo(desk)
        elif given not in _VERDICTS:
            raise UsageError("this form says nothing of the sentence", "accept or reject it")
        elif in_audit(item, desk.records.seed()):
            raise UsageError(f"{item}: is judged in the queue of the review alone", "go on with the review")
        else:
            try:
                record_judgement(desk, item, _VERDICTS[given], reason="other")
            except SettledError:
                given = "settled"
    address = question.address("/sentences")
    mark = "&" if "?" in address else "?"
    return RedirectResponse(f"{address}{mark}judged={given}", status_code=HTTPStatus.SEE_OTHER)


def question_of(parameters: Iterable[tuple[str, str]]) -> Question:
    """Return what an address asks of tags: its filters and its page, without a query."""
    asked = Question.of(parameters)
    return Question(filters=asked.filters, page=asked.page)


def _to_judge(portal: Portal, reader: Reader, shown: Iterable[Statement]) -> frozenset[str]:
    """Return the ids of the tags that this reader may judge in a list: unjudged ones outside the audit slice."""
    waiting = [one.tag for one in shown if not one.is_judged and one.status in ("accepted", "suggested")]
    if not waiting or not reader.may("reviewer"):
        return frozenset()
    try:
        with desk_of(portal, reader) as desk:
            seed = desk.records.seed()
    except (UnavailableError, MismatchError):
        return frozenset()  # reading goes on where the file of the review cannot be used
    return frozenset(one for one in waiting if not in_audit(one, seed))
