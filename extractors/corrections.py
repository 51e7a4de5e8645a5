"""Corrections of metadata by people, and their application to documents.

A correction is stored as it was given and applied to each reading of the paper. So it survives re-ingestion, and
when it is withdrawn the paper has its original fields again.
"""

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Literal, Self, TypeAlias, get_args

from configs.bodies import load_bodies
from configs.kinds import load_kinds
from configs.system.controls import page_text, showable, storable
from configs.system.errors import UsageError
from extractors.access import PUBLIC, closing_names
from extractors.consistency import problems, with_fields
from extractors.document import Corrected, Document, Symbol, Value, VersionOf
from extractors.metadata import parse_symbol

CorrectedField: TypeAlias = Literal["title", "date", "body", "session", "symbol", "kind", "access", "version_of"]
CORRECTED_FIELDS: tuple[CorrectedField, ...] = get_args(CorrectedField)
"""The order in which corrections are applied: the key that `version_of` gives stands above that of the symbol."""
KeyOf: TypeAlias = Callable[[str], str | None]
"""Gives the key of a document by its id; None where there is none."""

_SESSIONS = re.compile(r"\d{1,9}(?:[ ,;/]+\d{1,9})*")
_DATE = re.compile(r"\d{4}(?:-\d{2}){0,2}")
_MOST_NEAR, _NEAR = 5, 0.5
_EMPTY_ACCESS = "give 'public' where everybody may read it"
_log = logging.getLogger(__name__)


class Correction(Value):
    """What a person said at one time of one field of a document.

    `id` numbers the corrections of a home in their order (0 before it is stored), `at` is a time in UTC (ISO 8601).
    `value` is the text that was given, None for a field that is to be empty; with `withdraw` what was said of the field
    before was never said. `act` is the id of the lines of the audit log that tell of it.
    """

    id: int = 0
    at: str
    author: str
    action: Literal["set", "withdraw"]
    document: str
    field: CorrectedField
    value: str | None = None
    act: str | None = None

    def renamed(self, documents: Mapping[str, str]) -> Self:
        """Return the correction with new document ids, given by the old ones."""
        value = self.value if self.field != "version_of" else documents.get(self.value or "", self.value)
        return self.model_copy(update={"document": documents.get(self.document, self.document), "value": value})


def corrections_in_force(said: Iterable[Correction]) -> list[Correction]:
    """Return the newest correction of each field of one document, in the order of `CORRECTED_FIELDS`."""
    newest = {one.field: one for one in sorted(said, key=lambda one: one.id)}
    return [newest[name] for name in CORRECTED_FIELDS if name in newest and newest[name].action == "set"]


def version_links(said: Iterable[Correction]) -> dict[str, str | None]:
    """Return the links between versions that people set, by document id; None for a separated document."""
    newest = {one.document: one for one in sorted(said, key=lambda one: one.id) if one.field == "version_of"}
    return {name: one.value for name, one in newest.items() if one.action == "set"}


def as_corrected(document: Document, corrections: Iterable[Correction], key_of: KeyOf) -> Document:
    """Return a document as it was read with the corrections in force.

    A correction that can no longer be applied is left out and logged.
    """
    for one in corrections:
        try:
            document = _corrected(document, one, key_of)
        except ValueError as error:
            _log.warning("%s: %s=%s, a correction, is left out: %s", document.source, one.field, one.value, error)
    return document


def as_read(document: Document) -> Document:
    """Return a document without its corrections, as it was read."""
    for one in reversed(document.corrected):
        document = with_fields(document, {"key": document.key} | one.was)
    return document.model_copy(update={"corrected": ()})


def corrected_from(one: Corrected) -> str | None:
    """Return the original value of a corrected field, as text that the field accepts; None where it had no value."""
    if one.field == "session":
        return ",".join(map(str, one.was.get("sessions", ()))) or None
    value = one.was.get(one.field)
    return value["raw"] if isinstance(value, dict) else value


