"""Retraining: heads are kept where they help on papers that they do not know; then documents are tagged again."""

import json
from functools import partial

import numpy as np
import pytest

from configs.errors import ConfigError, UsageError
from configs.settings import load_settings
from configs.vocabulary import SHIPPED
from extractors.document import document_id
from extractors.maturity.heads import Examples
from index.filters import EVERY_CLASS
from pipelines.ingest.plan import HomeState
from pipelines.ingest.planners import StagePlanner
from pipelines.ingest.runs import ingest, tag_again
from pipelines.pages.environment import single_page
from pipelines.review import training
from pipelines.review.cross_validation import cross_validate
from pipelines.search.service import reader
from pipelines.storage.ledger import Entry
from pipelines.storage.local_ledger import LocalLedger
from pipelines.storage.opening import open_storage
from tests import answers

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


def random_examples(count, papers, *, teaches):
    random = np.random.default_rng(0)
    vectors = random.standard_normal((count, 12)) / 3
    labels = vectors[:, 0] > 0 if teaches else random.random(count) > 0.5
    shared = np.where(labels, 0.3, -0.3) + random.standard_normal(count) / 2
    names = np.array(["a", "b"] * (count // 2))
    return Examples(names, np.array(["e"] * count), labels, shared, vectors), [f"p{n % papers}" for n in range(count)]


class TestCrossValidation:
    def test_no_paper_is_scored_by_what_was_fitted_to_it(self):
        """A paper's labels turned round change the scores of the others and not its own."""
        one, papers = random_examples(80, 8, teaches=True)
        own = np.array([paper == "p3" for paper in papers])
        turned = Examples(one.dimensions, one.encoders, one.labels ^ own, one.shared, one.vectors)
        before, after = (cross_validate(each, papers) for each in (one, turned))
        fold_mates = np.isclose(before.logits, after.logits)
        assert fold_mates[own].all()
        assert not fold_mates.all()
        assert before.folds == 5

    def test_what_can_be_learnt_lowers_the_loss_and_noise_does_not(self):
        for teaches in (True, False):
            one, papers = random_examples(240, 12, teaches=teaches)
            trial = cross_validate(one, papers)
            gain = np.mean((trial.chances >= 0.5) == one.labels) - np.mean((one.shared >= 0) == one.labels)
            assert (gain > 0.05) == teaches

    def test_one_paper_is_one_fold(self):
        one, _ = random_examples(20, 1, teaches=True)
        trial = cross_validate(one, ["p"] * 20)
        assert trial.folds == 1
        np.testing.assert_allclose(trial.logits, one.shared)


def test_documents_of_which_an_earlier_stage_is_out_of_date_are_left_to_a_run(tmp_path):
    versions = {"read": "1", "tag": "2", "encode": "1", "index": "1"}
    ledger = LocalLedger(tmp_path / "ledger.db")
    for name, known in (
        ("tagged", {}),
        ("new", {"tag": "1"}),
        ("old", {"tag": "1", "read": "0"}),
        ("beside", {"tag": "1", "sidecar": "digest"}),
    ):
        outcome = {"outcome": "indexed", "status": "read", "run": "r", "sha256": name}
        ledger.write(Entry(id=document_id(name), source=name, versions={**versions, **known}, **outcome))
    planned = StagePlanner("tag").plan(HomeState(ledger, versions, indexed=lambda _: ()), None)
    items = {item.source.uri: item for item in planned.items}
    ledger.close()
    assert {name: (item.action, item.start, item.sidecar) for name, item in items.items()} == {
        "new": ("work", "tag", ""),
        "beside": ("work", "tag", "digest"),
    }


@pytest.mark.model
@pytest.mark.slow
class TestRetrain:
    @pytest.fixture
    def said(self, encoder_once, settings, papers):
        """A function that judges the sentences of papers: by what is true, or all right."""
        for place in PLACES:
            text = "\n\n".join(one.format(place=place) for one in (*RIGHT, *WRONG))
            (papers / f"{place}.txt").write_text(text, encoding="utf-8")
        ingest(settings, [str(papers)])

        def judge_all(rule, places=PLACES):
            for place in places:
                document = answers.show(settings, str(papers / f"{place}.txt"), full=True, access_classes=EVERY_CLASS)
                for sentence in (*RIGHT, *WRONG):
                    quote = sentence.format(place=place)
                    passage = next(one["id"] for one in document["passages"] if quote in one["text"])
                    change = {"dimension": DIMENSION}
                    (label,) = judge(settings, "set", [passage], "ana", change=change, quote=quote)
                    right = {"truth": sentence in RIGHT, "right": True}[rule]
                    if not right:
                        judge(settings, "reject", [label.tag], "ana")

        return judge_all

    def state(self, settings):
        with reader(settings) as engine:
            return {name: versions["tag"] for name, versions in engine.documents(access_classes=EVERY_CLASS)}

    def machine(self, settings, papers):
        """Who tagged what no person judged."""
        found = answers.show(settings, str(papers / "unseen.txt"), full=True, access_classes=EVERY_CLASS)["passages"]
        return {tag["by"]: tag["confidence"] for one in found for tag in one["maturity"]}

    def test_what_helps_is_kept_and_every_document_tagged_again_without_reading(
        self, said, settings, papers, monkeypatch
    ):
        (papers / "unseen.txt").write_text("A model trained on declarations of Pelagia chooses parcels to be opened.")
        ingest(settings, [str(papers)])
        said("truth")
        before, before_tags = self.state(settings), self.machine(settings, papers)
        for paper in papers.iterdir():  # nothing of the sources is needed
            paper.rename(paper.with_suffix(".gone"))
        monkeypatch.setattr("pipelines.ingest.prefetch.read_document", lambda *_, **__: pytest.fail("read again"))
        report = retrain(settings)
        assert (report.kept, report.reason, report.tagged) == (True, None, len(PLACES) + 1)
        assert report.after.log_loss < report.before.log_loss
        assert report.macro_f1 == report.after.macro_f1 >= report.before.macro_f1
        assert report.per_node[DIMENSION].labels == 48
        after = self.state(settings)
        assert after.keys() == before.keys()
        assert all(after[name] == f"{before[name]}-{report.version}" for name in before)
        (by,) = self.machine(settings, papers)
        assert by.endswith(f"+{report.version}")
        assert by not in before_tags
        stored = json.loads((settings.home / "heads" / "dcmm-interop.json").read_text())
        assert (stored["version"], stored["labels"], stored["model"]) == (report.version, 48, "dcmm-interop")
        assert stored["at"] == report.at
        for paper in papers.iterdir():
            paper.rename(paper.with_suffix(".txt"))
        assert ingest(settings, [str(papers)]).unchanged == len(PLACES) + 1
        assert tag_again(settings).found == 0
        page = single_page("retraining_report.html", report=report)
        assert DIMENSION in page
        assert report.version is not None

    def test_papers_teach_and_are_told_of_that_the_caller_may_see(self, said, settings, papers):
        for place in PLACES[:1]:
            (papers / f"{place}.txt.meta.yaml").write_text("access: secretariat")
        ingest(settings, [str(papers)])
        said("truth")
        heard = []
        report = training.retrain(settings, access_classes=frozenset(), progress=lambda *one: heard.append(one))
        assert (report.kept, report.labels, report.documents, report.tagged) == (True, 40, 5, 5)
        assert PLACES[0] not in report.model_dump_json()
        assert heard == []
        assert all(version.endswith(f"-{report.version}") for version in self.state(settings).values())
        assert len(self.state(settings)) == len(PLACES)

    def test_what_is_worse_on_unknown_papers_is_not_kept(self, said, settings, monkeypatch):
        def misled(examples, papers):
            trial = cross_validate(examples, papers)
            return trial._replace(logits=np.where(examples.labels, -5.0, 5.0))

        monkeypatch.setattr("pipelines.review.training.cross_validate", misled)
        said("truth")
        before = self.state(settings)
        report = retrain(settings)
        assert not report.kept
        assert "unknown papers" in report.reason
        assert report.macro_f1 == report.before.macro_f1
        assert (report.version, report.tagged) == (None, 0)
        assert self.state(settings) == before
        assert not (settings.home / "heads").exists()
        assert report.reason in single_page("retraining_report.html", report=report)

    @pytest.mark.parametrize(
        ("rule", "places", "words"), [("truth", PLACES[:1], "of one paper"), ("right", PLACES, "no dimension has both")]
    )
    def test_what_cannot_be_tried_is_not_kept(self, said, settings, rule, places, words):
        said(rule, places)
        assert words in retrain(settings).reason

    def test_without_judgements_there_is_nothing_to_learn(self, said, settings):
        with pytest.raises(UsageError, match="review list"):
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


def test_heads_that_are_none_are_one_clear_error(tmp_path):
    assert open_storage(load_settings(tmp_path)).heads("m") is None
    (tmp_path / "heads").mkdir()
    (tmp_path / "heads" / "m.json").write_text('{"version": 3}')
    with pytest.raises(ConfigError, match=r"m\.json.*retrain"):
        open_storage(load_settings(tmp_path)).heads("m")
