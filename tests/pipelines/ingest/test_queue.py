"""The queue of a run; hypothesis plays the other workers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.ingest.plan import Item
from pipelines.ingest.queue import WorkQueue
from pipelines.sources.source import Source


def item(name):
    return Item(Source(f"file:///{name}"), name, "sha", "work")


def ids(items):
    return [one.id for one in items]


@pytest.fixture
def queue():
    queue = WorkQueue()
    queue.add(map(item, "abcde"))
    return queue


def test_batches_come_in_order(queue):
    batches = []
    while batch := queue.take(2):
        batches.append(ids(batch))
        queue.complete()
    assert batches == [["a", "b"], ["c", "d"], ["e"]]
    assert not queue


def test_what_another_worker_has_is_deferred_until_it_is_released(queue):
    queue.take(5)
    queue.complete(deferred={"b", "d"})
    assert ids(queue.deferred) == ["b", "d"]
    assert ids(queue.release({"d"})) == ["b"]
    queue.requeue([item("b")])
    assert ids(queue.deferred) == ["d"]
    assert ids(queue.take(5)) == ["b"]


def test_only_what_was_released_is_requeued(queue):
    queue.take(5)
    queue.complete(deferred={"b", "d"})
    queue.release({"d"})
    queue.requeue(map(item, "abd"))
    assert ids(queue.take(5)) == ["b"]


def test_what_is_released_and_not_yet_requeued_remains(queue):
    queue.take(5)
    queue.complete(deferred={"b"})
    queue.release(())
    assert ids(queue.remaining) == ["b"]
    queue.requeue([])
    assert not queue


def test_what_a_batch_left_remains(queue):
    queue.take(3)
    queue.complete(deferred={"a"}, left={"c"})
    assert sorted(ids(queue.remaining)) == ["a", "c", "d", "e"]


def test_what_only_the_run_can_do_waits_behind_what_is_given(queue):
    assert ids(queue.give(1, 2, lambda one: one.id not in "ac")) == ["b", "d"]
    assert ids(queue.give(2, 2, lambda one: one.id not in "ac")) == ["e"]
    assert queue.give(3, 2, lambda _: True) == []
    assert (list(queue.waiting), queue.given) == ([], [1, 2])
    assert ids(queue.take_given(2)) == ["e"]
    queue.complete(deferred={"e"})
    assert ids(queue.take_given(1)) == ["b", "d"]
    queue.complete()
    assert ids(queue.take(5)) == ["a", "c"]


def test_an_error_over_what_is_to_be_given_loses_nothing(queue):
    def can_give(one):
        return one.id == "a" or 1 / 0

    with pytest.raises(ZeroDivisionError):
        queue.give(1, 5, can_give)
    assert ids(queue.remaining) == list("abcde")


@given(
    st.lists(st.uuids().map(str), unique=True, max_size=12),
    st.lists(st.tuples(st.integers(1, 4), st.integers(0, 3)), max_size=40),
)
def test_every_item_is_done_once_or_remains_once(names, steps):
    queue, done = WorkQueue(), []
    queue.add(map(item, names))
    for place, (size, others) in enumerate(steps):
        if others == 3:
            queue.give(place, size, lambda one: one.id[0] in "0123456789")
        elif others == 2 and queue.given:
            done += ids(queue.take_given(queue.given[0]))
            queue.complete()
        elif batch := queue.take(size):
            deferred = set(ids(batch)[:others])
            queue.complete(deferred=deferred)
            done += [name for name in ids(batch) if name not in deferred]
        else:
            queue.requeue(queue.release(ids(queue.deferred)[:others]))
        assert sorted(done + ids(queue.remaining)) == sorted(names)
