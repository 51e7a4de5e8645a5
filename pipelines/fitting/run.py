"""The command `models fit`: trains a classifier for the encoder, vocabulary and maturity model of a home."""

import time
from contextlib import suppress
from pathlib import Path

from configs.settings import Settings
from configs.system.errors import UnavailableError
from configs.system.folders import make_home
from extractors.document import Value
from index.filters import AccessClasses
from pipelines.fitting.data import encoded, rows_of, target_of
from pipelines.fitting.examples import Progress
from pipelines.fitting.fit import fit_classifier
from pipelines.fitting.judged import judged_passages
from pipelines.fitting.network import keep_memory
from pipelines.fitting.parts import nothing_stated
from pipelines.fitting.passages import JudgedPassage, require_folds
from pipelines.stages.components import PipelineComponents
from pipelines.storage.classifiers import fitted_path, retrained_path

FOLDS = 5


class FitReport(Value):
    """A classifier that was fitted: for what, on how many passages, and the confidences from which on it shows.

    `of_papers` passages of real papers calibrated it.
    """

    encoder: str
    model: str
    version: str
    themes: int
    dimensions: int
    passages: int
    of_papers: int
    suggested_theme: float
    suggested_tag: float
    accepted_theme: float
    accepted_stated: float
    accepted_topic: float
    file: str
    seconds: float


def fit(
    settings: Settings,
    *,
    access_classes: AccessClasses,
    folder: Path | None = None,
    folds: int = FOLDS,
    progress: Progress = lambda *_: None,
) -> FitReport:
    """Train a classifier and store it in the home, replacing an earlier one for the same encoder.

    It trains on the product's training passages, on those of the home with judgements that the caller may see, and on
    a folder of judged ones, which also calibrate it while they are held out in folds; without a folder the training
    passages do. The next ingestion tags
    all documents again. Raises `UsageError` for a number of folds that the passages do not allow and for a maturity
    model that they say nothing of, `OSError` where the home cannot hold it, and as `read_judged`, `open_encoder` and
    `load_vocabulary` do.
    """
    judged: list[JudgedPassage] = []
    with suppress(UnavailableError):  # no index exists yet
        judged = judged_passages(settings, access_classes=access_classes)
    rows = rows_of(folder, judged)
    require_folds([row for row in rows.judged if row.weight], folds)
    started, tools = time.perf_counter(), PipelineComponents(settings)
    target = target_of(tools)
    if not any(row.stated.intersection(target.labels.dimensions) for row in (*rows.always, *rows.judged)):
        raise nothing_stated()
    path = fitted_path(settings.home, tools.identity)
    make_home(settings.home)
    path.parent.mkdir(exist_ok=True)
    passages = encoded(rows, tools, progress)
    keep_memory()
    done = 0

    def report(_: str) -> None:
        nonlocal done
        done += 1
        progress(done, folds + 1, "fits")

    weights = fit_classifier(passages.always, passages.judged, target, folds, report)
    weights.write(path)
    retrained_path(settings.home, tools.identity).unlink(missing_ok=True)  # of the classifier before; it is passed over
    return FitReport(
        encoder=tools.identity.name,
        model=target.model,
        version=weights.version,
        themes=len(target.labels.themes),
        dimensions=len(target.labels.dimensions),
        passages=len(weights.note.seen),
        of_papers=weights.note.of_papers,
        suggested_theme=weights.note.suggested_theme,
        suggested_tag=weights.note.suggested_tag,
        accepted_theme=weights.note.accepted_theme,
        accepted_stated=weights.note.accepted_stated,
        accepted_topic=weights.note.accepted_topic,
        file=str(path),
        seconds=round(time.perf_counter() - started, 1),
    )
