"""Requests that are repeated: which failures may pass, how long to wait before another attempt, when to give up.

The waits are exponential with jitter (Brooker, "Exponential Backoff and Jitter", 2015), or what `Retry-After` asks for.
"""

import datetime as dt
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from itertools import count
from typing import NamedTuple, TypeVar

import httpx

from configs.system.progress import step_done
from pipelines.sources.errors import PASSING, Problem, is_untrusted, problem_of_status
from pipelines.sources.web.file_state import date_of
from pipelines.sources.web.request_errors import RequestError, transport_problem
from pipelines.sources.web.web_urls import host_of

T = TypeVar("T")

_ATTEMPTS = 5
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 60.0
"""Seconds, before jitter; the wait doubles with each attempt."""
_LONGEST_ASKED = 300.0
"""Seconds that a server may ask for by Retry-After. One that asks for more is left to the next run."""
_MOST_WAITING = 900.0
"""Seconds that all waits of a run over a source may take together, so that it does not hang for hours."""
_IN_A_ROW = 3
"""Requests in a row to a server that failed for good: then it is the server, and not what was asked for."""
_SPREAD = 0.1
"""Fraction that is added to what a server asks for, so that not everybody comes back at once."""


@dataclass(frozen=True)
class Clock:
    """Time, as a connector uses it; tests give one that does not wait. `jitter` gives fractions from 0 to 1."""

    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)
    jitter: Callable[[], float] = random.random


SYSTEM = Clock()
"""The clock of connectors that are given none."""


class PassingError(Exception):
    """An answer that may be another one later; `asked` is how many seconds the server asks to wait, if it does."""

    def __init__(self, status: int, asked: float | None = None) -> None:
        super().__init__(f"status {status}")
        self.status, self.asked = status, asked


class _Failure(NamedTuple):
    problem: Problem
    status: int | None = None
    asked: float | None = None
    repeatable: bool = True
    unreachable: bool = False
    """Whether no connection came about at all."""


class Retries:
    """The attempts of one run over a source, whose own server is `host`.

    Where that one fails again and again, the source is away. Another one is not asked any more in this run.
    """

    def __init__(self, host: str, clock: Clock) -> None:
        self._host, self._clock = host, clock
        self._left = _MOST_WAITING
        self._failed: Counter[str] = Counter()

    def run(self, attempt: Callable[[], T], url: str, *, name: str | None = None) -> T:
        """Return what an attempt gives, which raises `PassingError` or an error of httpx where another may succeed.

        Raises `RequestError` after the last one, which calls the URL by its `name`, if it has one.
        """
        host = host_of(url)
        if host != self._host and self._failed[host] >= _IN_A_ROW:
            raise RequestError(f"{name or url}: {host} failed {_IN_A_ROW} times in this run", "try again later")
        for number in count(1):
            step_done()  # what a server asks to wait for is limited
            try:
                given = attempt()
            except RequestError as error:
                if error.status and error.status not in PASSING:
                    self._failed[host] = 0  # the server is there, and said no
                raise
            except PassingError as error:
                failure = _Failure(problem_of_status(error.status), error.status, error.asked)
            except httpx.RequestError as error:
                failure = _of_request(error)
            else:
                self._failed[host] = 0
                return given
            wait = self._wait(number, failure.asked)
            if not failure.repeatable or number == _ATTEMPTS or wait is None:
                raise self._given_up(host, failure, name or url)
            self._left -= wait
            self._clock.sleep(wait)
        raise AssertionError

    def asked(self, response: httpx.Response) -> float | None:
        """Return how many seconds an answer asks to wait by its header Retry-After, None where it does not."""
        value = response.headers.get("Retry-After", "").strip()
        if value.isdecimal():
            return float(value)
        then = date_of(value)
        return max(0.0, (then - self._clock.now()).total_seconds()) if then else None

    def _wait(self, number: int, asked: float | None) -> float | None:
        """Return how long to wait after an attempt that failed, None where that is too long."""
        if asked is None:
            longest = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** (number - 1))
            wait = longest * (1 + self._clock.jitter()) / 2
        else:
            wait = asked * (1 + _SPREAD * self._clock.jitter())
        return wait if wait <= self._left and (asked is None or asked <= _LONGEST_ASKED) else None

    def _given_up(self, host: str, failure: _Failure, name: str) -> RequestError:
        self._failed[host] += 1
        throttled = failure.status == HTTPStatus.TOO_MANY_REQUESTS
        is_away = host == self._host and (failure.unreachable or throttled or self._failed[host] >= _IN_A_ROW)
        words, remedy, may_pass = failure.problem.words, failure.problem.remedy, failure.problem.may_pass
        if failure.asked is not None and failure.asked > _LONGEST_ASKED:
            words += f" and asks to come back after {failure.asked:.0f} seconds"
            remedy, may_pass = "run it again then, or look at the source less often", False
        return RequestError(f"{name}: {words}", remedy, status=failure.status, is_away=is_away, may_pass=may_pass)


def _of_request(error: httpx.RequestError) -> _Failure:
    problem = transport_problem(error)
    hopeless = isinstance(error, httpx.UnsupportedProtocol | httpx.LocalProtocolError | httpx.DecodingError)
    unreachable = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.ProxyError)
    return _Failure(problem, repeatable=not hopeless and not is_untrusted(error), unreachable=unreachable)
