"""Defaults that a configured source gives for all its documents."""

import hashlib
import json
from dataclasses import dataclass

from configs.sources import SourceConfig
from extractors.document import Document

_DIGITS = 16


@dataclass(frozen=True)
class SourceDefaults:
    """The body for documents whose paper and sidecar give none, and the access class that restricts all documents.

    `pipelines.sources.source` describes how the class combines with others.
    """

    body: str | None = None
    access: str | None = None

    @property
    def mark(self) -> str:
        """A text that identifies these defaults; documents with other defaults are read again; "" without defaults.

        The metadata digest of a source (`Source.description`) begins with it.
        """
        given = self._given()
        return f"{hashlib.sha256(json.dumps(given).encode()).hexdigest()[:_DIGITS]}:" if given else ""

    def apply(self, document: Document) -> Document:
        """Return a document with the default body if it has none."""
        if self.body is None or document.body is not None:
            return document
        return document.model_copy(update={"body": self.body})

    def _given(self) -> dict[str, str]:
        return {name: value for name, value in vars(self).items() if value}


def defaults_of(config: SourceConfig) -> SourceDefaults:
    """Return the defaults of a configured source."""
    return SourceDefaults(config.body, config.access)
