"""Fits from when on a passage is close to a query in meaning, and writes `configs/closeness.yaml`.

usage: python -m benchmarks.fit_closeness [--shared ../shared] [--encoder NAME] [--home HOME] [--dry-run]

The judged questions of `SHARED/benchmarks/understanding/search` say what is close; the questions of other fields in
`other_fields.txt`, which are ours, say what is not, put to the judged passages and to the papers of a home. There are
two logistic regressions: `answered` tells relevant passages from those that are nearest to questions of other fields,
`best` from others of the same question. The figures printed are of folds by question, the weights written of all.

The judged passages trained the classifier of themes, so half of the themes that they share with a question are passed
over: of passages that it never saw it finds about as many.
"""

import argparse
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from benchmarks.running import DEFAULT_SHARED
from configs.bodies import load_bodies
from configs.closeness import SHIPPED, load_closeness
from configs.settings import Settings, load_settings
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
from index.query.parser import QueryParsing
from index.ranking.closeness import Meant, Signals
from index.results import SearchRequest
from index.search import search
from pipelines.evaluation.retrieval import fill_index, load_collection
from pipelines.search.query_reader import QueryReader, themes_of
from pipelines.search.service import reader
from pipelines.stages import components
from pipelines.workspace import INDEX

VERSION = "1"
DIGITS = 4
HALF = 0.5
OTHER_FIELDS = Path(__file__).with_name("other_fields.txt")
ANSWERED = ("cosines", "words", "themes", "topic")
BEST = ("behind", "words", "themes")
QUIET = 0.955
"""Share of the questions of other fields that are to have nothing close."""
KEPT = 0.65
"""Share of the relevant passages that `best` keeps: nearly all of those among the first ten are of these."""
HARDEST = 20
"""Passages of a question that are learnt from as not close: the nearest ones."""
RELEVANT, OTHERS = 2.5, 0.15
"""Weights of the relevant passages of a question, and of its others; those of a question of another field count .5."""
FOLDS, FIRST, ANSWERS = 5, 10, 2
"""Folds, ranks that are looked at, and the grade of a passage that answers."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Asked:
    """A question put to a home: the signals of the nearest passages by name, which have all words, and the gains.

    `order` are the places of the passages as search ranks them, best first; `gains` are zeros where nothing is judged.
    """

    signals: dict[str, Floats]
    has_words: NDArray[np.bool_]
    gains: Floats
    order: NDArray[np.intp]

    def rows(self, names: Sequence[str]) -> Floats:
        """Return the passages as rows of some signals."""
        return np.stack([self.signals[name] for name in names], axis=1)

    def hardest(self) -> NDArray[np.intp]:
        """Return the places of the passages that are nearest of those that are not relevant."""
        nearness = self.signals["cosines"] + 0.05 * (self.signals["words"] + self.signals["themes"])
        return np.array([place for place in np.argsort(-nearness) if not self.gains[place]][:HARDEST], np.intp)


def main() -> None:
    """Fit, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--shared", type=Path, default=DEFAULT_SHARED, help="the folder of judged files")
    parser.add_argument("--encoder", default="multilingual-e5-small")
    parser.add_argument("--home", type=Path, help="a home of this encoder whose papers are of the product's field")
    parser.add_argument("--dry-run", action="store_true", help="fit and print, write nothing")
    options = parser.parse_args()
    settings = load_settings(encoder=options.encoder).model_copy(update={"index": "embedded"})
    questions = OTHER_FIELDS.read_text(encoding="utf-8").splitlines()
    collection = load_collection(options.shared / "benchmarks" / "understanding" / "search")
    with tempfile.TemporaryDirectory(prefix="customs-lens-closeness-") as home:
        own = settings.model_copy(update={"home": Path(home)})
        tools = components.PipelineComponents(own)
        names = fill_index(own, tools, collection, lambda *_: None)
        gains = [
            {name: query.gains.get(own_name, 0.0) for name, own_name in names.items()} for query in collection.queries
        ]
        judged = asked(own, [query.text for query in collection.queries], gains)
        others = asked(own, questions)
    if options.home:
        others += asked(settings.model_copy(update={"home": options.home}), questions)
    show(judged, others)
    if not options.dry_run:
        write(options.encoder, tools.identity.model_hash, judged, others)


