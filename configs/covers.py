"""The words that label the parts of a cover, read from `covers.yaml`."""

import re
from functools import cache, cached_property
from pathlib import Path

from configs.labels import LabelFinder, Labels, fold
from configs.yamlfile import ConfigValue, load_yaml

COVERS_FILE = Path(__file__).with_name("covers.yaml")


class Covers(ConfigValue):
    """Labels that stand before a colon, and the headings of lists of contents, under which no cover goes on.

    `inline` labels are sought inside lines too, just as they are printed here; `salutations` begin lines.
    """

    version: str
    subject: Labels
    labels: Labels
    cited: Labels = Labels()
    inline: Labels
    salutations: Labels = Labels()
    contents: Labels

    @cached_property
    def breaks(self) -> re.Pattern[str]:
        """Where a label stands inside a line of text that layout ran together; matches the space before it."""
        return re.compile(rf"(?<=\S) (?=(?:{'|'.join(map(re.escape, self.inline))}) ?:)")

    @cached_property
    def label(self) -> re.Pattern[str]:
        """A label and its colon, to be matched at the start of folded text."""
        return _before_colon((*self.subject, *self.labels, *self.inline))

    @cached_property
    def bare_label(self) -> re.Pattern[str]:
        """A label by itself, to be matched on a whole folded line; one that is an abbreviation needs no colon."""
        short = "|".join(re.escape(fold(label)) for label in (*self.labels, *self.inline) if label.endswith("."))
        return re.compile(rf"{self.label.pattern}|{short or '(?!)'}")

    @cached_property
    def cited_label(self) -> re.Pattern[str]:
        """A label of other papers and its colon, to be matched at the start of folded text."""
        return _before_colon(self.cited)

    @cached_property
    def subject_label(self) -> re.Pattern[str]:
        """A label of the subject and its colon, to be matched at the start of folded text."""
        return _before_colon(self.subject)

    def is_salutation(self, line: str) -> bool:
        """Tell whether a line is the one of those whom a letter is to."""
        return self._salutations.match(fold(line)) is not None

    @cached_property
    def _salutations(self) -> re.Pattern[str]:
        return LabelFinder((form, form) for form in self.salutations).pattern

    def is_contents(self, line: str) -> bool:
        """Tell whether a list of contents stands under this line."""
        return re.sub(r"[\W\d]+", " ", fold(line)).strip() in self._contents

    @cached_property
    def _contents(self) -> frozenset[str]:
        return frozenset(map(fold, self.contents))


@cache
def load_covers() -> Covers:
    """Return the words that ship with the product; raises `ConfigError` where the file does not validate."""
    return load_yaml(COVERS_FILE, Covers)


def _before_colon(labels: tuple[str, ...] | Labels) -> re.Pattern[str]:
    forms = sorted(set(map(fold, labels)), key=len, reverse=True)
    return re.compile(rf"(?:{'|'.join(map(re.escape, forms))})\.? ?: ?")
