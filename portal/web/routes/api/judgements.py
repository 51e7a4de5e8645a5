"""`labels`: what people said of tags and themes, and what they say now."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from extractors.document import Value
from extractors.judgements import Action
from extractors.maturity.judgements import TagJudgement
from extractors.themes.judgements import ThemeJudgement
from index.filters import may_read_all
from index.judgements.store import AnyJudgement
from index.results import PlacedJudgement
from pipelines.access.keys import Reader
from pipelines.review.judge import TagChange, history
from pipelines.review.named import judge_named
from portal.web.access import AnyReader, Reviewer
from portal.web.context import portal_of
from portal.web.reviewing import desk_of, withheld_from
from portal.web.routes.api.answers import FORBIDDEN, answer, described
from portal.web.routes.api.parameters import Limit, Offset, Text

router = APIRouter(tags=["labels"])
_MOST_JUDGED = 100


class _Place(Value):
    """Where the words of a judgement stand now; `loose` where they stand nowhere."""

    passage: str | None
    start: int
    end: int
    loose: bool


class PlacedTagJudgement(TagJudgement, _Place):
    """What a person said of a tag, and where its words stand now."""


class PlacedThemeJudgement(ThemeJudgement, _Place):
    """What a person said of a theme, and where its words stand now."""


class History(Value):
    """Some of the judgements, the newest first, and how many there are in all."""

    labels: tuple[PlacedTagJudgement | PlacedThemeJudgement, ...]
    total: int
    offset: int
    limit: int


class StoredJudgements(Value):
    """The judgements that were stored just now."""

    labels: tuple[TagJudgement | ThemeJudgement, ...]


class HistoryParameters(BaseModel):
    """What is asked of the judgements."""

    model_config = ConfigDict(extra="forbid")

    of: Text | None = Field(default=None, description="Only those of this tag, theme, passage or document, by its id")
    offset: Offset = 0
    limit: Limit = 100


class NewJudgement(Value):
    """What a person says of tags or themes, by their ids; all or none is stored.

    With the action `set` an id may be that of a passage, whose words in `quote` get a tag, or which is about `theme`.
    """

    action: Action
    ids: Annotated[tuple[Text, ...], Field(min_length=1, max_length=_MOST_JUDGED)]
    change: TagChange = TagChange()
    quote: str | None = Field(default=None, max_length=10_000)
    theme: Text | None = None


@router.get("/labels", responses=described(History))
def judgements(request: Request, reader: AnyReader, given: Annotated[HistoryParameters, Query()]) -> Response:
    """Give what people said of tags and themes of papers that the key may see, the newest first.

    A reviewer does not get what is to be judged a second time without knowing the first judgement, until somebody has.
    """
    portal = portal_of(request)
    with portal.collection.engine() as engine:
        everything = history(engine, given.of, access_classes=reader.access_classes)
    hidden = withheld_from(portal, reader)
    found = [one for one in everything if not hidden.hides(one.judgement)]
    shown = tuple(_placed(one, reader) for one in found[given.offset : given.offset + given.limit])
    return answer(request, History(labels=shown, total=len(found), offset=given.offset, limit=given.limit))


@router.post("/labels", status_code=HTTPStatus.CREATED, responses=described(StoredJudgements, status=201) | FORBIDDEN)
def add_judgements(request: Request, reader: Reviewer, said: NewJudgement) -> Response:
    """Accept, reject or correct tags and themes, in the name of the key."""
    with desk_of(portal_of(request), reader) as desk:
        stored = judge_named(desk, said.action, said.ids, change=said.change, quote=said.quote, theme=said.theme)
    shown = tuple(_shown(one.judgement, reader) for one in stored if one.judgement)
    return answer(request, StoredJudgements(labels=shown), status=HTTPStatus.CREATED)


def _placed(one: PlacedJudgement, reader: Reader) -> PlacedTagJudgement | PlacedThemeJudgement:
    kind = PlacedThemeJudgement if isinstance(one.judgement, ThemeJudgement) else PlacedTagJudgement
    place = one.model_dump(exclude={"judgement"})
    return kind.model_validate(_shown(one.judgement, reader).model_dump() | place | {"loose": one.is_unanchored})


def _shown(judgement: AnyJudgement, reader: Reader) -> AnyJudgement:
    """Return a judgement without its number where that counts judgements of papers which the reader may not see."""
    return judgement if may_read_all(reader.access_classes) else judgement.model_copy(update={"id": 0})
