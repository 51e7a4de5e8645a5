"""From when on a passage is near enough in meaning to a query: fitted weights and limits for each shipped encoder."""

from functools import cache
from pathlib import Path

from pydantic import Field

from configs.system.yamlfile import ConfigValue, load_yaml

SHIPPED = Path(__file__).with_name("closeness.yaml")


class Limit(ConfigValue):
    """Weights of signals, whose sum has to reach `limit`.

    `meaning` weighs a cosine, `words` the share of the words of the query that a passage has, `themes` the chance that
    they share a theme, and `topic` the chance that the query is about any theme.
    """

    meaning: float = Field(ge=0)
    words: float = Field(ge=0)
    themes: float = Field(ge=0)
    topic: float = Field(default=0.0, ge=0)
    limit: float


class EncoderCloseness(ConfigValue):
    """What makes a passage close by one encoder; it holds for the model of this hash only.

    Both have to be reached. `answered` tells questions that a collection may answer from those of other fields, by the
    cosine of query and passage; `best` tells the passages that answer from others, by how far their cosine is behind
    that of the nearest passage (0 or less).
    """

    model_hash: str
    answered: Limit
    best: Limit


class ClosenessRules(ConfigValue):
    """The file `closeness.yaml`, written by `benchmarks/fit_closeness.py`: the encoders by name."""

    version: str
    encoders: dict[str, EncoderCloseness]


@cache
def load_closeness(path: Path = SHIPPED) -> ClosenessRules:
    """Return the fitted limits of a file; raises as `load_yaml` does."""
    return load_yaml(path, ClosenessRules)
