"""Filters on fields, for both engines: parsed from `field=value` or `field!=value`, and from `field:value` in a query.

Values of the same field are alternatives; conditions on different fields all have to hold; none of the values
excluded by `!=` may occur. Conditions on the fields of a tag have to hold on the same tag, and only accepted tags
count unless `status` is requested. So do `theme` and `theme.status` on one theme; `theme` means what a passage is
about by its meaning, accepted or suggested, `theme.named` what its words name.
"""

import re
from collections.abc import Callable, Collection, Iterable
from difflib import get_close_matches
from typing import Final, Literal, TypeAlias, get_args

from configs.bodies import load_bodies
from configs.gazetteer import load_gazetteer
from configs.proceedings import load_proceedings
from configs.system.errors import UsageError
from extractors.access import opens
from extractors.document import ThemeStatus, Value
from extractors.paper_date import days_of
from index.fields import FIELDS, NUMBER_FIELDS, PASSAGE_FIELDS, RANGE_FIELDS, TABLE, TAG_FIELDS, UNDATED, FieldName
from index.versions import plain_symbol, symbol_forms

AccessClasses: TypeAlias = frozenset[str] | Literal["every"]
"""The access classes that a reader holds, by their names (`extractors.access`)."""
Descendants: TypeAlias = Callable[[str], Iterable[str]]
"""Gives the ids of a body's sub-bodies."""

EVERY_CLASS: Final = "every"
"""The reader may see every paper: who has the files themselves, as on the command line."""
DEFAULT_STATUS = "accepted"
THEME_STATUSES: tuple[ThemeStatus, ...] = get_args(ThemeStatus)

_NULL = "null"
_EXCLUDED = "!"
"""Behind the name of a field: its values may not be there."""
_MOST_SHOWN = 3
"""Values of a condition that a sentence about it names: a body stands for all of its sub-bodies."""
_OWN = re.compile(r"aa|q[m-z]|x[a-z]|zz", re.IGNORECASE)
"""Codes that ISO 3166-1 leaves to its users: administrations of one's own have them."""
_DATE = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?", re.ASCII)


class Range(Value):
    """Values from `low` to `high`, both included, as ISO dates or whole numbers; None is open."""

    low: str | None = None
    high: str | None = None

    def __str__(self) -> str:
        """Return the range as it is typed."""
        return self.low if self.low and self.low == self.high else f"{self.low or ''}..{self.high or ''}"


class Condition(Value):
    """The condition that a field has (or, negated, does not have) one of the values or lies in one of the ranges.

    The value None stands for a tag that has none in this field (`level=null`).
    """

    field: FieldName
    values: frozenset[str | None] = frozenset()
    ranges: tuple[Range, ...] = ()
    negated: bool = False

    def accepts(self, value: str | None) -> bool:
        """Return whether a recorded value is one of those requested; `negated` is ignored."""
        if value is None:
            return None in self.values
        if self.field == "symbol":
            return not self.values.isdisjoint(symbol_forms(value))
        if value.casefold() in self.values:
            return True
        return any(_within(self.field, value, span) for span in self.ranges)

    @property
    def leaves_out_undated(self) -> bool:
        """Whether it restricts the date and excludes undated papers."""
        return self.field in ("year", "date") and not self.negated and UNDATED not in self.values

    def __str__(self) -> str:
        """Return the condition as `field=value` for people; of many values the first few."""
        values = sorted(value or _NULL for value in self.values)
        shown = [*values[:_MOST_SHOWN], *("…" for _ in values[_MOST_SHOWN:][:1]), *map(str, self.ranges)]
        return f"{self.field}{_EXCLUDED if self.negated else ''}={' or '.join(shown)}"


