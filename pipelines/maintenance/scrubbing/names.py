"""Which documents have names that hold secrets, what they are called without, and texts without their old names."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from configs.redaction import is_secret, redact, without_secrets
from extractors.document import Document, Passage, document_id

_ID = re.compile(r"\b[0-9a-f]{16}\b")


@dataclass(frozen=True)
class Names:
    """Documents that have new names: their new ids by the old ones, and their old sources by the old ids."""

    ids: Mapping[str, str]
    sources: Mapping[str, str]

    @classmethod
    def of(cls, sources: Iterable[tuple[str, str]]) -> "Names":
        """Return the new names of those of some documents (ids and sources) whose names hold secrets."""
        old = {identifier: source for identifier, source in sources if is_secret(source)}
        return cls({identifier: document_id(without_secrets(source)) for identifier, source in old.items()}, old)

    def groups(self) -> dict[str, list[str]]:
        """Return the old ids by the new one: a paper that was signed twice has two."""
        groups: dict[str, list[str]] = defaultdict(list)
        for old, new in self.ids.items():
            groups[new].append(old)
        return groups

    def text(self, text: str) -> str:
        """Return a text with the new names."""
        return _ID.sub(lambda match: self.ids.get(match[0], match[0]), redact(text))

    def source(self, old: str) -> str:
        """Return the new source of a document by its old id."""
        return without_secrets(self.sources[old])

    def document(self, document: Document) -> Document:
        """Return a document under its new name, its passages and tags too."""
        old = document.id
        new, source = self.ids[old], self.source(old)
        return document.model_copy(
            update={
                "id": new,
                "key": new if document.key == old else document.key,
                "source": source,
                "parent": document.parent and without_secrets(document.parent),
                "warnings": tuple(self.text(one.replace(document.source, source)) for one in document.warnings),
                "passages": self.passages(document.passages, old),
            }
        )

    def passages(self, passages: Iterable[Passage], old: str) -> tuple[Passage, ...]:
        """Return the passages of a document, and their tags, under its new name."""
        new = self.ids[old]

        def named(name: str) -> str:
            return new + name.removeprefix(old) if name.startswith(old) else name

        return tuple(
            passage.model_copy(
                update={
                    "id": named(passage.id),
                    "maturity": tuple(tag.model_copy(update={"id": named(tag.id)}) for tag in passage.maturity),
                }
            )
            for passage in passages
        )


def cleaned(value: Any, names: Names) -> Any:  # noqa: ANN401 - any JSON value
    """Return the counts of a run, any JSON value, without secrets."""
    if isinstance(value, dict):
        source = value.get("source")
        if isinstance(source, str) and is_secret(source):  # what says why it failed begins with its name
            value = {name: _replaced(one, source, without_secrets(source)) for name, one in value.items()}
        return {name: cleaned(one, names) for name, one in value.items()}
    if isinstance(value, list):
        return [cleaned(one, names) for one in value]
    return names.text(value) if isinstance(value, str) else value


def _replaced(value: Any, old: str, new: str) -> Any:  # noqa: ANN401 - any JSON value
    return value.replace(old, new) if isinstance(value, str) else value
