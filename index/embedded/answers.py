"""From ranked passages to the answer that a caller sees."""

from extractors.document import Document
from index.embedded.annotation_overlay import AnnotationOverlay
from index.embedded.columns import Columns, Mask
from index.embedded.explaining import Explainer
from index.embedded.ranking import HitSet, Papers
from index.embedded.store import Store
from index.embedded.text import Matches
from index.ranking.context import context_of
from index.ranking.highlights import Highlighter
from index.results import Context, Hit, PassageHit, SearchRequest


class Answers:
    """Reads what a page of hits shows from the store."""

    def __init__(self, store: Store, overlay: AnnotationOverlay) -> None:
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
        """Return the hits of one page of the papers that were found."""
        rows, scores = hits.found
        owners, _ = columns.places(rows)
        page = slice(request.offset, request.offset + request.k)
        shown = []
        for place, score, close in zip(*(values[page].tolist() for values in found), strict=True):
            own = (owners == place).nonzero()[0][: request.passages]
            document = self._store.header(int(columns.docs[place]), request.filters.access_classes)
            chosen = Matches(rows[own], scores[own])
            passages = self._passages(document, chosen, hits.close[own], request, highlighter, explainer)
            shown.append(Hit(document=document, close=close, score=score, passages=passages))
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
        return context_of(*self._store.around(row, most), most) if most else None