def asked(settings: Settings, questions: Sequence[str], gains: Sequence[dict[str, float]] | None = None) -> list[Asked]:
    """Return the questions as a home answers them; `gains` are those of its documents for each, where judged."""
    found = []
    read_query = QueryReader(settings, open_encoder(settings))
    with signals_of(settings) as near_to, reader(settings) as engine:
        for number, text in enumerate(questions):
            vector, themes = read_query(text)
            signals, has_words, documents = near_to(text, Meant(vector, themes))
            first = {name: place for place, name in reversed(list(enumerate(documents)))}
            request = SearchRequest(filters=EVERYTHING, query=text, k=100, passages=1)
            hits = search(engine, request, read_query).hits if gains else ()
            order = [first[hit.document.id] for hit in hits if hit.document.id in first]
            judged = [gains[number][name] if gains else 0.0 for name in documents]
            values = {name: np.broadcast_to(one, len(documents)) for name, one in signals._asdict().items()}
            found.append(Asked(values, has_words, np.array(judged), np.array(order, np.intp)))
    return found


NearTo = Callable[[str, Meant], tuple[Signals, NDArray[np.bool_], list[str]]]
"""Gives the signals of the passages near to a question, which have all its words, and their documents."""


@contextmanager
def signals_of(settings: Settings) -> Iterator[NearTo]:
    """Give the signals of an index, which no answer of search has."""
    identity, analysis = encoder_identity(settings), open_analysis()
    folder = settings.home / INDEX
    parsing = QueryParsing(analysis, load_bodies().descendants, themes_of(settings.vocabulary, settings.cache))
    with closing(Store(folder, write=False)) as store:
        name = schema.check(store.connection, folder, identity)["index"]
        text_index, overlay = TextIndex(folder / "text", name, analysis), JudgementOverlay(store, None)
        with SnapshotProvider(store, text_index, overlay, name, identity.dimension).reading() as snapshot:
            understood = terms_of(analysis, partial(store.spellings, EVERY_CLASS))
            selection = select(snapshot.columns, EVERYTHING)
            ranking = Ranking(snapshot, text_index, understood, store.documents_of, selection, None)

            def near_to(text: str, meant: Meant) -> tuple[Signals, NDArray[np.bool_], list[str]]:
                query = parsing.parsed(text, expand=True)
                near = ranking.nearest(meant.vector, query)
                columns = snapshot.columns
                documents = [columns.ids[place] for place in columns.places(near.rows)[0].tolist()]
                signals = ranking.signals(query, near.rows, meant, float(near.scores.max()))
                return signals, np.isin(near.rows, ranking.with_all(query).rows), documents

            yield near_to


def fitted(judged: Sequence[Asked], others: Sequence[Asked], names: Sequence[str]) -> Floats:
    """Return the weights of signals that tell relevant passages from those of `others` and from those beside them."""
    rows, labels, weights = [], [], []

    def add(one: Asked, places: NDArray[np.intp], label: float, weight: float) -> None:
        rows.append(one.rows(names)[places])
        labels.append(np.full(len(places), label))
        weights.append(np.full(len(places), weight / max(len(places), 1)))

    for one in judged:
        add(one, np.flatnonzero(one.gains), 1.0, RELEVANT)
        add(one, one.hardest() if others else np.flatnonzero(one.gains == 0), 0.0, OTHERS if others else RELEVANT)
    for one in others:
        add(one, one.hardest(), 0.0, 0.5)
    every = np.concatenate(rows)
    middle, spread = every.mean(axis=0), every.std(axis=0) + 1e-9
    model = LogisticRegression(max_iter=2000)
    model.fit((every - middle) / spread, np.concatenate(labels), sample_weight=10 * np.concatenate(weights))
    coefficients: Floats = np.maximum(model.coef_[0] / spread, 0.0)  # more of a signal is never less close
    return coefficients


