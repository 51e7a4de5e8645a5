"""What a reviewer chooses to judge: what is asked next, and how far they are in it."""

import pytest

from configs.system.errors import UsageError
from extractors.document import Passage
from pipelines.review import desk as review
from pipelines.review.choice import choice_of
from tests.pipelines.review.conftest import DIMENSION, SENTENCE, THEME, tag

OTHER = "legal_framework"


@pytest.fixture
def papers(put_paper):
    """A paper of the PTC with an accepted tag, a suggested one of another dimension and a theme; one of the TCCV."""

    def passages(*tags):
        def made(number):
            for n, (confidence, dimension, themes) in enumerate(tags):
                name = f"{number}-{n}"
                given = tag(name, confidence, dimension=dimension)
                yield Passage(id=name, ordinal=n, text=f"{SENTENCE} {n}", maturity=(given,), themes=themes)

        return made

    first = put_paper("a", passages((0.9, DIMENSION, ()), (0.5, OTHER, (THEME,))), body="ptc")
    second = put_paper("b", passages((0.6, DIMENSION, ())), body="tccv")
    return first, second


def asked(desk, **given):
    choice = choice_of(desk.settings, desk.engine, given, access_classes=desk.access_classes)
    return desk._replace(choice=choice)


def names(desk):
    return {one.id for one in review.upcoming(desk, limit=9)}


def test_each_field_narrows_what_is_asked_and_they_hold_together(papers, desk):
    first, second = (one.id for one in papers)
    accepted, other = f"{first}-0:{DIMENSION}:0", f"{first}-1:{OTHER}:0"
    theme, elsewhere = f"{first}-1:theme:single-window", f"{second}-0:{DIMENSION}:0"
    with desk() as at:
        assert names(at) == {accepted, other, theme, elsewhere}
        assert names(asked(at, dimension=DIMENSION)) == {accepted, elsewhere}
        assert names(asked(at, theme="single-window")) == {theme}
        assert names(asked(at, document=first)) == {accepted, other, theme}
        assert len(names(asked(at, body="council"))) == 4  # with its sub-bodies
        assert names(asked(at, body="tccv")) == names(asked(at, body="tccv", status="suggested")) == {elsewhere}
        assert names(asked(at, status="accepted")) == {accepted}
        assert names(asked(at, dimension=OTHER, status="accepted")) == set()
        assert names(asked(at, dimension=" ", theme="", other="x")) == {accepted, other, theme, elsewhere}


@pytest.mark.parametrize(
    "given", [{"dimension": "weather"}, {"theme": "weather"}, {"body": "x"}, {"status": "hidden"}, {"document": "ab"}]
)
def test_a_value_that_there_is_not_is_named(papers, desk, given):
    with desk() as at, pytest.raises(UsageError, match=next(iter(given.values()))):
        asked(at, **given)


def test_a_paper_that_may_not_be_seen_is_none(put, desk):
    document = put([0.5], access="restricted")
    with desk(held=frozenset()) as at, pytest.raises(UsageError, match="no document of this id"):
        asked(at, document=document.id)


def test_progress_counts_what_anybody_judged_of_a_choice_and_outlives_a_new_order(papers, put, desk):
    with desk() as at:
        review.record_judgement(at, f"{papers[0].id}-0:{DIMENSION}:0", "accept")
    with desk("bo") as at:
        chosen = asked(at, dimension=DIMENSION)
        assert review.progress(chosen) == review.Progress(today=0, waiting=1, judged=1)
        assert review.progress(at) == review.Progress(today=0, waiting=3, judged=1)
    put([0.5], "c")
    with desk() as at:
        chosen = asked(at, dimension=DIMENSION)
        assert review.progress(chosen) == review.Progress(today=1, waiting=2, judged=1)
        assert review.progress(asked(at, body="ptc")) == review.Progress(today=1, waiting=2, judged=1)
        review.undo(at)
        assert review.progress(chosen) == review.Progress(today=0, waiting=3, judged=0)
        assert review.upcoming(chosen)[0].id == f"{papers[0].id}-0:{DIMENSION}:0"


def test_what_a_reviewer_could_not_tell_is_neither_judged_nor_waits_for_them(papers, desk):
    with desk() as at:
        review.record_judgement(at, f"{papers[1].id}-0:{DIMENSION}:0", "unsure")
        assert review.progress(asked(at, body="tccv")) == review.Progress(today=1, waiting=0, judged=0)
    with desk("bo") as at:
        assert review.progress(asked(at, body="tccv")) == review.Progress(today=0, waiting=1, judged=0)


def test_papers_that_may_not_be_seen_do_not_count(put, desk):
    document = put([0.5, 0.6], access="restricted")
    with desk() as at:
        review.record_judgement(at, f"{document.id}-0:{DIMENSION}:0", "accept")
    with desk("eve", frozenset()) as at:
        assert review.progress(at) == review.Progress(today=0, waiting=0, judged=0)


def test_a_second_judgement_is_of_the_choice(papers, desk, judged_twice):
    with desk() as at:
        review.record_judgement(at, f"{papers[1].id}-0:{DIMENSION}:0", "accept")
    with desk("bo") as at:
        turns = {one.turn for one in review.upcoming(asked(at, body="tccv"), limit=9)}
        assert turns == {"second"}
        assert {one.turn for one in review.upcoming(asked(at, body="ptc"), limit=9)} == {"first"}
