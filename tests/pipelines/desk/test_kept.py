"""Answers are kept until the index changes, each apart from the others."""

from contextlib import contextmanager
from threading import Event, Thread

from pipelines.desk.kept import Kept


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
    kept = Kept(service, judged=True)
    for _ in range(2):
        assert kept.get("a", lambda: made.append(1) or len(made)) == 1
    service.revised = "2"
    assert kept.get("a", lambda: made.append(1) or len(made)) == 2


def test_those_asked_for_last_are_kept():
    kept = Kept(Service(), judged=False)
    for key in range(9):
        kept.get(key, lambda key=key: key)
    assert kept.get(8, lambda: "again") == 8
    assert kept.get(0, lambda: "again") == "again"


def test_nobody_waits_for_the_answer_to_another_question():
    kept, asked, goes_on = Kept(Service(), judged=False), Event(), Event()
    slow = Thread(target=lambda: kept.get("slow", lambda: asked.set() or goes_on.wait(60)))
    slow.start()
    try:
        assert asked.wait(60)
        assert kept.get("other", lambda: "at once") == "at once"
    finally:
        goes_on.set()
        slow.join()
