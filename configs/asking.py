"""Question openings ("what is said about …") by language, which searches ignore."""

import re
from functools import cache, cached_property
from pathlib import Path

from configs.patterns import Pattern
from configs.system.yamlfile import ConfigValue, load_yaml

SHIPPED = Path(__file__).with_name("asking.yaml")


class AskingRules(ConfigValue):
    """Regular expressions by ISO 639-1 code; they match where a query begins, in any case."""

    version: str
    languages: dict[str, tuple[Pattern, ...]]

    @cached_property
    def _opening(self) -> re.Pattern[str]:
        every = (pattern.replace(" ", r"\s+") for patterns in self.languages.values() for pattern in patterns)
        return re.compile(rf"\W*+(?:{'|'.join(every)})(?!\w)", re.IGNORECASE)

    def end_in(self, query: str) -> int:
        """Return the end of the opening of a query, 0 where it has none."""
        match = self._opening.match(query)
        return match.end() if match else 0


@cache
def load_asking(path: Path = SHIPPED) -> AskingRules:
    """Return the rules of a file; raises as `load_yaml` does."""
    return load_yaml(path, AskingRules)
