"""What the values of filters and facets are called in the reader's language."""

from collections.abc import Callable, Mapping
from functools import cached_property

from babel import Locale

from configs.bodies import load_bodies
from configs.gazetteer import load_gazetteer
from configs.kinds import load_kinds
from configs.maturity import MaturityModel, in_language, load_model
from configs.settings import Settings
from configs.vocabulary import Vocabulary, load_vocabulary


class Names:
    """The names of bodies, kinds, themes, dimensions, levels and countries by id and language."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def of(self, field: str, value: object, language: str) -> str:
        """Return what a value of a field is called; what has no name of its own stays as it is."""
        if field == "language":
            return _language_name(str(value), language)
        known = self._by_field.get(field)
        name = known().get(str(value)) if known else None
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
    def _by_field(self) -> Mapping[str, Callable[[], Mapping[str, dict[str, str]]]]:
        return {
            "body": lambda: self._bodies,
            "kind": lambda: self._kinds,
            "theme": lambda: self._themes,
            "theme.named": lambda: self._themes,
            "dimension": lambda: self._dimensions,
            "level": lambda: self._levels,
            "country": lambda: self._places,
            "subject": lambda: self._places,
            "region": lambda: self._places,
            "instrument": lambda: self._places,
        }

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
    def _places(self) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for entry in load_gazetteer().entries:
            first = {code: label.text for code, label in reversed(list(entry.named.forms()))}
            found.setdefault(entry.id, first)
        return found


def _both(english: str, french: str | None) -> dict[str, str]:
    return {"en": english, "fr": french or english}


def _language_name(code: str, language: str) -> str:
    """Return what a language (ISO 639-1) is called in another one; a code that is none stays as it is."""
    return str(Locale(language).languages.get(code, code))
