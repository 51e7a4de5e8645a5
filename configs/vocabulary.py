"""Vocabularies of themes: concepts with labels in several languages and the rules that disambiguate labels.

A vocabulary is a YAML file in the shape of SKOS: preferred and alternative labels, definitions, one broader
concept. What SKOS does not know are the rules of a label, for forms that mean other things elsewhere.
"""

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, Self, TypeAlias

from pydantic import BeforeValidator, Field, StringConstraints, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from configs.system.errors import UsageError
from configs.system.yamlfile import ConfigValue, Location, load_yaml

SHIPPED = Path(__file__).parent / "vocabulary"

Text: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Language: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
ConceptId: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
DimensionId: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$")]
Window: TypeAlias = Literal["sentence", "passage", "document"]
Case: TypeAlias = Literal["any", "name", "upper", "standout", "exact"]
MatchKind: TypeAlias = Literal["exact", "close", "broad", "narrow", "related"]
Iri: TypeAlias = Annotated[str, StringConstraints(pattern=r"^https?://\S+$")]


class TermContext(ConfigValue):
    """Words one of which stands near a label; `*` stands for any letters, as in `passeng*`."""

    any: tuple[Text, ...] = Field(min_length=1)
    window: Window = "sentence"


class TermLabel(ConfigValue):
    """A form that names a concept, and what must hold where it stands for it to count.

    - `case`: `any`; `name` (a capital first, where the label has one); `upper` (capitals, a plural s aside);
      `standout` (capitals among words that are not all in capitals); `exact` (as written here).
    - `language`: only in passages of these languages (and of unknown language); null is every language.
    - `context`, `not_context`: one of these words, none of these words stands in the window around it.
    - `not_preceded_by`, `not_followed_by`: words that may not stand directly beside it.
    - `defined`: only in documents that define it, as in "Single Window (SW)". A definition also stands in
      for the context that an abbreviation needs.
    """

    text: Text
    case: Case = "any"
    language: tuple[Language, ...] | None = None
    context: TermContext | None = None
    not_context: TermContext | None = None
    not_preceded_by: tuple[Text, ...] = ()
    not_followed_by: tuple[Text, ...] = ()
    defined: bool = False

    @property
    def is_guarded(self) -> bool:
        """Whether the label alone, without anything near it, names nothing."""
        return self.defined or self.context is not None

    @property
    def is_in_full(self) -> bool:
        """Whether the label is words or a name, and no abbreviation that a text may define."""
        return self.case in ("any", "name") or " " in self.text


def _from_text(value: object) -> object:
    return {"text": value} if isinstance(value, str) else value


LabelField: TypeAlias = Annotated[TermLabel, BeforeValidator(_from_text)]


class Concept(ConfigValue):
    """A theme: its labels and definitions by language and its dimensions, the main one first.

    `negative` are longer forms that hold a label and mean something else ("management of credit risks"). `matches`
    are concepts of other vocabularies, by their addresses: only those whose labels somebody has read.
    """

    id: ConceptId
    dimensions: tuple[DimensionId, ...] = Field(min_length=1)
    broader: ConceptId | None = None
    pref: dict[Language, LabelField] = Field(min_length=1)
    alt: dict[Language, tuple[LabelField, ...]] = Field(default_factory=dict)
    negative: tuple[Text, ...] = ()
    definition: dict[Language, Text] = Field(default_factory=dict)
    matches: dict[MatchKind, tuple[Iri, ...]] = Field(default_factory=dict)
    notes: Text | None = None

    def every_label(self) -> Iterator[tuple[Language, TermLabel]]:
        """Yield language and label of each of its labels, the preferred ones first."""
        yield from self.pref.items()
        for language, labels in self.alt.items():
            yield from ((language, label) for label in labels)

    def name(self, language: str = "en") -> str:
        """Return the preferred label in a language, else in English, else in the first language given."""
        label = self.pref.get(language) or self.pref.get("en") or next(iter(self.pref.values()))
        return label.text


class LabelEntry(NamedTuple):
    """A label with the concept that it names, the language that it is filed under, and its place."""

    concept: Concept
    language: str
    label: TermLabel
    location: Location


