"""Files received from a server: whole, within a size, and not too slowly."""

from collections.abc import Iterator

import httpx

from pipelines.sources.connectors.request_errors import RequestError
from pipelines.sources.connectors.retries import Clock

IN_MEMORY = 8 << 20
"""Bytes of a file that are held in memory; what is more goes to a file that has no name."""
CHUNK = 1 << 16
LARGER_FILES = "see 'reading.file_mib' in settings.yaml"
_LONGEST_SECONDS = 1800.0
"""For one file: a server that sends a byte now and then is not waited for."""


def pieces(response: httpx.Response, url: str, most: int, clock: Clock, *, remedy: str) -> Iterator[bytes]:
    """Yield the bytes of an answer; raises `RequestError` where they are more than `most`, or take too long."""
    left, ends = most, clock.monotonic() + _LONGEST_SECONDS
    too_large = RequestError(f"{url}: it is larger than {most >> 20} MiB", remedy)
    if int(response.headers.get("Content-Length") or 0) > most:
        raise too_large
    for piece in response.iter_bytes(CHUNK):
        left -= len(piece)
        if left < 0:
            raise too_large
        if clock.monotonic() > ends:
            raise RequestError(f"{url}: the server sends it too slowly", "try again later")
        yield piece
