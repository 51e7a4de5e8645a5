"""One service for many threads: the same answers as one after another, and engines that are lent and given back."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import get_args

import pytest

from benchmarks.questions import questions
from configs.settings import load_settings
from configs.system.errors import UnavailableError, UsageError
from index.filters import EVERY_CLASS
from index.results import Mode
from pipelines.ingest.runs import ingest
from pipelines.maintenance.backup import backup
from pipelines.maintenance.restore import restore
from pipelines.search import service as module
from pipelines.search.requests import SearchParameters, filters_of, search_request
from pipelines.search.service import READERS, FairSemaphore, SearchService

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def settings(sample_home):
    return load_settings(sample_home)


@pytest.fixture(scope="module")
def requests(settings):
    """Fifty requests of all modes and operators, with facets."""
    with SearchService(settings) as service, service.engine() as engine:
        asked = questions(engine, 50, seed=3)
    return [
        search_request(
            settings,
            SearchParameters(q=one.query, mode=get_args(Mode)[number % 3], facet=("body", "theme"), explain=True),
            one.filters,
            access_classes=EVERY_CLASS,
        )
        for number, one in enumerate(asked)
    ]


def answered(service, request):
    return service.search(request, sentences=False).model_dump(mode="json", exclude={"took_ms"})


@pytest.mark.slow
def test_twenty_threads_get_the_answers_of_one(settings, requests):
    with SearchService(settings) as service:
        one_by_one = [answered(service, request) for request in requests]
    with SearchService(settings) as service, ThreadPoolExecutor(20) as pool:
        futures = [[pool.submit(answered, service, request) for request in requests] for _ in range(20)]
        for asked in futures:
            assert [future.result() for future in asked] == one_by_one


def test_threads_may_ask_everything_at_once(settings):
    def ask(number):
        if number % 4 == 0:
            return service.show("PC9005", access_classes=EVERY_CLASS).model_dump()
        if number % 4 == 1:
            return service.matrix(filters_of((), EVERY_CLASS)).model_dump()
        if number % 4 == 2:
            return service.themes(filters_of((), EVERY_CLASS)).model_dump()
        request = search_request(settings, SearchParameters(), access_classes=EVERY_CLASS)
        return service.similar(passage, request).model_dump(exclude={"took_ms"})

    with SearchService(settings) as service:
        passage = service.show("PC9005", access_classes=EVERY_CLASS).document.passages[3].id
        first = [ask(number) for number in range(4)]
        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(ask, range(40))) == first * 10


@pytest.fixture
def opened(monkeypatch):
    """The engines that services open, and whether each is closed."""
    engines, real = [], module.open_reader

    def open_one(settings):
        engine = real(settings)
        engines.append(engine)
        return engine

    monkeypatch.setattr(module, "open_reader", open_one)
    return engines


def test_engines_are_opened_as_they_are_needed_and_used_again(settings, requests, opened):
    with SearchService(settings) as service:
        assert opened == []
        for request in requests[:3]:
            service.search(request)
        assert len(opened) == 1
        with ThreadPoolExecutor(3 * READERS) as pool:
            list(pool.map(service.search, requests))
        assert len(opened) <= READERS


def test_a_mistake_of_the_caller_costs_no_engine_and_a_fault_does(settings, opened):
    with SearchService(settings) as service:
        with pytest.raises(UsageError, match="no document"):
            service.show("PC0001", access_classes=EVERY_CLASS)
        service.show("PC9005", access_classes=EVERY_CLASS)
        assert len(opened) == 1
        with pytest.raises(ZeroDivisionError), service.engine():
            raise ZeroDivisionError
        service.show("PC9005", access_classes=EVERY_CLASS)
        assert len(opened) == 2


def test_nobody_waits_for_ever_for_an_engine(settings, monkeypatch):
    monkeypatch.setattr(module, "WAIT_SECONDS", 0.01)
    with SearchService(settings) as service:
        with ExitStack() as lent:
            for _ in range(READERS):
                lent.enter_context(service.engine())
            with pytest.raises(UnavailableError, match="ask again") as refused:
                service.show("PC9005", access_classes=EVERY_CLASS)
            assert refused.value.may_pass
        for _ in range(READERS + 1):
            assert service.show("PC9005", access_classes=EVERY_CLASS)


def test_who_waits_longest_comes_first():
    places, served = FairSemaphore(1), []

    def ask(number):
        assert places.acquire(timeout=30)
        served.append(number)
        places.release()

    assert places.acquire(timeout=0)
    with ThreadPoolExecutor(5) as pool:
        asked = []
        for number in range(5):
            asked.append(pool.submit(ask, number))
            while places.waiting < number + 1:
                time.sleep(0.001)
        assert not places.acquire(timeout=0.001)
        places.release()
    assert [one.result() for one in asked] == [None] * 5
    assert served == [*range(5)]
    assert places.waiting == 0
    assert places.acquire(timeout=0)


def test_an_engine_in_use_is_closed_when_it_is_given_back(settings, opened):
    service = SearchService(settings)
    with service.engine() as engine:
        service.close()
        assert engine.counts().documents
    with pytest.raises(Exception, match="closed"):
        engine.counts()


def test_where_nothing_was_ingested_each_question_says_so_and_a_later_one_is_answered(tmp_path, samples):
    settings = load_settings(tmp_path / "home", encoder="all-MiniLM-L6-v2")
    request = search_request(settings, SearchParameters(q="window", mode="text"), access_classes=EVERY_CLASS)
    with SearchService(settings) as service:
        for _ in range(READERS + 1):
            with pytest.raises(UnavailableError, match="no index"):
                service.search(request)
        ingest(settings, [str(next((samples / "papers").glob("PC9005E*.pdf")))])
        assert service.search(request).documents == 1


def test_a_service_sees_what_was_ingested_or_restored_meanwhile(tmp_path, samples):
    settings = load_settings(tmp_path / "home", encoder="all-MiniLM-L6-v2")
    papers = sorted((samples / "papers").glob("*.pdf"))[:2]
    ingest(settings, [str(papers[0])])
    request = search_request(settings, SearchParameters(), access_classes=EVERY_CLASS)
    with SearchService(settings) as service:
        assert service.search(request).documents == 1
        backup(settings, tmp_path / "one.zip")
        ingest(settings, [str(papers[1])])
        assert service.search(request).documents == 2
        restore(settings, tmp_path / "one.zip", force=True)
        assert service.search(request).documents == 1
