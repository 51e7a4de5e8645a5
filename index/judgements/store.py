"""What people said of tags, themes and papers, as an engine asks for it; who stores it is not the index's business."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeAlias

from extractors.corrections import Correction
from extractors.maturity.judgements import TagJudgement
from extractors.themes.judgements import ThemeJudgement

AnyJudgement: TypeAlias = TagJudgement | ThemeJudgement


class Revision(NamedTuple):
    """The id of the last judgement of a store, and how often judgements followed documents to other ids."""

    last: int = 0
    moves: int = 0


class JudgementStore(Protocol):
    """A store to which judgements and corrections are only ever added; several processes may do so at once.

    Both are numbered in the order of their commits: who knows one knows all before it. Every method raises
    `UnavailableError` where the store cannot be used (`DamagedError` where it is damaged) and `MismatchError` where
    another version of the program made it.
    """

    @property
    def name(self) -> str:
        """Which store it is, among all whose judgements an index may know; of one that holds any."""
        ...

    def revision(self) -> Revision:
        """Return how far the judgements are; cheap."""

    def since(self, number: int) -> list[AnyJudgement]:
        """Return the judgements after the one with this id, oldest first."""

    def add(self, judgements: Sequence[AnyJudgement]) -> list[AnyJudgement]:
        """Store new judgements, all or none, and return them with their ids; they are safe when this returns."""

    def corrections(self, number: int = 0) -> list[Correction]:
        """Return the corrections after the one with this id, oldest first."""

    def correct(self, corrections: Sequence[Correction]) -> list[Correction]:
        """Store new corrections, all or none, and return them with their ids; they are safe when this returns."""

    def rename(self, documents: Mapping[str, str]) -> int:
        """Let judgements and corrections follow documents that have other ids now, by the old ids; return how many did.

        Who has read judgements before has to read them again, which the revision says.
        """

    def close(self) -> None:
        """Close it."""


def judgement_of(row: Mapping[str, Any]) -> AnyJudgement:
    """Return the judgement of a row; raises `ValidationError` where it is none."""
    kind = ThemeJudgement if row.get("kind") == "theme" else TagJudgement
    return kind(**{name: value for name, value in row.items() if name in kind.model_fields})
