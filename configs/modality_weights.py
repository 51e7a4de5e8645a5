"""The trained weights of modality: what the vector of a sentence claims, and how far cues are believed beside it."""

from pathlib import Path
from typing import Literal, TypeAlias

from pydantic import model_validator

from configs.yamlfile import ConfigValue, load_yaml

SHIPPED = Path(__file__).with_name("modality_weights.yaml")

Claim: TypeAlias = Literal["achieved", "planned", "recommended", "lacking", "nothing"]
"""What a sentence may be read as; `nothing` where it makes no claim."""


class Trust(ConfigValue):
    """Log-odds that are added to what the cues say: nothing, or a claim by a weak, a plain or a strong cue."""

    nothing: float
    weak: float
    plain: float
    strong: float


class Direction(ConfigValue):
    """What speaks for one claim: `intercept` + `coefficients` · the sentence's unit vector."""

    intercept: float
    coefficients: tuple[float, ...]


class ModalityWeights(ConfigValue):
    """Weights for the vectors of one encoder and the sentences of some languages."""

    version: str
    encoder: str
    languages: tuple[str, ...]
    trust: Trust
    claims: dict[Claim, Direction]

    @model_validator(mode="after")
    def _of_one_length(self) -> "ModalityWeights":
        if len({len(one.coefficients) for one in self.claims.values()}) != 1 or "nothing" not in self.claims:
            raise ValueError("every claim, and `nothing`, needs the same number of coefficients")
        return self


def load_modality_weights(path: Path = SHIPPED) -> ModalityWeights:
    """Return the validated weights; raises `ConfigError` for a broken file."""
    return load_yaml(path, ModalityWeights)
