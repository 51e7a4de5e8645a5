"""The gazetteer: administrations, groups of them, regions, organisations and instruments with their names.

Ids of administrations are ISO 3166-1 alpha-2 codes; those of groups and regions are capitals too and share one
space with them, because each may be what a text speaks of.
"""

from collections.abc import Iterator
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, Self, TypeAlias

from pydantic import BeforeValidator, Field, StringConstraints, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from configs.bodies import Bodies, load_bodies
from configs.bodies import Organisation as Lender
from configs.labels import fold
from configs.system.yamlfile import ConfigValue, Location, config_error, load_yaml
from configs.vocabulary import TermLabel, Text

GAZETTEER_FILE = Path(__file__).with_name("gazetteer.yaml")

EntityKind: TypeAlias = Literal["country", "group", "region", "organisation", "instrument"]
SUBJECTS: tuple[EntityKind, ...] = ("country", "group", "region")
"""Kinds that a maturity tag may be about."""

Capitals: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[A-Z]+(-[A-Z]+)*$")]
LowerId: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
ARTICLE = "<n>"
"""Stands for the number of an article in the forms of an instrument."""


def _from_text(value: object) -> object:
    if not isinstance(value, str):
        return value
    alone = value.isupper() and " " not in value
    return {"text": value, "case": "standout" if alone else "name"}


Form: TypeAlias = Annotated[TermLabel, BeforeValidator(_from_text)]


class Texts(ConfigValue):
    """Texts by language."""

    en: tuple[Text, ...] = ()
    fr: tuple[Text, ...] = ()

    def items(self) -> Iterator[tuple[str, Text]]:
        """Yield language and text, English first."""
        yield from (("en", text) for text in self.en)
        yield from (("fr", text) for text in self.fr)


class Named(ConfigValue):
    """An entry with names, of which the first in each language is displayed; `negative` forms mean something else."""

    en: tuple[Form, ...] = Field(min_length=1)
    fr: tuple[Form, ...] = ()
    negative: tuple[Text, ...] = ()

    def forms(self) -> Iterator[tuple[str, TermLabel]]:
        """Yield language and form, English first."""
        yield from (("en", label) for label in self.en)
        yield from (("fr", label) for label in self.fr)


class Region(Named):
    """A region of the World Customs Organization."""

    id: Capitals


class Administration(Named):
    """A country or Customs territory; `agencies` are names of its Customs, and of systems that have its name."""

    id: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    iso3: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
    region: Capitals | None = None
    adjectives: Texts = Texts()
    agencies: tuple[Form, ...] = ()


class MemberGroup(Named):
    """A union or community of administrations that acts as one; `members` are their codes.

    `instruments` are agreements among its members alone: a title that names one speaks of the group.
    """

    id: Capitals
    members: tuple[str, ...] = ()
    instruments: tuple[LowerId, ...] = ()


class Organisation(Named):
    """An international organisation; those of `bodies.yaml` with the same id lend it their names."""

    id: LowerId


class Instrument(Named):
    """A convention, an agreement or a standard; an article of it is named by one of `article_forms`."""

    id: LowerId
    article_forms: Texts = Texts()
    articles: tuple[str, ...] = ()


class NamedEntity(NamedTuple):
    """Something with names: its kind, its id, and what the file says of it."""

    kind: EntityKind
    id: str
    named: Named
    location: Location


