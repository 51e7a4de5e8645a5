"""Briefings: ordered collections of quotations, figures, headings and comments that people compile from papers."""

import datetime as dt
from collections.abc import Callable
from typing import Literal, TypeAlias

from pydantic import Field
from sqlalchemy import delete, select

from configs.system.errors import UsageError
from extractors.document import Value
from pipelines.access.actors import shown_name
from pipelines.storage.saved_searches import LONGEST_NAME, LONGEST_STORED, stored_name
from pipelines.storage.state import State
from pipelines.storage.statements import put
from pipelines.storage.tables import briefings

PinKind: TypeAlias = Literal["heading", "comment", "quotation", "figure"]
MOST_PINS = 500
MOST_CHARACTERS = 5_000
"""Of the text of a pin."""


class Pin(Value):
    """One entry of a briefing.

    A `quotation` has the words as printed, the paragraph that they stand in, their `span` in it, and citation, document
    and SHA-256 as they were when it was pinned. A `figure` is a count or a chart: its title as `text`, and the
    `address` of the page that shows it. A `heading` and a `comment` are somebody's own words.
    """

    id: str
    kind: PinKind
    text: str = Field(min_length=1, max_length=MOST_CHARACTERS)
    citation: str | None = None
    document: str | None = None
    passage: str | None = None
    paragraph: str | None = None
    span: tuple[int, int] | None = None
    sha256: str | None = None
    address: str | None = None
    at: dt.datetime


class Briefing(Value):
    """A briefing; `owner` is the key or person that it belongs to, None for the owner of the home."""

    name: str = Field(min_length=1, max_length=LONGEST_STORED)
    owner: str | None = None
    changed: dt.datetime
    pins: tuple[Pin, ...] = Field(default=(), max_length=MOST_PINS)

    @property
    def short_name(self) -> str:
        """The name that its owner gave it."""
        return self.name if self.owner is None else self.name.removeprefix(stored_name(self.owner, ""))

    @property
    def title(self) -> str:
        """The name for people to read, after that of its owner."""
        return f"{shown_name(self.owner)}/{self.short_name}" if self.owner else self.name


class Briefings:
    """The briefings of a home, or of the homes that share a database. Every method raises as `State` does."""

    def __init__(self, state: State) -> None:
        self._state = state

    def all(self) -> list[Briefing]:
        """Return every briefing, the last changed ones first."""
        if not self._state.is_there:
            return []
        with self._state.reading() as connection:
            rows = connection.scalars(select(briefings.c.content)).all()
        found = map(Briefing.model_validate_json, rows)
        return sorted(found, key=lambda one: one.changed, reverse=True)

    def get(self, name: str) -> Briefing | None:
        """Return the briefing of a stored name; None where there is none."""
        if not self._state.is_there:
            return None
        with self._state.reading() as connection:
            content = connection.scalar(select(briefings.c.content).where(briefings.c.name == name))
        return Briefing.model_validate_json(content) if content else None

    def add(self, owner: str | None, name: str) -> Briefing:
        """Store an empty briefing; raises `UsageError` for an invalid name, or one that its owner has used."""
        return self._put(Briefing(name=_checked_name(owner, name), owner=owner, changed=dt.datetime.now(dt.UTC)))

    def rename(self, briefing: Briefing, name: str) -> Briefing:
        """Store a briefing under another name; raises `UsageError` as `add` does."""
        renamed = briefing.model_copy(update={"name": _checked_name(briefing.owner, name)})
        return briefing if renamed.name == briefing.name else self._put(renamed, replaces=briefing.name)

    def _put(self, made: Briefing, replaces: str = "") -> Briefing:
        with self._state.changing() as connection:
            if not put(connection, briefings, [{"name": made.name, "content": made.model_dump_json()}], replace=False):
                raise UsageError(f"'{made.short_name}': there is a briefing of this name", "take another name")
            if replaces:
                connection.execute(delete(briefings).where(briefings.c.name == replaces))
        return made

    def change(self, name: str, change: Callable[[tuple[Pin, ...]], tuple[Pin, ...]]) -> None:
        """Replace the pins of a briefing by what `change` makes of the stored ones, in one transaction.

        Raises `UsageError` for too many pins, and for a missing briefing.
        """
        with self._state.changing() as connection:
            question = select(briefings.c.content).where(briefings.c.name == name).with_for_update()
            content = connection.scalar(question)
            if content is None:
                raise UsageError("there is no briefing of this name", "it may have been deleted meanwhile")
            found = Briefing.model_validate_json(content)
            pins = change(found.pins)
            if len(pins) > MOST_PINS:
                raise UsageError(f"a briefing holds at most {MOST_PINS} entries", "begin another one")
            changed = found.model_copy(update={"pins": pins, "changed": dt.datetime.now(dt.UTC)})
            put(connection, briefings, [{"name": name, "content": changed.model_dump_json()}], replace=True)

    def delete(self, name: str) -> bool:
        """Delete a briefing; return whether it existed."""
        if not self._state.is_there:
            return False
        with self._state.changing() as connection:
            return bool(connection.execute(delete(briefings).where(briefings.c.name == name)).rowcount)

    def close(self) -> None:
        """Close the state."""
        self._state.close()


def _checked_name(owner: str | None, name: str) -> str:
    """Return the stored name of a briefing; raises `UsageError` for an invalid one."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise UsageError(f"'{name[:50]}': is no name of a briefing", f"write one to {LONGEST_NAME} characters")
    return stored_name(owner, name)
