"""What people say of tags: it counts at once and outlives everything that is done to the documents afterwards."""

import shutil
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

from configs.errors import UsageError
from extractors.document import Document, MaturityTag, Passage, document_id
from index.filters import EVERY_CLASS
from pipelines.ingest.runs import ingest
from pipelines.review import judge as review
from pipelines.review import queue as review_queue
from pipelines.search.service import reader
from pipelines.sources.source import uri_of
from pipelines.stages import components
from pipelines.storage.opening import open_storage
from tests import answers
from tests.scorers import WordScorer

judge = partial(answers.judge, access_classes=EVERY_CLASS)
history = partial(answers.history, access_classes=EVERY_CLASS)
queue = partial(answers.queue, access_classes=EVERY_CLASS)

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


@pytest.mark.slow
class TestDocuments:
    """Over real documents, tagged by the small encoder."""

    @pytest.fixture
    def passage(self, take_in, papers, settings):
        """The passage of a paper that says both sentences."""
        (papers / "a.txt").write_text(f"{SENTENCE} {OTHER}", encoding="utf-8")
        take_in()
        (found,) = answers.show(settings, str(papers / "a.txt"), full=True, access_classes=EVERY_CLASS)["passages"]
        return found["id"]

    @pytest.fixture
    def tags(self, settings, papers):
        """A function that returns the tags people made, wherever they stand now, with their words."""

        def read():
            passages = answers.show(settings, str(papers / "a.txt"), full=True, access_classes=EVERY_CLASS)["passages"]
            return [
                (tag["dimension"], tag["status"], tag["level"], passage["text"][tag["start"] : tag["end"]])
                for passage in passages
                for tag in passage["maturity"]
                if tag["by"] == "ana"
            ]

        return read

    def test_what_was_said_outlives_another_cut_tagger_reading_and_index(
        self, take_in, settings, papers, passage, tags, monkeypatch
    ):
        judge(settings, "set", [passage], "ana", change={"dimension": "legal_framework", "level": "L3"}, quote=OTHER)
        said = [("legal_framework", "accepted", "L3", OTHER)]
        assert tags() == said
        take_in(start="tag")
        assert tags() == said
        take_in(force=True)
        assert tags() == said
        real = components.split_passages
        monkeypatch.setattr(components, "split_passages", lambda *args, **more: real(*args, **more, max_tokens=32))
        take_in(start="tag")
        assert len(answers.show(settings, str(papers / "a.txt"), full=True, access_classes=EVERY_CLASS)["passages"]) > 1
        assert tags() == said
        shutil.rmtree(settings.home / "index")  # as for another encoder
        take_in()
        assert tags() == said
        (label,) = history(settings)
        assert (label.is_loose, label.label.author, label.passage[:16]) == (False, "ana", passage[:16])

    def test_what_was_said_of_themes_outlives_another_cut_scorer_reading_and_index(
        self, take_in, settings, papers, monkeypatch
    ):
        monkeypatch.setattr(components.PipelineComponents, "theme_scorer", WordScorer({"paper": ("paperless", 0.6)}))
        (papers / "a.txt").write_text(f"{SENTENCE} {OTHER}", encoding="utf-8")
        take_in()

        def passages():
            return answers.show(settings, str(papers / "a.txt"), full=True, access_classes=EVERY_CLASS)["passages"]

        def themes():
            return {
                (one["id"], one["status"], one["confidence"])
                for passage in passages()
                for one in passage["themes"]
                if one["kind"] == "about"
            }

        (before,) = passages()
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
        real = components.split_passages
        monkeypatch.setattr(components, "split_passages", lambda *args, **more: real(*args, **more, max_tokens=32))
        take_in(start="tag")
        assert len(passages()) > 1
        assert ("green-customs", "accepted", 1.0) in themes()
        monkeypatch.setattr(components, "split_passages", real)
        shutil.rmtree(settings.home / "index")  # as for another encoder
        take_in(start="tag")
        assert themes() == said
        assert [one.is_loose for one in history(settings)] == [False, False]

    def test_a_changed_document_leaves_what_was_said_loose_until_the_words_are_back(
        self, take_in, settings, papers, passage, tags
    ):
        judge(settings, "set", [passage], "ana", change={"dimension": "legal_framework"}, quote="legal basis")
        before = (papers / "a.txt").read_text()
        (papers / "a.txt").write_text("Nothing of it is left here today.")
        take_in()
        assert tags() == []
        assert [one.is_loose for one in history(settings)] == [True]
        assert queue(settings).loose == 1
        (papers / "a.txt").write_text(f"Before all else, a new sentence stands here. {before}")
        take_in()
        assert tags() == [("legal_framework", "accepted", None, "legal basis")]

    def test_a_search_counts_it_at_once_without_a_writer(self, settings, passage):
        def count(*filters):
            return answers.search(settings, "", filters=list(filters), access_classes=EVERY_CLASS)["documents"]

        change = {"dimension": "people_capacity", "modality": "lacking"}
        judge(settings, "set", [passage], "ana", change=change, quote=SENTENCE)
        assert count("dimension=people_capacity", "modality=lacking") == 1
        (tag,) = [one.label.tag for one in history(settings)]
        judge(settings, "reject", [tag], "bo")
        assert count("dimension=people_capacity", "modality=lacking") == 0
        assert count("dimension=people_capacity", "status=rejected") == 1
        assert [one.label.author for one in history(settings, tag)] == ["bo", "ana"]

    def test_another_model_is_tagged_without_reading_and_labels_wait_for_their_own(
        self, encoder_once, settings, papers, monkeypatch, tmp_path
    ):
        (papers / "a.txt").write_text(f"{SENTENCE} {OTHER}", encoding="utf-8")
        ingest(settings, [str(papers)])
        passage = f"{document_id(uri_of(str(papers / 'a.txt')))}-0"
        judge(settings, "set", [passage], "ana", change={"dimension": "legal_framework"}, quote=OTHER)
        (tmp_path / "my-model.yaml").write_text(MODEL)
        monkeypatch.setattr("pipelines.ingest.prefetch.read_document", lambda *_, **__: pytest.fail("read again"))
        other = settings.model_copy(update={"model": str(tmp_path / "my-model.yaml")})

        def models():
            found = answers.show(settings, str(papers / "a.txt"), full=True, access_classes=EVERY_CLASS)["passages"]
            return {tag["model"] for one in found for tag in one["maturity"]}

        assert ingest(other, [str(papers)]).indexed == 1
        assert models() <= {"my-model"}
        with pytest.raises(UsageError, match="no level L1"):
            judge(other, "set", [passage], "ana", change={"dimension": "keying", "level": "L1"}, quote=SENTENCE)
        assert ingest(settings, [str(papers)]).indexed == 1
        assert "dcmm-interop" in models()
        assert [one.is_loose for one in history(settings)] == [False]

    @pytest.mark.parametrize(
        ("action", "name", "change", "quote", "words"),
        [
            ("accept", "nothing", {}, None, "no such tag"),
            ("accept", "{passage}", {}, None, "no such tag"),
            ("reject", "{passage}:legal_framework:9999", {}, None, "no such tag"),
            ("set", "{passage}", {"dimension": "legal_framework"}, None, "--quote"),
            ("set", "{passage}", {"level": "L1"}, OTHER, "--dimension"),
            ("set", "{passage}", {"dimension": "weather"}, OTHER, "no dimension weather"),
            ("set", "{passage}", {"dimension": "legal_framework", "level": "L9"}, OTHER, "no level L9"),
            ("set", "{passage}", {"dimension": "legal_framework"}, "not said there", "not said there"),
        ],
    )
    def test_what_cannot_be_said_is_refused_and_nothing_stored(
        self, settings, passage, action, name, change, quote, words
    ):
        with pytest.raises(UsageError, match=words):
            judge(settings, action, [name.format(passage=passage)], "ana", change=change, quote=quote)
        assert not (settings.home / "labels.db").exists()

    @pytest.mark.parametrize("author", ["", "  ", "customs-lens 1/1"])
    def test_who_says_it_has_a_name_of_their_own(self, settings, passage, author):
        with pytest.raises(UsageError, match="--author"):
            judge(settings, "set", [passage], author, change={"dimension": "legal_framework"}, quote=OTHER)

    @pytest.mark.parametrize(
        ("named", "subject"), [("Kenya", "KE"), ("union européenne", "EU"), ("Arvenia", "Arvenia")]
    )
    def test_a_subject_is_named_by_code_or_name(self, settings, passage, named, subject):
        change = {"dimension": "legal_framework", "subject": named}
        judge(settings, "set", [passage], "ana", change=change, quote=OTHER)
        found = answers.search(settings, "", mode="text", filters=[f"subject={named}"], access_classes=EVERY_CLASS)
        (hit,) = found["hits"]
        assert [tag["subject"] for tag in hit["passages"][0]["maturity"] if tag["by"] == "ana"] == [subject]

    def test_of_several_names_one_unknown_stops_all(self, settings, passage):
        judge(settings, "set", [passage], "ana", change={"dimension": "legal_framework"}, quote=OTHER)
        (one,) = history(settings)
        with pytest.raises(UsageError, match="no such tag"):
            judge(settings, "reject", [one.label.tag, f"{passage}:no:0"], "ana")
        assert len(history(settings)) == 1


