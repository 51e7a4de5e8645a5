"""The parameters of the API: those of all ways in, with bounds. An unknown one is refused: no filter is lost."""

from typing import Annotated, Any, TypeAlias, TypeVar

from fastapi import Query as FromAddress
from pydantic import BaseModel, Field, StringConstraints, create_model

from extractors.document import Value
from index.fields import FIELDS, TABLE, FieldName
from index.query.parser import MOST_CHARACTERS
from index.results import MOST_CONTEXT
from pipelines.questions.decisions import DecisionParameters
from pipelines.questions.matrix import MatrixParameters
from pipelines.questions.trends import MOST_SERIES, TrendParameters
from pipelines.questions.verify import QuotationParameters
from pipelines.quotations.verify import MOST_CHARACTERS as MOST_CHARACTERS_OF_QUOTATION
from pipelines.search import requests
from portal.web.question import EXCLUDED, MOST_VALUES

MOST_SHOWN = 100
"""Papers of one answer."""
_FARTHEST = 100_000
_LONGEST = 500

Text: TypeAlias = Annotated[str, StringConstraints(max_length=_LONGEST)]
Values: TypeAlias = Annotated[list[Text], Field(max_length=MOST_VALUES)]
Offset: TypeAlias = Annotated[int, Field(ge=0, le=_FARTHEST, description="Papers to pass over first")]
Limit: TypeAlias = Annotated[int, Field(ge=1, le=MOST_SHOWN, description="Papers to show")]
_M = TypeVar("_M", bound=BaseModel)


def _attribute(parameter: str) -> str:
    return parameter.replace(".", "_").replace(EXCLUDED, "_not")


def _with_filters(model: type[_M]) -> type[_M]:
    """Return a model with two parameters for each field: for values, and for those that are excluded."""
    fields: dict[str, Any] = {}
    for name, field in TABLE.items():
        for asked, said in ((name, field.help), (f"{name}{EXCLUDED}", f"Excluded: {field.help}")):
            alias = asked if asked != _attribute(asked) else None
            fields[_attribute(asked)] = Values, Field(default_factory=list, description=said, alias=alias)
    return create_model(model.__name__, __base__=model, __doc__=model.__doc__, __module__=__name__, **fields)


@_with_filters
class Narrowing(Value):
    """Filters: a parameter for each field. The same twice means either value, different ones hold together.

    Values of a field with `!` behind its name (`body!=ptc`) are excluded.
    """

    @property
    def filters(self) -> list[str]:
        """The filters as `field=value` and `field!=value` texts."""
        asked = (f"{field}{way}" for field in FIELDS for way in ("", EXCLUDED))
        return [f"{one}={value}" for one in asked for value in getattr(self, _attribute(one))]


class Paging(Narrowing):
    """Filters, and which papers to show."""

    offset: Offset = 0
    limit: Limit = 10


class SimilarParameters(Paging):
    """What is asked of the neighbours of a passage."""

    context: int = Field(default=0, ge=0, le=MOST_CONTEXT, description="Passages to show before and after each")


class Query(requests.QueryParameters, Narrowing):
    """A query with its filters."""

    q: str = Field(default="", max_length=MOST_CHARACTERS, description="The query; empty lists what the filters leave")


class SearchParameters(Query, requests.SearchParameters):
    """What is asked of a search with its filters."""

    offset: Offset = 0
    limit: Limit = 10
    facet: tuple[FieldName, ...] = Field(default=(), max_length=len(FIELDS), description="Fields to count")


class FacetParameters(Query):
    """What is asked of the facets of a search."""

    facet: tuple[FieldName, ...] = Field(min_length=1, max_length=len(FIELDS), description="Fields to count")


def _described(model: type[BaseModel], name: str) -> str | None:
    return model.model_fields[name].description


class MatrixQuery(Narrowing, MatrixParameters):
    """What is asked of the matrix."""


class DecisionQuery(Narrowing, DecisionParameters):
    """Filters, and which decisions to show."""

    addressee: Text | None = Field(default=None, description=_described(DecisionParameters, "addressee"))
    offset: Offset = 0
    limit: Limit = 20


class TrendQuery(Narrowing, TrendParameters):
    """Filters, and which series over what."""

    of: list[Text] = Field(default_factory=list, max_length=MOST_SERIES, description=_described(TrendParameters, "of"))


class Quotation(QuotationParameters):
    """A quotation, and the citation that stands beside it: `PC0345E1a, § 46, p. 12`."""

    text: str = Field(min_length=1, max_length=MOST_CHARACTERS_OF_QUOTATION)
    citation: Text | None = None


SessionNumber: TypeAlias = Annotated[int | None, FromAddress(ge=1, le=9999)]
