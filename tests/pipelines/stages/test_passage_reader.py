"""Passages are read some at a time, the next ones while the caller works on those before."""

import threading

import pytest

from pipelines.stages.passage_reader import WINDOW, PassageReader


class Reader(PassageReader):
    """A reader that encodes nothing, and says which windows it began."""

    def __init__(self):
        self.began = [threading.Event() for _ in range(4)]
        self.read_by = set()

    def read(self, passages, themes, papers=()):
        if "broken" in passages:
            raise ValueError(passages)
        self.began[passages[0] // WINDOW].set()
        self.read_by.add(threading.current_thread())
        return list(passages), themes


@pytest.mark.parametrize("count", [0, 1, WINDOW, WINDOW + 1, 3 * WINDOW])
def test_all_are_read_in_order(count):
    windows = list(Reader().windows(range(count), ("theme",)))
    assert [one for read, _ in windows for one in read] == list(range(count))
    assert all(len(read) <= WINDOW for read, _ in windows)


def test_the_next_ones_are_read_while_the_caller_works_and_no_more():
    reader = Reader()
    windows = reader.windows(range(3 * WINDOW), ())
    next(windows)
    assert reader.began[1].wait(300)
    assert not reader.began[2].is_set()
    windows.close()
    (thread,) = reader.read_by
    assert not thread.is_alive()


def test_an_error_comes_where_its_window_would():
    windows = Reader().windows([*range(WINDOW), "broken"], ())
    assert next(windows)[0] == list(range(WINDOW))
    with pytest.raises(ValueError, match="broken"):
        next(windows)
