"""The latest session of a body, shown with new papers of a saved search over that body."""

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote

from configs.bodies import load_bodies
from configs.system.errors import NotFoundError
from extractors.document import Value
from pipelines.access.keys import Reader
from pipelines.alerts.check import Alert
from pipelines.collection import Collection
from pipelines.questions.since import Revision, SinceParameters, SinceSession, answer
from pipelines.storage.saved_searches import SavedSearch

_MOST_LINES = 20
"""Number of listed decisions of a session, and of revisions."""
_OF_A_BODY = "body="


class DigestSession(Value):
    """A session of a body: its counts, its decisions with their places, and its revised papers.

    `link` leads to the page of the session in the portal, if that has an address.
    """

    title: str
    counts: str
    decisions: tuple[tuple[str, str], ...]
    revisions: tuple[str, ...]
    link: str | None = None


def sessions_of(
    collection: Collection, alerts: Sequence[Alert], reader: Reader, portal: str | None = None
) -> Mapping[str, DigestSession]:
    """Return the latest session of the body of each search that has new papers of it, by the names of the searches.

    Only for searches of one body; `reader` is that of the digest.
    """
    found = {}
    for alert in alerts:
        body = _body_of(alert.search)
        if body is None or not alert.hits:
            continue
        try:
            latest = answer(collection, SinceParameters(body=body), reader)
        except NotFoundError:  # its papers name no session
            continue
        if any(latest.session in hit.document.sessions for hit in alert.hits):
            found[alert.search.name] = _digest_of(latest, portal)
    return found


def _body_of(search: SavedSearch) -> str | None:
    """Return the only body in the filters of a search, if any."""
    bodies = [one.removeprefix(_OF_A_BODY) for one in search.filters if one.startswith(_OF_A_BODY)]
    return bodies[0] if len(bodies) == 1 else None


def _digest_of(latest: SinceSession, portal: str | None) -> DigestSession:
    body = load_bodies().get(latest.body)
    counts = (
        _counted(len(latest.papers), "paper", "papers"),
        _counted(len(latest.decisions), "decision", "decisions"),
        _counted(len(latest.moved), "cell of the matrix moved", "cells of the matrix moved"),
        _counted(len(latest.revised), "revised paper", "revised papers"),
    )
    page = f"{portal.rstrip('/')}/bodies/{quote(latest.body)}/sessions/{latest.session}" if portal else None
    return DigestSession(
        title=f"{body.name.en if body else latest.body}, session {latest.session}",
        counts=", ".join(filter(None, counts)),
        decisions=tuple((one.text, one.citation) for one in latest.decisions[:_MOST_LINES]),
        revisions=tuple(_revisions(latest.revised[:_MOST_LINES])),
        link=page,
    )


def _revisions(revised: Sequence[Revision]) -> Iterator[str]:
    for one in revised:
        changes = _counted(len(one.changes), "paragraph differs", "paragraphs differ")
        yield f"{one.symbol} revises {one.earlier_symbol}: {changes or 'nothing differs'}"


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}" if count else ""
