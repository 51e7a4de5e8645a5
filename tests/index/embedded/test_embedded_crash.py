"""A writer is killed at many moments: what it reported safe is there once and whole, for readers beside it too."""

import pytest

from benchmarks import kills
from benchmarks.killed_writer import IDENTITY, MOMENTS, paper, vectors
from benchmarks.reader_beside import WRONG


@pytest.mark.slow
@pytest.mark.long
def test_nothing_safe_is_lost_doubled_or_halved(folder):
    outcomes, said = kills.run(folder, len(MOMENTS), readers=1, longest=0.5)
    assert [one.moment for one in outcomes] == list(MOMENTS)
    assert [problem for one in outcomes for problem in one.problems] == []
    assert [line for line in said if line.startswith(WRONG)] == []
    assert sum(one.changes for one in outcomes) > len(MOMENTS)
    assert any(one.was_behind for one in outcomes)


@pytest.mark.slow
def test_what_is_lost_old_or_halved_would_be_seen(opened):
    """The check that the test above relies on finds fault where there is one."""
    writer = opened(write=True, identity=IDENTITY)
    writer.put(paper(3, 1), vectors(3, 1), versions={})
    _, sound = kills.inspect(writer, {"3": 1}, {"3": 2})
    _, old = kills.inspect(writer, {"3": 2}, {"3": 2})
    _, lost = kills.inspect(writer, {"3": 1, "4": 1}, {"3": 1, "4": 1})
    halved = paper(3, 1).model_copy(update={"passages": paper(3, 1).passages[:-1]})
    writer.put(halved, vectors(3, 1)[:-1], versions={})
    _, half = kills.inspect(writer, {"3": 1}, {"3": 1})
    assert sound == []
    assert old == ["paper 3: version 1, not of range(2, 3)"]
    assert "paper 4: lost, range(1, 2) were safe or tried" in lost
    assert "paper 3: not as version 1 was written" in half
