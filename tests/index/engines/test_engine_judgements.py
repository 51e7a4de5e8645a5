"""Judgements count in every answer as soon as they are stored, and follow a document's words."""

import pytest

from extractors.document import MaturityTag
from extractors.judgements import PassageTexts
from extractors.maturity.judgements import TagJudgement
from index.filters import EVERY_CLASS, EVERYTHING, parse_filters
from index.results import MatrixModel, SearchRequest
from tests.states import judgements_in

SENTENCE = "The single window went live in 2021."
MODEL = MatrixModel(id="m", provenance="derived", dimensions=("systems", "law"), levels=("L1", "L2"))
VERSIONS = {"read": "1", "model": "m"}


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


def judgement(
    document, action="accept", dimension="systems", *, quote=SENTENCE, passage=0, start=0, judged=None, **more
):
    texts = PassageTexts([one.text for one in document.passages])
    values = {"at": "2024-01-01T00:00:00Z", "author": "ana", "tag": "t", "model": "m", "model_version": "1"}
    values |= {"provenance": "derived", "document": document.id} | more
    values |= {"quote": quote, "offset": texts.offset(passage, start), "dimension": dimension}
    return TagJudgement(action=action, judged=judged or dimension, **values)


def count(engine, *given):
    return engine.search(SearchRequest(filters=parse_filters(given, access_classes=EVERY_CLASS)), None).passages


def cells(engine, by=None):
    cells = engine.matrix(EVERYTHING, MODEL, by).cells
    return {(one.dimension, one.level, one.modality): (one.documents, one.passages) for one in cells if one.documents}


def test_a_judgement_reaches_search_facets_and_matrix_of_an_open_reader_at_once(store, reader, judgements):
    document, open_before = store(), reader()
    assert (count(open_before, "dimension=systems"), cells(open_before)) == (0, {})
    judgements.add([judgement(document, level="L2", modality="achieved", subject="Arvenia")])
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


def test_a_rejected_tag_counts_only_where_it_is_asked_for(store, reader, judgements, make):
    document = store(tags=[made(make, SENTENCE, status="accepted", modality="achieved")])
    engine = reader()
    assert cells(engine) == {("systems", None, "achieved"): (1, 1)}
    judgements.add([judgement(document, "reject", modality="achieved")])
    assert (count(engine, "dimension=systems"), cells(engine)) == (0, {})
    assert count(engine, "dimension=systems", "status=rejected") == 1
    judgements.add([judgement(document, "accept", modality="achieved")])
    assert cells(engine) == {("systems", None, "achieved"): (1, 1)}


def test_a_withdrawn_judgement_was_never_given(store, reader, judgements):
    document, engine = store(), reader()
    judgements.add([judgement(document, level="L1")])
    assert count(engine, "dimension=systems") == 1
    judgements.add([judgement(document, "withdraw", level="L1")])
    assert (count(engine, "dimension=systems"), count(engine, "status=suggested")) == (0, 1)
    (tag,) = engine.passage(document.passages[0].id, access_classes=EVERY_CLASS).maturity
    assert (tag.by, tag.confidence, tag.level) == ("customs-lens 1/1", 0.6, None)
    assert [one.judgement.action for one in engine.judgements(access_classes=EVERY_CLASS)] == ["accept", "withdraw"]


def test_what_another_person_said_before_counts_again(store, reader, judgements):
    document, engine = store(), reader()
    judgements.add([judgement(document, "reject", author="bo"), judgement(document), judgement(document, "withdraw")])
    assert (count(engine, "dimension=systems"), count(engine, "status=rejected")) == (0, 1)
    judgements.add([judgement(document, "withdraw")])
    assert count(engine, "status=rejected") == 1


def test_the_revision_changes_with_documents_and_not_with_judgements(store, reader, judgements):
    document, engine = store(), reader()
    before, judged = engine.revision(), engine.revision(judged=True)
    assert engine.revision(judged=True) == judged
    judgements.add([judgement(document)])
    assert engine.revision(judged=True) != judged
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


