"""Mean vectors of an encoder by language, measured once on texts written for this project."""

from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from configs.system.errors import ConfigError
from configs.system.yamlfile import ConfigValue

SHIPPED = Path(__file__).with_name("centres.json")

Centre = Annotated[tuple[float, ...], Field(min_length=1)]


class LanguageCentres(ConfigValue):
    """The mean vectors of the same texts, once encoded as queries and once as passages."""

    query: Centre
    passage: Centre


class EncoderCentres(ConfigValue):
    """The centres of one encoder; they hold for the model of this hash only."""

    model_hash: str
    languages: dict[Annotated[str, Field(pattern=r"^[a-z]{2}$")], LanguageCentres] = Field(min_length=1)


class Centres(ConfigValue):
    """The file `centres.json`, written by `benchmarks/measure_centres.py`: centres by the name of the encoder."""

    version: str
    encoders: dict[str, EncoderCentres]


@cache
def load_centres(path: Path = SHIPPED) -> Centres:
    """Return the centres of a file. Raises `ConfigError` where it does not validate."""
    try:
        return Centres.model_validate_json(path.read_bytes())
    except ValidationError as error:
        message, remedy = error.errors()[0]["msg"], "rebuild it: python -m benchmarks.measure_centres"
        raise ConfigError(path, message, remedy=remedy) from error
