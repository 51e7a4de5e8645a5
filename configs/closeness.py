"""From when on a passage is near enough in meaning to a query: fitted weights and a limit for each shipped encoder."""

from functools import cache
from pathlib import Path

from configs.yamlfile import ConfigValue, load_yaml

SHIPPED = Path(__file__).with_name("closeness.yaml")


class EncoderCloseness(ConfigValue):
    """What makes a passage close by one encoder; it holds for the model of this hash only.

    The sum of the signals, each times its weight, has to reach `limit`: the cosine of query and passage, the share of
    the words of the query that the passage has, and the chance that they share a theme.
    """

    model_hash: str
    cosine: float
    words: float
    themes: float
    limit: float


class ClosenessRules(ConfigValue):
    """The file `closeness.yaml`, written by `benchmarks/fit_closeness.py`: the encoders by name."""

    version: str
    encoders: dict[str, EncoderCloseness]


@cache
def load_closeness(path: Path = SHIPPED) -> ClosenessRules:
    """Return the fitted limits of a file; raises as `load_yaml` does."""
    return load_yaml(path, ClosenessRules)
