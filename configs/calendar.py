"""Words and patterns for days, months and sessions, read from `calendar.yaml`."""

import re
from functools import cache, cached_property
from pathlib import Path

from pydantic import Field

from configs.labels import Labels, alternatives, fold
from configs.system.yamlfile import ConfigValue, load_yaml

CALENDAR_FILE = Path(__file__).with_name("calendar.yaml")
_MONTHS = 12


class Calendar(ConfigValue):
    """Words of days and sessions, with the patterns made of them: for folded text unless they say otherwise."""

    version: str
    months: tuple[Labels, ...] = Field(min_length=_MONTHS, max_length=_MONTHS)
    weekdays: Labels
    hours: Labels
    joints: Labels
    until: Labels
    articles: Labels
    of_month: Labels
    of_year: Labels
    year: Labels
    since: Labels
    parts: Labels
    before_day: Labels
    signed: Labels
    editions: Labels
    revisions: Labels
    due_words: Labels
    of_act: Labels
    seats: Labels
    sessions: Labels
    session_qualifiers: Labels
    session_bodies: Labels
    session_stops: Labels
    possessives: Labels
    held: Labels
    adopted: Labels
    on_day: Labels

    @cached_property
    def month_numbers(self) -> dict[str, int]:
        """The number of each month, 1 to 12, by its folded names."""
        return {fold(name): number for number, names in enumerate(self.months, start=1) for name in names}

    @cached_property
    def session(self) -> re.Pattern[str]:
        """A word for a session."""
        return re.compile(rf"\b{alternatives(self.sessions)}\b")

    @cached_property
    def at_session(self) -> re.Pattern[str]:
        """A word that says of a day behind it that a meeting was held on it."""
        return re.compile(rf"\b{alternatives((*self.sessions, *self.held))}\b")

    @cached_property
    def held_word(self) -> re.Pattern[str]:
        """A word that says that a meeting took place."""
        return re.compile(rf"\b{alternatives(self.held)}\b")

    @cached_property
    def adopted_on(self) -> re.Pattern[str]:
        """Words before the day on which a text was adopted."""
        return re.compile(rf"\b{alternatives(self.adopted)}\b.{{0,80}}\b{alternatives(self.on_day)} $")

    @cached_property
    def qualifiers(self) -> re.Pattern[str]:
        """Words between the number of a session and the word for it, at the end of a text."""
        own = rf"\(?\b{alternatives(self.session_qualifiers)}\b\)? ?"
        words = rf"(?:(?!{alternatives(self.session_stops)}\b)[a-z][\w-]*\s){{0,4}}"
        return re.compile(rf"(?<!\w)(?:{own}|{words}{alternatives(self.session_bodies)} ?){{1,4}}$")

    @cached_property
    def place_and_day(self) -> re.Pattern[str]:
        """A place before a day, with what stands between them, of text as printed: "Dakar, le "."""
        return re.compile(rf"[A-ZÀ-Ý][^\W\d_]*(?:[ '-][^\W\d_]+){{0,4}}, ?(?:{alternatives(self.before_day)} )?")

    @cached_property
    def signature(self) -> re.Pattern[str]:
        """Words before place and day of a signature, to be matched at the start of a text."""
        return re.compile(rf"{alternatives(self.signed)}\b")

    @cached_property
    def edition_label(self) -> re.Pattern[str]:
        """Words at the end of a text before the month of the edition."""
        return re.compile(rf"\b{alternatives(self.editions)}(?: [\d.]+)?$")

    @cached_property
    def revision(self) -> re.Pattern[str]:
        """The beginning of the header of a column of revisions."""
        return re.compile(rf"{alternatives(self.revisions)}\b")

    @cached_property
    def due(self) -> re.Pattern[str]:
        """Words at the end of a text before a future time, or before the time at which something began."""
        return re.compile(rf"\b{alternatives(self.due_words)} $")

    @cached_property
    def of_its(self) -> re.Pattern[str]:
        """Words at the end of a text before a session, which tell whose session it is."""
        return re.compile(rf"(?<!\w){alternatives(self.possessives)} $")


@cache
def load_calendar() -> Calendar:
    """Return the words that ship with the product; raises `ConfigError` where the file does not validate."""
    return load_yaml(CALENDAR_FILE, Calendar)
