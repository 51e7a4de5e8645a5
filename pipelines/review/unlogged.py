"""Judgements and corrections without a line in the audit log, because their process was killed before writing it."""

from contextlib import closing

from configs.settings import Settings
from extractors.document import Value
from pipelines.access import audit
from pipelines.access.audit import JudgedKind
from pipelines.review.records import ReviewRecords
from pipelines.storage.opening import open_storage
from pipelines.storage.state import State


class UnloggedJudgement(Value):
    """A judgement or correction that is stored, without a line in the audit log.

    `act` is the id that it would have.
    """

    kind: JudgedKind = "judgement"
    act: str
    at: str
    author: str
    item: str


def unlogged(settings: Settings) -> tuple[UnloggedJudgement, ...]:
    """Return the judgements and corrections of this home without a confirming line, the oldest first.

    Those from before the log begins are left out: it is no part of a backup, and may be moved elsewhere. Those in
    a database are of other homes too, which have logs of their own. Raises `OSError` where the log cannot be read, and
    as the stores do.
    """
    log = audit.logged_judgements(settings.home)
    if log.begins is None or settings.database:
        return ()
    found: dict[str, UnloggedJudgement] = {}
    with closing(open_storage(settings).open_judgements(write=False)) as store:
        for one in store.since(0):
            if one.act:
                found[one.act] = UnloggedJudgement(act=one.act, at=one.at, author=one.author, item=one.tag)
        for correction in store.corrections():
            if correction.act:
                found[correction.act] = UnloggedJudgement(
                    kind="correction",
                    act=correction.act,
                    at=correction.at,
                    author=correction.author,
                    item=correction.document,
                )
    with ReviewRecords(State(settings)) as records:
        acts = records.acts()
    found |= {act: UnloggedJudgement(act=act, at=one.at, author=one.author, item=one.item) for act, one in acts.items()}
    missing = (
        one for act, one in found.items() if act not in log.stored and (act in log.intended or one.at >= log.begins)
    )
    return tuple(sorted(missing, key=lambda one: one.at))


def log_missing(settings: Settings) -> tuple[UnloggedJudgement, ...]:
    """Append the missing lines, and return their judgements and corrections."""
    found = unlogged(settings)
    for one in found:
        details = {one.kind: one.act, "item": one.item, "judged": one.at}
        audit.record(settings.home, one.author, one.kind, **details, by="doctor --repair")
    return found
