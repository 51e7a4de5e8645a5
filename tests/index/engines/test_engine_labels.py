"""Labels count in every answer as soon as they are stored, and follow a document's words."""

from contextlib import closing

import pytest

from extractors.annotations import Texts
from extractors.document import MaturityTag
from extractors.maturity.labels import Label
from index.filters import EVERY_CLASS, EVERYTHING, parse_filters
from index.results import MatrixModel, SearchRequest
from tests.states import judgements_in

SENTENCE = "The single window went live in 2021."
MODEL = MatrixModel(id="m", provenance="derived", dimensions=("systems", "law"), levels=("L1", "L2"))
VERSIONS = {"read": "1", "model": "m"}


@pytest.fixture
def labels(folder):
    with closing(judgements_in(folder.parent)) as store:
        yield store


@pytest.fixture
def engine(opened, labels, folder):
    """The writer; readers are opened with `reader`."""
    return opened(write=True, labels=judgements_in(folder.parent))


@pytest.fixture
def reader(opened, engine, folder):
    def open_one():
        return opened(labels=judgements_in(folder.parent))

    return open_one


@pytest.fixture
def store(engine, make):
    """Put a paper with a suggested tag on its first passage."""

    def put(name="a", texts=(SENTENCE, "Nothing else happened."), tags=None, **fields):
        found = [made(make, texts[0])] if tags is None else tags
        document = make.paper(name, *texts, tags=[found], **fields)
        engine.put(document, make.vectors(document), versions=VERSIONS)
        engine.flush()
        return document

    return put


def made(make, text, dimension="systems", status="suggested", **more):
    return make.tag(dimension, status=status, confidence=0.6, start=0, end=len(text), by="customs-lens 1/1", **more)


def label(document, action="accept", dimension="systems", *, quote=SENTENCE, passage=0, start=0, judged=None, **more):
    texts = Texts([one.text for one in document.passages])
    values = {"at": "2024-01-01T00:00:00Z", "author": "ana", "tag": "t", "model": "m", "model_version": "1"}
    values |= {"provenance": "derived", "document": document.id} | more
    return Label(
        action=action,
        quote=quote,
        offset=texts.offset(passage, start),
        judged=judged or dimension,
        dimension=dimension,
        **values,
    )


def count(engine, *given):
    return engine.search(SearchRequest(filters=parse_filters(given, access_classes=EVERY_CLASS)), None).passages


def cells(engine, by=None):
    cells = engine.matrix(EVERYTHING, MODEL, by).cells
    return {(one.dimension, one.level, one.modality): (one.documents, one.passages) for one in cells if one.documents}


def test_a_label_reaches_search_facets_and_matrix_of_an_open_reader_at_once(store, reader, labels):
    document, open_before = store(), reader()
    assert (count(open_before, "dimension=systems"), cells(open_before)) == (0, {})
    labels.add([label(document, level="L2", modality="achieved", subject="Arvenia")])
    for engine in (open_before, reader()):
        assert count(engine, "dimension=systems", "level=L2", "subject=arvenia") == 1
        assert cells(engine) == {("systems", "L2", "achieved"): (1, 1)}
        result = engine.search(
            SearchRequest(filters=EVERYTHING, query="window", mode="text", facets=("level", "status", "subject")), None
        )
        facets = {field: [(one.value, one.count) for one in found] for field, found in result.facets.items()}
        assert facets == {"level": [("L2", 1)], "status": [("accepted", 1)], "subject": [("Arvenia", 1)]}
        (shown,) = result.hits[0].passages[0].maturity
        assert (shown.status, shown.by, shown.level) == ("accepted", "ana", "L2")
        assert engine.document(document.id, full=True, access_classes=EVERY_CLASS).passages[0].maturity == (shown,)
        assert engine.passage(f"{document.id}-0", access_classes=EVERY_CLASS).maturity == (shown,)


def test_a_rejected_tag_counts_only_where_it_is_asked_for(store, reader, labels, make):
    document = store(tags=[made(make, SENTENCE, status="accepted", modality="achieved")])
    engine = reader()
    assert cells(engine) == {("systems", None, "achieved"): (1, 1)}
    labels.add([label(document, "reject", modality="achieved")])
    assert (count(engine, "dimension=systems"), cells(engine)) == (0, {})
    assert count(engine, "dimension=systems", "status=rejected") == 1
    labels.add([label(document, "accept", modality="achieved")])
    assert cells(engine) == {("systems", None, "achieved"): (1, 1)}


