"""Features of a paper for the classifier: its kind, and whether it is about Customs."""

import re
from functools import cache, cached_property
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from configs.system.yamlfile import ConfigValue, load_yaml

SHIPPED = Path(__file__).with_name("paper_kinds.yaml")

PaperKind = Literal["unknown", "act", "model_law", "recommendation", "minutes", "strategy", "guide"]
PAPER_KINDS: tuple[PaperKind, ...] = get_args(PaperKind)
"""In the order of all arrays."""


class PaperContext(NamedTuple):
    """The kind of a paper, and whether its title and the headings above a passage have words of the field.

    `of_field` is None where there are neither.
    """

    kind: PaperKind = "unknown"
    of_field: bool | None = None


class PaperKinds(ConfigValue):
    """The patterns of each kind and of words of the field; `paper_kinds.yaml` explains how they count."""

    version: str
    field: str
    kinds: dict[PaperKind, str]

    @cached_property
    def _compiled(self) -> dict[PaperKind, re.Pattern[str]]:
        return {kind: re.compile(pattern, re.IGNORECASE) for kind, pattern in self.kinds.items()}

    @cached_property
    def _field(self) -> re.Pattern[str]:
        return re.compile(self.field, re.IGNORECASE)

    def words_of_field(self, text: str) -> int:
        """Return how often words of the field occur in a text."""
        return sum(1 for _ in self._field.finditer(text))

    def of(self, title: str | None, section: str | None, source: str | None) -> PaperContext:
        """Return the features from a paper's title, its file name and the headings above a passage."""
        name = re.sub(r"[_-]", " ", (source or "").rpartition("/")[2])
        texts = f"{title or ''} {name}", section or ""
        found = (kind for text in texts for kind, pattern in self._compiled.items() if pattern.search(text))
        headings = f"{title or ''} {section or ''}"
        return PaperContext(next(found, "unknown"), self.words_of_field(headings) > 0 if headings.strip() else None)


@cache
def load_paper_kinds(path: Path = SHIPPED) -> PaperKinds:
    """Return the validated patterns; raises `ConfigError` for a broken file."""
    return load_yaml(path, PaperKinds)
