"""The trained scorer of maturity tags: a logistic regression as data, with the record of what trained it."""

from pathlib import Path

from pydantic import Field, model_validator

from configs.yamlfile import ConfigValue, load_yaml

SHIPPED = Path(__file__).with_name("scorer.yaml")


class Weights(ConfigValue):
    """Coefficients for the vectors of one encoder, in the order of the scorer's `features`.

    `languages` are those whose passages this encoder reads for the tagger, whichever one the index uses.
    """

    languages: tuple[str, ...] = ()
    intercept: float
    coefficients: tuple[float, ...]


class LevelRule(ConfigValue):
    """When a sentence is given a level.

    `gap`: how much more has to speak for it than for any other level, in standard deviations
    (`extractors.maturity.evidence`).
    """

    gap: float = Field(ge=0)


class EvidenceRule(ConfigValue):
    """What else counts for the log-odds of a sentence being evidence, beside its being about a dimension.

    `unclaimed` is added where it claims nothing, `off_matter` for each unit by which its words fall short of the matter
    of the model (`extractors.maturity.matter`). What is then above even odds is multiplied by `caution`: papers of
    others have more other business than the passages that trained the scorer.
    """

    unclaimed: float = Field(default=0.0, le=0)
    off_matter: float = Field(default=0.0, le=0)
    caution: float = Field(default=1.0, gt=0, le=1)


class Scorer(ConfigValue):
    """Probability that a sentence is about a dimension, from `features`, and what makes that evidence for it.

    `encoders` holds the weights by the name of the encoder; `default` names the one whose weights serve
    every other encoder. `trained_on` lists the nodes whose labels trained it.
    """

    version: str
    features: tuple[str, ...]
    default: str
    encoders: dict[str, Weights]
    levels: LevelRule
    evidence: EvidenceRule = EvidenceRule()
    trained_on: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _complete(self) -> "Scorer":
        if self.default not in self.encoders:
            raise ValueError(f"default names {self.default}, which has no weights")
        for name, weights in self.encoders.items():
            if len(weights.coefficients) != len(self.features):
                raise ValueError(
                    f"{name} has {len(weights.coefficients)} coefficients for {len(self.features)} features"
                )
        return self

    def encoder_for(self, language: str | None) -> str | None:
        """Return the encoder that reads a language best; None where the index's own does."""
        return next((name for name, weights in self.encoders.items() if language in weights.languages), None)

    @property
    def readers(self) -> tuple[str, ...]:
        """The encoders that read some language, whichever one the index uses."""
        return tuple(name for name, weights in self.encoders.items() if weights.languages)

    def weights(self, encoder: str) -> Weights:
        """Return the weights for an encoder, those of the default encoder where it has none of its own."""
        return self.encoders.get(encoder, self.encoders[self.default])


def load_scorer(path: Path = SHIPPED) -> Scorer:
    """Return the validated scorer; raises `ConfigError` for a broken file."""
    return load_yaml(path, Scorer)