def test_a_withdrawn_label_was_never_given(store, reader, labels):
    document, engine = store(), reader()
    labels.add([label(document, level="L1")])
    assert count(engine, "dimension=systems") == 1
    labels.add([label(document, "withdraw", level="L1")])
    assert (count(engine, "dimension=systems"), count(engine, "status=suggested")) == (0, 1)
    (tag,) = engine.passage(document.passages[0].id, access_classes=EVERY_CLASS).maturity
    assert (tag.by, tag.confidence, tag.level) == ("customs-lens 1/1", 0.6, None)
    assert [one.label.action for one in engine.labels(access_classes=EVERY_CLASS)] == ["accept", "withdraw"]


def test_what_another_person_said_before_counts_again(store, reader, labels):
    document, engine = store(), reader()
    labels.add([label(document, "reject", author="bo"), label(document), label(document, "withdraw")])
    assert (count(engine, "dimension=systems"), count(engine, "status=rejected")) == (0, 1)
    labels.add([label(document, "withdraw")])
    assert count(engine, "status=rejected") == 1


def test_the_revision_changes_with_documents_and_not_with_labels(store, reader, labels):
    document, engine = store(), reader()
    before, annotated = engine.revision(), engine.revision(annotated=True)
    assert engine.revision(annotated=True) == annotated
    labels.add([label(document)])
    assert engine.revision(annotated=True) != annotated
    assert count(engine, "dimension=systems") == 1
    assert engine.revision() == before
    store("b")
    assert engine.revision() != before


def test_the_revision_changes_when_a_document_can_be_found(engine, reader, make):
    document, reading = make.paper("a", SENTENCE), reader()
    engine.put(document, make.vectors(document), versions=VERSIONS)
    before, found = reading.revision(), count(reading)
    engine.flush()
    assert (found, count(reading)) == (0, 1)
    assert reading.revision() != before


def test_other_documents_keep_their_tags(store, reader, labels, make):
    document = store("a", tags=[made(make, SENTENCE, status="accepted")])
    store("b", tags=[made(make, SENTENCE, status="accepted"), make.tag("law")])
    labels.add([label(document, "reject")])
    engine = reader()
    assert count(engine, "dimension=systems") == 1
    assert [(one.source, len(found)) for one, found in engine.passages(EVERYTHING)] == [
        ("file:///a", 2),
        ("file:///b", 2),
    ]


def test_a_tag_is_made_where_there_was_none(store, reader, labels):
    document = store(tags=[])
    labels.add(
        [label(document, "set", "law", passage=1, quote="Nothing else happened.", level="L1", modality="lacking")]
    )
    engine = reader()
    assert cells(engine) == {("law", "L1", "lacking"): (1, 1)}
    assert engine.passage(f"{document.id}-1", access_classes=EVERY_CLASS).maturity[0].id == f"{document.id}-1:law:0"


def test_a_label_follows_its_words_into_another_cut(store, reader, labels, make):
    document = store(texts=(SENTENCE, "The law is new."), tags=[made(make, SENTENCE)])
    labels.add([label(document, level="L2", modality="achieved")])
    engine = reader()
    assert cells(engine) == {("systems", "L2", "achieved"): (1, 1)}
    store(texts=("The single window", "went live in 2021. The law is new."), tags=[])
    (one,) = engine.labels(access_classes=EVERY_CLASS)
    found = engine.passage(one.passage, access_classes=EVERY_CLASS)
    assert found.text[one.start : one.end] == "The single window"
    assert cells(engine) == {("systems", "L2", "achieved"): (1, 1)}


def test_a_label_whose_words_are_gone_is_loose_and_comes_back_with_them(store, reader, labels, engine):
    document = store()
    labels.add([label(document)])
    store(texts=("Something else.",), tags=[])
    assert [one.passage for one in reader().labels(access_classes=EVERY_CLASS)] == [None]
    assert count(reader(), "dimension=systems") == 0
    engine.remove(document.id)
    engine.flush()
    assert [one.passage for one in reader().labels(access_classes=EVERY_CLASS)] == [None]
    store()
    assert [one.passage for one in reader().labels(access_classes=EVERY_CLASS)] == [f"{document.id}-0"]
    assert count(reader(), "dimension=systems") == 1


def test_labels_of_another_model_wait_until_it_is_back(store, reader, labels):
    document = store()
    labels.add([label(document, model="other", level="L1", modality="achieved")])
    engine = reader()
    assert count(engine, "dimension=systems") == 0
    assert [one.passage for one in engine.labels(access_classes=EVERY_CLASS)] == [f"{document.id}-0"]


def test_a_label_counts_while_a_writer_is_at_work(store, engine, labels, reader):
    document = store()
    labels.add([label(document, level="L1", modality="achieved")])
    assert cells(engine) == cells(reader()) == {("systems", "L1", "achieved"): (1, 1)}