class Gazetteer(ConfigValue):
    """All entries, validated against each other."""

    version: Text
    languages: tuple[Text, ...] = ()
    offices: Texts = Texts()
    titles: Texts = Texts()
    not_preceded_by: tuple[Text, ...] = ()
    regions: tuple[Region, ...] = ()
    administrations: tuple[Administration, ...] = Field(min_length=1)
    groups: tuple[MemberGroup, ...] = ()
    organisations: tuple[Organisation, ...] = ()
    instruments: tuple[Instrument, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems = list(_problems(self))
        if problems:
            details = [
                InitErrorDetails(type=PydanticCustomError("gazetteer", "{why}", {"why": why}), loc=at, input=None)
                for at, why in problems
            ]
            raise ValidationError.from_exception_data(type(self).__name__, details)
        return self

    @property
    def entries(self) -> Iterator[NamedEntity]:
        """Every entry in the order of the file."""
        for kind, field in _FIELDS.items():
            for number, one in enumerate(getattr(self, field)):
                yield NamedEntity(kind, one.id, one, (field, number))

    def find(self, text: str, kinds: tuple[EntityKind, ...]) -> str | None:
        """Return the id that a text names among some kinds: an id, a three-letter code or a form; None for none.

        An id of one kind counts before a form of another: `AMS` is a region, and short for the members of a group.
        """
        wanted = _plain(text)
        named = [ids[wanted] for kind in kinds if wanted in (ids := self._ids[kind])]
        return next((one for one in named if _plain(one) == wanted), next(iter(named), None))

    @cached_property
    def regions_by_code(self) -> dict[str, str]:
        """The region of each administration that has one."""
        return {one.id: one.region for one in self.administrations if one.region}

    @cached_property
    def groups_by_instrument(self) -> dict[str, str]:
        """The group of each instrument that is one's own."""
        return {instrument: group.id for group in self.groups for instrument in group.instruments}

    @cached_property
    def instruments_by_article(self) -> dict[str, str]:
        """The instrument of each article with an id: `tfa` for `tfa-10.4`."""
        return {f"{one.id}-{article}": one.id for one in self.instruments for article in one.articles}

    @cached_property
    def _ids(self) -> dict[EntityKind, dict[str, str]]:
        found: dict[EntityKind, dict[str, str]] = {kind: {} for kind in _FIELDS}
        for kind, identifier, named, _ in self.entries:
            codes = (identifier, named.iso3) if isinstance(named, Administration) else (identifier,)
            for text in (*codes, *(label.text for _, label in named.forms())):
                found[kind].setdefault(_plain(text), identifier)
        for article in self.instruments_by_article:
            found["instrument"][_plain(article)] = article
        return found


class OwnAdministrations(ConfigValue):
    """Administrations of one's own: they come beside those of the product, or take the place of those with their id."""

    administrations: tuple[Administration, ...] = Field(min_length=1)


def load_gazetteer(own: str | None = None) -> Gazetteer:
    """Return the gazetteer that ships with the product, with the administrations of a file of one's own.

    Raises `ConfigError` with the field for a file that does not fit, `UnavailableError` for none.
    """
    return _merged(Path(own), load_yaml(Path(own), OwnAdministrations)) if own else _shipped()


@lru_cache(maxsize=8)
def _merged(path: Path, own: OwnAdministrations) -> Gazetteer:
    shipped, ids = load_yaml(GAZETTEER_FILE, Gazetteer), {one.id for one in own.administrations}
    kept = (one for one in shipped.administrations if one.id not in ids)
    values = {name: getattr(shipped, name) for name in Gazetteer.model_fields}
    try:
        merged = Gazetteer(**{**values, "administrations": (*own.administrations, *kept)})
    except ValidationError as error:
        raise config_error(path, {}, error) from error
    return _with_names(merged, load_bodies())


@cache
def _shipped() -> Gazetteer:
    return _with_names(load_yaml(GAZETTEER_FILE, Gazetteer), load_bodies())


def _with_names(gazetteer: Gazetteer, bodies: Bodies) -> Gazetteer:
    """Return a gazetteer whose organisations have the names that `bodies.yaml` knows, which come first."""
    lenders = {one.id: one for one in bodies.organisations}
    organisations = tuple(
        _named_after(one, lenders[one.id]) if one.id in lenders else one for one in gazetteer.organisations
    )
    return gazetteer.model_copy(update={"organisations": organisations})


def _named_after(one: Organisation, lender: Lender) -> Organisation:
    names = {"en": (lender.name.en, *lender.aliases.en), "fr": (*filter(None, [lender.name.fr]), *lender.aliases.fr)}
    labels = {language: [TermLabel(text=text, case="name") for text in texts] for language, texts in names.items()}
    return one.model_copy(update={"en": (*labels["en"], *one.en), "fr": (*labels["fr"], *one.fr)})


_FIELDS: dict[EntityKind, str] = {
    "country": "administrations",
    "group": "groups",
    "region": "regions",
    "organisation": "organisations",
    "instrument": "instruments",
}

Problem: TypeAlias = tuple[Location, str]


def _plain(text: str) -> str:
    return " ".join(fold(text).replace("-", " ").split())


def _problems(gazetteer: Gazetteer) -> Iterator[Problem]:
    yield from _double_ids(gazetteer)
    yield from _unknown_ids(gazetteer)
    yield from _double_forms(gazetteer)


def _double_ids(gazetteer: Gazetteer) -> Iterator[Problem]:
    seen: set[tuple[str, str]] = set()
    for kind, identifier, named, location in gazetteer.entries:
        keys: list[tuple[str, str, str]] = [("id", "subject" if kind in SUBJECTS else kind, identifier)]
        if isinstance(named, Administration):
            keys.append(("iso3", "", named.iso3))
        for field, space, value in keys:
            if (space, value) in seen:
                yield (*location, field), f"{value} stands twice"
            seen.add((space, value))


def _unknown_ids(gazetteer: Gazetteer) -> Iterator[Problem]:
    regions = {one.id for one in gazetteer.regions}
    codes = {one.id for one in gazetteer.administrations}
    instruments = {one.id for one in gazetteer.instruments}
    for number, one in enumerate(gazetteer.administrations):
        if one.region and one.region not in regions:
            yield ("administrations", number, "region"), f"there is no region {one.region}"
    for number, group in enumerate(gazetteer.groups):
        for place, code in enumerate(group.members):
            if code not in codes:
                yield ("groups", number, "members", place), f"there is no administration {code}"
        for place, instrument in enumerate(group.instruments):
            if instrument not in instruments:
                yield ("groups", number, "instruments", place), f"there is no instrument {instrument}"


def _double_forms(gazetteer: Gazetteer) -> Iterator[Problem]:
    owners: dict[tuple[str, str], str] = {}
    for _, identifier, named, location in gazetteer.entries:
        for language, label in named.forms():
            if label.is_guarded:
                continue
            other = owners.setdefault((language, _plain(label.text)), identifier)
            if other != identifier:
                yield (*location, language), f"{label.text!r} names {other} too"
