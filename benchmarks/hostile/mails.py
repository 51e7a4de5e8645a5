"""Hostile mails: messages and parts inside each other, more parts and headers than any mail has."""

import base64
from collections.abc import Callable
from functools import partial

from benchmarks.hostile.archives import high_ratio

_HEAD = "From: a@example.org\nTo: b@example.org\nSubject: Paper {}\nDate: Mon, 6 May 2019 10:00:00 +0000\n"
_WORDS = "The Committee took note of the single window.\n"


def nested_messages(share: float, *, depth: int) -> bytes:
    """Return a mail attached to a mail, and so on."""
    text = f"{_HEAD.format(0)}\n{_WORDS}"
    for place in range(1, max(10, int(depth * share))):
        mark = f"b{place}"
        typed = f'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="{mark}"\n'
        parts = f"--{mark}\n\n{_WORDS}\n--{mark}\nContent-Type: message/rfc822\n\n{text}\n--{mark}--\n"
        text = f"{_HEAD.format(place)}{typed}\n{parts}"
    return text.encode()


def nested_parts(share: float) -> bytes:
    """Return a mail of 20,000 parts inside each other."""
    opened = "".join(
        f'Content-Type: multipart/mixed; boundary="b{place}"\n\n--b{place}\n' for place in range(int(20_000 * share))
    )
    return f"{_HEAD.format(1)}MIME-Version: 1.0\n{opened}\n{_WORDS}".encode()


def many_parts(share: float) -> bytes:
    """Return a mail with 30,000 attachments of a few bytes."""
    part = 'Content-Type: text/plain\nContent-Disposition: attachment; filename="{0}.txt"\n\npaper {0}\n'
    parts = "".join(f"--b\n{part.format(place)}" for place in range(max(12_000, int(30_000 * share))))
    return f'{_HEAD.format(1)}MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n{parts}--b--\n'.encode()


def many_headers(share: float) -> bytes:
    """Return a mail with 200,000 headers, some of them long and encoded."""
    word = "=?utf-8?b?" + base64.b64encode("prüfung ".encode() * 5).decode() + "?="
    received = "".join(f"Received: from {place}.example.org\n" for place in range(int(200_000 * share)))
    people = "Cc: " + ",\n ".join(f"{word} <p{place}@example.org>" for place in range(int(20_000 * share)))
    return f"{received}{people}\n{_HEAD.format(1)}\n{_WORDS}".encode()


def attached_bomb(share: float) -> bytes:
    """Return a mail with an archive attached that is a bomb."""
    packed = base64.encodebytes(high_ratio(share)).decode()
    part = f'Content-Type: application/zip; name="bomb.zip"\nContent-Transfer-Encoding: base64\n\n{packed}'
    typed = 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n'
    return f"{_HEAD.format(1)}{typed}\n--b\n\n{_WORDS}\n--b\n{part}--b--\n".encode()


MAKERS: dict[str, Callable[[float], bytes]] = {
    "messages-100-deep.eml": partial(nested_messages, depth=100),
    "messages-2000-deep.eml": partial(nested_messages, depth=2_000),
    "nested-parts.eml": nested_parts,
    "many-parts.eml": many_parts,
    "many-headers.eml": many_headers,
    "attached-bomb.eml": attached_bomb,
}
