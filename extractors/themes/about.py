"""Themes that a passage is about by its meaning, beside those that its words name."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from extractors.classifier.classifier import PassageReading
from extractors.document import Mention, Passage, PassageTheme, ThemeStatus

ACCEPTED, SUGGESTED = 0.8, 0.5
"""Confidence from which on a theme of a passage is accepted, and from which on it is suggested."""
_NAMED = 0.5
"""Confidence that a passage is about a theme because it names it: half of those that name one are."""
_DIGITS = 4
"""Digits of a confidence that are kept, as in a maturity tag."""


class AboutTheme(NamedTuple):
    """A theme that a passage is about: its id, the calibrated confidence, what it is accepted as, and why.

    `why` is the label or the definition of the theme that the passage is nearest to.
    """

    id: str
    confidence: float
    status: ThemeStatus
    why: str


class ThemeScorer(Protocol):
    """Says what passages are about."""

    @property
    def version(self) -> str:
        """What changes when the scorer would answer otherwise: passages are then tagged again."""
        ...

    def score(
        self, passages: Sequence[Passage], vectors: NDArray[np.float32], readings: Sequence[PassageReading]
    ) -> Sequence[Sequence[AboutTheme]]:
        """Return the themes of each passage, in any order.

        `vectors` are the passages', `(n, d)`, `readings` what the classifier made of each, none without a classifier.
        What is neither accepted nor suggested is left out.
        """
        ...


class NamedAlone:
    """Takes passages to be about what they name, for want of anything that tells more; see `ThemeScorer`."""

    version = "named"

    def score(
        self,
        passages: Sequence[Passage],
        vectors: NDArray[np.float32],  # noqa: ARG002
        readings: Sequence[PassageReading],  # noqa: ARG002
    ) -> list[list[AboutTheme]]:
        """Return the themes that each passage names, as suggested ones."""
        return [
            [AboutTheme(theme, _NAMED, "suggested", label) for theme, label in names.items()]
            for names in ({one.id: one.label for one in passage.named} for passage in passages)
        ]


def status_of(confidence: float, suggested: float = SUGGESTED, accepted: float = ACCEPTED) -> ThemeStatus | None:
    """Return what a confidence makes of a theme; None where it is too small to be suggested."""
    if confidence >= accepted:
        return "accepted"
    return "suggested" if confidence >= suggested else None


def merged_themes(
    named: Sequence[Mention], about: Sequence[AboutTheme], label_of: Callable[[str], str]
) -> tuple[PassageTheme, ...]:
    """Return the themes of a passage of both kinds: those named by offset, then those it is about, the surest first.

    A theme of both kinds has a row of each. `label_of` gives a theme's label by its id.
    """
    mentioned = map(PassageTheme.of, sorted(named, key=lambda mention: (mention.start, mention.end)))
    meant = (
        PassageTheme(
            id=one.id,
            label=label_of(one.id),
            kind="about",
            confidence=round(one.confidence, _DIGITS),
            status=one.status,
            why=one.why,
        )
        for one in sorted(about, key=lambda one: (-one.confidence, one.id))
    )
    return (*mentioned, *meant)
