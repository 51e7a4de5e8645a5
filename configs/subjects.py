"""Words that determine the administration that a sentence is about, as data."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints

from configs.system.yamlfile import ConfigValue, load_yaml

SHIPPED = Path(__file__).with_name("subjects.yaml")

Words = Annotated[
    tuple[Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)], ...], Field(min_length=1)
]


class SubjectWords(ConfigValue):
    """The words of one language; `subjects.yaml` explains each kind."""

    reporting: Words
    that: Words
    general: Words
    members: Words
    hosts: Words
    stand_ins: Words
    aside: Words
    of: Words
    joining: Words
    acts: Words
    former: Words
    offices: Words
    traders: Words
    duties: Words
    instructions: Words


class SubjectConfig(ConfigValue):
    """The words of all languages by code."""

    version: str
    languages: Annotated[dict[str, SubjectWords], Field(min_length=1)]


def load_subjects(path: Path = SHIPPED) -> SubjectConfig:
    """Return the words in a YAML file; raises `UnavailableError` and `ConfigError` as `load_yaml` does."""
    return load_yaml(path, SubjectConfig)
