"""A text with lazily parsed contents: folded form, sessions, days, symbols and names."""

import datetime as dt
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from configs.bodies import Bodies, NamedBody, Organisation
from configs.kinds import Kind, Kinds
from configs.labels import fold
from extractors.document import MeetingDates
from extractors.metadata.days import SeatedDay, copyright_year_in, date_in, month_in, range_in, seated_day_in
from extractors.metadata.sessions import sessions_in
from extractors.metadata.symbols import FoundSymbol, find_symbols


class Vocabulary(NamedTuple):
    """The bodies, kinds and patterns that texts are parsed with."""

    bodies: Bodies
    kinds: Kinds


@dataclass(frozen=True)
class Printed:
    """A text of moderate length; its contents are parsed on first access, with offsets into it."""

    text: str
    words: Vocabulary = field(repr=False, compare=False)

    def of(self, text: str) -> "Printed":
        """Return another text, read with the same names; this one where it is the same."""
        return self if text == self.text else Printed(text, self.words)

    @cached_property
    def folded(self) -> str:
        """The text in lower case without accents: see `fold`."""
        return fold(self.text)

    @cached_property
    def session(self) -> tuple[tuple[int, ...], int] | None:
        """The first session or pair of sessions, and where its name begins."""
        return sessions_in(self.folded, self.text)

    @cached_property
    def day(self) -> tuple[dt.date, int, int] | None:
        """The first whole date."""
        return date_in(self.folded)

    @cached_property
    def days(self) -> tuple[MeetingDates, int, int] | None:
        """The first range of days."""
        return range_in(self.folded)

    @cached_property
    def month(self) -> tuple[str, int, int] | None:
        """The first month with its year, as `YYYY-MM`; it may be that of a day."""
        return month_in(self.folded)

    @cached_property
    def seated_day(self) -> SeatedDay | None:
        """The day after the name of a seat."""
        return seated_day_in(self.folded)

    @cached_property
    def copyright_year(self) -> str | None:
        """The year of a line of copyright."""
        return copyright_year_in(self.folded)

    @cached_property
    def symbols(self) -> tuple[FoundSymbol, ...]:
        """The symbols of papers, in order."""
        return tuple(find_symbols(self.text, self.words.bodies))

    @cached_property
    def bodies(self) -> tuple[NamedBody, ...]:
        """The bodies that are named, in order."""
        return tuple(self.words.bodies.named_in(self.text))

    @cached_property
    def organisations(self) -> tuple[tuple[Organisation, int, int], ...]:
        """The names and emblem lines of organisations, in order."""
        return tuple(self.words.bodies.organisations_in(self.text))

    @cached_property
    def cues(self) -> tuple[tuple[Kind, int, int], ...]:
        """The kinds of papers whose cues stand in the text, in order."""
        return tuple(self.words.kinds.cues_in(self.text))

    @property
    def begins_with_kind(self) -> bool:
        """Whether it begins with what papers of some kind are called, parts of others aside."""
        return any(start == 0 and self.text[end : end + 1] != ":" and not kind.part for kind, start, end in self.cues)

    @property
    def is_name_of_kind(self) -> bool:
        """Whether it is a kind's name, numbered or not, and says nothing of the subject: "Decision No. 2"."""
        first = self.cues[0] if self.cues else None
        return first is not None and first[1] == 0 and self.words.kinds.is_mere_number(self.folded[first[2] :])

    @property
    def is_mere_form(self) -> bool:
        """Whether it is the name of a kind that no paper has for its title."""
        return self.is_name_of_kind and not self.cues[0][0].titled
