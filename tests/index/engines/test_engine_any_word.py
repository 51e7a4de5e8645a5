"""Where few papers hold all words of a query: the best passages that hold any of them, on every engine."""

import pytest

from index.elastic import ranking as in_cluster
from index.embedded import ranking as embedded

MOST = 4


@pytest.fixture(autouse=True)
def _few(monkeypatch):
    """Let four passages be the most, and two be asked for beyond them before more are fetched."""
    for module in (embedded, in_cluster):
        monkeypatch.setattr(module, "MOST_OF_ANY", MOST)
    monkeypatch.setattr(embedded, "_FIRST_ASKED", MOST + 2)


def test_only_the_best_count(hold, make, ask, names):
    hold(*(make.paper(f"p{n}", " ".join(["customs"] * (n + 1) + ["text"] * (9 - n))) for n in range(9)))
    found, papers = ask("customs blockchain"), names("customs blockchain")
    assert papers == ["p8", "p7", "p6", "p5"]
    assert (found.not_close, found.listed) == (MOST, MOST)
    assert ask("customs").documents == 9  # one word: all that hold it


def test_of_equals_at_the_end_the_first_ones_count(hold, make, names):
    papers = [make.paper(f"p{n}", "customs text") for n in range(12)]
    hold(*papers)
    first = sorted(papers, key=lambda paper: paper.id)[:MOST]
    assert names("customs blockchain") == [paper.source.rpartition("/")[2] for paper in first]


def test_equals_at_the_end_are_left_out_together(hold, make, ask, names):
    better = [make.paper(f"better{n}", "customs customs") for n in range(3)]
    hold(*better, *(make.paper(f"equal{n}", "customs text") for n in range(12)))
    found, papers = ask("customs blockchain"), names("customs blockchain")
    assert sorted(papers) == ["better0", "better1", "better2"]
    assert (found.not_close, found.listed) == (3, 3)


def test_the_best_of_what_filters_leave_count(hold, make, ask, names):
    """The filter leaves too many papers to look among them alone, and what matches best is shut out."""
    better = [make.paper(f"other{n}", "customs customs", body="pc") for n in range(30)]
    hold(*better, *(make.paper(f"own{n}", "customs and more text of it", body="ptc") for n in range(40)))
    found, papers = ask("customs blockchain", "body=ptc"), names("customs blockchain", "body=ptc")
    assert found.listed == MOST
    assert all(name.startswith("own") for name in papers)


def test_hints_count_papers_with_all_words(hold, make, ask, names):
    hold(*(make.paper(f"p{n}", "customs text", body="pc" if n else "ptc") for n in range(9)))
    assert names("customs blockchain", "body=ptc") == ["p0"]
    (part,) = ask("customs blockchain", "body=council").hints.filters
    assert (part.alone, part.without) == (0, 0)
    (part,) = ask("customs text", "body=council").hints.filters
    assert (part.alone, part.without) == (0, 9)


def test_what_is_close_alone_leaves_out_passages_with_few_of_the_words(hold, make, ask, names):
    hold(make.paper("all", "customs blockchain"), *(make.paper(f"some{n}", "customs text") for n in range(3)))
    assert len(names("customs blockchain")) == 4
    found, papers = ask("customs blockchain", close_only=True), names("customs blockchain", close_only=True)
    assert (found.documents, papers) == (1, ["all"])
    assert ask("customs zebra", close_only=True).documents == 0
