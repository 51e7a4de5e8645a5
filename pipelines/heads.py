"""The heads of a home: one JSON file for each maturity model that people's labels taught the tagger about."""

import os
from pathlib import Path

from pydantic import ValidationError

from configs.errors import ConfigError
from extractors.maturity.heads import Heads
from pipelines.home import HEADS


def load_heads(home: Path, model: str) -> Heads | None:
    """Return the heads for a model, None where there are none; raises `ConfigError` for a file that holds none."""
    path = _path(home, model)
    if not path.exists():
        return None
    try:
        return Heads.model_validate_json(path.read_bytes())
    except ValidationError as error:
        problem = error.errors()[0]
        field = ".".join(map(str, problem["loc"])) or None
        remedy = "delete the file, then run 'customs-lens retrain'"
        raise ConfigError(path, problem["msg"], field=field, remedy=remedy) from error


def save_heads(home: Path, heads: Heads) -> None:
    """Store heads in place of those of the same model; the file is whole at any time."""
    path = _path(home, heads.model)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".new")
    with unfinished.open("w", encoding="utf-8") as file:
        file.write(heads.model_dump_json())
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def _path(home: Path, model: str) -> Path:
    return home / HEADS / f"{model}.json"
