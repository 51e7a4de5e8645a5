"""The contents of containers: their members, each with the steps that lead to it."""

import re
from typing import Literal, TypeAlias

from pydantic import ConfigDict

from configs.system.errors import CustomsLensError
from extractors.document import ReadStatus, Value

Scheme: TypeAlias = Literal["zip", "mail", "pdf"]

_LONGEST_NAME = 255  # characters; what is longer is cut at its front, where the folders stand
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class Step(Value):
    """One step into a container: the kind of container, the place of a member in it from 0, and its name.

    The name is fit to be shown and stands once in its container; only the place is used to open the member.
    """

    scheme: Scheme
    place: int
    name: str


class Member(Value):
    """A file inside a container: the steps to it from the outermost one, and the sha256 of its bytes.

    A member that cannot be ingested has a `status` and a `reason` instead of its hash. `sidecar` is the
    content of the description that lies beside it, `around` are the places, in `Contents.around`, of those
    beside the archives that it lies in: these are no members, and what is said of them holds for theirs.
    `opened` says that all files inside it, if it is a container, are members too; of another one it is not
    known what it holds.
    """

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    steps: tuple[Step, ...]
    sha256: str = ""
    status: ReadStatus | None = None
    reason: str = ""
    sidecar: bytes | None = None
    around: tuple[int, ...] = ()
    opened: bool = False


class Contents(Value):
    """The members of a container. Mails and PDFs are documents themselves, archives are not.

    `kind` is None for a file that is no container. A container that is refused as a whole has a `status` and a
    `reason`, and no members. `around` are the contents of the descriptions of archives inside it. `opened` says that
    the members are all that it holds.
    """

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    kind: Scheme | None = None
    members: tuple[Member, ...] = ()
    around: tuple[bytes, ...] = ()
    status: ReadStatus | None = None
    reason: str = ""
    opened: bool = False


class ContainerError(CustomsLensError):
    """A container, or a member of one, that is refused: the status says why, the sentence what was met."""

    def __init__(self, status: ReadStatus, message: str) -> None:
        super().__init__(message)
        self.status: ReadStatus = status


class ShownNames:
    """Assigns unique names, safe for display, to the members of a container."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def give(self, name: str, place: int) -> str:
        """Return the display name of the member at a place: without control characters, truncated, and unique."""
        shown = _CONTROL.sub("\ufffd", name).replace("\\", "/").replace("::", "%3A%3A")
        shown = shown[-_LONGEST_NAME:].lstrip("/") if len(shown) > _LONGEST_NAME else shown
        if shown in self._given or not shown:
            shown = f"{shown}#{place}"
        self._given.add(shown)
        return shown
