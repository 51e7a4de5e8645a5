"""Corrections of papers by people: validated, recorded in the audit log, stored, and applied to the index.

An administrator may correct every field, a reviewer every one but the access class. Where another process writes the
home, the correction is stored all the same, and that process applies it.
"""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack, closing
from typing import NamedTuple

from configs.settings import Settings
from configs.system.controls import showable
from configs.system.errors import BusyError, ForbiddenError, NotFoundError, UsageError
from extractors.access import JOINT, PUBLIC, UNKNOWN, closing_names
from extractors.corrections import (
    CORRECTED_FIELDS,
    CorrectedField,
    Correction,
    checked_value,
    corrections_in_force,
    version_links,
)
from extractors.document import Document, Value
from index.filters import may_read_all
from index.judgements.store import JudgementStore
from index.protocol import Engine
from pipelines.access import audit
from pipelines.access.classes import class_names_of
from pipelines.access.keys import Reader
from pipelines.ingest.follow.members import OWN
from pipelines.ingest.recorded import open_session
from pipelines.review.judge import refuse_nobody
from pipelines.storage.opening import open_storage, opened_ledger

MOST_CORRECTED = 100
"""Papers at once."""
_WAIT_SECONDS = 3.0
"""How long it is waited for a process that writes the home."""
_ADMINISTRATORS: frozenset[str] = frozenset({"access"})
"""Fields that administrators alone may correct."""
WAITING = "another process writes the home: it, or the next run, shows what was corrected"


class CorrectionDesk(NamedTuple):
    """The person who corrects, and the services; index queries use the access classes of the reader."""

    settings: Settings
    engine: Engine
    reader: Reader


class Opening(Value):
    """A paper whose access class a correction would relax: its id, its name, and the class before and after."""

    document: str
    name: str
    before: str | None
    after: str | None


class OpeningError(UsageError):
    """Unconfirmed corrections would relax access classes; nothing is stored."""

    def __init__(self, openings: Sequence[Opening]) -> None:
        self.openings = tuple(openings)
        first = self.openings[0]
        more = f" and {len(self.openings) - 1} others" if len(self.openings) > 1 else ""
        said = f"access: {first.name}{more} would be open to readers without '{first.before}'"
        super().__init__(said, "confirm it: --yes on the command line, 'confirmed' in the API")


class CorrectionOutcome(Value):
    """The papers that were corrected, by their ids.

    They are `waiting` where another process writes the home: it applies what was stored, at the latest the next run
    does.
    """

    documents: tuple[str, ...]
    waiting: bool


def allowed_fields(reader: Reader) -> tuple[CorrectedField, ...]:
    """Return the fields that a person may correct; none for readers."""
    if not reader.may("reviewer"):
        return ()
    return tuple(name for name in CORRECTED_FIELDS if name not in _ADMINISTRATORS or reader.may("admin"))


def correct(
    desk: CorrectionDesk,
    names: Sequence[str],
    given: Mapping[str, str | None],
    *,
    undo: Collection[str] = (),
    confirmed: bool = False,
) -> CorrectionOutcome:
    """Correct fields of papers, or with `undo` withdraw corrections, for all of the papers or none.

    Papers are named by id, symbol or source. Raises `NotFoundError` for one that there is not for this reader,
    `ForbiddenError` for what the role does not include, `UsageError` for a field or a value that there is not, and
    `OpeningError` where a paper would be opened and that is not `confirmed`.
    """
    settings, reader = desk.settings, desk.reader
    refuse_nobody(reader.actor)
    fields = _fields(reader, (*given, *undo))
    if twice := set(given) & set(undo):
        raise UsageError(f"{min(twice)}: is corrected and undone at once", "do one after the other")
    if not fields:
        raise UsageError("nothing to correct", f"give field=value, of {', '.join(allowed_fields(reader))}")
    if len(dict.fromkeys(names)) > MOST_CORRECTED:
        raise UsageError(f"more than {MOST_CORRECTED} papers at once", "correct them in several steps")
    with closing(open_storage(settings).open_judgements(write=False)) as store:
        papers = [_paper(desk, name) for name in dict.fromkeys(names)]
        said = _validated_corrections(desk, store, {one.id: one for one in papers}, given, undo)
        if not confirmed and (openings := _openings(settings, papers, said)):
            raise OpeningError(openings)
        with ExitStack() as log:
            acts = {
                paper.id: log.enter_context(
                    audit.judged(settings.home, reader.actor, "correction", **_audited(paper, said))
                )
                for paper in papers
                if any(one.document == paper.id for one in said)
            }
            store.correct([one.model_copy(update={"act": acts[one.document]}) for one in said])
    return CorrectionOutcome(documents=tuple(acts), waiting=not apply_corrections(settings))


def apply_corrections(settings: Settings) -> bool:
    """Apply stored corrections to the index; return whether no other process was writing the home."""
    try:
        open_session(settings, wait=_WAIT_SECONDS).close()  # each session begins with that
    except BusyError:
        return False
    return True


