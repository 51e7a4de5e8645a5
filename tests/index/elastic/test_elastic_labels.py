"""The labels in the cluster: one order for all who add to it, nothing lost, nothing twice."""

import threading

import pytest

from extractors.corrections import Correction
from extractors.maturity.labels import Label
from extractors.themes.annotated import ThemeLabel
from index.elastic.annotations import ClusterLabels
from index.filters import EVERYTHING
from index.results import SearchRequest
from tests.crew import Member

pytestmark = pytest.mark.elasticsearch


@pytest.fixture
def opened(cluster):
    """Open the labels as several programs do; what a test leaves open is closed."""
    stores = []

    def open_one():
        stores.append(ClusterLabels(cluster))
        return stores[-1]

    yield open_one
    for store in stores:
        store.close()


def label(quote="words", **fields):
    values = {"at": "2024-01-01T00:00:00Z", "author": "ana", "action": "accept", "tag": "t", "document": "d"}
    values |= {"model": "m", "model_version": "1", "provenance": "derived", "judged": "a", "dimension": "a"}
    return Label(quote=quote, **({"offset": 3} | values | fields))


def status(engine):
    (hit,) = engine.search(SearchRequest(mode="text", filters=EVERYTHING), None).hits
    return hit.passages[0].maturity[0].status


def test_labels_come_back_as_they_were_to_everyone(opened):
    given = [label("a"), label("é\n “b”", action="set", level="L1", modality="planned", subject="Arvenia")]
    one, other = opened(), opened()
    assert other.since(0) == []
    stored = one.add(given)
    assert [found.id for found in stored] == [1, 2]
    assert other.since(0) == one.since(0) == stored
    assert [found.quote for found in other.add([label("c")])] == ["c"]
    assert [(found.id, found.quote) for found in one.since(2)] == [(3, "c")]


def test_labels_of_themes_come_back_as_they_were_to_everyone(opened):
    values = {"at": "2024-01-01T00:00:00Z", "author": "ana", "document": "d", "quote": "words", "offset": 3}
    of_theme = ThemeLabel(action="set", tag="d-0:theme:mobile", theme="mobile", label="Mobile", why="seen", **values)
    stored = opened().add([of_theme, label()])
    assert opened().since(0) == stored
    assert [type(one) for one in stored] == [ThemeLabel, Label]
    assert opened().rename({"d": "e"}) == len(stored)
    assert [one.document for one in opened().since(0)] == ["e", "e"]


def test_corrections_and_labels_have_one_order_and_numbers_of_their_own(opened):
    said = {"at": "2024-01-01T00:00:00Z", "author": "ana", "action": "set"}
    title = Correction(document="d", field="title", value="Mine", **said)
    version = Correction(document="e", field="version_of", value="d", **said)
    one, other = opened(), opened()
    first, second = one.correct([title]), other.add([label("a"), label("b")])
    third = one.correct([version, title])
    assert [found.id for found in (*first, *second, *third)] == [1, 1, 2, 2, 3]
    assert (other.corrections(), other.corrections(1)) == ([*first, *third], third)
    assert one.since(0) == second
    assert opened().rename({"d": "new"}) == 5
    found = [(one.document, one.value) for one in opened().corrections()]
    assert found == [("new", "Mine"), ("e", "new"), ("new", "Mine")]
    assert opened().correct([title], home="here corrections")
    assert opened().correct([title], home="here corrections") == []


def test_labels_that_say_nothing_of_their_kind_are_of_tags(opened):
    store = opened()
    store.add([label()])
    row = store._cluster.client.get(index=store._cluster.labels, id="1")["_source"]
    for one in row["labels"]:
        del one["kind"]
    store._cluster.client.index(index=store._cluster.labels, id="1", document=row)
    assert opened().since(0) == [label().model_copy(update={"id": 1})]


def test_many_add_at_once_and_nothing_is_lost(opened):
    def add(name):
        store = opened()
        for number in range(10):
            store.add([label(f"{name}-{number}-{part}") for part in "ab"])

    threads = [threading.Thread(target=add, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = opened().since(0)
    assert [one.id for one in found] == list(range(1, 81))
    assert sorted(one.quote for one in found) == sorted(
        f"{n}-{m}-{part}" for n in range(4) for m in range(10) for part in "ab"
    )
    assert [one.quote[:-1] for one in found[::2]] == [one.quote[:-1] for one in found[1::2]]


def test_labels_whose_answer_was_lost_are_there_once(monkeypatch, opened):
    """As where the cluster goes away between the write and its answer, and the request is sent again."""
    store = opened()
    sent = type(store._cluster.client).create

    def twice(client, **more):
        sent(client, **more)
        return sent(client, **more)

    monkeypatch.setattr(type(store._cluster.client), "create", twice)
    assert [one.id for one in store.add([label("a"), label("b")])] == [1, 2]
    assert len(opened().since(0)) == 2


def test_the_labels_of_a_home_are_taken_over_once(opened):
    opened().add([label("new")])
    assert [one.id for one in opened().add([label("old")], home="home")] == [2]
    assert opened().add([label("old")], home="home") == []
    assert len(opened().since(0)) == 2


def test_a_reader_that_knew_less_does_not_undo_what_another_laid(monkeypatch, cluster, opened, make, identity):
    """It lays an older label while another one has laid a newer: its change is refused, and it looks again."""
    from index.elastic.annotation_overlay import AnnotationOverlay
    from index.elastic.engine import ElasticEngine

    writer = ElasticEngine(cluster, identity, write=True, worker=Member())
    tags = [[make.tag(status="suggested", end=10, by="customs-lens 1/1")]]
    paper = make.paper("a", "We did it.", tags=tags)
    writer.put(paper, make.vectors(paper), versions={"model": "m"})
    writer.close()
    labels = opened()
    said = {"document": paper.id, "quote": "We did it.", "offset": 0, "judged": "systems", "dimension": "systems"}
    labels.add([label(**said)])
    slow = ElasticEngine(cluster, identity, write=False, labels=opened())
    quick = ElasticEngine(cluster, identity, write=False, labels=opened())
    laid, meanwhile = AnnotationOverlay.apply, []

    def while_another_is_quicker(self, moment, documents):
        if not meanwhile:
            meanwhile.append(True)
            labels.add([label(**said | {"action": "reject"})])
            assert status(quick) == "rejected"
        laid(self, moment, documents)

    monkeypatch.setattr(AnnotationOverlay, "apply", while_another_is_quicker)
    for engine in (slow, quick):
        assert status(engine) == "rejected"
        engine.close()
