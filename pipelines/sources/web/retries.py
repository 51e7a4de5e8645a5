"""Retries of requests: temporary failures, waiting times between attempts, and the limits of retrying.

The backoff is exponential with jitter (Brooker, "Exponential Backoff and Jitter", 2015), or the time in `Retry-After`.
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
"""First backoff in seconds, before jitter; it doubles with each attempt."""
_LONGEST_ASKED = 300.0
"""Limit for Retry-After in seconds. A server that asks for more is left to the next run."""
_MOST_WAITING = 900.0
"""Limit for the sum of all backoffs of a run over a source, in seconds, so that it does not hang for hours."""
_IN_A_ROW = 3
"""Failed requests in a row after which the server counts as unavailable, and not only the requested URLs."""
_SPREAD = 0.1
"""Random fraction added to Retry-After, so that clients do not return at the same time."""


@dataclass(frozen=True)
class Clock:
    """The time for a connector; tests use one that does not wait. `jitter` returns fractions from 0 to 1."""

    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)
    jitter: Callable[[], float] = random.random


SYSTEM = Clock()
"""The default clock of connectors."""


class TemporaryError(Exception):
    """A temporary failure; `asked` is the number of seconds that the server asks to wait, if any."""

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

    If its own server fails repeatedly, the source is unavailable. Any other failing server is not contacted again in
    this run.
    """

    def __init__(self, host: str, clock: Clock) -> None:
        self._host, self._clock = host, clock
        self._left = _MOST_WAITING
        self._failed: Counter[str] = Counter()

    def run(self, attempt: Callable[[], T], url: str, *, name: str | None = None) -> T:
        """Return the result of an attempt, which raises `TemporaryError` or an error of httpx if a retry may succeed.

        Raises `RequestError` after the last one, which refers to the URL by its `name`, if it has one.
        """
        host = host_of(url)
        if host != self._host and self._failed[host] >= _IN_A_ROW:
            raise RequestError(f"{name or url}: {host} failed {_IN_A_ROW} times in this run", "try again later")
        for number in count(1):
            step_done()  # the waiting time from a server is limited
            try:
                given = attempt()
            except RequestError as error:
                if error.status and error.status not in PASSING:
                    self._failed[host] = 0  # the server responded with a refusal
                raise
            except TemporaryError as error:
                failure = _Failure(problem_of_status(error.status), error.status, error.asked)
            except httpx.RequestError as error:
                failure = _of_request(error)
            else:
                self._failed[host] = 0
                return given
            wait = self._wait(number, failure.asked)
            if not failure.repeatable or number == _ATTEMPTS or wait is None:
                raise self._give_up_error(host, failure, name or url)
            self._left -= wait
            self._clock.sleep(wait)
        raise AssertionError

    def asked(self, response: httpx.Response) -> float | None:
        """Return the number of seconds in the header Retry-After of a response, None without one."""
        value = response.headers.get("Retry-After", "").strip()
        if value.isdecimal():
            return float(value)
        then = date_of(value)
        return max(0.0, (then - self._clock.now()).total_seconds()) if then else None

    def _wait(self, number: int, asked: float | None) -> float | None:
        """Return the backoff after a failed attempt, None if it exceeds the limit."""
        if asked is None:
            longest = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** (number - 1))
            wait = longest * (1 + self._clock.jitter()) / 2
        else:
            wait = asked * (1 + _SPREAD * self._clock.jitter())
        return wait if wait <= self._left and (asked is None or asked <= _LONGEST_ASKED) else None

    def _give_up_error(self, host: str, failure: _Failure, name: str) -> RequestError:
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
