"""Builds the hits of a page, with their context and explanations, from ranked passages."""

from functools import cached_property

import numpy as np

from extractors.document import Document, Passage
from index.embedded.columns import Columns, Mask
from index.embedded.judgement_overlay import JudgementOverlay
from index.embedded.ranking import HitSet, Papers, Ranking
from index.embedded.store import Store
from index.embedded.text import Matches
from index.filters import Filters
from index.query.highlights import Highlighter
from index.query.parser import Query
from index.ranking.explanation import ByMeaning, ByWords, Explanation, Fused, Standing, WordScore, explanation
from index.ranking.fusion import COUNTED, Fusion, Ranked, Scores
from index.results import Context, Hit, PassageHit, SearchRequest


class Explainer:
    """Explains the passages of one hit set."""

    def __init__(self, ranking: Ranking, hits: HitSet, query: Query, filters: Filters, fusion: Fusion) -> None:
        self._ranking, self._hits, self._query, self._filters = ranking, hits, query, filters
        self._fusion = fusion

    def explanation(self, row: int, header: Document, passage: Passage) -> Explanation:
        """Return the explanation of a passage; `header` is its document without passages."""
        words, meaning = self._by_words(row), self._by_meaning(row)
        fused = None
        if self._shares:
            found = self._hits.found
            score = float(found.scores[found.rows == row][0])
            fused = Fused.of(self._shares, words, meaning, score)
        return explanation(Standing(words, meaning, fused), header, passage, self._filters)

    @cached_property
    def _shares(self) -> tuple[Scores, Scores] | None:
        """The contributions of each place of the two rankings, where there are two."""
        words, near = self._hits.words, self._hits.near
        if words is None or near is None:
            return None
        return self._fusion.by_words(Ranked(*words)), self._fusion.by_meaning(Ranked(*near))

    @cached_property
    def _word_matches(self) -> list[tuple[str, Matches]]:
        return self._ranking.by_word(self._query, all_words=self._hits.all_words)

    def _by_words(self, row: int) -> ByWords | None:
        hits = self._hits
        place = _place(hits.words, row)
        if hits.words is None or place is None:
            return None
        own = ((text, matches, _place(matches, row)) for text, matches in self._word_matches)
        counts = place < COUNTED or _place(hits.near, row) is None
        return ByWords(
            rank=place + 1 if counts else None,
            score=float(hits.words.scores[place]),
            all_words=hits.all_words,
            words=tuple(
                WordScore(text=text, score=float(matches.scores[at])) for text, matches, at in own if at is not None
            ),
        )

    def _by_meaning(self, row: int) -> ByMeaning | None:
        near = self._hits.near
        place = _place(near, row)
        return None if near is None or place is None else ByMeaning(rank=place + 1, cosine=float(near.scores[place]))


def _place(ranking: Matches | None, row: int) -> int | None:
    found = np.flatnonzero(ranking.rows == row).tolist() if ranking is not None else []
    return found[0] if found else None


class Answers:
    """Reads the passages and headers of a page of hits from the store."""

    def __init__(self, store: Store, overlay: JudgementOverlay) -> None:
        self._store, self._overlay = store, overlay

    def page(
        self,
        columns: Columns,
        hits: HitSet,
        found: Papers,
        request: SearchRequest,
        highlighter: Highlighter,
        explainer: Explainer | None,
    ) -> tuple[Hit, ...]:
        """Return the hits of one page of the papers."""
        rows, scores = hits.found
        owners, _ = columns.places(rows)
        page = slice(request.offset, request.offset + request.k)
        if request.of_document is not None:
            held = self._store.find(request.filters.access_classes, document_id=request.of_document)
            wanted = np.flatnonzero(np.isin(columns.docs[found.places], [one.doc for one in held]))
            found = Papers(found.places[wanted], found.scores[wanted], found.close[wanted])
            page = slice(0, 1)
        shown = []
        for place, score, close in zip(*(values[page].tolist() for values in found), strict=True):
            own = (owners == place).nonzero()[0]
            matching = int(hits.close[own].sum())
            own = own[: request.passages]
            document = self._store.header(int(columns.docs[place]), request.filters.access_classes)
            chosen = Matches(rows[own], scores[own])
            passages = self._passages(document, chosen, hits.close[own], request, highlighter, explainer)
            shown.append(Hit(document=document, close=close, matching=matching, score=score, passages=passages))
        return tuple(shown)

    def _passages(
        self,
        document: Document,
        chosen: Matches,
        close: Mask,
        request: SearchRequest,
        highlighter: Highlighter,
        explainer: Explainer | None,
    ) -> tuple[PassageHit, ...]:
        found = []
        for row, score, is_close in zip(chosen.rows.tolist(), chosen.scores.tolist(), close.tolist(), strict=True):
            passage, language = self._overlay.passage(row)
            hit = PassageHit.of(
                passage,
                score,
                highlighter.spans(passage.text, language),
                close=is_close,
                context=self._context(row, request.context),
                explain=explainer.explanation(row, document, passage) if explainer else None,
            )
            found.append(hit)
        return tuple(found)

    def _context(self, row: int, most: int) -> Context | None:
        return Context.of(*self._store.around(row, most), most) if most else None
