"""Sidecars of items: a file beside an item, read when its fields are asked for, or fields that the source itself gives.

To read one costs a request to the source. Most items are unchanged, and a run needs the fields of the others alone.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any

import yaml

from pipelines.sources.sidecars import Sidecar


class SidecarFile(Mapping[str, Any]):
    """The fields of a sidecar that lies beside an item as `NAME.meta.yaml`.

    `name` is where it lies, for errors; `version` changes with its bytes, as far as a listing shows that. `load` gives
    the bytes, and is called once, when something of it is asked for: what it raises comes through, and `ConfigError`
    for a sidecar that is broken.
    """

    def __init__(self, name: str, version: str, load: Callable[[], bytes]) -> None:
        self.name, self.version, self._load = name, version, load

    @cached_property
    def file(self) -> Sidecar:
        """The sidecar as the ingestion takes it."""
        return Sidecar(self.name, self._load())

    @cached_property
    def _fields(self) -> dict[str, Any]:
        return self.file.fields()[0]

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - a value of YAML
        return self._fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __repr__(self) -> str:
        """Return nothing of its fields: a password may be among them."""
        return f"SidecarFile({self.name!r})"


def as_sidecar(fields: Mapping[str, Any], name: str) -> Sidecar | None:
    """Return the sidecar of an item in the form that the ingestion takes, None for one without fields.

    `name` is what errors call it where it is no file. Raises what reading its file raises.
    """
    if isinstance(fields, SidecarFile):
        return fields.file
    return Sidecar(name, yaml.safe_dump(dict(fields), allow_unicode=True).encode()) if fields else None
