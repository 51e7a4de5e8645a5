"""Quotations: whether a paper has these words, where its citation says."""

from collections.abc import Callable

from pydantic import Field

from extractors.document import Value
from pipelines.access.keys import Reader
from pipelines.collection import Collection
from pipelines.quotations.verify import MOST_CHARACTERS, Verdict


class QuotationParameters(Value):
    """A quotation, and the citation that stands beside it: `PC0345E1a, § 46, p. 12`."""

    text: str = Field(max_length=MOST_CHARACTERS)
    citation: str | None = None


def answer(
    collection: Collection,
    asked: QuotationParameters,
    reader: Reader,
    check: Callable[[], None] = lambda: None,
) -> Verdict:
    """Return what becomes of the quotation in the papers that the reader may see; see `Collection.verifier`."""
    return collection.verifier(reader, check).verify(asked.text, asked.citation)
