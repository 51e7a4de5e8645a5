"""Compares passages that respect headings with windows of a fixed length, on books with judged sections.

usage: python -m benchmarks.passages COLLECTION [--encoder all-MiniLM-L6-v2] [--sections 20] [--books 70]

COLLECTION is a judged collection in BEIR form with titles (`cranfield`). Its documents, shuffled, become the sections
of synthetic books: the title a heading, the text a paragraph. Each book is cut in both ways, the pieces are indexed,
and every query is asked by words (BM25) and by words and meaning (RRF), as `search` would.

The measure is nDCG in words read: a reader goes down the ranking for 1,800 words. A relevant section gains by the
share of it that is new, with the discount log2(2 + words read before / 180); the ideal reader gets the relevant
sections whole, one after the other.
"""

import argparse
import math
import random
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np

from benchmarks.evaluate.documents import text_document
from benchmarks.evaluate.retrieval import Collection, JudgedText, load_collection
from configs.settings import Settings, load_settings
from extractors.document import Block, Document, Passage
from index.filters import EVERYTHING
from index.results import Mode, SearchRequest
from index.search import search
from pipelines.search.query_reader import QueryReader
from pipelines.stages import components, tagging
from pipelines.storage.opening import open_storage

WINDOW = 180
"""Words of a fixed window: about as many tokens as a passage may have."""
READ = 1800
"""Words that the reader reads."""
GOAL = 1.4
DEEPEST = 100
MODES: tuple[Mode, ...] = ("text", "hybrid")


@dataclass(frozen=True)
class Piece:
    """A passage or a window: which words of which book it holds."""

    book: int
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Book:
    """Sections in a row: their documents, the text of each with its title, and where each begins, in words."""

    sections: tuple[JudgedText, ...]
    starts: tuple[int, ...]

    @property
    def words(self) -> list[str]:
        """All words, titles included."""
        return [word for section in self.sections for word in words_of(section)]