def test_every_filter_and_facet_agrees_with_the_tags_that_are_shown(store, reader, labels, make):
    """Values that only a label brings, and terms that a later document brings too, do not meet."""
    document = store("a", tags=[made(make, SENTENCE)])
    engine = reader()
    labels.add([label(document, "set", "law", judged="systems", level="L9", subject="Zed", modality="planned")])
    assert count(engine, "dimension=law", "level=L9", "subject=Zed") == 1
    store("b", tags=[make.tag("new", "L7", "recommended", subject="Yan")])
    for name, value in (("level", "L9"), ("level", "L7"), ("subject", "Zed"), ("subject", "Yan"), ("dimension", "new")):
        found = engine.search(
            SearchRequest(filters=parse_filters([f"{name}={value}"], access_classes=EVERY_CLASS)), None
        )
        shown = [getattr(tag, name) for hit in found.hits for one in hit.passages for tag in one.maturity]
        assert shown == [value]


def test_labels_follow_words_that_another_document_has_now(store, reader, labels, engine):
    document, other, before = store("a"), store("b"), reader()
    labels.add([label(document, level="L2", modality="achieved")])
    assert count(engine, "level=L2") == count(before, "level=L2") == 1
    assert engine.move_annotations({document.id: other.id}) == 1
    engine.remove(document.id)
    engine.flush()
    for one in (engine, before, reader()):
        assert count(one, "level=L2") == 1
        assert [placed.passage for placed in one.labels(access_classes=EVERY_CLASS)] == [f"{other.id}-0"]
    assert engine.move_annotations({document.id: other.id}) == 0


def test_without_labels_nothing_is_opened(folder, opened, put, writer, make):
    put(make.paper("a", SENTENCE, tags=[[make.tag()]]))
    writer.flush()
    engine = opened(labels=judgements_in(folder.parent))
    assert count(engine, "dimension=systems") == 1
    assert engine.labels(access_classes=EVERY_CLASS) == ()
    assert isinstance(engine.passage(f"{make.paper('a').id}-0", access_classes=EVERY_CLASS).maturity[0], MaturityTag)
    assert engine.passage("nothing-0", access_classes=EVERY_CLASS) is None
    assert not (folder.parent / "state.db").exists()


def test_an_explanation_names_the_judgements_on_a_passage(engine, labels, store):
    document = store()
    labels.add([label(document, "reject")])
    request = SearchRequest(filters=EVERYTHING, query="window", mode="text", explain=True)
    (passage,) = engine.search(request, None).hits[0].passages
    (judgement,) = passage.explain.labels
    assert (judgement.dimension, judgement.status, judgement.by) == ("systems", "rejected", "ana")


MEMBERS, NOBODY = frozenset({"members"}), frozenset()
HOLDERS = [(NOBODY, {"open"}), (MEMBERS, {"open", "mine"}), (MEMBERS | {"secretariat"}, {"open", "mine", "theirs"})]


@pytest.fixture
def judged(store, labels):
    """Papers of every kind of access, each with a label on its words and one on words that stand nowhere."""
    for name, access in (("open", None), ("mine", "members"), ("theirs", "secretariat"), ("gone", None)):
        document = store(name, access=access)
        labels.add([label(document, author=name), label(document, author=name, quote="Words that nobody wrote.")])
    return document


@pytest.mark.parametrize(("held", "seen"), HOLDERS)
def test_labels_are_those_of_papers_that_the_reader_may_see(judged, engine, reader, held, seen):
    engine.remove(judged.id)
    engine.flush()
    for one in (engine, reader()):
        found = one.labels(access_classes=held)
        assert {placed.label.author for placed in found} == seen
        assert [placed.label.id for placed in found] == sorted(placed.label.id for placed in found)
        assert sum(placed.passage is None for placed in found) == len(seen)


def test_a_label_whose_paper_is_gone_is_for_who_may_see_every_paper(judged, engine):
    everybody = {"open", "mine", "theirs", "gone"}
    assert {placed.label.author for placed in engine.labels(access_classes=EVERY_CLASS)} == everybody
    engine.remove(judged.id)
    engine.flush()
    found = engine.labels(access_classes=EVERY_CLASS)
    assert {placed.label.author for placed in found} == everybody
    assert [placed.passage for placed in found if placed.label.author == "gone"] == [None, None]
    assert "gone" not in {placed.label.author for placed in engine.labels(access_classes=MEMBERS)}


def test_a_label_follows_the_access_class_that_its_paper_has_now(store, labels, reader):
    labels.add([label(store("a", access="members"))])
    assert reader().labels(access_classes=NOBODY) == ()
    store("a")
    assert len(reader().labels(access_classes=NOBODY)) == 1
    store("a", access="secretariat")
    assert reader().labels(access_classes=MEMBERS) == ()
