"""Work that runs give to other workers: each part is done by one, and what a dead one had comes back."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from configs.settings import load_settings
from pipelines.storage.ledger import Ledger
from pipelines.storage.shared_work import Part, Terms
from pipelines.storage.state import State
from tests.states import die

pytestmark = pytest.mark.postgresql
TERMS = Terms('{"read": "1"}', "s3://blobs")
RUN = "20260101T000000-abcdef"


@pytest.fixture
def run(opened):
    """The ledger of a run that has given three parts."""
    ledger = opened()
    with ledger.run(RUN):
        ledger.shared_work.open(RUN, TERMS)
        for place in (1, 2, 3):
            ledger.shared_work.give(RUN, place, f"part {place}")
        yield ledger


def test_a_state_of_one_home_has_nothing_to_share(tmp_path):
    with closing(Ledger(State(load_settings(tmp_path / "home")))) as ledger:
        assert ledger.shared_work is None


def test_each_part_is_claimed_by_one_worker(run, opened):
    helpers = [opened().shared_work for _ in range(2)]
    assert helpers[0].runs() == {RUN: TERMS}
    claimed = [worker.claim([RUN]) for worker in (*helpers, run.shared_work)]
    assert claimed == [Part(RUN, place, f"part {place}") for place in (1, 2, 3)]
    assert opened().shared_work.claim([RUN]) is None


def test_a_claim_that_was_not_answered_is_given_again(run, opened):
    helper = opened().shared_work
    assert helper.claim([RUN]) == helper.claim([RUN])


def test_many_claim_at_once_and_no_part_goes_to_two(run, opened):
    for place in range(4, 31):
        run.shared_work.give(RUN, place, "more")
    helpers, found = [opened().shared_work for _ in range(4)], []

    def work(helper):
        while part := helper.claim([RUN]):
            found.append(part.place)
            helper.end(part, "{}")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, helpers))
    assert sorted(found) == list(range(1, 31))


def test_results_are_collected_once(run, opened):
    helper = opened().shared_work
    helper.end(helper.claim([RUN]), '{"counts": 1}')
    helper.claim([RUN])
    assert run.shared_work.collect(RUN, [1, 2, 3]) == (1, {1: '{"counts": 1}'})
    assert run.shared_work.collect(RUN, [2, 3]) == (1, {})


def test_what_a_dead_worker_had_comes_back_and_its_result_is_none(run, opened):
    ledger = opened()
    helper = ledger.shared_work
    part = helper.claim([RUN])
    die(ledger)
    assert run.shared_work.collect(RUN, [1, 2, 3]) == (2, {1: None})
    helper.end(part, '{"counts": 1}')  # it was only slow
    assert run.shared_work.collect(RUN, [2, 3]) == (2, {})


def test_a_part_of_which_nothing_is_known_any_more_comes_back(run):
    assert run.shared_work.collect(RUN, [1, 9]) == (3, {9: None})


def test_nobody_works_for_a_run_that_is_dead_and_the_next_run_clears_its_work(opened):
    ledger, helper = opened(), opened().shared_work
    with ledger.run(RUN):
        ledger.shared_work.open(RUN, TERMS)
        ledger.shared_work.give(RUN, 1, "part 1")
        die(ledger)
        assert helper.runs() == {}
        Ledger.own.discard(RUN)  # as of another process
        with opened().run("20260101T000001-abcdef"):
            assert helper.claim([RUN]) is None


def test_what_a_run_gave_ends_with_it(opened):
    ledger, helper = opened(), opened().shared_work
    with ledger.run(RUN):
        ledger.shared_work.open(RUN, TERMS)
        ledger.shared_work.give(RUN, 1, "part 1")
        part = helper.claim([RUN])
    helper.end(part, "{}")
    assert helper.runs() == {}
    assert helper.claim([RUN]) is None
