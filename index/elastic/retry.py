"""The transport to the cluster, which retries requests while the cluster is unreachable or too busy.

Every request of the writers may be sent twice: rows have fixed ids, and changes of rows that several workers change
are conditional on the version of the row.
"""

import logging
import time
from typing import Any

from elastic_transport import ConnectionError as Unreachable
from elastic_transport import ConnectionTimeout, Transport, TransportApiResponse

_BUSY = (429, 502, 503, 504)
_LONGEST_PAUSE_SECONDS = 10.0
_HEALTH_SECONDS = 5

_Away = Unreachable | ConnectionTimeout

_log = logging.getLogger(__name__)


class RetryTransport(Transport):
    """The client's transport; it retries once `wait_for` was called."""

    _indices = ""
    _patience_seconds = 0.0
    _first_pause_seconds = 1.0
    _troubled_since: float | None = None
    _away: _Away | None = None

    def wait_for(self, indices: str, patience_seconds: float, first_pause_seconds: float) -> None:
        """Retry from now on, with pauses that double each time.

        The time limit runs from the first request that fails until one succeeds, not for each request alone, so all
        requests give up together. After an outage, the indices that match a pattern have to be available before any
        other request is sent.
        """
        self._indices, self._patience_seconds, self._first_pause_seconds = (
            indices,
            patience_seconds,
            first_pause_seconds,
        )

    def perform_request(self, method: str, target: str, **options: Any) -> TransportApiResponse:  # noqa: ANN401
        """Return the answer of the cluster; raises as the client's own transport where the time is over."""
        pause = self._first_pause_seconds
        while True:
            answer = self._attempt(method, target, options)
            if isinstance(answer, TransportApiResponse) and answer.meta.status not in _BUSY:
                self._troubled_since = None
                return answer
            now = time.monotonic()
            if self._troubled_since is None:
                self._troubled_since = now
            if now + pause > self._troubled_since + self._patience_seconds:
                if isinstance(answer, TransportApiResponse):
                    return answer
                raise answer
            _log.warning("Elasticsearch is %s: waiting", "away" if self._away else "too busy")
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    def _attempt(self, method: str, target: str, options: dict[str, Any]) -> TransportApiResponse | _Away:
        """Return the answer or the error."""
        try:
            if self._away and self._patience_seconds and not self._is_ready():
                return self._away
            answer = super().perform_request(method, target, **options)
        except (Unreachable, ConnectionTimeout) as error:
            self._away = error
            return error
        self._away = None
        return answer

    def _is_ready(self) -> bool:
        """Return whether every row is available: shards are unavailable for a while after a node was started."""
        target = f"/_cluster/health/{self._indices}?wait_for_status=yellow&timeout={_HEALTH_SECONDS}s"
        answer = super().perform_request("GET", target, headers={"accept": "application/json"})
        return bool(answer.meta.status == 200)  # noqa: PLR2004 - 408 where they are not reached in time
