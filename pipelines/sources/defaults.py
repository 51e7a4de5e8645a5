"""What a configured source says of all its documents: it holds for those that do not say it themselves."""

import hashlib
import json
from dataclasses import dataclass

from extractors.document import Document

_DIGITS = 16


@dataclass(frozen=True)
class SourceDefaults:
    """Body and access class of documents that neither their paper nor their sidecar gives one."""

    body: str | None = None
    access: str | None = None

    @property
    def mark(self) -> str:
        """What tells these defaults from others, with which documents have to be read again; "" where there are none.

        The description of a source (`Source.description`) begins with it.
        """
        given = self._given()
        return f"{hashlib.sha256(json.dumps(given).encode()).hexdigest()[:_DIGITS]}:" if given else ""

    def apply(self, document: Document) -> Document:
        """Return a document with what it lacks."""
        lacking = {name: value for name, value in self._given().items() if getattr(document, name) is None}
        return document.model_copy(update=lacking) if lacking else document

    def _given(self) -> dict[str, str]:
        return {name: value for name, value in vars(self).items() if value}
