"""The note beside an exported model: what the engine has to know to run it."""

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict

from configs.errors import UnavailableError
from index.encoder.protocol import Precision

NOTE, MODEL = "encoder.json", "model.xml"


class ExportNote(BaseModel):
    """`properties` go to OpenVINO, `pad` is the id that fills a batch.

    `features` are those of the processor that decided the precision, `runtime` is the OpenVINO that wrote the
    graph, `cosine` the mean similarity to the original model on the probe texts. `calibration` says on which
    texts fixed scales were found, None where there are none.
    """

    model_config = ConfigDict(frozen=True)

    precision: Precision
    features: tuple[str, ...]
    runtime: str
    properties: dict[str, str]
    dimension: int
    pad: int
    cosine: float
    calibration: str | None = None

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
