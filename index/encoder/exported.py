"""Metadata of an exported model, a JSON file beside it: how the engine runs its graphs."""

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict

from configs.system.errors import UnavailableError
from index.encoder.protocol import Precision

NOTE, MODEL, QUERIES = "encoder.json", "model.xml", "queries.xml"


class GraphOptions(BaseModel):
    """How a graph runs: its precision, the properties for OpenVINO, and the mean cosine on the probe texts."""

    model_config = ConfigDict(frozen=True)

    precision: Precision
    properties: dict[str, str]
    cosine: float


class ExportNote(BaseModel):
    """Options of the graphs for `passages` and `queries`; None where queries run as passages do.

    `pad` is the id of the padding token. `features` are those of the processor that the precision was chosen for,
    `runtime` is the version of OpenVINO that wrote the graphs.
    """

    model_config = ConfigDict(frozen=True)

    passages: GraphOptions
    queries: GraphOptions | None = None
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
