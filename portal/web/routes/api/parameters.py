"""The parameters of the API: those of the pages, with bounds; an unknown one is refused, so that no filter is lost."""

from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from index.filters import FIELDS, FieldName
from index.query.parser import MOST_CHARACTERS
from index.results import MOST_CONTEXT, Mode, Sort, TrendField
from portal.web.question import MOST_VALUES

MOST_SHOWN = 100
"""Papers of one answer."""
_FARTHEST = 100_000
_LONGEST = 500

Text: TypeAlias = Annotated[str, StringConstraints(max_length=_LONGEST)]
Values: TypeAlias = Annotated[list[Text], Field(max_length=MOST_VALUES)]
Offset: TypeAlias = Annotated[int, Field(ge=0, le=_FARTHEST, description="Papers to pass over first")]
Limit: TypeAlias = Annotated[int, Field(ge=1, le=MOST_SHOWN, description="Papers to show")]


def _values(description: str, alias: str | None = None) -> list[str]:
    found: list[str] = Field(default_factory=list, description=description, alias=alias)
    return found


class Narrowing(BaseModel):
    """Filters: a parameter for each field. The same twice means either value, different ones hold together."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    body: Values = _values("Body that issued the paper, its sub-bodies too")
    kind: Values = _values("Kind of paper")
    language: Values = _values("Language (ISO 639-1)")
    year: Values = _values("Year, or a range a..b")
    date: Values = _values("Date, month or year, or a range a..b")
    session: Values = _values("Session, or a range a..b")
    symbol: Values = _values("Symbol in any spelling")
    access: Values = _values("Access class")
    agenda_item: Values = _values("Agenda item of the cover")
    action: Values = _values("Action mark of the agenda")
    decision: Values = _values("Verb of a decision that the paper records")
    theme: Values = _values("Theme of the passage, named or about")
    theme_named: Values = _values("Theme that the words of the passage name", "theme.named")
    theme_status: Values = _values("Status of the theme: accepted or suggested", "theme.status")
    country: Values = _values("Administration or union that the passage names")
    region: Values = _values("Region of the passage")
    instrument: Values = _values("Convention or agreement that the passage names")
    model: Values = _values("Maturity model of a tag")
    dimension: Values = _values("Dimension of a tag")
    level: Values = _values("Level of a tag; null for none")
    modality: Values = _values("What a tag claims: achieved, planned, recommended, lacking; null for nothing")
    subject: Values = _values("Administration that a tag is about; null for none")
    status: Values = _values("Status of a tag; accepted without it")

    @property
    def filters(self) -> list[str]:
        """The filters as `field=value` texts."""
        by_field = ((field, getattr(self, field.replace(".", "_"))) for field in FIELDS)
        return [f"{field}={value}" for field, values in by_field for value in values]


class Paging(Narrowing):
    """Filters, and which papers to show."""

    offset: Offset = 0
    limit: Limit = 10


class SimilarParameters(Paging):
    """What is asked of the neighbours of a passage."""

    context: int = Field(default=0, ge=0, le=MOST_CONTEXT, description="Passages to show before and after each")


class Query(Narrowing):
    """A query with its filters."""

    q: str = Field(default="", max_length=MOST_CHARACTERS, description="The query; empty lists what the filters leave")
    mode: Mode = Field(default="hybrid", description="Match words (text), meaning (vector) or both (hybrid)")
    expand: bool | None = Field(default=None, description="Whether themes match by their other labels too")


class SearchParameters(Query):
    """What is asked of a search."""

    offset: Offset = 0
    limit: Limit = 10
    sort: Sort = Field(default="relevance", description="Best first or latest first")
    facet: list[FieldName] = Field(default_factory=list, max_length=len(FIELDS), description="Fields to count")
    context: int = Field(default=0, ge=0, le=MOST_CONTEXT, description="Passages to show before and after each")
    close_only: bool = Field(
        default=False, description="List nothing that is less close, so that 'documents' are listed"
    )
    explain: bool = Field(default=False, description="Say why each passage ranks where it does")
    sentences: bool = Field(default=True, description="Mark the nearest sentence where no word of the query stands")


class FacetParameters(Query):
    """What is asked of the facets of a search."""

    facet: list[FieldName] = Field(min_length=1, max_length=len(FIELDS), description="Fields to count")


class MatrixParameters(Narrowing):
    """What is asked of the matrix."""

    by: TrendField | None = Field(default=None, description="One matrix for each value of this field")
