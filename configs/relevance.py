"""Relevance cases: queries with expected results, written by people who know the papers."""

from collections import Counter
from pathlib import Path
from typing import Literal, TypeAlias

from pydantic import Field, field_validator, model_validator

from configs.system.errors import ConfigError
from configs.system.yamlfile import ConfigValue, load_yaml

DocumentField: TypeAlias = Literal[
    "body", "kind", "language", "year", "date", "session", "symbol", "access", "agenda_item", "action", "decision"
]
"""The fields of a document that a filter may name."""


class RelevanceCase(ConfigValue):
    """A question, what its answer has to look like, and why.

    Papers are named by their symbol in any spelling (`PC9001` stands for every version of it, `PC9001F1a` for one) or
    by the name of their file. Expectations hold for the first `within` documents.
    """

    name: str = Field(min_length=1, description="a short name, once in the file")
    query: str = Field(description="as typed into a search; empty for what the filters leave")
    mode: Literal["hybrid", "text", "vector"] = "hybrid"
    filters: tuple[str, ...] = Field((), description="field=value, as for --filter")
    sort: Literal["relevance", "date"] = "relevance"
    within: int = Field(10, ge=1, le=100, description="how many documents are looked at")
    contains: tuple[str, ...] = Field((), description="papers that have to be among them")
    excludes: tuple[str, ...] = Field((), description="papers that may not be among them")
    order: tuple[str, ...] = Field((), description="papers that have to be among them in this order")
    field: dict[DocumentField, tuple[str, ...]] = Field(
        default_factory=dict, description="fields of the documents shown, and the values that each may have"
    )
    documents: int | None = Field(None, ge=0, description="how many documents have to match in all")
    why: str = Field(min_length=1, description="what an expert would say to whoever asks why this is expected")

    @field_validator("field", mode="before")
    @classmethod
    def _lists(cls, given: object) -> object:
        """Take one value for a list of one."""
        if not isinstance(given, dict):
            return given
        return {name: value if isinstance(value, list | tuple) else [value] for name, value in given.items()}

    @model_validator(mode="after")
    def _expects_something(self) -> "RelevanceCase":
        if not (self.contains or self.excludes or self.order or self.field or self.documents is not None):
            raise ValueError("expects nothing: give contains, excludes, order, field or documents")
        return self


class RelevanceCases(ConfigValue):
    """A file of cases."""

    version: Literal[1] = 1
    about: str = ""
    cases: tuple[RelevanceCase, ...] = Field(min_length=1)


def load_cases(path: Path) -> RelevanceCases:
    """Return the cases of a file; raises as `load_yaml` does, and `ConfigError` for a name that comes twice."""
    found = load_yaml(path, RelevanceCases)
    (name, times), *_ = Counter(case.name for case in found.cases).most_common(1)
    if times > 1:
        raise ConfigError(path, f"the name '{name}' stands there {times} times", remedy="give each case its own")
    return found