class Filters(Value):
    """Conditions that all have to hold, and the access classes of the reader: required, so that none is forgotten.

    A paper that the reader may not see is never counted, listed or suggested.
    """

    access_classes: AccessClasses
    conditions: tuple[Condition, ...] = ()

    def narrowed(self, conditions: Iterable[Condition]) -> "Filters":
        """Return these filters with further conditions."""
        return self.model_copy(update={"conditions": (*self.conditions, *conditions)})

    def without(self, fields: Collection[FieldName]) -> "Filters":
        """Return these filters without the conditions on some fields; exclusions stay."""
        kept = tuple(one for one in self.conditions if one.negated or one.field not in fields)
        return self.model_copy(update={"conditions": kept})

    @property
    def asks_for_dates(self) -> bool:
        """Whether undated papers are excluded, although they may be of the requested time."""
        return any(one.leaves_out_undated for one in self.conditions)

    def of_undated(self) -> "Filters":
        """Return filters for the undated papers that these filters exclude."""
        others = tuple(one for one in self.conditions if not one.leaves_out_undated)
        return self.model_copy(update={"conditions": (*others, _UNDATED)})

    def of_tags(self) -> tuple[Condition, ...]:
        """Return the conditions that have to hold on the same tag, including the status."""
        found = tuple(one for one in self.conditions if one.field in TAG_FIELDS and not one.negated)
        return found if any(one.field == "status" for one in found) else (*found, _ACCEPTED)

    @property
    def theme_statuses(self) -> tuple[ThemeStatus, ...]:
        """The statuses of the themes that count: every one, unless `theme.status` is requested.

        A theme is suggested from the confidence with the best F1 on judged passages.
        """
        asked = [one for one in self.conditions if one.field == "theme.status" and not one.negated]
        return tuple(status for status in THEME_STATUSES if all(one.accepts(status) for one in asked))

    def of_themes(self) -> tuple[Condition, ...]:
        """Return the conditions that have to hold on the same theme as the status."""
        return tuple(one for one in self.conditions if one.field == "theme" and not one.negated)

    @property
    def asks_for_passages(self) -> bool:
        """Whether a document needs a passage to match."""
        return any(one.field in PASSAGE_FIELDS and not one.negated for one in self.conditions)

    @property
    def asks_for_tags(self) -> bool:
        """Whether a passage needs a tag to match."""
        return any(one.field in TAG_FIELDS and not one.negated for one in self.conditions)


_ACCEPTED = Condition(field="status", values=frozenset({DEFAULT_STATUS}))
_UNDATED = Condition(field="year", values=frozenset({UNDATED}))
EVERYTHING = Filters(access_classes=EVERY_CLASS)
"""No condition, and a reader who may see every paper."""


def may_read_all(held: AccessClasses) -> bool:
    """Return whether a reader may see every paper, including deleted ones whose access class is unknown."""
    return held == EVERY_CLASS


def may_read(access: str | None, held: AccessClasses) -> bool:
    """Return whether a reader may see a paper of this access class."""
    return isinstance(held, str) or opens(access, held)


def parse_filters(
    given: Iterable[str], descendants: Descendants | None = None, *, access_classes: AccessClasses
) -> Filters:
    """Return the filters of `field=value` and `field!=value` texts; `a..b` is a range of years, dates or sessions.

    Raises `UsageError` for an unknown field and for a value that the field cannot have.
    """
    by_field: dict[tuple[str, bool], list[str]] = {}
    for text in given:
        field, negated, value = read_filter(text)
        by_field.setdefault((field, negated), []).append(value)
    conditions = (
        condition(field, values, descendants, negated=negated) for (field, negated), values in by_field.items()
    )
    return Filters(access_classes=access_classes, conditions=tuple(conditions))


def read_filter(text: str) -> tuple[str, bool, str]:
    """Return the field of a `field=value` or `field!=value` text, whether its value is excluded, and the value.

    Raises `UsageError` for a text without an equals sign; the field may be unknown.
    """
    field, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f"filter '{text}' has no value", "write field=value or field!=value, for instance language=fr")
    field = field.strip()
    return field.removesuffix(_EXCLUDED).rstrip(), field.endswith(_EXCLUDED), value.strip()


def condition(
    field: str, values: Iterable[str], descendants: Descendants | None = None, *, negated: bool = False
) -> Condition:
    """Return the condition that a field has one of the values, or none of them; raises as `parse_filters`."""
    name = field_name(field)
    if negated and name == "status":
        remedy = f"ask for those that are wanted: {' '.join(f'status={one}' for one in TABLE[name].choices)}"
        raise UsageError("a status cannot be excluded", remedy)
    exact: set[str | None] = set()
    ranges: list[Range] = []
    for value in values:
        if name == "year" and value.casefold() == UNDATED:
            exact.add(UNDATED)
        elif name in RANGE_FIELDS:
            ranges.append(_range(name, value))
        else:
            exact |= _exact(name, value, descendants)
    return Condition(field=name, values=frozenset(exact), ranges=tuple(ranges), negated=negated)


