"""Fitted weights and limits of each shipped encoder for whether a passage is close to a query."""

from functools import cache
from pathlib import Path

from pydantic import Field

from configs.system.yamlfile import ConfigValue, load_yaml

SHIPPED = Path(__file__).with_name("closeness.yaml")


class Answered(ConfigValue):
    """What tells a question that papers may answer: a weighted sum of what is nearest to it and of its topic.

    `nearest` weighs the highest cosine of a passage, `topic` the chance that the question is about any theme.
    """

    nearest: float = Field(ge=0)
    topic: float = Field(ge=0)
    limit: float


class Best(ConfigValue):
    """What tells the passages that answer from others: the weighted sum of what each is reaches the limit.

    `words` weighs the share of the words of the query that a passage has, `scores` the share of the best score, and
    `ranks` the logarithm of the place in the order of cosines, which falls from 0.
    """

    words: float = Field(ge=0)
    scores: float = Field(ge=0)
    ranks: float = Field(ge=0)
    limit: float


class Limits(ConfigValue):
    """What makes a passage close in one mode: both have to be reached."""

    answered: Answered
    best: Best


class EncoderCloseness(ConfigValue):
    """What makes a passage close by one encoder; it holds for the model of this hash only."""

    model_hash: str
    hybrid: Limits
    vector: Limits


class ClosenessRules(ConfigValue):
    """The file `closeness.yaml`, written by `benchmarks/fit_closeness.py`: the encoders by name.

    `words` is the share of its words that makes a passage close to a query where words decide alone: in mode `text`,
    and in every mode with an encoder that is not named.
    """

    version: str
    words: float = Field(gt=0, le=1)
    encoders: dict[str, EncoderCloseness]


@cache
def load_closeness(path: Path = SHIPPED) -> ClosenessRules:
    """Return the fitted limits of a file; raises as `load_yaml` does."""
    return load_yaml(path, ClosenessRules)
