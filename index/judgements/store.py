"""The protocol of a store of judgements and corrections, as engines read it; the index does not implement it."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeAlias

from extractors.corrections import Correction
from extractors.maturity.judgements import TagJudgement
from extractors.themes.judgements import ThemeJudgement

AnyJudgement: TypeAlias = TagJudgement | ThemeJudgement


class Revision(NamedTuple):
    """The id of the last judgement of a store, and the number of moves of judgements to other document ids."""

    last: int = 0
    moves: int = 0


class JudgementStore(Protocol):
    """An append-only store of judgements and corrections; several processes may write at once.

    Both are numbered in the order of their commits, so that a reader of one has read all before it. Every method raises
    `UnavailableError` where the store cannot be used (`DamagedError` where it is damaged) and `MismatchError` where
    another version of the program made it.
    """

    @property
    def name(self) -> str:
        """The unique name of the store among all whose judgements an index may have; of a store that is not empty."""
        ...

    def revision(self) -> Revision:
        """Return the current revision; cheap."""

    def since(self, number: int) -> list[AnyJudgement]:
        """Return the judgements after the one with this id, oldest first."""

    def add(self, judgements: Sequence[AnyJudgement]) -> list[AnyJudgement]:
        """Store new judgements, all or none, and return them with their ids; they are safe when this returns."""

    def corrections(self, number: int = 0) -> list[Correction]:
        """Return the corrections after the one with this id, oldest first."""

    def correct(self, corrections: Sequence[Correction]) -> list[Correction]:
        """Store new corrections, all or none, and return them with their ids; they are safe when this returns."""

    def rename(self, documents: Mapping[str, str]) -> int:
        """Move judgements and corrections to the new ids of documents, by old id; return how many moved.

        Readers have to read all judgements again, which a change of the revision tells them.
        """

    def close(self) -> None:
        """Close it."""


def judgement_of(row: Mapping[str, Any]) -> AnyJudgement:
    """Return the judgement of a row; raises `ValidationError` where it is none."""
    kind = ThemeJudgement if row.get("kind") == "theme" else TagJudgement
    return kind(**{name: value for name, value in row.items() if name in kind.model_fields})
