"""Display names of filter and facet values in the reader's language."""

from collections.abc import Mapping
from functools import cached_property
from typing import cast

from babel import Locale

from configs.bodies import load_bodies
from configs.gazetteer import SUBJECTS, load_gazetteer
from configs.kinds import load_kinds
from configs.maturity import MaturityModel, in_language, load_model
from configs.settings import Settings
from configs.vocabulary import Vocabulary, load_vocabulary
from index.fields import TABLE, Catalogue, FieldName


class Names:
    """The names of bodies, kinds, themes, dimensions, levels and countries by id and language."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def of(self, field: str, value: object, language: str) -> str:
        """Return the name of a value of a field; the value itself without a name."""
        catalogue = known.named_in if (known := TABLE.get(cast("FieldName", field))) else None
        if catalogue == "languages":
            return _language_name(str(value), language)
        name = self._in(catalogue).get(str(value)) if catalogue else None
        return in_language(name, language) if name else str(value)

    @cached_property
    def model(self) -> MaturityModel:
        """The maturity model in use."""
        return load_model(self._settings.model)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The vocabulary in use."""
        return load_vocabulary(self._settings.vocabulary)

    @cached_property
    def subjects(self) -> list[str]:
        """The ids of the administrations and groups of the gazetteer in use."""
        return [one.id for one in load_gazetteer(self._settings.gazetteer).entries if one.kind in SUBJECTS]

    def _in(self, catalogue: Catalogue) -> Mapping[str, dict[str, str]]:
        """Return the names in a catalogue, by id and language; each is read when it is asked for first."""
        found: Mapping[str, dict[str, str]] = getattr(self, f"_{catalogue}")
        return found

    @cached_property
    def _bodies(self) -> dict[str, dict[str, str]]:
        return {body.id: _both(body.name.en, body.name.fr) for body in load_bodies().bodies}

    @cached_property
    def _kinds(self) -> dict[str, dict[str, str]]:
        return {kind.id: _both(kind.label.en, kind.label.fr) for kind in load_kinds().kinds}

    @cached_property
    def _themes(self) -> dict[str, dict[str, str]]:
        return {one.id: {code: label.text for code, label in one.pref.items()} for one in self.vocabulary.concepts}

    @cached_property
    def _dimensions(self) -> dict[str, dict[str, str]]:
        return {one.id: dict(one.label) for one in self.model.dimensions}

    @cached_property
    def _levels(self) -> dict[str, dict[str, str]]:
        every = (level for one in self.model.dimensions for level in self.model.levels_of(one))
        return {level.id: dict(level.label) for level in every}

    @cached_property
    def _gazetteer(self) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for entry in load_gazetteer(self._settings.gazetteer).entries:
            first = {code: label.text for code, label in reversed(list(entry.named.forms()))}
            found.setdefault(entry.id, first)
        return found


def _both(english: str, french: str | None) -> dict[str, str]:
    return {"en": english, "fr": french or english}


def _language_name(code: str, language: str) -> str:
    """Return the name of a language (ISO 639-1) in another one; an invalid code is returned unchanged."""
    return str(Locale(language).languages.get(code, code))


def label_of(field: str) -> str:
    """Return the label of a field, a message of the catalogue; other texts are returned unchanged."""
    known = TABLE.get(cast("FieldName", field))
    return known.label if known else field
