"""How each configured source stands, for who is told of it: no index and no model is asked, and no source reached."""

import logging
from collections.abc import Mapping
from typing import Literal, TypeAlias

from configs.settings import Settings
from configs.system.errors import CustomsLensError
from extractors.document import Value
from pipelines.runs.failures import failures
from pipelines.runs.freshness import SourceFreshness, last_known
from pipelines.runs.owners import configured_owners

_log = logging.getLogger(__name__)

State: TypeAlias = Literal["works", "fails", "refused", "asks", "stale"]


class QuarantinedPaper(Value):
    """A paper that failed so often that it is left alone until its bytes change, and why."""

    document: str
    source: str
    error: str


class Standing(Value):
    """How a source stands; None is what cannot be known now: a run is at work, or a store cannot be read.

    `reason` is what the command line said. `quarantined` are its papers in quarantine, without those that somebody
    accepted.
    """

    source: str
    state: State | None
    reason: str | None = None
    quarantined: tuple[QuarantinedPaper, ...] | None = None


def standings(settings: Settings) -> tuple[Standing, ...]:
    """Return how each configured source stands, in the order of their file; raises `ConfigError` where it does not fit.

    What a damaged ledger or a cluster that is away does not say is left open.
    """
    quarantined = _quarantined(settings)
    return tuple(
        Standing(
            source=one.source,
            state=_state(one),
            reason=_reason(one),
            quarantined=None if quarantined is None else quarantined.get(one.source, ()),
        )
        for one in last_known(settings)
    )


def _state(one: SourceFreshness) -> State | None:
    if one.last_status in (None, "running"):
        return None
    if one.last_status != "done":
        return one.cause or "fails"
    if one.stale is None:
        return None
    return "stale" if one.stale and one.new_at else "works"


def _reason(one: SourceFreshness) -> str | None:
    if _state(one) == "stale" and one.new_at:
        return f"nothing new for more than {one.fresh_days} days, since {one.new_at:%Y-%m-%d}"
    return one.reason


def _quarantined(settings: Settings) -> Mapping[str, tuple[QuarantinedPaper, ...]] | None:
    """Return the papers in quarantine by their configured source; None where the stores cannot be read."""
    found: dict[str, tuple[QuarantinedPaper, ...]] = {}
    try:
        papers = [one for one in failures(settings, quarantined=True) if not one.accepted]
        owners = configured_owners(settings) if papers else {}
    except CustomsLensError as error:
        _log.debug("what is in quarantine is not known: %s", error)
        return None
    for one in papers:
        if owner := owners.get(one.document):
            paper = QuarantinedPaper(document=one.document, source=one.source, error=one.error)
            found[owner.name] = (*found.get(owner.name, ()), paper)
    return found
