"""Answers are kept until the index changes, each apart from the others."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event, Thread

import pytest

from configs.system.errors import UnavailableError
from pipelines.desk import kept as module
from pipelines.desk.kept import RevisionCache


class Service:
    """An index that has the revision which a test says."""

    revised = "1"

    @contextmanager
    def engine(self):
        yield self

    def revision(self, *, judged):
        return f"{self.revised} {judged}"


def test_an_answer_is_made_once_for_a_revision():
    service, made = Service(), []
    kept = RevisionCache(service, judged=True)
    for _ in range(2):
        assert kept.get("a", lambda: made.append(1) or len(made)) == 1
    service.revised = "2"
    assert kept.get("a", lambda: made.append(1) or len(made)) == 2


@pytest.mark.parametrize("more", [{}, {"most": 2}])
def test_those_asked_for_last_are_kept_and_fewer_of_what_is_large(more):
    kept, most = RevisionCache(Service(), judged=False, **more), more.get("most", 8)
    for key in range(most + 1):
        kept.get(key, lambda key=key: key)
    assert [kept.get(key, lambda: "again") for key in (most, most - 1, 0)] == [most, most - 1, "again"]


def test_who_waited_while_papers_changed_does_not_make_the_newer_answer_again():
    service, made = Service(), []
    kept, asked, goes_on = RevisionCache(service, judged=False), Event(), Event()

    def make():
        asked.set()
        made.append(service.revised)
        assert goes_on.wait(60)
        return made[-1]

    with ThreadPoolExecutor(11) as pool:
        first = pool.submit(kept.get, "a", make)
        assert asked.wait(60)
        late = []
        for number in range(10):  # half of them ask before the change, each before one that asks after it
            service.revised = str(1 + number % 2)
            late.append(pool.submit(kept.get, "a", make))
            time.sleep(0.02)  # to be in the queue
        goes_on.set()
        assert first.result() == "1"
        assert [one.result() for one in late] == ["2"] * 10
    assert made == ["1", "2"]


def test_nobody_waits_for_ever(monkeypatch):
    monkeypatch.setattr(module, "WAIT_SECONDS", 0.01)
    kept, asked, goes_on = RevisionCache(Service(), judged=False), Event(), Event()
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(kept.get, "slow", lambda: asked.set() or goes_on.wait(60))
        try:
            assert asked.wait(60)
            with pytest.raises(UnavailableError, match="ask again") as refused:
                kept.get("slow", lambda: "twice")
            assert refused.value.may_pass
        finally:
            goes_on.set()
        assert slow.result() is True
        assert kept.get("slow", lambda: "twice") is True


def test_nobody_waits_for_the_answer_to_another_question():
    kept, asked, goes_on = RevisionCache(Service(), judged=False), Event(), Event()
    slow = Thread(target=lambda: kept.get("slow", lambda: asked.set() or goes_on.wait(60)))
    slow.start()
    try:
        assert asked.wait(60)
        assert kept.get("other", lambda: "at once") == "at once"
    finally:
        goes_on.set()
        slow.join()
