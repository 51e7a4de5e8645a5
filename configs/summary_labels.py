"""The labels of the box on a working paper that says its purpose and what is asked of the body."""

import re
from functools import cached_property

from configs.labels import Labels, alternatives
from configs.system.yamlfile import ConfigValue


class SummaryLabels(ConfigValue):
    """Labels of both parts, and the words `of` before who is to act; all patterns are for folded text.

    A label that a narrow column broke begins with one of `begins` and ends with one of `breaks`.
    """

    purpose: Labels
    action: Labels
    of: Labels
    begins: Labels
    breaks: Labels

    @cached_property
    def purpose_label(self) -> re.Pattern[str]:
        """The label of the purpose, to be matched at the start of a text."""
        return re.compile(rf"{alternatives(self.purpose)}\b ?[:.-]? ?")

    @cached_property
    def action_label(self) -> re.Pattern[str]:
        """The label of what is asked, with who is asked, to be matched at the start of a text."""
        whom = rf"(?: {alternatives(self.of)} [a-z' /-]{{2,80}}?)?"
        return re.compile(rf"{alternatives(self.action)}{whom}(?: ?[:.]| ?$| ?(?=the |le |la |l'))")

    @cached_property
    def broken_label(self) -> re.Pattern[str]:
        """The first line of a broken label, to be matched on a whole text."""
        return re.compile(rf"{alternatives(self.begins)}\b[a-z ]{{0,40}} {alternatives(self.breaks)}")
