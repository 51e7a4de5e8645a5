"""What people say of tags: it counts at once and outlives everything that is done to the documents afterwards."""

import shutil
from functools import partial

import pytest

from configs.system.errors import UsageError
from extractors.document import document_id
from index.filters import EVERY_CLASS
from pipelines.ingest.runs import ingest
from pipelines.sources.source import uri_of
from pipelines.stages import components, tagging
from tests import answers
from tests.scorers import WordScorer

judge = partial(answers.judge, access_classes=EVERY_CLASS)
history = partial(answers.history, access_classes=EVERY_CLASS)

SENTENCE = "Officers of Arvenia key the manifest again from paper since the systems are not connected."
OTHER = "The legal basis for electronic declarations was adopted by parliament in 2019."
MODEL = """
id: my-model
version: "1"
provenance: provisional
source: made up
unit_of_assessment: administration
scale: null
dimensions:
  - {id: keying, label: {en: Keying}, criteria: [{text: {en: Officers key data from paper again.}}]}
"""


def passages_of(settings, papers):
    return answers.show(settings, str(papers / "a.txt"), full=True, access_classes=EVERY_CLASS)["passages"]


@pytest.mark.slow
class TestDocuments:
    """Over real documents, tagged by the small encoder."""

    @pytest.fixture
    def passage(self, take_in, papers, settings):
        """The passage of a paper that says both sentences."""
        (papers / "a.txt").write_text(f"{SENTENCE} {OTHER}", encoding="utf-8")
        take_in()
        (found,) = passages_of(settings, papers)
        return found["id"]

    @pytest.fixture
    def tags(self, settings, papers):
        """A function that returns the tags people made, wherever they stand now, with their words."""

        def read():
            return [
                (tag["dimension"], tag["status"], tag["level"], passage["text"][tag["start"] : tag["end"]])
                for passage in passages_of(settings, papers)
                for tag in passage["maturity"]
                if tag["by"] == "ana"
            ]

        return read

    def test_what_was_said_outlives_another_cut_and_index(self, take_in, settings, papers, passage, tags, monkeypatch):
        change = {"dimension": "legal_framework", "level": "L3", "modality": "planned"}
        judge(settings, "set", [passage], "ana", change=change, quote=OTHER)
        said = [("legal_framework", "accepted", "L3", OTHER)]
        assert tags() == said
        for more in ({"start": "tag"}, {"force": True}):
            take_in(**more)
            assert tags() == said
        real = tagging.split_passages
        monkeypatch.setattr(tagging, "split_passages", lambda *args, **more: real(*args, **more, max_tokens=32))
        take_in(start="tag")
        assert len(passages_of(settings, papers)) > 1
        assert tags() == said
        shutil.rmtree(settings.home / "index")  # as for another encoder
        take_in()
        assert tags() == said
        (judgement,) = history(settings)
        assert not judgement.is_unanchored
        assert (judgement.judgement.author, judgement.passage[:16]) == ("ana", passage[:16])

    def test_what_was_said_of_themes_outlives_another_cut_and_scorer(self, take_in, settings, papers, monkeypatch):
        monkeypatch.setattr(components.PipelineComponents, "theme_scorer", WordScorer({"paper": ("paperless", 0.6)}))
        (papers / "a.txt").write_text(f"{SENTENCE} {OTHER}", encoding="utf-8")
        take_in()

        def themes():
            return {
                (one["id"], one["status"], one["confidence"])
                for passage in passages_of(settings, papers)
                for one in passage["themes"]
                if one["kind"] == "about"
            }

        (before,) = passages_of(settings, papers)
        assert themes() == {("paperless", "suggested", 0.6)}
        judge(settings, "reject", [f"{before['id']}:theme:paperless"], "ana")
        judge(settings, "set", [before["id"]], "ana", theme="green-customs")
        said = {("green-customs", "accepted", 1.0)}
        assert themes() == said
        for more in ({"start": "tag"}, {"force": True}):
            take_in(**more)
            assert themes() == said
        monkeypatch.setattr(
            components.PipelineComponents, "theme_scorer", WordScorer({"paper": ("paperless", 0.9)}, "2")
        )
        assert take_in().indexed == 1
        assert themes() == said
        real = tagging.split_passages
        monkeypatch.setattr(tagging, "split_passages", lambda *args, **more: real(*args, **more, max_tokens=32))
        take_in(start="tag")
        assert len(passages_of(settings, papers)) > 1
        assert ("green-customs", "accepted", 1.0) in themes()
        monkeypatch.setattr(tagging, "split_passages", real)
        shutil.rmtree(settings.home / "index")  # as for another encoder
        take_in(start="tag")
        assert themes() == said
        assert [one.is_unanchored for one in history(settings)] == [False, False]

    def test_what_was_said_is_loose_until_its_words_are_back(self, take_in, settings, papers, passage, tags):
        judge(settings, "set", [passage], "ana", change={"dimension": "legal_framework"}, quote="legal basis")
        before = (papers / "a.txt").read_text()
        (papers / "a.txt").write_text("Nothing of it is left here today.")
        take_in()
        assert tags() == []
        assert [one.is_unanchored for one in history(settings)] == [True]
        (papers / "a.txt").write_text(f"Before all else, a new sentence stands here. {before}")
        take_in()
        assert tags() == [("legal_framework", "accepted", None, "legal basis")]

    def test_a_search_counts_it_at_once_without_a_writer(self, settings, passage):
        def count(*filters):
            return answers.search(settings, "", filters=list(filters), access_classes=EVERY_CLASS)["documents"]

        change = {"dimension": "people_capacity", "modality": "lacking"}
        judge(settings, "set", [passage], "ana", change=change, quote=SENTENCE)
        assert count("dimension=people_capacity", "modality=lacking") == 1
        (tag,) = [one.judgement.tag for one in history(settings)]
        judge(settings, "reject", [tag], "bo")
        assert count("dimension=people_capacity", "modality=lacking") == 0
        assert count("dimension=people_capacity", "status=rejected") == 1
        assert [one.judgement.author for one in history(settings, tag)] == ["bo", "ana"]

    def test_judgements_wait_for_their_own_model(self, encoder_once, settings, papers, monkeypatch, tmp_path):
        (papers / "a.txt").write_text(f"{SENTENCE} {OTHER}", encoding="utf-8")
        ingest(settings, [str(papers)])
        passage = f"{document_id(uri_of(str(papers / 'a.txt')))}-0"
        judge(settings, "set", [passage], "ana", change={"dimension": "legal_framework"}, quote=OTHER)
        (tmp_path / "my-model.yaml").write_text(MODEL)
        monkeypatch.setattr("pipelines.ingest.prefetch.read_document", lambda *_, **__: pytest.fail("read again"))
        other = settings.model_copy(update={"model": str(tmp_path / "my-model.yaml")})

        def models():
            return {tag["model"] for one in passages_of(settings, papers) for tag in one["maturity"]}

        assert ingest(other, [str(papers)]).indexed == 1
        assert models() <= {"my-model"}
        with pytest.raises(UsageError, match="no level L1"):
            judge(other, "set", [passage], "ana", change={"dimension": "keying", "level": "L1"}, quote=SENTENCE)
        assert ingest(settings, [str(papers)]).indexed == 1
        assert "dcmm-interop" in models()
        assert [one.is_unanchored for one in history(settings)] == [False]

    @pytest.mark.parametrize(
        ("named", "subject"), [("Kenya", "KE"), ("union européenne", "EU"), ("Arvenia", "Arvenia")]
    )
    def test_a_subject_is_named_by_code_or_name(self, settings, passage, named, subject):
        change = {"dimension": "legal_framework", "modality": "planned", "subject": named}
        judge(settings, "set", [passage], "ana", change=change, quote=OTHER)
        found = answers.search(settings, "", mode="text", filters=[f"subject={named}"], access_classes=EVERY_CLASS)
        (hit,) = found["hits"]
        assert [tag["subject"] for tag in hit["passages"][0]["maturity"] if tag["by"] == "ana"] == [subject]
