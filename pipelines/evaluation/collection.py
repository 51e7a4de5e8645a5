"""A judged collection for search in BEIR form: documents, queries, and which documents answer which query."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from configs.system.errors import ConfigError, UnavailableError
from pipelines.evaluation.judged import JudgedRow, read_jsonl, read_lines

_CORPUS, _QUERIES, _QRELS = "corpus.jsonl", "queries.jsonl", "qrels.tsv"
_COLUMNS = ("query-id", "corpus-id", "score")


class About(JudgedRow):
    """What a collection says of a text beside it: its ISO 639-1 language, where known."""

    language: str | None = None


class JudgedText(JudgedRow):
    """A document or a query; its id may be written as a number."""

    id: str = Field(alias="_id", coerce_numbers_to_str=True, min_length=1)
    title: str | None = None
    text: str
    metadata: About | None = None

    @property
    def language(self) -> str | None:
        """The language that the collection gives."""
        return self.metadata.language if self.metadata else None


@dataclass(frozen=True)
class JudgedQuery:
    """A query with at least one relevant document; `gains` are those of its judged documents, by id.

    `place` is the file and line that it comes from, for errors.
    """

    text: str
    gains: Mapping[str, float]
    place: str

    @property
    def relevant(self) -> frozenset[str]:
        """The documents that answer it."""
        return frozenset(name for name, gain in self.gains.items() if gain > 0)


@dataclass(frozen=True)
class Collection:
    """The documents in the order of the file, and the queries that can be scored."""

    documents: tuple[JudgedText, ...]
    queries: tuple[JudgedQuery, ...]


def load_collection(folder: Path) -> Collection:
    """Return the collection in a folder: `corpus.jsonl`, `queries.jsonl` and `qrels.tsv`, which has a header.

    Queries without a relevant document are left out. Raises `UnavailableError` where the folder or a file is not
    there and `ConfigError`, naming file and line, for what is no such row and for an id that no row has.
    """
    if not folder.is_dir():
        raise UnavailableError(f"{folder}: no such folder", f"name one with {_CORPUS}, {_QUERIES} and {_QRELS}")
    documents = _texts(folder / _CORPUS)
    queries = _texts(folder / _QUERIES)
    gains: dict[str, dict[str, float]] = {name: {} for name in queries}
    for line, query, document, gain in _judgments(folder / _QRELS):
        for name, known, file in ((query, queries, _QUERIES), (document, documents, _CORPUS)):
            if name not in known:
                message = f"there is no {name} in {file}"
                raise ConfigError(folder / _QRELS, message, line=line, remedy="take the line out or add it there")
        gains[query][document] = gain
    judged = (
        JudgedQuery(row.text, gains[name], f"{folder / _QUERIES}:{line}") for name, (line, row) in queries.items()
    )
    scored = tuple(query for query in judged if query.relevant)
    if not scored:
        raise ConfigError(folder / _QRELS, "no query has a relevant document", remedy="give one a score above 0")
    return Collection(tuple(row for _, row in documents.values()), scored)


def _texts(path: Path) -> dict[str, tuple[int, JudgedText]]:
    found: dict[str, tuple[int, JudgedText]] = {}
    for line, row in read_jsonl(path, JudgedText):
        if row.id in found:
            raise ConfigError(path, f"the id {row.id} stands twice", line=line, remedy="each has to have its own")
        found[row.id] = (line, row)
    if not found:
        raise ConfigError(path, "there is nothing in it", remedy="write one JSON object a line")
    return found


def _judgments(path: Path) -> Iterator[tuple[int, str, str, float]]:
    """Yield line, query, document and gain of each judgment; what the columns of the header are called is free."""
    header_passed = False
    for line, text in read_lines(path):
        cells = [cell.strip() for cell in text.split("\t")]
        if len(cells) != len(_COLUMNS):
            remedy = f"there have to be three, with tabs between them: {', '.join(_COLUMNS)}"
            raise ConfigError(path, f"{len(cells)} columns", line=line, remedy=remedy)
        query, document, score = cells
        gain = _number(score)
        if header_passed and gain is None:
            raise ConfigError(path, f"the score {score!r} is no number", line=line, remedy="0 is not relevant")
        if gain is None:
            header_passed = True
        elif not header_passed:
            raise ConfigError(path, "there is no header", line=line, remedy=f"begin with {', '.join(_COLUMNS)}")
        else:
            yield line, query, document, gain


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