class Vocabulary(ConfigValue):
    """Concepts under one id and version, checked against one another."""

    id: ConceptId
    version: Text
    title: dict[Language, Text] = Field(min_length=1)
    source: Text
    concepts: tuple[Concept, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems = [*_concept_problems(self.concepts), *_label_problems(list(self.labels))]
        if problems:
            details = [
                InitErrorDetails(type=PydanticCustomError("vocabulary", "{why}", {"why": why}), loc=at, input=None)
                for at, why in problems
            ]
            raise ValidationError.from_exception_data(type(self).__name__, details)
        return self

    @property
    def labels(self) -> Iterator[LabelEntry]:
        """Every label in the order of the file, a concept's preferred ones first."""
        for number, concept in enumerate(self.concepts):
            for language, label in concept.pref.items():
                yield LabelEntry(concept, language, label, ("concepts", number, "pref", language))
            for language, labels in concept.alt.items():
                for place, label in enumerate(labels):
                    yield LabelEntry(concept, language, label, ("concepts", number, "alt", language, place))

    def concept(self, concept_id: str) -> Concept:
        """Return the concept with this id; raises `UsageError` where there is none."""
        if concept_id not in self._by_id:
            raise UsageError(
                f"{concept_id}: is no theme of the vocabulary {self.id}", "'customs-lens themes' lists them"
            )
        return self._by_id[concept_id]

    @cached_property
    def _by_id(self) -> dict[str, Concept]:
        return {concept.id: concept for concept in self.concepts}


def load_vocabulary(name_or_path: str | Path) -> Vocabulary:
    """Return a shipped vocabulary by its id, or the one in a YAML file.

    Raises `UsageError` for an unknown id, `UnavailableError` for a file that cannot be read, and
    `ConfigError`, naming line and field, for one that does not hold together.
    """
    return load_yaml(vocabulary_file(name_or_path), Vocabulary)


def vocabulary_file(name_or_path: str | Path) -> Path:
    """Return the file of a shipped vocabulary by its id, or the path itself; raises `UsageError` for an unknown id."""
    path = Path(name_or_path)
    if path.suffix in (".yaml", ".yml") or len(path.parts) > 1:
        return path
    shipped = shipped_vocabularies()
    if str(name_or_path) not in shipped:
        raise UsageError(
            f"{name_or_path}: is no vocabulary",
            f"shipped: {', '.join(shipped)}; or give the path of a YAML file",
        )
    return SHIPPED / f"{name_or_path}.yaml"


def shipped_vocabularies() -> tuple[str, ...]:
    """Return the ids of the vocabularies that come with the product."""
    return tuple(sorted(path.stem for path in SHIPPED.glob("*.yaml")))


Problem: TypeAlias = tuple[Location, str]


def _concept_problems(concepts: tuple[Concept, ...]) -> Iterator[Problem]:
    broader: dict[str, str | None] = {}
    for number, concept in enumerate(concepts):
        if concept.id in broader:
            yield ("concepts", number, "id"), f"{concept.id} stands twice"
        broader[concept.id] = concept.broader
        if len(set(concept.dimensions)) < len(concept.dimensions):
            yield ("concepts", number, "dimensions"), "a dimension stands twice"
    for number, concept in enumerate(concepts):
        if concept.broader is not None and concept.broader not in broader:
            yield ("concepts", number, "broader"), f"{concept.broader} is no concept of this vocabulary"
        elif _is_circular(concept.id, broader):
            yield ("concepts", number, "broader"), f"{concept.id} is broader than itself"


def _is_circular(concept_id: str, broader: dict[str, str | None]) -> bool:
    above = broader[concept_id]
    for _ in broader:
        if above is None or above == concept_id:
            break
        above = broader.get(above)
    return above == concept_id


def _label_problems(entries: list[LabelEntry]) -> Iterator[Problem]:
    by_form: dict[str, list[LabelEntry]] = defaultdict(list)
    for entry in entries:
        form = " ".join(entry.label.text.casefold().replace("-", " ").split())
        for other in by_form[form]:
            if other.concept.id == entry.concept.id:
                if other.language == entry.language:
                    yield entry.location, f"{entry.label.text!r} stands twice in {entry.language}"
            elif can_clash(other, entry):
                yield (
                    entry.location,
                    f"{entry.label.text!r} names {other.concept.id} too: give both a context or a language of its own",
                )
        by_form[form].append(entry)


def can_clash(one: LabelEntry, other: LabelEntry) -> bool:
    """Whether two labels of one form may both count at one place."""
    if one.label.is_guarded and other.label.is_guarded:
        return False
    if one.label.language is None or other.label.language is None:
        return True
    return bool(set(one.label.language) & set(other.label.language))
