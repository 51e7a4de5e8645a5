"""Profiles: what the papers state of administrations and groups."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from pydantic import Field

from extractors.document import Value
from pipelines.access.keys import Reader
from pipelines.collection import Collection
from pipelines.desk.sentences import CLAIM, claim_cells
from pipelines.search.cells import Value as Cell
from pipelines.search.requests import filters_of

if TYPE_CHECKING:
    from pipelines.desk.profile import Profile


class ProfileParameters(Value):
    """Whose profile to show."""

    member: str = Field(description="Code of ISO 3166-1, or a name")


def answer(collection: Collection, asked: ProfileParameters, reader: Reader, filters: Sequence[str] = ()) -> "Profile":
    """Return the statements of a member, the latest first; raises `NotFoundError` for one that there is not."""
    return collection.profiles.of(asked.member, filters_of(filters, reader.access_classes))


MOST_MEMBERS = 6
"""Administrations side by side."""
COLUMNS = ("code", *CLAIM)


def cells_of(profiles: Iterable["Profile"]) -> Iterator[tuple[Cell, ...]]:
    """Yield the cells of profiles in the order of `COLUMNS`, a row a statement."""
    for one in profiles:
        for said in one.statements:
            yield (one.code, *claim_cells(said))