class Fit:
    """Both regressions with their limits, as fitted to some questions; a score is over its limit from 0 on."""

    def __init__(self, judged: Sequence[Asked], others: Sequence[Asked]) -> None:
        self.answered = fitted([half_seen(one) for one in judged], others, ANSWERED)
        self.best = fitted([half_seen(one) for one in judged], (), BEST)
        highest = [float((one.rows(ANSWERED) @ self.answered).max()) for one in others]
        self.answered_limit = float(np.quantile(highest, QUIET, method="higher")) + 0.01
        relevant = [half_seen(one).rows(BEST)[one.gains > 0] @ self.best for one in judged]
        self.best_limit = float(np.quantile(np.concatenate(relevant), 1 - KEPT))

    def close(self, one: Asked) -> NDArray[np.bool_]:
        """Return which passages are close to a question."""
        answered = one.rows(ANSWERED) @ self.answered >= self.answered_limit
        best = one.rows(BEST) @ self.best >= self.best_limit
        return one.has_words | (answered & best)


def half_seen(one: Asked) -> Asked:
    """Return a question with half of the themes that it shares with passages, the same ones every time."""
    kept = np.random.default_rng(len(one.gains)).random(len(one.gains)) < HALF
    return replace(one, signals={**one.signals, "themes": np.where(kept, one.signals["themes"], 0.0)})


def show(judged: Sequence[Asked], others: Sequence[Asked]) -> None:
    """Print the measures in folds by question, with all themes and with half of them."""
    drawn = np.random.default_rng(0)
    parts = drawn.permutation(len(judged)) % FOLDS, drawn.permutation(len(others)) % FOLDS
    quiet: list[bool] = []
    measures: dict[str, list[float]] = {}
    for fold in range(FOLDS):
        fit = Fit(
            *(
                [one for one, part in zip(rows, own, strict=True) if part != fold]
                for rows, own in zip((judged, others), parts, strict=True)
            )
        )
        quiet += [not fit.close(one).any() for one, part in zip(others, parts[1], strict=True) if part == fold]
        for one, part in zip(judged, parts[0], strict=True):
            for kind, seen in (("all themes", one), ("half of them", half_seen(one))) if part == fold else ():
                close = fit.close(seen)
                best = next(place for place in one.order if one.gains[place] > 0)
                first = [float(close[place]) for place in one.order[:FIRST] if one.gains[place] == ANSWERS]
                measures.setdefault(f"best-ranked relevant passage close, {kind}", []).append(float(close[best]))
                measures.setdefault(f"grade 2 among the first {FIRST} close, {kind}", []).extend(first)
                measures.setdefault(f"passages close, {kind}", []).append(float(close.sum()))
    print(f"questions of other fields without a close passage: {np.mean(quiet):.3f} of {len(quiet)}")
    for name, values in measures.items():
        print(f"{name}: {np.mean(values):.3f} of {len(values)}")


def write(encoder: str, model_hash: str, judged: Sequence[Asked], others: Sequence[Asked]) -> None:
    """Write the limits of an encoder that are fitted to all questions; those of others stay."""
    fit = Fit(judged, others)
    own = {
        "model_hash": model_hash,
        "answered": limit(fit.answered, fit.answered_limit),
        "best": limit(fit.best, fit.best_limit),
    }
    known = {name: one.model_dump() for name, one in load_closeness().encoders.items()} if SHIPPED.is_file() else {}
    values = {"version": VERSION, "encoders": {**known, encoder: own}}
    text = yaml.safe_dump(values, sort_keys=False, default_flow_style=None, width=120)
    SHIPPED.write_text(f"# Made by benchmarks/fit_closeness.py. Do not edit: fit again.\n{text}", encoding="utf-8")


def limit(weights: Floats, least: float) -> dict[str, float]:
    """Return weights, in the order of `ANSWERED` and `BEST`, and a limit as the file has them."""
    named = dict(zip(("meaning", "words", "themes", "topic"), weights.tolist(), strict=False))
    return {name: round(value, DIGITS) for name, value in {**named, "limit": least}.items()}


if __name__ == "__main__":
    main()