def test_other_documents_keep_their_tags(store, reader, judgements, make):
    document = store("a", tags=[made(make, SENTENCE, status="accepted")])
    store("b", tags=[made(make, SENTENCE, status="accepted"), make.tag("law")])
    judgements.add([judgement(document, "reject")])
    engine = reader()
    assert count(engine, "dimension=systems") == 1
    shown = [(one.source, len(found)) for one, found in engine.passages(EVERYTHING)]
    assert shown == [("file:///a", 2), ("file:///b", 2)]


def test_a_tag_is_made_where_there_was_none(store, reader, judgements):
    document = store(tags=[])
    judgements.add(
        [judgement(document, "set", "law", passage=1, quote="Nothing else happened.", level="L1", modality="lacking")]
    )
    engine = reader()
    assert cells(engine) == {("law", "L1", "lacking"): (1, 1)}
    assert engine.passage(f"{document.id}-1", access_classes=EVERY_CLASS).maturity[0].id == f"{document.id}-1:law:0"


def test_a_judgement_follows_its_words_into_another_cut(store, reader, judgements, make):
    document = store(texts=(SENTENCE, "The law is new."), tags=[made(make, SENTENCE)])
    judgements.add([judgement(document, level="L2", modality="achieved")])
    engine = reader()
    assert cells(engine) == {("systems", "L2", "achieved"): (1, 1)}
    store(texts=("The single window", "went live in 2021. The law is new."), tags=[])
    (one,) = engine.judgements(access_classes=EVERY_CLASS)
    found = engine.passage(one.passage, access_classes=EVERY_CLASS)
    assert found.text[one.start : one.end] == "The single window"
    assert cells(engine) == {("systems", "L2", "achieved"): (1, 1)}


def test_a_judgement_whose_words_are_gone_is_loose_and_comes_back_with_them(store, reader, judgements, engine):
    document = store()
    judgements.add([judgement(document)])
    store(texts=("Something else.",), tags=[])
    assert [one.passage for one in reader().judgements(access_classes=EVERY_CLASS)] == [None]
    assert count(reader(), "dimension=systems") == 0
    engine.remove(document.id)
    engine.flush()
    assert [one.passage for one in reader().judgements(access_classes=EVERY_CLASS)] == [None]
    store()
    assert [one.passage for one in reader().judgements(access_classes=EVERY_CLASS)] == [f"{document.id}-0"]
    assert count(reader(), "dimension=systems") == 1


def test_judgements_of_another_model_wait_until_it_is_back(store, reader, judgements):
    document = store()
    judgements.add([judgement(document, model="other", level="L1", modality="achieved")])
    engine = reader()
    assert count(engine, "dimension=systems") == 0
    assert [one.passage for one in engine.judgements(access_classes=EVERY_CLASS)] == [f"{document.id}-0"]


def test_a_judgement_counts_while_a_writer_is_at_work(store, engine, judgements, reader):
    document = store()
    judgements.add([judgement(document, level="L1", modality="achieved")])
    assert cells(engine) == cells(reader()) == {("systems", "L1", "achieved"): (1, 1)}


def test_every_filter_and_facet_agrees_with_the_tags_that_are_shown(store, reader, judgements, make):
    """Values that only a judgement brings, and terms that a later document brings too, do not meet."""
    document = store("a", tags=[made(make, SENTENCE)])
    engine = reader()
    judgements.add([judgement(document, "set", "law", judged="systems", level="L9", subject="Zed", modality="planned")])
    assert count(engine, "dimension=law", "level=L9", "subject=Zed") == 1
    store("b", tags=[make.tag("new", "L7", "recommended", subject="Yan")])
    for name, value in (("level", "L9"), ("level", "L7"), ("subject", "Zed"), ("subject", "Yan"), ("dimension", "new")):
        found = engine.search(
            SearchRequest(filters=parse_filters([f"{name}={value}"], access_classes=EVERY_CLASS)), None
        )
        shown = [getattr(tag, name) for hit in found.hits for one in hit.passages for tag in one.maturity]
        assert shown == [value]


