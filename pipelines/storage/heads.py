"""The heads that people's labels taught the tagger, one set for each maturity model, kept where the labels are."""

from contextlib import closing
from pathlib import Path

from pydantic import ValidationError

from configs.errors import ConfigError
from configs.files import read_file, write_atomically
from configs.folders import make_home
from configs.settings import Settings
from extractors.maturity.heads import Heads
from pipelines.workspace import HEADS


def load_heads(settings: Settings, model: str) -> Heads | None:
    """Return the heads for a model, None where there are none.

    Raises `ConfigError` for a file that holds none, and `UnavailableError` where they are in a cluster that is away.
    """
    if settings.index == "elasticsearch":
        from index.elastic.annotations import ClusterLabels

        with closing(ClusterLabels(settings.elasticsearch)) as store:
            return store.heads(model)
    path = _path(settings.home, model)
    if not path.exists():
        return None
    try:
        return Heads.model_validate_json(read_file(path))
    except ValidationError as error:
        problem = error.errors()[0]
        field = ".".join(map(str, problem["loc"])) or None
        remedy = "delete the file, then run 'customs-lens retrain'"
        raise ConfigError(path, problem["msg"], field=field, remedy=remedy) from error


def save_heads(settings: Settings, heads: Heads) -> None:
    """Store heads in place of those of the same model; a reader gets the old or the new ones."""
    if settings.index == "elasticsearch":
        from index.elastic.annotations import ClusterLabels

        with closing(ClusterLabels(settings.elasticsearch)) as store:
            return store.keep_heads(heads)
    path = _path(settings.home, heads.model)
    make_home(settings.home)
    path.parent.mkdir(exist_ok=True)
    write_atomically(path, heads.model_dump_json())
    return None


def _path(home: Path, model: str) -> Path:
    return home / HEADS / f"{model}.json"
