"""Applies judgements to the tags and themes of the passages of a document, for both engines.

The module does not depend on how an engine stores passages and tags.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from configs.system.sqlite.database import DamagedError
from extractors.document import MaturityTag, Passage, PassageTheme
from extractors.judgements import AnchoredJudgement, PassageTexts
from extractors.maturity.judgements import TagJudgement, tags_as_judged
from extractors.themes.judgements import ThemeJudgement, themes_as_judged
from index.judgements.store import AnyJudgement, JudgementStore, Revision

_log = logging.getLogger(__name__)


class LoadedJudgements:
    """The judgements of a store by document, oldest first.

    `revision` is the state of the store that was read. `damage` is the error that prevents further reads: until it
    is repaired, answers have the judgements that were read before.
    """

    def __init__(self, store: JudgementStore | None) -> None:
        self.store = store
        self.of: dict[str, list[AnyJudgement]] = {}
        self.revision = Revision()
        self.damage: DamagedError | None = None

    def refresh(self) -> None:
        """Read new judgements; all of them where some moved to other ids, or where the store is an older copy."""
        if self.store is None:
            return
        try:
            now = self.store.revision()
            if now.moves != self.revision.moves or now.last < self.revision.last:
                self.of.clear()
                self.revision = Revision(0, now.moves)
            new = self.store.since(self.revision.last) if now.last > self.revision.last else []
        except DamagedError as error:
            if self.damage is None:
                _log.warning("%s; until then judgements are left out", error)
            self.damage = error
            return
        self.damage = None
        for judgement in new:
            self.of.setdefault(judgement.document, []).append(judgement)
            self.revision = now._replace(last=judgement.id)

    def require(self) -> None:
        """Raise `DamagedError` where the store is damaged, as an incomplete list would look complete."""
        if self.damage:
            raise self.damage


class AppliedJudgements(NamedTuple):
    """Anchored judgements with their places, and the tags and themes of passages that they change, by place."""

    placed: tuple[AnchoredJudgement[AnyJudgement], ...]
    tags: Mapping[int, tuple[MaturityTag, ...]]
    themes: Mapping[int, tuple[PassageTheme, ...]]

    @property
    def places(self) -> list[int]:
        """The places of the passages that judgements change, ascending."""
        return sorted(self.tags.keys() | self.themes.keys())

    def over(self, place: int, passage: Passage) -> Passage:
        """Return the passage at a place with judgements applied."""
        changed = {"maturity": self.tags.get(place), "themes": self.themes.get(place)}
        known = {name: value for name, value in changed.items() if value is not None}
        return passage.model_copy(update=known) if known else passage


def apply_judgements(
    judgements: Iterable[AnyJudgement], texts: Sequence[str], passage: Callable[[int], Passage], model: str | None
) -> AppliedJudgements:
    """Apply judgements to a document with these passages' texts; `passage` returns one with its automatic tags.

    `model` is the id of the maturity model that it was tagged with, None where that is not known: judgements of another
    model change nothing.
    """
    joined = PassageTexts(texts)
    placed = tuple(one for one in map(joined.place, judgements) if one)
    of_tags: dict[int, list[AnchoredJudgement[TagJudgement]]] = defaultdict(list)
    of_themes: dict[int, list[AnchoredJudgement[ThemeJudgement]]] = defaultdict(list)
    for judgement, place, start, end in placed:
        if isinstance(judgement, ThemeJudgement):
            of_themes[place].append(AnchoredJudgement(judgement, place, start, end))
        elif model in (None, judgement.model):
            of_tags[place].append(AnchoredJudgement(judgement, place, start, end))
    return AppliedJudgements(
        placed,
        {place: tags_as_judged(passage(place), own) for place, own in of_tags.items()},
        {place: themes_as_judged(passage(place), own) for place, own in of_themes.items()},
    )
