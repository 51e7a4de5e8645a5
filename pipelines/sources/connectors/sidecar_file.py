"""Sidecars of items: files beside an item, read on access, or fields from the source itself.

Reading a sidecar file costs a request to the source. Most items are unchanged, and a run needs only the fields of the
others.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any

import yaml

from pipelines.sources.sidecars import Sidecar


class SidecarFile(Mapping[str, Any]):
    """The fields of a sidecar file `NAME.meta.yaml` beside an item.

    `name` is its location, for errors; `version` changes with its bytes, as far as a listing shows that. `load` returns
    the bytes and is called once, on first access: its errors are passed on, and a broken sidecar raises `ConfigError`.
    """

    def __init__(self, name: str, version: str, load: Callable[[], bytes]) -> None:
        self.name, self.version, self._load = name, version, load

    @cached_property
    def file(self) -> Sidecar:
        """The sidecar in the form for the ingestion."""
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
        """Return a text without its fields, which may include a password."""
        return f"SidecarFile({self.name!r})"


def as_sidecar(fields: Mapping[str, Any], name: str) -> Sidecar | None:
    """Return the sidecar of an item in the form for the ingestion, None without fields.

    `name` identifies it in errors if it is not a file. Raises the errors of reading its file.
    """
    if isinstance(fields, SidecarFile):
        return fields.file
    return Sidecar(name, yaml.safe_dump(dict(fields), allow_unicode=True).encode()) if fields else None