def checked_value(document: Document, field: CorrectedField, value: str | None) -> str | None:
    """Return a value for a field in its stored form; raises `UsageError` for a value that the field cannot have.

    The caller checks access classes and ids of other documents.
    """
    text = page_text(storable(" ".join(value.split()))) if value else None
    if not text:
        if field == "access":
            raise UsageError("access: cannot be empty", _EMPTY_ACCESS)
        return None
    if field == "access":
        return "+".join(sorted(closing_names(text))) or PUBLIC
    if field == "version_of":
        return text
    try:
        given = _parsed_fields(field, text)
        changed = with_fields(document, given)
    except ValueError as error:
        raise _refused(field, text) from error
    for _, what in problems(changed, given):
        raise UsageError(f"{field}: '{showable(text[:80])}' {what}", _allowed(field, text))
    if field == "date" and not str(changed.model_dump(mode="json")["date"]).startswith(text):
        raise _refused(field, text)  # a number that stands for a day
    return text


def _corrected(document: Document, one: Correction, key_of: KeyOf) -> Document:
    given = _link(document, one, key_of) if one.field == "version_of" else _parsed_fields(one.field, one.value)
    changed = with_fields(document, given)
    before, after = (
        doc.model_dump(mode="json", exclude={"blocks", "tables", "passages"}) for doc in (document, changed)
    )
    was = {name: value for name, value in before.items() if name in given or after[name] != value}
    note = Corrected(field=one.field, value=one.value, by=one.author, at=one.at, was=was)
    return changed.model_copy(update={"corrected": (*document.corrected, note)})


def _link(document: Document, one: Correction, key_of: KeyOf) -> Mapping[str, Any]:
    """Return the key and the link of a document as a version of another one, or separated from all."""
    key = document.id if one.value is None else key_of(one.value) or document.key
    return {"key": key, "version_of": VersionOf(key=key, reason="a person says so", by=one.author)}


def _parsed_fields(field: CorrectedField, value: str | None) -> dict[str, Any]:
    """Return the fields of a document that a value of a corrected field gives; raises `ValueError` for none."""
    if field == "session":
        if value and not _SESSIONS.fullmatch(value):
            raise ValueError(value)
        return {"sessions": tuple(dict.fromkeys(int(number) for number in re.findall(r"\d+", value or "")))}
    if value is None:
        empty: dict[str, Any] = {field: None}
        return empty | ({"body_name": None} if field == "body" else {})
    if field == "date":
        if not _DATE.fullmatch(value):
            raise ValueError(value)
        return {"date": value, "date_conflict": False}
    if field == "symbol":
        return {"symbol": parse_symbol(value, load_bodies()) or Symbol(raw=value)}
    if field == "body":
        if load_bodies().get(value) is None:
            raise ValueError(value)
        return {"body": value, "body_name": None}
    if field == "kind" and load_kinds().get(value) is None:
        raise ValueError(value)
    return {field: value}


def _refused(field: CorrectedField, value: str) -> UsageError:
    what = {"date": "date", "body": "body", "kind": "kind of paper", "session": "number of a session"}
    return UsageError(f"{field}: '{showable(value[:80])}' is no {what.get(field, field)}", _allowed(field, value))


def _allowed(field: CorrectedField, value: str) -> str:
    """Describe the allowed values of a field."""
    if field == "date":
        return "give a day as YYYY-MM-DD, a month as YYYY-MM or a year, or nothing where it has none"
    if field == "session":
        return "give numbers such as 80, or 80,81"
    if field in ("body", "kind"):
        ids = [one.id for one in (load_bodies().bodies if field == "body" else load_kinds().kinds)]
        near = get_close_matches(value.casefold().replace(" ", "-"), ids, n=_MOST_NEAR, cutoff=_NEAR)
        whole = f"ids such as {', '.join(near or ids[:_MOST_NEAR])}"
        return f"{whole}; configs/{'bodies' if field == 'body' else 'kinds'}.yaml has all of them"
    return "give another value"
