"""Blinding of reviewers: first judgements are hidden from a reviewer who may give a second one.

An item drawn for a second judgement is offered to the next other reviewer. Until one of them has judged it, all of them
see the tag or theme as predicted by the tagger, without the first judgement.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import TypeVar

from extractors.document import MaturityTag, Passage, PassageTheme
from extractors.judgements import passage_of
from extractors.themes.judgements import theme_id
from index.judgements.store import AnyJudgement
from index.results import PassageHit, SearchResult
from pipelines.review.records import ReviewRecord, ReviewRecords

_P = TypeVar("_P", Passage, PassageHit)


class Withheld:
    """First judgements, by item, that a reviewer must not see."""

    def __init__(self, judgements: Mapping[str, ReviewRecord]) -> None:
        self.judgements = judgements
        self._by_passage: defaultdict[str, list[str]] = defaultdict(list)
        for name in judgements:
            self._by_passage[passage_of(name)].append(name)

    def hides(self, judgement: AnyJudgement) -> bool:
        """Return whether a judgement is withheld."""
        record = self.judgements.get(judgement.tag)
        return record is not None and record.author == judgement.author

    def passage(self, passage: _P) -> _P:
        """Return a passage with the items concerned as they were before they were judged."""
        concerned = {name: self.judgements[name].judged for name in self._by_passage.get(passage.id, ())}
        return passage.model_copy(update=_unjudged(passage, concerned)) if concerned else passage

    def result(self, result: SearchResult) -> SearchResult:
        """Return a result with such passages; its order and its counts are unchanged."""
        if not self.judgements:
            return result
        hits = (hit.model_copy(update={"passages": tuple(map(self.passage, hit.passages))}) for hit in result.hits)
        return result.model_copy(update={"hits": tuple(hits)})


NOTHING_WITHHELD = Withheld({})


def withheld(records: ReviewRecords, reviewer: str, documents: Collection[str] | None = None) -> Withheld:
    """Return the first judgements that a reviewer must not see, for some documents by their ids, or for all.

    `reviewer` is how they are stored (`Reader.actor`).
    """
    found = records.for_second(reviewer, documents=documents, limit=None)
    return Withheld({one.item: one for one in found})


def _unjudged(
    passage: Passage | PassageHit, concerned: Mapping[str, MaturityTag | PassageTheme]
) -> dict[str, tuple[MaturityTag, ...] | tuple[PassageTheme, ...]]:
    """Return some tags and themes of a passage, by their ids, as they were before the judgements."""
    tags = [one for one in concerned.values() if isinstance(one, MaturityTag)]
    themes = [one for one in concerned.values() if isinstance(one, PassageTheme)]
    tags += (one for one in passage.maturity if one.id not in concerned)
    others = [one for one in passage.themes if one.kind == "named" or theme_id(passage.id, one.id) not in concerned]
    return {"maturity": tuple(sorted(tags, key=lambda tag: -tag.confidence)), "themes": (*others, *themes)}
