"""A run over a source is killed at random moments while the source changes; the full size is in the benchmark."""

import random

import pytest

from benchmarks import source_kills

pytestmark = [pytest.mark.slow, pytest.mark.long]

KILLS = 5
PAPERS = 60


def test_in_the_end_the_index_is_what_the_source_is(tmp_path):
    papers = source_kills.Papers(tmp_path, random.Random(5))
    papers.begin(PAPERS)
    assert source_kills.killed(papers, KILLS)
    assert source_kills.problems(papers) == []
