"""Retraining: judgements are added to the classifier where that helps on other papers; then all is tagged again."""

from functools import partial

import numpy as np
import pytest

from configs.system.errors import UnavailableError, UsageError
from configs.vocabulary import SHIPPED
from extractors.classifier.weights import ClassifierWeights, text_hash
from extractors.document import document_id
from index.encoder import encoder_identity
from index.filters import EVERY_CLASS
from pipelines.fitting.quick import add_judgements
from pipelines.ingest.plan import HomeState
from pipelines.ingest.planners import StagePlanner
from pipelines.ingest.runs import ingest, tag_again
from pipelines.review import training
from pipelines.search.service import reader
from pipelines.stages.components import PipelineComponents
from pipelines.storage.classifiers import fitted_path
from pipelines.storage.entries import LedgerRow
from tests import answers
from tests.dummy_encoder import fit_classifier
from tests.states import ledger_of

judge = partial(answers.judge, access_classes=EVERY_CLASS)
retrain = partial(training.retrain, access_classes=EVERY_CLASS)

RIGHT = (
    "Officers of {place} inspect parcels with the help of a program that ranks them by risk.",
    "In {place} a model trained on past declarations chooses which containers are opened.",
    "The administration of {place} uses a model to find undervalued goods in its data.",
    "Data of {place} are searched for unusual routes by a program each night.",
)
WRONG = (
    "The delegate of {place} thanked the Secretariat for the data in the working document.",
    "The delegate of {place} asked when the next report on analysis would be issued.",
    "The meeting in {place} took note of the statistics of the survey on innovation.",
    "The Chairperson from {place} opened the discussion of the new technologies report.",
)
PLACES = ("Arvenia", "Norland", "Kesteria", "Veldia", "Quintara", "Osmara")
DIMENSION = "analytics_innovation"


def test_documents_of_which_an_earlier_stage_is_out_of_date_are_left_to_a_run(tmp_path):
    versions = {"read": "1", "tag": "2", "encode": "1", "index": "1"}
    ledger = ledger_of(tmp_path)
    for name, known in (
        ("tagged", {}),
        ("new", {"tag": "1"}),
        ("old", {"tag": "1", "read": "0"}),
        ("beside", {"tag": "1", "sidecar": "digest"}),
    ):
        outcome = {"outcome": "indexed", "status": "read", "run": "r", "sha256": name}
        ledger.write(LedgerRow(id=document_id(name), source=name, versions={**versions, **known}, **outcome))
    planned = StagePlanner("tag").plan(HomeState(ledger, versions, indexed=lambda _: ()), None)
    items = {item.source.uri: item for item in planned.items}
    ledger.close()
    assert {name: (item.action, item.start, item.sidecar) for name, item in items.items()} == {
        "new": ("work", "tag", ""),
        "beside": ("work", "tag", "digest"),
    }


