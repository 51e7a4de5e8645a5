"""Fits the limits of closeness of passages to queries, and writes `configs/closeness.yaml`.

usage: python -m benchmarks.fit_closeness --home HOME [--shared ../shared] [--encoder NAME] [--dry-run]

Three kinds of questions say what is close: those of `SHARED/benchmarks/questions`, put to a home that holds their
papers; those of `SHARED/benchmarks/understanding/search`, put to its judged passages; and those of other fields in
`other_fields.txt`, which are ours, put to both. For each mode there are two logistic regressions: `answered` tells
relevant passages from those that are nearest to questions that no paper answers, `best` from others of the same
question. In mode `text` the share of words is the least one at which questions of other fields have nothing. The
figures printed are of folds by question, the weights written of all.
"""

import argparse
import json
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import yaml
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from benchmarks.evaluate.retrieval import fill_index, load_collection
from benchmarks.running import DEFAULT_SHARED
from configs.bodies import load_bodies
from configs.closeness import SHIPPED, load_closeness
from configs.settings import Settings, load_settings
from extractors.document import Document, Passage
from index.analysis import open_analysis
from index.embedded import schema
from index.embedded.judgement_overlay import JudgementOverlay
from index.embedded.ranking import Ranking
from index.embedded.selection import select
from index.embedded.snapshot import SnapshotProvider
from index.embedded.store import Store
from index.embedded.text import TextIndex
from index.encoder import encoder_identity, open_encoder
from index.filters import EVERY_CLASS, EVERYTHING
from index.query.compiler import terms_of
from index.query.parser import QueryParsing, parse_query
from index.ranking.centring import centring_of
from index.ranking.closeness import JUDGED, QueryMeaning, closeness_of
from index.ranking.fusion import DEFAULT
from index.results import Mode
from pipelines.search.query_reader import QueryReader, themes_of
from pipelines.stages import components
from pipelines.workspace import INDEX

VERSION = "2"
DIGITS = 4
OTHER_FIELDS = Path(__file__).with_name("other_fields.txt")
MODES: tuple[Mode, ...] = ("hybrid", "vector", "text")
ANSWERED = ("nearest", "topic")
BEST = ("words", "scores", "ranks")
QUIET = 0.96
"""Share of the questions of other fields that are to have nothing close."""
KEPT = 0.78
"""Share of the relevant papers among the first twenty that `best` keeps."""
HARDEST = 20
"""Passages of a question without an answer that are learnt from: the best ones."""
COLLECTION, UNANSWERED = 0.1, 0.5
"""Weights of a question of the judged passages and of one without an answer, where one about papers counts 1."""
FOLDS, FIRST, BELIEVED = 5, 20, 3
"""Folds, papers that are looked at, and passages of a paper by which it is judged."""
SAME = 0.7
"""Share of the words of the shorter text that two texts of one passage have in common, however they were cut."""
UNJUDGED = -1

Floats = NDArray[np.float64]
Grade = Callable[[Document, Passage], int]


class Question(NamedTuple):
    """A question, what grades a passage for it (`UNJUDGED` where nobody did), and whether any paper answers it."""

    text: str
    grade: Grade
    answered: bool
    of_papers: bool = False


@dataclass(frozen=True)
class Asked:
    """The first passages of the ranking of a question in one mode: signals by name, all words, grades, papers."""

    question: Question
    signals: dict[str, Floats]
    has_all: NDArray[np.bool_]
    grades: NDArray[np.int64]
    papers: NDArray[np.int64]
    documents: NDArray[np.int64]

    def rows(self, names: Sequence[str]) -> Floats:
        """Return the passages as rows of some signals."""
        return np.stack([self.signals[name] for name in names], axis=1)

    def listed(self, close: NDArray[np.bool_]) -> Iterator[tuple[bool, int, list[int]]]:
        """Yield the first papers as search lists them: close or not, grade, and the places of their passages."""
        own: dict[int, list[int]] = {}
        for place in np.argsort(~close, kind="stable").tolist():
            shown = own.setdefault(int(self.papers[place]), [])
            if not shown or self.documents[place] == self.documents[shown[0]]:
                shown.append(place)
        for paper, places in list(own.items())[:FIRST]:
            grade = int(self.grades[places[:BELIEVED]].max())
            yield bool(close[places[0]]), grade, np.flatnonzero(self.papers == paper).tolist()


