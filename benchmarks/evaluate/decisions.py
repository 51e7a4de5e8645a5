"""`evaluate decisions`: precision and recall of extracted decisions against those that people listed.

A judged row is found where a decision of its paper holds the first or the last words of its sentence, letters and
digits alone; a sentence that is given is right where it does so for any row.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal
from unicodedata import normalize

import numpy as np
from pydantic import TypeAdapter, ValidationError

from benchmarks.evaluate.report import MeasureRow
from benchmarks.evaluate.scoring import measure_of, resamples
from configs.proceedings import load_proceedings
from configs.settings import Settings
from configs.system.errors import ConfigError, UnavailableError
from extractors.document import Block, Decision, Document, Value
from extractors.metadata.clauses import BodyNames, Clauses
from extractors.reading import read_document
from pipelines.fitting.examples import Progress
from pipelines.fitting.measures import share_of
from pipelines.fitting.passages import JudgedRow, read_jsonl, read_lines
from pipelines.sources.source import uri_of
from pipelines.stages.language_model import prepare_languages

_ROWS, _PAPERS = "decisions.jsonl", "papers.json"
_FIRST, _LAST = 60, 40
"""Letters at the start and at the end of a row's words by which its sentence is known."""
_EXCERPT = 300
_LEAD_CHARACTERS = 200
_ACTS = frozenset({"resolution", "decision", "directive", "recommendation", "declaration"})

PaperGroup = Literal["minutes", "resolutions", "all"]


class JudgedDecision(JudgedRow):
    """A decision that a reader listed: the first words of its sentence, and what is printed of it."""

    paper: str
    verb: str
    text: str
    actor: str | None = None
    addressee: str | None = None
    deadline: str | None = None
    sure: bool = True


class DecisionMistake(Value):
    """A row that is missed, a sentence that is none, or a field that differs: `line` is that of the row."""

    paper: str
    kind: Literal["missed", "wrong", "verb", "addressee", "deadline"]
    line: int | None
    text: str
    judged: str | None
    given: str | None


class DecisionReport(Value):
    """The measures of minutes, of resolutions and of all papers, and what is missed and wrong."""

    papers: int
    rows: int
    measures: dict[PaperGroup, tuple[MeasureRow, ...]]
    mistakes: tuple[DecisionMistake, ...]


@dataclass(frozen=True)
class _Judged:
    """A paper with its rows and their lines, what was found in it, and the decision found for each row."""

    name: str
    rows: tuple[tuple[int, JudgedDecision], ...]
    document: Document
    matches: tuple[Decision | None, ...]

    @property
    def is_resolution(self) -> bool:
        """Whether it is an act of a body, by its kind, else by a lead such as "The Assembly,"."""
        kind = self.document.kind
        return kind in _ACTS if kind else any(map(_is_lead, self.document.blocks))

    @property
    def given(self) -> dict[str, Decision]:
        """The decisions of distinct sentences, by their letters."""
        return {_letters(one.text): one for one in self.document.decisions}

    def is_right(self, sentence: str) -> bool:
        """Whether any row is of the sentence with these letters."""
        return any(_is_same(_letters(row.text), sentence) for _, row in self.rows)


def evaluate_decisions(
    settings: Settings, folder: Path, *, papers: Path | None = None, progress: Progress = lambda *_: None
) -> DecisionReport:
    """Return how well the decisions of the papers that `decisions.jsonl` of a folder names are found.

    `papers.json` beside it names further ones that were read and record none. The files lie in `papers`, by default
    the folder `papers` in it. Raises `UnavailableError` for a file that is not there and `ConfigError`, naming the
    line, for a row of another shape or of an unknown verb.
    """
    prepare_languages(settings.cache)
    rows = _rows(folder / _ROWS)
    names = dict.fromkeys([*_listed(folder / _PAPERS), *(row.paper for _, row in rows)])
    judged: list[_Judged] = []
    for name in names:
        document = _document(settings, papers or folder / "papers", name)
        own = tuple((line, row) for line, row in rows if row.paper == name)
        judged.append(_Judged(name, own, document, tuple(_match(row, document) for _, row in own)))
        progress(len(judged), len(names), "papers")
    groups: dict[PaperGroup, list[_Judged]] = {
        "minutes": [one for one in judged if not one.is_resolution],
        "resolutions": [one for one in judged if one.is_resolution],
        "all": judged,
    }
    return DecisionReport(
        papers=len(judged),
        rows=len(rows),
        measures={name: _measures(own) for name, own in groups.items() if own},
        mistakes=tuple(mistake for one in judged for mistake in _mistakes(one)),
    )


def _rows(path: Path) -> tuple[tuple[int, JudgedDecision], ...]:
    verbs = {verb.id for verb in load_proceedings().decisions}
    rows = tuple(read_jsonl(path, JudgedDecision))
    for line, row in rows:
        if row.verb not in verbs:
            remedy = f"write one of {', '.join(sorted(verbs))}"
            raise ConfigError(path, f"{row.verb} is no verb of decisions", line=line, field="verb", remedy=remedy)
    if not rows:
        raise ConfigError(path, "there is nothing in it", remedy="write one JSON object a line")
    return rows


