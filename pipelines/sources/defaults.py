"""What a configured source says of all its documents."""

import hashlib
import json
from dataclasses import dataclass

from configs.sources import SourceConfig
from extractors.document import Document

_DIGITS = 16


@dataclass(frozen=True)
class SourceDefaults:
    """The body of documents that neither their paper nor their sidecar gives one, and the class that closes them all.

    `pipelines.sources.source` has how the class meets the others.
    """

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
        """Return a document with the body that it lacks."""
        if self.body is None or document.body is not None:
            return document
        return document.model_copy(update={"body": self.body})

    def _given(self) -> dict[str, str]:
        return {name: value for name, value in vars(self).items() if value}


def defaults_of(config: SourceConfig) -> SourceDefaults:
    """Return what a configured source says of its documents."""
    return SourceDefaults(config.body, config.access)
