"""What kind of paper a passage is from, as far as that tells what its sentences claim."""

import re
from functools import cache, cached_property
from pathlib import Path
from typing import Literal, get_args

from configs.system.yamlfile import ConfigValue, load_yaml

SHIPPED = Path(__file__).with_name("paper_kinds.yaml")

PaperKind = Literal["unknown", "act", "model_law", "recommendation", "minutes", "strategy", "guide"]
PAPER_KINDS: tuple[PaperKind, ...] = get_args(PaperKind)
"""In the order of all arrays."""


class PaperKinds(ConfigValue):
    """The patterns of each kind; `paper_kinds.yaml` explains how they count."""

    version: str
    kinds: dict[PaperKind, str]

    @cached_property
    def _compiled(self) -> dict[PaperKind, re.Pattern[str]]:
        return {kind: re.compile(pattern, re.IGNORECASE) for kind, pattern in self.kinds.items()}

    def of(self, title: str | None, section: str, source: str | None) -> PaperKind:
        """Return the kind of paper by its title and file name, else by the headings above a passage."""
        name = re.sub(r"[_-]", " ", (source or "").rpartition("/")[2])
        for text in (f"{title or ''} {name}", section):
            for kind, pattern in self._compiled.items():
                if pattern.search(text):
                    return kind
        return "unknown"


@cache
def load_paper_kinds(path: Path = SHIPPED) -> PaperKinds:
    """Return the validated patterns; raises `ConfigError` for a broken file."""
    return load_yaml(path, PaperKinds)