class TestQueue:
    """Over documents whose tags have chosen confidences, in a real index."""

    @pytest.fixture
    def put(self, settings):
        def store(confidences, name="a", body="ptc", dimension="systems_security"):
            number = document_id(f"file:///{name}")
            passages = tuple(
                Passage(id=f"{number}-{n}", ordinal=n, text=SENTENCE, maturity=(_tag(f"{number}-{n}", dimension, one),))
                for n, one in enumerate(confidences)
            )
            document = Document(
                id=number, key=number, sha256="0", source=f"file:///{name}", media_type="text/plain", body=body,
                passages=passages,
            )  # fmt: skip
            tools = components.PipelineComponents(settings)
            engine = open_storage(settings).open_engine(tools.identity, write=True)
            vectors = np.ones((len(passages), tools.identity.dimension), np.float32)
            engine.put(document, vectors, versions={"model": "dcmm-interop"})
            engine.close()

        return store

    def test_the_least_sure_come_first_and_judged_ones_are_left_out(self, settings, put):
        put([0.99, 0.51, 0.3, 0.66, 0.795])
        found = [one.tag.confidence for one in queue(settings).tags]
        assert found[:2] in ([0.795, 0.51], [0.51, 0.795])
        assert sorted(found) == [0.3, 0.51, 0.66, 0.795, 0.99]
        judge(settings, "accept", [queue(settings).tags[0].id], "ana")
        after = queue(settings)
        assert [one.tag.confidence for one in after.tags][:1] == [0.51 if found[0] == 0.795 else 0.795]
        assert (after.waiting, after.labels) == (4, 1)

    @pytest.mark.parametrize(("knows_model", "first"), [(True, 0.21), (False, 0.52)])
    def test_near_is_what_the_classifier_in_use_suggests_from(self, settings, put, monkeypatch, knows_model, first):
        note = SimpleNamespace(suggested_tag=0.2, suggested_theme=0.3, accepted_tag=0.8, accepted_theme=0.8)
        classifier = SimpleNamespace(note=note, knows=lambda _: knows_model)
        put([0.21, 0.52, 0.35, 0.65])
        monkeypatch.setattr("pipelines.review.queue.load_classifier", lambda *_: classifier)
        assert queue(settings).tags[0].tag.confidence == first

    def test_it_is_spread_over_papers_dimensions_and_bodies(self, settings, put):
        put([0.5, 0.501, 0.502, 0.503], "a")
        put([0.52, 0.521], "b")
        put([0.53], "c", body="ec", dimension="legal_framework")
        first = [one.document.source[-1] for one in queue(settings, limit=3).tags]
        assert sorted(first) == ["a", "b", "c"]

    def test_an_engine_that_stays_open_asks_for_no_judged_tag_again(self, settings, put):
        put([0.51, 0.66])
        with reader(settings) as engine:
            asked = [one.id for one in review_queue.queue(settings, engine, access_classes=EVERY_CLASS).tags]
            for name in asked:
                review.judge(settings, engine, "accept", [name], "ana", act="1", access_classes=EVERY_CLASS)
            after = review_queue.queue(settings, engine, access_classes=EVERY_CLASS)
            said = [one.label.tag for one in review.history(engine, access_classes=EVERY_CLASS)]
        assert (after.tags, after.waiting, after.labels) == ((), 0, 2)
        assert said == asked[::-1]

    def test_it_is_narrowed_by_dimension_and_filters(self, settings, put):
        put([0.5, 0.9], "a")
        put([0.5], "b", body="ec", dimension="legal_framework")
        (one,) = queue(settings, dimension="legal_framework").tags
        assert one.tag.dimension == "legal_framework"
        assert queue(settings, filters=["body=ec"]).waiting == 1
        assert queue(settings, filters=["status=accepted"]).waiting == 1
        with pytest.raises(UsageError, match="no dimension weather"):
            queue(settings, dimension="weather")


def _tag(passage, dimension, confidence):
    status = "accepted" if confidence >= 0.8 else "suggested" if confidence >= 0.5 else "hidden"
    values = {"model": "dcmm-interop", "model_version": "1", "provenance": "derived", "statement": "s"}
    return MaturityTag(
        id=f"{passage}:{dimension}:0",
        dimension=dimension,
        confidence=confidence,
        status=status,
        start=0,
        end=len(SENTENCE),
        by="customs-lens 2/2",
        **values,
    )
