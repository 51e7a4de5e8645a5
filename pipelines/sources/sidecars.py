"""Sidecars: metadata of a file in `NAME.meta.yaml` beside it, which overrides what was read.

    title: Report of the 12th Meeting
    sessions: [12]
    date: 2019-05-03
    symbol: {raw: PC0100E1a, prefix: PC, serial: "0100", language: E}
    password: what opens the file

Every field of a Document may stand there but those by which it is known. The fields have to fit each other.
"""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from configs.system.controls import storable
from configs.system.errors import ConfigError
from configs.system.yamlfile import Location, config_error, nearest_line, parse_yaml
from extractors.consistency import problems, with_fields
from extractors.containers.opening import MAX_SIDECAR
from extractors.document import Document

_FIXED = ("id", "sha256", "source", "parent", "passages", "corrected")
"""Fields that a sidecar cannot set: the identity of a document, later results, and people's input."""


@dataclass(frozen=True)
class Sidecar:
    """The content of a sidecar, which may include a password; `name` is its location, for errors."""

    name: str
    content: bytes = field(repr=False)

    @property
    def digest(self) -> str:
        """The sha256 of its bytes: a document whose sidecar has another one counts as changed."""
        return hashlib.sha256(self.content).hexdigest()

    def passwords(self) -> tuple[str, ...]:
        """Return the password in it, if any; raises `ConfigError` for a broken sidecar."""
        fields, lines = self.fields()
        password = fields.get("password")
        if password is not None and not isinstance(password, str):
            line = lines.get(("password",))
            raise ConfigError(self.name, "must be text", line=line, field="password", remedy="put it into quotes")
        return () if password is None else (password,)

    def apply(self, document: Document) -> Document:
        """Return the document with the fields of the sidecar; raises `ConfigError` for a broken one."""
        fields, lines = self.fields()
        given = {name: _storable(value) for name, value in fields.items() if name != "password"}
        for name in _FIXED:
            if name in given:
                raise ConfigError(self.name, "cannot be set", line=lines.get((name,)), field=name, remedy="take it out")
        try:
            changed = with_fields(document, given)
        except ValidationError as error:
            raise config_error(Path(self.name), lines, error) from error
        for place, what in problems(changed, given):
            line, field = nearest_line(lines, place), ".".join(map(str, place))
            raise ConfigError(self.name, what, line=line, field=field, remedy="correct it, or take the field out")
        return changed

    def access(self, otherwise: str | None = None) -> str | None:
        """Return the access class in it, which may be null; `ConfigError` for a broken sidecar."""
        fields, lines = self.fields()
        access = fields.get("access", otherwise)
        if access is not None and not isinstance(access, str):
            raise ConfigError(self.name, "must be text", line=lines.get(("access",)), field="access")
        return access

    def fields(self) -> tuple[dict[str, Any], dict[Location, int]]:
        """Return its fields, and their lines (from 1); raises `ConfigError` for a broken one."""
        if len(self.content) > MAX_SIDECAR:
            raise ConfigError(self.name, f"is larger than {MAX_SIDECAR >> 20} MiB", remedy="describe one file only")
        fields, lines = parse_yaml(self.content, Path(self.name))
        if not isinstance(fields, dict):
            raise ConfigError(self.name, "is not a mapping of fields", remedy="write one 'name: value' a line")
        return {str(name): value for name, value in fields.items()}, lines


def _storable(value: Any) -> Any:  # noqa: ANN401 - any value of YAML
    """Return a value whose texts can be stored."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {name: _storable(part) for name, part in value.items()}
    return [_storable(part) for part in value] if isinstance(value, list) else value