def main() -> None:
    """Print the measure of both cuts and their ratio."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("collection", type=Path)
    parser.add_argument("--encoder", default="all-MiniLM-L6-v2")
    parser.add_argument("--sections", type=int, default=20)
    parser.add_argument("--books", type=int, default=70)
    options = parser.parse_args()
    collection = load_collection(options.collection)
    books = make_books(collection, options.sections)[: options.books]
    tools = components.PipelineComponents(load_settings(encoder=options.encoder))
    cuts = {
        "fixed windows": [piece for number, book in enumerate(books) for piece in windows(number, book)],
        "passages": [piece for number, book in enumerate(books) for piece in passages(number, book, tools)],
    }
    found = {name: measure(pieces, books, collection, tools) for name, pieces in cuts.items()}
    for name, pieces in cuts.items():
        mean = sum(piece.end - piece.start for piece in pieces) / len(pieces)
        print(
            f"{name}: {len(pieces)} of {mean:.0f} words; " + ", ".join(f"{k} {v:.4f}" for k, v in found[name].items())
        )
    for mode in MODES:
        print(f"{mode}: {found['passages'][mode] / found['fixed windows'][mode]:.2f} times (goal {GOAL})")


def make_books(collection: Collection, size: int) -> list[Book]:
    """Return the documents of a collection as books, shuffled the same at every call."""
    documents = list(collection.documents)
    random.Random(0).shuffle(documents)
    books = []
    for start in range(0, len(documents), size):
        sections = tuple(documents[start : start + size])
        lengths = [len(words_of(section)) for section in sections]
        books.append(Book(sections, tuple(accumulate(lengths, initial=0))))
    return books


def words_of(section: JudgedText) -> list[str]:
    """Return the words of a section as they stand in the book."""
    return f"{section.title or ''} {section.text}".split()


def windows(number: int, book: Book) -> Iterator[Piece]:
    """Yield windows of a fixed number of words."""
    words = book.words
    for start in range(0, len(words), WINDOW):
        part = words[start : start + WINDOW]
        yield Piece(number, start, start + len(part), " ".join(part))


def passages(number: int, book: Book, tools: components.PipelineComponents) -> Iterator[Piece]:
    """Yield the passages that the pipeline makes of the book."""
    blocks: list[Block] = []
    for section in book.sections:
        if section.title:
            blocks.append(Block(id=len(blocks), kind="heading", level=1, text=section.title))
        blocks.append(Block(id=len(blocks), kind="paragraph", text=section.text))
    document = text_document(f"book-{number}", "", title=None, language="en").model_copy(
        update={"blocks": tuple(blocks)}
    )
    split = tagging.split(document, tools, language_of=lambda _: "en").passages
    ends = accumulate((len(passage.text.split()) for passage in split), initial=0)
    for passage, (start, end) in zip(split, pairwise(ends), strict=True):
        yield Piece(number, start, end, passage.text)


def measure(
    pieces: Sequence[Piece], books: Sequence[Book], collection: Collection, tools: components.PipelineComponents
) -> dict[Mode, float]:
    """Index the pieces, each as a document of its own, and return the mean over the queries, by mode."""
    home = {
        section.id: (number, place) for number, book in enumerate(books) for place, section in enumerate(book.sections)
    }
    scores: dict[Mode, list[float]] = {mode: [] for mode in MODES}
    with tempfile.TemporaryDirectory(prefix="customs-lens-passages-") as folder:
        settings = tools.settings.model_copy(update={"home": Path(folder)})
        by_id = fill(settings, pieces, tools)
        engine, read_query = (
            open_storage(settings).open_engine(tools.identity, write=False),
            QueryReader(settings, tools.encoder),
        )
        try:
            for query in collection.queries:
                spans = [span_of(books, *home[name]) for name in query.relevant if name in home]
                if not spans:
                    continue
                for mode in MODES:
                    request = SearchRequest(filters=EVERYTHING, query=query.text, mode=mode, k=DEEPEST, passages=1)
                    hits = search(engine, request, read_query).hits
                    scores[mode].append(ndcg_in_words([by_id[hit.document.id] for hit in hits], spans))
        finally:
            engine.close()
    return {mode: float(np.mean(found)) for mode, found in scores.items()}


def fill(settings: Settings, pieces: Sequence[Piece], tools: components.PipelineComponents) -> Mapping[str, Piece]:
    """Put the pieces into an index and return them by the ids of their documents."""
    by_id: dict[str, Piece] = {}
    vectors = tools.encoder.passages([piece.text for piece in pieces])
    engine = open_storage(settings).open_engine(tools.identity, write=True)
    try:
        for number, piece in enumerate(pieces):
            document = text_document(f"piece-{number}", "", title=None, language="en")
            passage = Passage(id=f"{document.id}-0", ordinal=0, text=piece.text, language="en")
            engine.put(whole(document, passage), vectors[number : number + 1], versions=tools.versions)
            by_id[document.id] = piece
    finally:
        engine.close()
    return by_id


def whole(document: Document, passage: Passage) -> Document:
    """Return a document with one passage."""
    return document.model_copy(update={"passages": (passage,)})


Span = tuple[int, int, int]
"""Book, and the first word and the one after the last of a section."""


def span_of(books: Sequence[Book], book: int, place: int) -> Span:
    """Return where a section stands."""
    return book, books[book].starts[place], books[book].starts[place + 1]


def ndcg_in_words(ranking: Sequence[Piece], spans: Sequence[Span]) -> float:
    """Return the nDCG of a ranking in words read; pieces of one ranking do not overlap."""
    gain, read = 0.0, 0
    for piece in ranking:
        length = piece.end - piece.start
        if read and read + length > READ:
            break
        for book, start, end in spans:
            if book == piece.book:
                shared = max(0, min(end, piece.end) - max(start, piece.start))
                gain += shared / (end - start) * discount(read)
        read += length
    ideal, read = 0.0, 0
    for _, start, end in sorted(spans, key=lambda span: span[2] - span[1]):
        if read and read + end - start > READ:
            break
        ideal += discount(read)
        read += end - start
    return gain / ideal


def discount(read: int) -> float:
    """Return what a gain counts after so many words."""
    return 1 / math.log2(2 + read / WINDOW)


if __name__ == "__main__":
    main()
