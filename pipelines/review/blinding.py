"""What a reviewer does not learn before they have judged by themselves.

What is drawn for a second judgement is offered to whichever other reviewer comes next. Until one of them gave it, all
of them are shown the tag or theme as the tagger left it, and not what the first one said of it.
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
    """First judgements, by item, that are not shown to a reviewer."""

    def __init__(self, judgements: Mapping[str, ReviewRecord]) -> None:
        self.judgements = judgements
        self._by_passage: defaultdict[str, list[str]] = defaultdict(list)
        for name in judgements:
            self._by_passage[passage_of(name)].append(name)

    def hides(self, judgement: AnyJudgement) -> bool:
        """Return whether a judgement is one of those that are withheld."""
        record = self.judgements.get(judgement.tag)
        return record is not None and record.author == judgement.author

    def passage(self, passage: _P) -> _P:
        """Return a passage with the tags and themes concerned as they were before they were judged."""
        concerned = {name: self.judgements[name].judged for name in self._by_passage.get(passage.id, ())}
        return passage.model_copy(update=_as_before(passage, concerned)) if concerned else passage

    def result(self, result: SearchResult) -> SearchResult:
        """Return a result with its passages as `passage` gives them; its order and its counts stay."""
        if not self.judgements:
            return result
        hits = (hit.model_copy(update={"passages": tuple(map(self.passage, hit.passages))}) for hit in result.hits)
        return result.model_copy(update={"hits": tuple(hits)})


NOTHING_WITHHELD = Withheld({})


def withheld(records: ReviewRecords, reviewer: str, documents: Collection[str] | None = None) -> Withheld:
    """Return what is not shown to a reviewer, of some documents by their ids, or of all.

    `reviewer` is how they are stored (`Reader.actor`).
    """
    found = records.for_second(reviewer, documents=documents, limit=None)
    return Withheld({one.item: one for one in found})


def _as_before(
    passage: Passage | PassageHit, concerned: Mapping[str, MaturityTag | PassageTheme]
) -> dict[str, tuple[MaturityTag, ...] | tuple[PassageTheme, ...]]:
    """Return the tags and themes of a passage, some of them, by their ids, as given."""
    tags = [one for one in concerned.values() if isinstance(one, MaturityTag)]
    themes = [one for one in concerned.values() if isinstance(one, PassageTheme)]
    tags += (one for one in passage.maturity if one.id not in concerned)
    others = [one for one in passage.themes if one.kind == "named" or theme_id(passage.id, one.id) not in concerned]
    return {"maturity": tuple(sorted(tags, key=lambda tag: -tag.confidence)), "themes": (*others, *themes)}
