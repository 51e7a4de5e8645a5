"""Explanations of a passage's rank: its ranks and scores by word and by meaning, and the filters that it matched."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from extractors.document import Document, MaturityTag, Passage, TagStatus, Value
from extractors.maturity.judgements import is_by_person
from index.facts import document_facts, passage_facts
from index.fields import NAMED_FIELDS, TAG_FIELDS
from index.filters import Condition, Filters
from index.ranking.fusion import Scores

_ROUNDING = 1e-9
"""What the sum of a score may differ by from its parts."""


class WordScore(Value):
    """A word or phrase of the query, as typed, and what it adds to the score by word."""

    text: str
    score: float | None


class ByWords(Value):
    """How a passage matched by word.

    `rank` counts passages from 1; it is null where so many match better that only the meaning counts. `all_words` says
    whether the passage had to hold every word of the query, or any. The scores of `words` add up to `score` (Okapi
    BM25), but where OR takes the better side.
    """

    rank: int | None
    score: float | None
    all_words: bool
    words: tuple[WordScore, ...]


class ByMeaning(Value):
    """How near a passage is: its rank among the nearest, from 1, and the cosine of its vector and the query's.

    In hybrid search the query's vector is without what all queries have in common (`index.ranking.centring`), and moved
    towards the best passages (`index.ranking.feedback`).
    """

    rank: int | None
    cosine: float | None


class Fused(Value):
    """The score of hybrid search: the sum of what the places by word and by meaning give, and the themes."""

    words: float
    meaning: float
    themes: float

    @classmethod
    def of(
        cls, shares: tuple[Scores, Scores], words: ByWords | None, meaning: ByMeaning | None, score: float
    ) -> "Fused":
        """Return the parts of a passage's score: those of its places in the two rankings, and the boost by themes."""
        ranks = words.rank if words else None, meaning.rank if meaning else None
        by_words, by_meaning = (float(own[rank - 1]) if rank else 0.0 for own, rank in zip(shares, ranks, strict=True))
        rest = score - by_words - by_meaning
        return cls(words=by_words, meaning=by_meaning, themes=rest if rest > _ROUNDING else 0.0)


class Met(Value):
    """A filter as `field=value`, and the values of the paper, the passage or its tag that it accepts."""

    filter: str
    values: tuple[str, ...]


class TagAsJudged(Value):
    """A tag of the passage that stands as a person left it."""

    dimension: str
    level: str | None
    status: TagStatus
    by: str


class Explanation(Value):
    """Why a passage ranks where it does; what plays no part in this search is null, and so is what is withheld."""

    words: ByWords | None
    meaning: ByMeaning | None
    fused: Fused | None
    filters: tuple[Met, ...]
    labels: tuple[TagAsJudged, ...]

    def without_numbers(self) -> "Explanation":
        """Return the explanation without ranks and scores."""
        words, meaning = self.words, self.meaning
        if words:
            texts = tuple(WordScore(text=one.text, score=None) for one in words.words if one.score)
            words = ByWords(rank=None, score=None, all_words=words.all_words, words=texts)
        if meaning:
            meaning = ByMeaning(rank=None, cosine=None)
        return self.model_copy(update={"words": words, "meaning": meaning, "fused": None})


@dataclass(frozen=True)
class Standing:
    """A passage's places in the two rankings, and their contributions to its score where they were fused."""

    words: ByWords | None = None
    meaning: ByMeaning | None = None
    fused: Fused | None = None


def explanation(standing: Standing, header: Document, passage: Passage, filters: Filters) -> Explanation:
    """Return the explanation of a passage in an answer; `header` is its document without passages."""
    return Explanation(
        words=standing.words,
        meaning=standing.meaning,
        fused=standing.fused,
        filters=tuple(
            Met(filter=str(one), values=tuple(sorted(set(_accepted(one, header, passage, filters)))))
            for one in filters.conditions
        ),
        labels=tuple(
            TagAsJudged(dimension=tag.dimension, level=tag.level, status=tag.status, by=tag.by)
            for tag in passage.maturity
            if is_by_person(tag.by)
        ),
    )


def shut_out(document: Document, filters: Filters) -> tuple[str, ...]:
    """Return the conditions that exclude every passage of a whole document; none where a passage meets them all.

    Where some passage meets each of them and none meets all, those of passages are returned together.
    """
    met = [
        [_holds(condition, document, passage, filters) for condition in filters.conditions]
        for passage in document.passages
    ]
    if any(map(all, met)):
        return ()
    never = [str(condition) for place, condition in enumerate(filters.conditions) if not any(row[place] for row in met)]
    return tuple(never) or (" with ".join(map(str, filters.conditions)),)


def _holds(condition: Condition, document: Document, passage: Passage, filters: Filters) -> bool:
    positive = condition.model_copy(update={"negated": False})
    statuses = () if condition.field == "theme.status" else _statuses(filters)
    of_one = filters.model_copy(update={"conditions": (positive, *statuses)})
    together = of_one if condition.negated else filters
    return condition.negated != bool(list(_accepted(positive, document, passage, together)))


def _statuses(filters: Filters) -> Iterable[Condition]:
    yield from (one for one in filters.of_tags() if one.field == "status")
    yield from (one for one in filters.conditions if one.field == "theme.status" and not one.negated)


def _accepted(condition: Condition, document: Document, passage: Passage, filters: Filters) -> Iterable[str]:
    """Yield the values that a condition accepts; of tags, those of the tags that meet all conditions on tags.

    Themes count whose status is requested, and statuses of the themes that are requested.
    """
    if condition.negated:
        return
    if condition.field in TAG_FIELDS:
        values = (getattr(tag, condition.field) for tag in passage.maturity if _meets(tag, filters))
        yield from (value or "null" for value in values if condition.accepts(value))
        return
    if condition.field in ("theme", "theme.status"):
        yield from (value for value in _theme_values(condition, passage, filters) if condition.accepts(value))
        return
    facts = passage_facts(passage) if condition.field in NAMED_FIELDS else document_facts(document)
    yield from (value for field, value in facts if field == condition.field and condition.accepts(value))


def _theme_values(condition: Condition, passage: Passage, filters: Filters) -> Iterator[str]:
    wanted = filters.of_themes()
    for theme in passage.themes:
        if theme.status in filters.theme_statuses:
            if condition.field == "theme":
                yield theme.id
            elif not wanted or any(one.accepts(theme.id) for one in wanted):
                yield theme.status


def _meets(tag: MaturityTag, filters: Filters) -> bool:
    return all(one.accepts(getattr(tag, one.field)) for one in filters.of_tags())
