"""Measured quality of tags and themes on real papers, as pages show it: one data file for all pages."""

import datetime as dt
from pathlib import Path
from typing import Literal, TypeAlias

import yaml
from pydantic import Field

from configs.classifier import SHIPPED as CLASSIFIERS
from configs.system.files import write_atomically
from configs.system.yamlfile import ConfigValue, load_yaml

SHIPPED = CLASSIFIERS / "figures.yaml"

PaperSet: TypeAlias = Literal["papers", "hard", "reports"]
"""Passages drawn from real papers, each weighted by those that it stands for; and hard cases among them."""


class Figure(ConfigValue):
    """A share, the interval of 95 % around it, and the number of passages, themes or tags that it rests on.

    `mean` is the mean over organisations, each counting alike.
    """

    value: float
    low: float
    high: float
    n: int = Field(ge=0)
    mean: float | None = None


class JudgedByReader(ConfigValue):
    """How many of so many tags, drawn from papers that trained nothing, somebody found right in all parts, and when."""

    n: int = Field(gt=0)
    right: int = Field(ge=0)
    date: dt.date


JudgedTags: TypeAlias = Literal["stated", "suggested", "topics", "profiles"]
"""What a person judged: accepted tags that state something, suggested ones, accepted topics, statements of profiles."""


class Figures(ConfigValue):
    """What `benchmarks.evaluate understanding` measured, for one encoder (its `model_hash`) and one maturity model.

    `folds` is in how many parts the papers were: each passage was answered by a classifier fitted without its paper;
    None where one classifier answered all. `measures` are by their names in the report of that command. `judged`
    is what a person found, written by hand; nothing for a classifier that nobody judged.
    """

    encoder: str
    model: str
    folds: int | None
    passages: dict[PaperSet, int]
    measures: dict[PaperSet, dict[str, Figure]]
    judged: dict[JudgedTags, JudgedByReader] = Field(default={})

    def write(self, path: Path) -> None:
        """Write the file. Raises `OSError`."""
        text = yaml.safe_dump(self.model_dump(mode="json"), sort_keys=False, width=120)
        write_atomically(path, text)


def load_figures(path: Path = SHIPPED) -> Figures:
    """Return the validated figures; raises `ConfigError` for a broken file."""
    return load_yaml(path, Figures)
