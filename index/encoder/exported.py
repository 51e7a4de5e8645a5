"""The note next to an exported model: what the engine has to know to run it."""

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict

from configs.system.errors import UnavailableError
from index.encoder.protocol import Precision

NOTE, MODEL, QUERIES = "encoder.json", "model.xml", "queries.xml"


class Way(BaseModel):
    """How a graph runs: the arithmetic, the properties that OpenVINO gets, the mean cosine on the probe texts."""

    model_config = ConfigDict(frozen=True)

    precision: Precision
    properties: dict[str, str]
    cosine: float


class ExportNote(BaseModel):
    """`passages` and `queries` say how each is run, the latter None where they run as passages do.

    `pad` is the id that fills a batch. `features` are those of the processor that decided it, `runtime` is the
    OpenVINO that wrote the graphs.
    """

    model_config = ConfigDict(frozen=True)

    passages: Way
    queries: Way | None = None
    features: tuple[str, ...]
    runtime: str
    dimension: int
    pad: int

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Return the note of an export folder. Raises `UnavailableError` where it cannot be read."""
        try:
            return cls.model_validate_json((folder / NOTE).read_bytes())
        except (OSError, ValueError) as error:
            raise UnavailableError(f"{folder / NOTE}: cannot be read", "delete that folder") from error

    def write(self, folder: Path) -> None:
        """Put the note into a folder."""
        (folder / NOTE).write_text(self.model_dump_json(indent=1), encoding="utf-8")
