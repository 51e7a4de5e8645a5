"""The bodies that issue papers: their names, symbol prefixes, parent bodies and successors.

`bodies.yaml` holds the World Customs Organization's bodies and those of other organisations whose papers
are read beside them; each organisation has the patterns of its document symbols.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from configs.editions import Editions
from configs.labels import Label, LabelFinder, Labels, fold
from configs.patterns import Pattern
from configs.system.yamlfile import ConfigValue, load_yaml

BODIES_FILE = Path(__file__).with_name("bodies.yaml")

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]


class Organisation(ConfigValue):
    """An organisation; `symbols` are the patterns of its document symbols.

    A pattern may name the groups `session` (figures or Roman numerals) and `item` where the symbol tells
    them. `emblem` holds lines that stand on each cover, in whatever language the paper is.
    """

    id: Id
    name: Label
    aliases: Labels = Labels()
    emblem: tuple[str, ...] = ()
    symbols: tuple[Pattern, ...] = ()


class Prefix(ConfigValue):
    """Two letters before a serial; not `confirmed` counts only in a symbol with language and version."""

    prefix: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    confirmed: bool


class Body(ConfigValue):
    """A body; years are those in which it met under this name, ends included.

    `aliases` are other full names as papers print them; `abbreviations` and `short` forms say little out of
    context and stand for the full name. `symbol_starts` are beginnings of symbols that only it uses.
    """

    id: Id
    organisation: Id
    name: Label
    aliases: Labels = Labels()
    abbreviations: Labels = Labels()
    short: Labels = Labels()
    prefixes: tuple[Prefix, ...] = ()
    symbol_starts: tuple[str, ...] = ()
    parent: Id | None = None
    valid_from: int | None = None
    valid_to: int | None = None
    successors: tuple[Id, ...] = ()
    note: str | None = None


@dataclass(frozen=True)
class NamedBody:
    """A body named in a text: where, and by its full name or a short form."""

    body: Body
    start: int
    end: int
    full: bool


class Bodies(ConfigValue):
    """All bodies and organisations, with the look-ups that reading and filtering need."""

    version: str
    organisations: tuple[Organisation, ...]
    bodies: tuple[Body, ...]
    editions: Editions = Editions()
    generic_names: tuple[Pattern, ...] = Field(default=())
    customs_names: tuple[Pattern, ...] = Field(default=())
    office_names: tuple[Pattern, ...] = Field(default=())
    state_names: tuple[Pattern, ...] = Field(default=())

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        ids = [body.id for body in self.bodies]
        _unique("body", ids)
        _unique("organisation", [organisation.id for organisation in self.organisations])
        _unique("prefix", [prefix.prefix for body in self.bodies for prefix in body.prefixes])
        organisations = {organisation.id for organisation in self.organisations}
        for body in self.bodies:
            if body.organisation not in organisations:
                raise ValueError(f"body {body.id}: no organisation {body.organisation}")
            for other in (*body.successors, *([body.parent] if body.parent else [])):
                if other not in ids:
                    raise ValueError(f"body {body.id}: no body {other}")
        _acyclic("parents", {body.id: (body.parent,) if body.parent else () for body in self.bodies})
        _acyclic("successors", {body.id: body.successors for body in self.bodies})
        return self

    def get(self, body_id: str) -> Body | None:
        """Return the body with this id."""
        return self._by_id.get(body_id)

    def by_prefix(self, prefix: str) -> Body | None:
        """Return the body whose papers carry a two-letter prefix, confirmed or not."""
        return self._by_prefix.get(prefix.upper())

    def is_confirmed(self, prefix: str) -> bool:
        """Tell whether a prefix is known well enough to recognise a symbol by it alone."""
        body = self.by_prefix(prefix)
        return body is not None and any(p.confirmed for p in body.prefixes if p.prefix == prefix.upper())

    def by_symbol(self, symbol: str) -> Body | None:
        """Return the body that another organisation's symbol belongs to, by the longest known beginning."""
        compact = re.sub(r"\s+", "", symbol).upper()
        starts = [(start, body) for body in self.bodies for start in body.symbol_starts]
        fitting = [(len(start), body) for start, body in starts if compact.startswith(start.upper())]
        return max(fitting, key=lambda pair: pair[0])[1] if fitting else None

    def ids_of(self, text: str) -> frozenset[str]:
        """Return the ids of the body, or of all bodies of the organisation, with this name; else the text."""
        wanted = _plain(text)
        if wanted in self._by_form:
            return frozenset({self._by_form[wanted]})
        named = (one.id for one in self.organisations if wanted in map(_plain, (one.id, *one.name, *one.aliases)))
        organisation = next(named, None)
        return frozenset(one.id for one in self.bodies if one.organisation == organisation) or frozenset({wanted})

    def named_in(self, text: str) -> Iterator[NamedBody]:
        """Yield the bodies named in a text of moderate length, in order, overlapping names left out."""
        for (body, full), start, end in self._names.find(text):
            yield NamedBody(body, start, end, full)

    def descendants(self, body_id: str) -> frozenset[str]:
        """Return the ids of a body and of all bodies below it; of an unknown id, that id alone."""
        found = {body_id}
        while True:
            more = {body.id for body in self.bodies if body.parent in found} - found
            if not more:
                return frozenset(found)
            found |= more

    def are_related(self, one: str, other: str) -> bool:
        """Return whether two bodies are the same or one is above the other."""
        return other in self.descendants(one) or one in self.descendants(other)

    @cached_property
    def emblems(self) -> re.Pattern[str]:
        """The names and emblem lines of organisations, to be sought in folded text."""
        return self._organisation_names.pattern

    def organisations_in(self, text: str) -> Iterator[tuple[Organisation, int, int]]:
        """Yield the organisations that a text of moderate length names, in order, with the offsets of the names."""
        yield from self._organisation_names.find(text)

    @cached_property
    def symbol_patterns(self) -> tuple[re.Pattern[str], ...]:
        """The compiled patterns of other organisations' symbols and their editions, bounded as whole words."""
        return tuple(
            re.compile(rf"(?<![\w/.-])(?:{pattern}){self.editions.suffix}(?![\w/])")
            for organisation in self.organisations
            for pattern in organisation.symbols
        )

    @cached_property
    def generic(self) -> re.Pattern[str]:
        """The pattern of a line that names an unlisted body, to be matched on a whole folded line."""
        return _any_of(self.generic_names)

    @cached_property
    def offices(self) -> tuple[re.Pattern[str], ...]:
        """The patterns of lines that name an office: those of Customs, then others; to be matched as `generic`."""
        return _any_of(self.customs_names), _any_of(self.office_names)

    @cached_property
    def states(self) -> re.Pattern[str]:
        """The pattern of a line that names a state, to be matched on a whole folded line."""
        return _any_of(self.state_names)

    def may_name_body(self, folded: str) -> bool:
        """Return whether a folded line may name an unlisted body or office."""
        folded = folded.strip(" ()")
        return any(pattern.fullmatch(folded) for pattern in (self.generic, *self.offices))

    @cached_property
    def abbreviated(self) -> dict[str, Body]:
        """The bodies by their abbreviations as printed."""
        return {form: body for body in self.bodies for form in body.abbreviations}

    @cached_property
    def _by_form(self) -> dict[str, str]:
        named = ((body.id, (*body.name, *body.aliases, *body.abbreviations, *body.short)) for body in self.bodies[::-1])
        return {_plain(form): name for name, forms in named for form in forms} | {one.id: one.id for one in self.bodies}

    @cached_property
    def _by_id(self) -> dict[str, Body]:
        return {body.id: body for body in self.bodies}

    @cached_property
    def _by_prefix(self) -> dict[str, Body]:
        return {prefix.prefix: body for body in self.bodies for prefix in body.prefixes}

    @cached_property
    def _organisation_names(self) -> LabelFinder[Organisation]:
        lines = (
            (line, organisation)
            for organisation in self.organisations
            for line in (*organisation.name, *organisation.aliases, *organisation.emblem)
        )
        return LabelFinder(lines, run_together=True)

    @cached_property
    def _names(self) -> LabelFinder[tuple[Body, bool]]:
        full = [(form, (body, True)) for body in self.bodies for form in (*body.name, *body.aliases)]
        return LabelFinder(full + [(form, (body, False)) for body in self.bodies for form in body.short])


def load_bodies(path: Path | None = None) -> Bodies:
    """Return the bodies of a file, by default those that ship with the product.

    Raises `ConfigError` with line and field for a file that does not fit, `UnavailableError` for none.
    """
    return load_yaml(path, Bodies) if path else _shipped()


@cache
def _shipped() -> Bodies:
    return load_yaml(BODIES_FILE, Bodies)


def _plain(text: str) -> str:
    return " ".join(fold(text).split())


def _any_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns) or r"(?!)")


def _unique(what: str, values: list[str]) -> None:
    double = {value for value in values if values.count(value) > 1}
    if double:
        raise ValueError(f"{what} stands twice: {', '.join(sorted(double))}")


def _acyclic(what: str, edges: dict[str, tuple[str, ...]]) -> None:
    for start, nearest in edges.items():
        seen: set[str] = set()
        queue = list(nearest)
        while queue:
            body = queue.pop()
            if body == start:
                raise ValueError(f"{what} of body {start} lead back to it")
            if body not in seen:
                seen.add(body)
                queue += edges[body]