def known_classes(desk: CorrectionDesk) -> tuple[str, ...]:
    """Return the names of access classes that a person may assign to a paper.

    Who may read every paper may give each that a key, a source, a mark of covers or a paper has; others those that they
    hold.
    """
    held = desk.reader.access_classes
    if not may_read_all(held):
        return tuple(sorted({PUBLIC, *held} - {UNKNOWN}))
    return tuple(sorted(class_names_of(desk.settings, desk.engine)))


def _fields(reader: Reader, names: Collection[str]) -> tuple[CorrectedField, ...]:
    allowed = allowed_fields(reader)
    for name in names:
        if name not in CORRECTED_FIELDS:
            message = f"'{showable(name[:40])}' is no field that can be corrected"
            raise UsageError(message, f"one of {', '.join(allowed)}")
        if name not in allowed:
            raise ForbiddenError(f"{name}: this takes the role of an administrator", "ask for their help")
    return tuple(name for name in CORRECTED_FIELDS if name in names)


def _paper(desk: CorrectionDesk, name: str) -> Document:
    found = desk.engine.document(name, access_classes=desk.reader.access_classes)
    if found is None:
        message = f"'{showable(name[:200])}': no document of this id, symbol or source is in the index"
        raise NotFoundError(message, "try a search")
    return found


def _validated_corrections(
    desk: CorrectionDesk,
    store: JudgementStore,
    papers: Mapping[str, Document],
    given: Mapping[str, str | None],
    undo: Collection[str],
) -> list[Correction]:
    """Return the corrections to store, after validation; raises `UsageError`."""
    at = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
    everything = store.corrections()
    links = version_links(everything)
    found = []
    for paper in papers.values():
        for field in (name for name in CORRECTED_FIELDS if name in given):
            value = checked_value(paper, field, given[field])
            if field == "access":
                _check_class(value, known_classes(desk))
            if field == "version_of" and value:
                value = _other(desk, paper, value, links)
            found.append(_correction(desk.reader, paper, at, "set", field, value))
    for field in (name for name in CORRECTED_FIELDS if name in undo):
        corrected = [name for name in papers if _is_corrected(everything, name, field)]
        if not corrected:
            raise UsageError(f"{field}: nobody corrected it", "'customs-lens show' lists what was corrected")
        found += [_correction(desk.reader, papers[name], at, "withdraw", field, None) for name in corrected]
    return found


def _correction(
    reader: Reader, paper: Document, at: str, action: str, field: CorrectedField, value: str | None
) -> Correction:
    return Correction(at=at, author=reader.actor, action=action, document=paper.id, field=field, value=value)


def _is_corrected(said: Sequence[Correction], document: str, field: CorrectedField) -> bool:
    return any(one.field == field for one in corrections_in_force(one for one in said if one.document == document))


def _check_class(value: str | None, known: Sequence[str]) -> None:
    for name in (value or "").split(JOINT):
        if name not in known:
            message = f"access: '{showable(name[:80])}' is no access class here"
            remedy = (
                f"one of {', '.join(known)}, or several joined by '{JOINT}'; 'customs-lens keys add' makes new ones"
            )
            raise UsageError(message, remedy)


def _other(desk: CorrectionDesk, paper: Document, name: str, links: Mapping[str, str | None]) -> str:
    """Return the id of the document in a correction of `version_of`; raises `UsageError` for an unknown one."""
    other = desk.engine.document(name, access_classes=desk.reader.access_classes)
    if other is None:
        message = f"version_of: '{showable(name[:200])}': no document of this id, symbol or source is in the index"
        raise UsageError(message, "give the id of another paper, or nothing to part the document from its versions")
    step: str | None = other.id
    seen = set[str]()
    while step and step not in seen:
        if step == paper.id:
            message = f"version_of: {other.id} is this paper, or said to be a version of it"
            raise UsageError(message, "give the id of another paper")
        seen.add(step)
        step = links.get(step)
    return other.id


def _openings(settings: Settings, papers: Sequence[Document], said: Sequence[Correction]) -> list[Opening]:
    """Return the papers whose access class would be relaxed."""
    by_document = {one.document: one for one in said if one.field == "access"}
    if not by_document:
        return []
    with opened_ledger(settings) as ledger:
        rows = ledger.known(list(by_document)) if ledger else {}
    found = []
    for paper in (one for one in papers if one.id in by_document):
        before = rows[paper.id].versions.get(OWN, paper.access) if paper.id in rows else paper.access
        after = by_document[paper.id].value
        if by_document[paper.id].action == "withdraw":
            after = next((one.was.get("access") for one in paper.corrected if one.field == "access"), None)
        if not closing_names(before) <= closing_names(after):
            name = paper.title or paper.source.rpartition("/")[2]
            found.append(Opening(document=paper.id, name=name, before=before, after=after))
    return found


def _audited(paper: Document, said: Sequence[Correction]) -> dict[str, str]:
    """Return the fields of the audit log for the corrections of a paper."""
    own = [one for one in said if one.document == paper.id]
    details = {"item": paper.id}
    if changed := [f"{one.field}={one.value or ''}" for one in own if one.action == "set"]:
        details["set"] = "; ".join(changed)
    if undone := [one.field for one in own if one.action == "withdraw"]:
        details["undo"] = ", ".join(undone)
    if any(one.field == "access" for one in own):
        details["access_before"] = paper.access or ""
    return details
