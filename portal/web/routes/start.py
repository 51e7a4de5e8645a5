"""The start page: an overview of the collection, example queries, and the progress of a running ingestion."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from configs.system.errors import UnavailableError
from configs.system.json_text import json_text
from extractors.document import MODALITIES
from index.fields import UNDATED
from pipelines.access.keys import Reader
from pipelines.desk.overview import Example, Overview
from pipelines.ingest.heartbeat import Beat, run_at_work
from pipelines.runs.visible import visible_beat
from pipelines.storage.opening import open_storage, opened_ledger
from pipelines.storage.run_records import RunSummary
from portal.web import hits
from portal.web.access import AnyReader
from portal.web.charts import Bar, Columns, bars_of, columns_of
from portal.web.context import Portal, portal_of
from portal.web.facets import ordered_values
from portal.web.measured import measured_of
from portal.web.question import Question
from portal.web.rendering import language_of

router = APIRouter(include_in_schema=False)
_OTHERS = ""
"""The series of the papers of none of the bodies that the chart tells apart."""
_MINUTE = 60


class Charts(NamedTuple):
    """What the page draws; `bodies` are the series of the columns, each with its papers by year."""

    years: Columns | None
    bodies: Mapping[str, Mapping[int, int]]
    themes: Sequence[Bar]
    dimensions: Sequence[Bar]
    question: Question = Question()

    def address(self, body: str, years: str) -> str:
        """Return where the papers of a part of a column are listed."""
        question = Question().only("year", years)
        if body:
            return question.only("body", body).address()
        told_apart = urlencode([("body!", one) for one in self.bodies if one])
        return f"{question.address()}&{told_apart}" if told_apart else question.address()


class IngestionProgress(NamedTuple):
    """A running ingestion: its percentage of finished documents, and the estimated minutes, if known.

    The documents are those of every access class: only who may learn of them all is told their number, and of those
    readers who may read each of them the name of the last one.
    """

    beat: Beat
    share: int
    minutes: int | None


def is_start(question: Question) -> bool:
    """Return whether an address asks nothing, so that it is that of the start page."""
    return question == Question()


def start_page(request: Request, portal: Portal, reader: Reader) -> Response:
    """Show the collection at a glance, or how to begin where there is nothing to see."""
    overview = _overview(portal, reader)
    return portal.pages.page(
        request,
        "start.html",
        overview=overview,
        bodies=sum(1 for _ in ordered_values("body", overview.bodies, portal.names)) if overview else 0,
        charts=_charts(overview) if overview else None,
        examples=[_asked(portal, one, language_of(request)) for one in overview.examples] if overview else (),
        question=Question(),
        measured=measured_of(portal.settings, portal.names.model),
        latest=Question(sort="date"),
        modalities=MODALITIES,
        filling=_ingestion_progress(portal, reader),
        last_run=_last_run(portal) if reader.oversees else None,
        hits=hits,
    )


@router.get("/overview.json")
def overview_file(request: Request, reader: AnyReader) -> Response:
    """Give what the start page counts."""
    overview = portal_of(request).collection.overviews.of(reader.access_classes)
    return Response(json_text(overview.model_dump(mode="json")), media_type="application/json")


def _overview(portal: Portal, reader: Reader) -> Overview | None:
    """Return the overview for a reader; None where there is nothing that the reader may see."""
    try:
        found = portal.collection.overviews.of(reader.access_classes)
    except UnavailableError:
        if open_storage(portal.settings).has_index():
            raise
        return None
    return found if found.papers or found.unread else None


def _charts(overview: Overview) -> Charts:
    bodies = {
        one.body or _OTHERS: {int(year): count for year, count in one.by_year.items() if year != UNDATED}
        for one in overview.by_body
    }
    return Charts(
        years=columns_of(bodies),
        bodies=bodies,
        themes=bars_of({one.theme: {one.theme: one.papers} for one in overview.themes}),
        dimensions=bars_of({one.dimension: one.by_modality for one in overview.dimensions}),
    )


def _asked(portal: Portal, example: Example, language: str) -> tuple[Example, str, str]:
    """Return an example with the name of its theme, and the address of its results."""
    theme = portal.names.of("theme", example.theme, language)
    question = Question(query=theme)
    if example.body:
        question = question.only("body", example.body)
    if example.since:
        question = question.only("year", f"{example.since}..")
    return example, theme, question.address()


def _ingestion_progress(portal: Portal, reader: Reader) -> IngestionProgress | None:
    beat = visible_beat(run_at_work(portal.settings.home), access_classes=reader.access_classes)
    if beat is None:
        return None
    minutes = None if beat.left is None else math.ceil(beat.left / _MINUTE)
    return IngestionProgress(beat, 100 * beat.done // max(beat.total, 1), minutes)


def _last_run(portal: Portal) -> RunSummary | None:
    with opened_ledger(portal.settings) as ledger:
        found = ledger.runs(1) if ledger else []
    return found[0].summary if found else None