def _listed(path: Path) -> tuple[str, ...]:
    """Return the papers that a file names, which need not be there."""
    if not path.exists():
        return ()
    text = "\n".join(line for _, line in read_lines(path))
    try:
        return TypeAdapter(tuple[str, ...]).validate_json(text)
    except ValidationError as error:
        raise ConfigError(path, "is no list of papers", remedy='write ["paper.pdf", ...]') from error


def _document(settings: Settings, papers: Path, name: str) -> Document:
    path = papers / name
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        remedy = "name the folder of the papers by --papers"
        raise UnavailableError(f"{path}: cannot be read: {error.strerror}", remedy) from error
    document = read_document(path, source=uri_of(str(path)), sha256=digest, limits=settings.reading)
    if document.status != "read":
        raise UnavailableError(f"{path}: {document.status}: {'; '.join(document.warnings)}", "leave its rows out")
    return document


def _match(row: JudgedDecision, document: Document) -> Decision | None:
    """Return the decision found for a row: of its sentence, by its verb if there is one, and its addressee."""
    same = [one for one in document.decisions if _is_same(_letters(row.text), _letters(one.text))]
    return max(
        same,
        key=lambda one: (one.verb == row.verb, _agrees(row.addressee, one.addressee)),
        default=None,
    )


def _measures(papers: Sequence[_Judged]) -> tuple[MeasureRow, ...]:
    """Return each measure over papers, with intervals of 1,000 bootstrap resamples of them (Efron 1979)."""
    draws = resamples([one.name for one in papers])
    counts = [_counts(one) for one in papers]
    found = []
    for name in _counts(papers[0]):
        sums = np.array([count[name] for count in counts], np.float64)
        right, of = (draws @ sums).T
        total = sums.sum(axis=0)
        measure = measure_of(share_of(*total), right[of > 0] / of[of > 0], int(total[1]))
        found.append(MeasureRow(name=name, value=measure.value, low=measure.low, high=measure.high, n=measure.n))
    return tuple(found)


def _counts(paper: _Judged) -> dict[str, tuple[int, int]]:
    """Return of each measure how often it holds in a paper and how often it might."""
    pairs = [(row, match) for (_, row), match in zip(paper.rows, paper.matches, strict=True)]
    sure = [match for row, match in pairs if row.sure]
    both = [(row, match) for row, match in pairs if match]
    addressees = [(row.addressee, match.addressee) for row, match in both]
    deadlines = [(row.deadline, match.deadline.text if match.deadline else None) for row, match in both]
    unasked = [given for judged, given in addressees if not judged]
    return {
        "found": (sum(match is not None for match in sure), len(sure)),
        "right": (sum(map(paper.is_right, paper.given)), len(paper.given)),
        "verb": (sum(row.verb == match.verb for row, match in both), len(both)),
        "addressee": _share_right(addressees),
        "deadline": _share_right(deadlines),
        "addressee_invented": (sum(given is not None for given in unasked), len(unasked)),
    }


def _share_right(fields: Sequence[tuple[str | None, str | None]]) -> tuple[int, int]:
    judged = [(wanted, given) for wanted, given in fields if wanted]
    return sum(_agrees(wanted, given) for wanted, given in judged), len(judged)


def _mistakes(paper: _Judged) -> Iterator[DecisionMistake]:
    for (line, row), match in zip(paper.rows, paper.matches, strict=True):
        if match is None:
            if row.sure:
                yield _mistake(paper, "missed", line, row.text, row.verb, None)
            continue
        deadline = match.deadline.text if match.deadline else None
        if row.verb != match.verb:
            yield _mistake(paper, "verb", line, match.text, row.verb, match.verb)
        if not _agrees(row.addressee, match.addressee):
            yield _mistake(paper, "addressee", line, match.text, row.addressee, match.addressee)
        if row.deadline and not _agrees(row.deadline, deadline):
            yield _mistake(paper, "deadline", line, match.text, row.deadline, deadline)
    for sentence, decision in paper.given.items():
        if not paper.is_right(sentence):
            yield _mistake(paper, "wrong", None, decision.text, None, decision.verb)


def _mistake(
    paper: _Judged,
    kind: Literal["missed", "wrong", "verb", "addressee", "deadline"],
    line: int | None,
    text: str,
    judged: str | None,
    given: str | None,
) -> DecisionMistake:
    return DecisionMistake(paper=paper.name, kind=kind, line=line, text=text[:_EXCERPT], judged=judged, given=given)


def _is_same(row: str, sentence: str) -> bool:
    return row[:_FIRST] in sentence or row[-_LAST:] in sentence or sentence in row


def _agrees(judged: str | None, given: str | None) -> bool:
    """Return whether two names or times are the same, or one is the other with more around it."""
    if not (judged and given):
        return judged is given
    one, other = _letters(judged), _letters(given)
    return one in other or other in one


def _letters(text: str) -> str:
    """Return the letters and digits of a text in lower case, ligatures as their letters."""
    return "".join(filter(str.isalnum, normalize("NFKC", text).lower()))


def _is_lead(block: Block) -> bool:
    """Return whether a block names a body above a resolution: "The Assembly,"."""
    text = block.text.strip()
    if not (block.kind == "paragraph" and text.endswith(",") and len(text) <= _LEAD_CHARACTERS):
        return False
    return _clauses().lead(text, BodyNames()) is not None


@cache
def _clauses() -> Clauses:
    return Clauses(load_proceedings())
