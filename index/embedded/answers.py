"""From ranked passages to the answer that a caller sees."""

from index.analysis import Analysis
from index.embedded.columns import Columns, Rows
from index.embedded.labelled import Labelled
from index.embedded.ranking import Papers
from index.embedded.store import Store
from index.embedded.text import Matches
from index.highlights import Highlighter, TermsOf
from index.nodes import Leaf
from index.protocol import Hit, PassageHit, SearchRequest


class Answers:
    """Reads what a page of hits shows from the store."""

    def __init__(self, store: Store, labelled: Labelled, analysis: Analysis, terms_of: TermsOf) -> None:
        self._store, self._labelled, self._analysis, self._terms_of = store, labelled, analysis, terms_of

    def page(
        self,
        columns: Columns,
        matches: Matches,
        found: Papers,
        request: SearchRequest,
        leaves: tuple[Leaf, ...],
    ) -> tuple[Hit, ...]:
        """Return the hits of one page; `matches` are the hit set's passages, best first."""
        owners, _ = columns.places(matches.rows)
        page = slice(request.offset, request.offset + request.k)
        highlighter = Highlighter(leaves, self._analysis, self._terms_of)
        hits = []
        for place, score in zip(found.places[page].tolist(), found.scores[page].tolist(), strict=True):
            own = (owners == place).nonzero()[0][: request.passages]
            passages = self._passages(matches.rows[own], matches.scores[own].tolist(), highlighter)
            document = self._store.header(int(columns.docs[place]), request.filters.access_classes)
            hits.append(Hit(document=document, score=score, passages=passages))
        return tuple(hits)

    def _passages(self, rows: Rows, scores: list[float], highlighter: Highlighter) -> tuple[PassageHit, ...]:
        found = []
        for row, score in zip(rows.tolist(), scores, strict=True):
            passage, language = self._labelled.passage(row)
            found.append(PassageHit.of(passage, score, highlighter.spans(passage.text, language)))
        return tuple(found)