def main() -> None:
    """Fit, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--shared", type=Path, default=DEFAULT_SHARED, help="the folder of judged files")
    parser.add_argument("--encoder", default="multilingual-e5-small")
    parser.add_argument("--home", type=Path, required=True, help="a home of this encoder with the papers asked about")
    parser.add_argument("--dry-run", action="store_true", help="fit and print, write nothing")
    options = parser.parse_args()
    settings = load_settings(encoder=options.encoder).model_copy(update={"index": "embedded"})
    texts = OTHER_FIELDS.read_text(encoding="utf-8").splitlines()
    others = [Question(text, lambda *_: UNJUDGED, answered=False) for text in texts]
    judged = options.shared / "benchmarks"
    lines = (judged / "questions" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    about_papers = [question_of(json.loads(line)) for line in lines]
    collection = load_collection(judged / "understanding" / "search")
    with tempfile.TemporaryDirectory(prefix="customs-lens-closeness-") as home:
        own = settings.model_copy(update={"home": Path(home)})
        tools = components.PipelineComponents(own)
        names = fill_index(own, tools, collection, lambda *_: None)
        about_texts = [
            Question(query.text, partial(gain, names, query.gains), answered=True) for query in collection.queries
        ]
        of_collection = asked(own, [*about_texts, *others])
    of_home = asked(settings.model_copy(update={"home": options.home}), [*about_papers, *others])
    every: dict[Mode, list[Asked]] = {mode: [*of_home[mode], *of_collection[mode]] for mode in MODES}
    for mode in MODES:
        show(mode, every[mode])
    if not options.dry_run:
        write(options.encoder, tools.identity.model_hash, every)


def gain(names: Mapping[str, str], gains: Mapping[str, float], document: Document, _: Passage) -> int:
    """Return the grade of a document of the judged passages; those that nobody named are not relevant."""
    return int(gains.get(names[document.id], 0))


def question_of(row: Mapping[str, Any]) -> Question:
    """Return a question about papers; its passages are recognised by their words."""
    judged = [(one["source"], one["grade"], words_of(one["text"])) for one in row["relevant"]]
    judged += [(one["source"], 0, words_of(one["text"])) for one in row["irrelevant"]]

    def grade(document: Document, passage: Passage) -> int:
        own = words_of(passage.text)
        return max(
            (
                grade
                for source, grade, words in judged
                if document.source.endswith(source) and len(own & words) >= SAME * max(min(len(own), len(words)), 1)
            ),
            default=UNJUDGED,
        )

    return Question(row["query"], grade, row["answered"], of_papers=True)


def words_of(text: str) -> set[str]:
    """Return the words of a text."""
    return set(re.findall(r"\w+", text.lower()))


def asked(settings: Settings, questions: Sequence[Question]) -> dict[Mode, list[Asked]]:
    """Return the questions as a home answers them in each mode."""
    read_query = QueryReader(settings, open_encoder(settings))
    found: dict[Mode, list[Asked]] = {mode: [] for mode in MODES}
    with rankings_of(settings) as ask:
        for question in questions:
            meant = QueryMeaning(*read_query(parse_query(question.text).plain))
            for mode in MODES:
                found[mode].append(ask(question, meant, mode))
    return found


@contextmanager
def rankings_of(settings: Settings) -> Iterator[Callable[[Question, QueryMeaning, Mode], Asked]]:
    """Give the rankings of an index with the signals of their passages, which no answer of search has."""
    identity, analysis = encoder_identity(settings), open_analysis()
    folder, centring = settings.home / INDEX, centring_of(identity)
    parsing = QueryParsing(analysis, load_bodies().descendants, themes_of(settings.vocabulary, settings.cache))
    with closing(Store(folder, write=False)) as store:
        name = schema.check(store.connection, folder, identity)["index"]
        text_index, overlay = TextIndex(folder / "text", name, analysis), JudgementOverlay(store, None)
        with SnapshotProvider(store, text_index, overlay, name, identity.dimension).reading() as snapshot:
            understood, columns = terms_of(analysis, partial(store.spellings, EVERY_CLASS)), snapshot.columns
            selection, closeness = select(columns, EVERYTHING), closeness_of(identity)

            def ask(question: Question, meant: QueryMeaning, mode: Mode) -> Asked:
                query, vector = parsing.parsed(question.text, expand=True), meant.vector
                if centring and mode == "hybrid":
                    language = analysis.language_of_query(query.text)
                    vector = centring.query(vector, language, snapshot.offset(centring))
                ranking = Ranking(snapshot, text_index, understood, store.documents_of, selection, closeness)
                found, words, _ = ranking.ranked(query, mode, vector, DEFAULT.for_query(query.plain), meant.themes)
                signals, rows = ranking.signals(found, meant), found.rows[:JUDGED]
                places = columns.places(rows)[0]
                headers = {doc: store.header(doc, EVERY_CLASS) for doc in set(columns.docs[places].tolist())}
                read = zip(columns.docs[places].tolist(), rows.tolist(), strict=True)
                grades = [question.grade(headers[doc], overlay.passage(row)[0]) for doc, row in read]
                values = {
                    "nearest": signals.cosines,
                    "topic": np.full(len(rows), meant.topic),
                    "words": ranking.shares_of_words(query, rows),
                    "scores": signals.shares(),
                    "ranks": signals.ranks(),
                }
                has_all = np.isin(rows, words.having_all)
                own = np.array(grades, np.int64), columns.papers[places], columns.docs[places]
                return Asked(question, values, has_all, *own)

            yield ask


def fitted(parts: Sequence[tuple[Floats, bool, float]]) -> Floats:
    """Return the weights of a logistic regression; a part has rows, a label, and the weight of each of them.

    More of a signal is never less close: those whose weight would be below 0 are left out, the worst first.
    """
    rows = np.concatenate([part for part, _, _ in parts])
    labels = np.concatenate([np.full(len(part), label) for part, label, _ in parts])
    weights = np.concatenate([np.full(len(part), weight) for part, _, weight in parts])
    middle, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    scaled, found = (rows - middle) / spread, np.zeros(rows.shape[1])
    left = np.arange(rows.shape[1])
    while True:
        model = LogisticRegression(max_iter=2000).fit(scaled[:, left], labels, sample_weight=weights)
        if model.coef_[0].min() >= 0:
            found[left] = model.coef_[0]
            return np.asarray(found / spread, np.float64)
        left = np.delete(left, model.coef_[0].argmin())


class Fit:
    """The limits of one mode, as fitted to some questions."""

    def __init__(self, mode: Mode, questions: Sequence[Asked]) -> None:
        found = [one for one in questions if len(one.grades)]
        others = [one for one in found if not one.question.answered]
        judged = [one for one in found if one.question.answered]
        self._mode = mode
        parts, best = [], []
        for one in judged:
            weight = 1.0 if one.question.of_papers else COLLECTION
            for label, places in (True, one.grades > 0), (False, one.grades == 0):
                best.append((one.rows(BEST)[places], label, weight))
            if (one.grades > 0).any():
                parts.append((one.rows(ANSWERED)[one.grades > 0], True, weight / (one.grades > 0).sum()))
        parts += [(one.rows(ANSWERED)[:HARDEST], False, UNANSWERED / len(one.grades[:HARDEST])) for one in others]
        other_fields = [one for one in others if not one.question.of_papers]
        self.answered, self.best = fitted(parts), fitted(best)
        highest = [float((one.rows(ANSWERED) @ self.answered).max()) for one in other_fields]
        self.answered_limit = float(np.quantile(highest, QUIET, method="higher")) + 10**-DIGITS
        shares = [float(one.signals["words"].max()) for one in other_fields]
        self.words = float(np.quantile(shares, QUIET, method="higher")) + 10**-DIGITS
        kept = [
            max(np.inf if one.has_all[place] else float(one.rows(BEST)[place] @ self.best) for place in places)
            for one in judged
            if one.question.of_papers
            for _, grade, places in one.listed(one.has_all)
            if grade > 0
        ]
        self.best_limit = float(np.quantile(kept, 1 - KEPT, method="lower"))

    def close(self, one: Asked) -> NDArray[np.bool_]:
        """Return which passages are close to a question."""
        if self._mode == "text":
            near = one.signals["words"] >= self.words
        else:
            answered = (one.rows(ANSWERED) @ self.answered).max(initial=-np.inf) >= self.answered_limit
            near = (one.rows(BEST) @ self.best >= self.best_limit) & answered
        found: NDArray[np.bool_] = one.has_all | near
        return found

    def limits(self) -> dict[str, dict[str, float]]:
        """Return weights and limits as the file has them."""
        return {
            "answered": limit(ANSWERED, self.answered, self.answered_limit),
            "best": limit(BEST, self.best, self.best_limit),
        }


def show(mode: Mode, questions: Sequence[Asked]) -> None:
    """Print the measures of a mode in folds by question; a question of another field is in one fold for both homes."""
    texts = sorted({one.question.text for one in questions})
    part = dict(zip(texts, np.random.default_rng(0).permutation(len(texts)) % FOLDS, strict=True))
    counts: dict[str, list[float]] = {}

    def count(measure: str, value: bool) -> None:  # noqa: FBT001 - a measure is a mean of these
        counts.setdefault(measure, []).append(float(value))

    for fold in range(FOLDS):
        fit = Fit(mode, [one for one in questions if part[one.question.text] != fold])
        for one in (one for one in questions if part[one.question.text] == fold):
            close = fit.close(one)
            of = "papers" if one.question.of_papers else "passages"
            if not one.question.answered:
                kind = "neighbouring questions" if one.question.of_papers else "questions of other fields"
                count(f"{kind} with nothing close", not close.any())
                continue
            for near, grade, _ in one.listed(close):
                if near and grade != UNJUDGED:
                    count(f"above the line relevant, {of}", grade > 0)
                if grade > 0:
                    count(f"relevant above the line, {of}", near)
    for name, values in counts.items():
        print(f"{mode}: {name}: {np.mean(values):.3f} of {len(values)}")


def write(encoder: str, model_hash: str, every: Mapping[Mode, Sequence[Asked]]) -> None:
    """Write the limits of an encoder that are fitted to all questions; those of others stay."""
    fits = {mode: Fit(mode, every[mode]) for mode in MODES}
    own = {"model_hash": model_hash, **{mode: fits[mode].limits() for mode in ("hybrid", "vector")}}
    known = {name: one.model_dump() for name, one in load_closeness().encoders.items()} if SHIPPED.is_file() else {}
    values = {"version": VERSION, "words": round(fits["text"].words, DIGITS), "encoders": {**known, encoder: own}}
    text = yaml.safe_dump(values, sort_keys=False, default_flow_style=None, width=120)
    SHIPPED.write_text(f"# Made by benchmarks/fit_closeness.py. Do not edit: fit again.\n{text}", encoding="utf-8")


def limit(names: Sequence[str], weights: Floats, least: float) -> dict[str, float]:
    """Return weights and a limit by name."""
    named = dict(zip(names, weights.tolist(), strict=True))
    return {name: round(value, DIGITS) for name, value in {**named, "limit": least}.items()}


if __name__ == "__main__":
    main()