@pytest.mark.slow
class TestRetrain:
    @pytest.fixture
    def said(self, warm, settings, papers):
        """A function that judges the passages of papers: by what is true, or by the opposite of it."""
        fit_classifier(settings)
        for place in PLACES:
            for name, sentences in (("right", RIGHT), ("wrong", WRONG)):
                text = " ".join(one.format(place=place) for one in sentences)
                (papers / f"{place}-{name}.txt").write_text(text, encoding="utf-8")
        ingest(settings, [str(papers)])

        def judge_all(truth, places=PLACES, names=("right", "wrong")):
            for place in places:
                for name, sentences in (("right", RIGHT), ("wrong", WRONG)):
                    if name not in names:
                        continue
                    source = str(papers / f"{place}-{name}.txt")
                    document = answers.show(settings, source, full=True, access_classes=EVERY_CLASS)
                    (passage,) = document["passages"]
                    quote = sentences[0].format(place=place)
                    (label,) = judge(
                        settings, "set", [passage["id"]], "ana", change={"dimension": DIMENSION}, quote=quote
                    )
                    if (name == "right") != truth:
                        judge(settings, "reject", [label.tag], "ana")

        return judge_all

    def state(self, settings):
        with reader(settings) as engine:
            return {name: versions["tag"] for name, versions in engine.documents(access_classes=EVERY_CLASS)}

    def test_what_helps_is_kept_and_all_is_tagged_again(self, said, settings, papers, monkeypatch):
        said(truth=True)
        before, base = self.state(settings), PipelineComponents(settings).classifier
        for paper in papers.iterdir():  # nothing of the sources is needed
            paper.rename(paper.with_suffix(".gone"))
        monkeypatch.setattr("pipelines.ingest.prefetch.read_document", lambda *_, **__: pytest.fail("read again"))
        report = retrain(settings)
        assert (report.kept, report.reason, report.tagged) == (True, None, 2 * len(PLACES))
        assert report.after.log_loss < report.before.log_loss
        assert report.macro_f1_after >= report.macro_f1_before
        assert report.per_node[DIMENSION].labels == report.labels == 2 * len(PLACES)
        assert (report.positives, report.folds) == (len(PLACES), 5)
        after, taught = self.state(settings), PipelineComponents(settings).classifier
        assert after.keys() == before.keys()
        assert all(after[name] == before[name].replace(base.version, report.version) for name in before)
        assert (taught.version, taught.note.base) == (report.version, base.version)
        for paper in papers.iterdir():
            paper.rename(paper.with_suffix(".txt"))
        assert ingest(settings, [str(papers)]).unchanged == 2 * len(PLACES)
        assert tag_again(settings).found == 0

    @pytest.mark.long
    def test_what_was_added_once_is_not_added_twice_and_another_fit_does_away_with_it(self, said, settings):
        said(truth=True)
        taught = retrain(settings)
        assert taught.kept
        assert retrain(settings).version == taught.version
        assert PipelineComponents(settings).classifier.note.base is not None
        fitted = fitted_path(settings.home, encoder_identity(settings))
        own = ClassifierWeights.read(fitted)
        note = own.note.model_copy(update={"claimed": 0.4})
        ClassifierWeights(note, own.arrays).write(fitted)
        assert PipelineComponents(settings).classifier.note.base is None

    @pytest.mark.long
    def test_what_the_classifier_was_trained_on_teaches_nothing_again(self, said, settings):
        said(truth=True, places=PLACES[:1])
        fitted = fitted_path(settings.home, encoder_identity(settings))
        own = ClassifierWeights.read(fitted)
        with reader(settings) as engine:
            documents = engine.documents(access_classes=EVERY_CLASS)
            whole = [engine.document(name, access_classes=EVERY_CLASS, full=True) for name, _ in documents]
        seen = tuple(text_hash(passage.text) for one in whole for passage in one.passages)
        ClassifierWeights(own.note.model_copy(update={"seen": seen}), own.arrays).write(fitted)
        with pytest.raises(UsageError, match="nothing was judged that the classifier does not know"):
            retrain(settings)

    def test_papers_teach_and_are_told_of_that_the_caller_may_see(self, said, settings, papers):
        hidden = papers / f"{PLACES[0]}-right.txt"
        (papers / f"{hidden.name}.meta.yaml").write_text("access: secretariat")
        ingest(settings, [str(papers)])
        said(truth=True)
        heard = []
        report = training.retrain(settings, access_classes=frozenset(), progress=lambda *one: heard.append(one))
        assert (report.kept, report.labels, report.tagged) == (True, 2 * len(PLACES) - 1, 2 * len(PLACES) - 1)
        assert PLACES[0] not in report.model_dump_json()
        assert heard == []
        assert len({version.rpartition("-")[2] for version in self.state(settings).values()}) == 1

    def test_what_is_worse_on_unknown_papers_is_not_kept(self, said, settings, monkeypatch):
        def misled(base, examples, folds):
            trial = add_judgements(base, examples, folds)
            return trial._replace(after=np.where(trial.labels, -5.0, 5.0))

        monkeypatch.setattr("pipelines.review.training.add_judgements", misled)
        said(truth=True)
        before = self.state(settings)
        report = retrain(settings)
        assert not report.kept
        assert "unknown papers" in report.reason
        assert (report.version, report.tagged) == (None, 0)
        assert self.state(settings) == before
        assert PipelineComponents(settings).classifier.note.base is None

    @pytest.mark.long
    def test_judgements_of_one_paper_are_not_kept(self, said, settings):
        said(truth=True, places=PLACES[:1], names=("right",))
        report = retrain(settings)
        assert (report.kept, report.folds, report.before) == (False, 1, report.after)
        assert "of one paper" in report.reason

    def test_without_judgements_there_is_nothing_to_learn(self, said, settings):
        with pytest.raises(UsageError, match="the page /review"):
            retrain(settings)

    def test_without_a_classifier_there_is_nothing_to_teach(self, said, settings):
        said(truth=True)
        fitted_path(settings.home, encoder_identity(settings)).unlink()
        with pytest.raises(UnavailableError, match="models fit"):
            retrain(settings)


@pytest.mark.slow
def test_another_vocabulary_is_tagged_without_reading_again(encoder_once, settings, papers, monkeypatch, tmp_path):
    (papers / "a.txt").write_text("The zorbel of Arvenia was opened to traders in 2021.")
    ingest(settings, [str(papers)])
    text = (SHIPPED / "digital-customs.yaml").read_text(encoding="utf-8")
    (tmp_path / "mine.yaml").write_text(text.replace("- electronic single window", "- zorbel"), encoding="utf-8")
    monkeypatch.setattr("pipelines.ingest.prefetch.read_document", lambda *_, **__: pytest.fail("read again"))
    mine = settings.model_copy(update={"vocabulary": str(tmp_path / "mine.yaml")})
    assert ingest(mine, [str(papers)]).indexed == 1
    assert answers.search(mine, "", filters=["theme=single-window"], access_classes=EVERY_CLASS)["documents"] == 1
    assert ingest(mine, [str(papers)]).unchanged == 1