def merged(conditions: Iterable[Condition]) -> list[Condition]:
    """Return conditions with those on the same field merged: either value matches."""
    by_field: dict[FieldName, Condition] = {}
    others = []
    for one in conditions:
        known = by_field.get(one.field)
        if one.negated:
            others.append(one)
        elif known:
            by_field[one.field] = Condition(
                field=one.field,
                values=known.values | one.values,
                ranges=(*known.ranges, *one.ranges),
            )
        else:
            by_field[one.field] = one
    return [*by_field.values(), *others]


def field_name(name: str) -> FieldName:
    """Return a field's name; raises `UsageError`, naming the nearest and all known ones, for every other name."""
    for known in FIELDS:
        if name.casefold() == known:
            return known
    nearest = get_close_matches(name.casefold(), FIELDS, n=3)
    remedy = f"nearest: {', '.join(nearest)}; " if nearest else ""
    raise UsageError(f"unknown field '{name}'", f"{remedy}known fields: {', '.join(FIELDS)}")


def _exact(name: FieldName, value: str, descendants: Descendants | None) -> set[str | None]:
    if not value:
        raise UsageError(f"filter '{name}' has no value", f"write {name}=value")
    folded = value.casefold()
    if TABLE[name].nullable and folded == _NULL:
        return {None}
    if (choices := TABLE[name].choices) and folded not in choices:
        raise UsageError(f"'{value}' is no {name}", f"one of {', '.join(choices)}")
    if name == "symbol":
        return {plain_symbol(value)}
    if TABLE[name].entities:
        return {_identifier(name, value)}
    if name == "decision":
        return {folded, load_proceedings().decision(value) or folded}
    if name == "action":
        return {folded, load_proceedings().action(value) or folded}
    named = load_bodies().ids_of(value) if name == "body" else {folded}
    below = (body for one in named for body in descendants(one)) if name == "body" and descendants else ()
    return {*named, *(body.casefold() for body in below)}


def _identifier(name: FieldName, value: str) -> str:
    """Return the folded id for a value: a code, or a name of the gazetteer in English or French.

    Only the subject of a tag may be any other text, as people enter it freely.
    """
    found = load_gazetteer().find(value, TABLE[name].entities)
    if found is None and name != "subject" and not (name == "country" and _OWN.fullmatch(value)):
        raise UsageError(f"'{value}' is no {name} of the gazetteer", f"--facet {name} shows those that the papers name")
    return (found or value).casefold()


def _range(name: FieldName, value: str) -> Range:
    low, dots, high = (part.strip() for part in value.partition(".."))
    if dots and (low or high):
        return _ordered(name, value, _bounds(name, low)[0], _bounds(name, high)[1])
    return _ordered(name, value, *_bounds(name, value))


def _bounds(name: FieldName, value: str) -> tuple[str | None, str | None]:
    """Return the first and last value of a period: `2013-11` is a whole month."""
    if not value:
        return None, None
    if name in NUMBER_FIELDS:
        if not (value.isascii() and value.isdecimal() and len(value) <= len("9999")):
            undated = f", or {name}={UNDATED} for papers without a date" if name == "year" else ""
            remedy = f"write {name}=N or {name}=N..M in whole numbers{undated}"
            raise UsageError(f"'{value}' is no {name}", remedy)
        return str(int(value)), str(int(value))
    if not _DATE.fullmatch(value):
        raise UsageError(f"'{value}' is no date", "write date=YYYY-MM-DD, YYYY-MM or YYYY, or a range a..b")
    try:
        first, last = days_of(value)
    except ValueError as error:
        raise UsageError(f"'{value}' is no day of the calendar", "write date=YYYY-MM-DD") from error
    return first.isoformat(), last.isoformat()


def _ordered(name: FieldName, value: str, low: str | None, high: str | None) -> Range:
    if low is None and high is None:
        raise UsageError(f"filter '{name}' has no value", f"write {name}=value or {name}=a..b")
    if low is not None and high is not None and _key(name, low) > _key(name, high):
        raise UsageError(f"the range {name}={value} ends before it starts", "write the lower value first")
    return Range(low=low, high=high)


def _within(name: FieldName, value: str, span: Range) -> bool:
    """Return whether a value lies in a range, or any day of a date does."""
    if value == UNDATED:
        return False
    first, last = (day.isoformat() for day in days_of(value)) if name == "date" else (value, value)
    above = span.low is None or _key(name, last) >= _key(name, span.low)
    return above and (span.high is None or _key(name, first) <= _key(name, span.high))


def _key(name: FieldName, value: str) -> tuple[int, str]:
    return (int(value), "") if name in NUMBER_FIELDS else (0, value)