def test_judgements_follow_words_that_another_document_has_now(store, reader, judgements, engine):
    document, other, before = store("a"), store("b"), reader()
    judgements.add([judgement(document, level="L2", modality="achieved")])
    assert count(engine, "level=L2") == count(before, "level=L2") == 1
    assert engine.move_judgements({document.id: other.id}) == 1
    engine.remove(document.id)
    engine.flush()
    for one in (engine, before, reader()):
        assert count(one, "level=L2") == 1
        assert [placed.passage for placed in one.judgements(access_classes=EVERY_CLASS)] == [f"{other.id}-0"]
    assert engine.move_judgements({document.id: other.id}) == 0


def test_without_judgements_nothing_is_opened(folder, opened, put, writer, make):
    put(make.paper("a", SENTENCE, tags=[[make.tag()]]))
    writer.flush()
    engine = opened(judgements=judgements_in(folder.parent))
    assert count(engine, "dimension=systems") == 1
    assert engine.judgements(access_classes=EVERY_CLASS) == ()
    assert isinstance(engine.passage(f"{make.paper('a').id}-0", access_classes=EVERY_CLASS).maturity[0], MaturityTag)
    assert engine.passage("nothing-0", access_classes=EVERY_CLASS) is None
    assert not (folder.parent / "state.db").exists()


def test_an_explanation_names_the_judgements_on_a_passage(engine, judgements, store):
    document = store()
    judgements.add([judgement(document, "reject")])
    request = SearchRequest(filters=EVERYTHING, query="window", mode="text", explain=True)
    (passage,) = engine.search(request, None).hits[0].passages
    (shown,) = passage.explain.labels
    assert (shown.dimension, shown.status, shown.by) == ("systems", "rejected", "ana")


MEMBERS, NOBODY = frozenset({"members"}), frozenset()
HOLDERS = [(NOBODY, {"open"}), (MEMBERS, {"open", "mine"}), (MEMBERS | {"secretariat"}, {"open", "mine", "theirs"})]


@pytest.fixture
def judged(store, judgements):
    """Papers of every kind of access, each with a judgement on its words and one on words that stand nowhere."""
    for name, access in (("open", None), ("mine", "members"), ("theirs", "secretariat"), ("gone", None)):
        document = store(name, access=access)
        judgements.add(
            [judgement(document, author=name), judgement(document, author=name, quote="Words that nobody wrote.")]
        )
    return document


@pytest.mark.parametrize(("held", "seen"), HOLDERS)
def test_judgements_are_those_of_papers_that_the_reader_may_see(judged, engine, reader, held, seen):
    engine.remove(judged.id)
    engine.flush()
    for one in (engine, reader()):
        found = one.judgements(access_classes=held)
        assert {placed.judgement.author for placed in found} == seen
        assert [placed.judgement.id for placed in found] == sorted(placed.judgement.id for placed in found)
        assert sum(placed.passage is None for placed in found) == len(seen)


def test_a_judgement_whose_paper_is_gone_is_for_who_may_see_every_paper(judged, engine):
    everybody = {"open", "mine", "theirs", "gone"}
    assert {placed.judgement.author for placed in engine.judgements(access_classes=EVERY_CLASS)} == everybody
    engine.remove(judged.id)
    engine.flush()
    found = engine.judgements(access_classes=EVERY_CLASS)
    assert {placed.judgement.author for placed in found} == everybody
    assert [placed.passage for placed in found if placed.judgement.author == "gone"] == [None, None]
    assert "gone" not in {placed.judgement.author for placed in engine.judgements(access_classes=MEMBERS)}


def test_a_judgement_follows_the_access_class_that_its_paper_has_now(store, judgements, reader):
    judgements.add([judgement(store("a", access="members"))])
    assert reader().judgements(access_classes=NOBODY) == ()
    store("a")
    assert len(reader().judgements(access_classes=NOBODY)) == 1
    store("a", access="secretariat")
    assert reader().judgements(access_classes=MEMBERS) == ()
