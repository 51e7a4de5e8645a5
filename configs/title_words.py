"""The words of titles, and those of lines on a cover that are none."""

import re
from functools import cached_property

from configs.labels import Labels, alternatives
from configs.system.yamlfile import ConfigValue


class TitleWords(ConfigValue):
    """Words of titles and of lines that are none; a pattern is for folded text unless it says otherwise.

    `casual` are whole lines that are no title, `untitled` what programs write where nobody gave a title, `programs`
    how it begins. `joints` and `articles` are words with which no title ends.
    """

    casual: Labels
    chapters: Labels
    articles_of_law: Labels
    untitled: Labels
    programs: Labels
    bylines: Labels
    conjunctions: Labels
    joints: Labels
    articles: Labels

    @cached_property
    def chapter(self) -> re.Pattern[str]:
        """The heading of a chapter, to be matched at the start of a line."""
        return re.compile(rf"{alternatives(self.chapters)} (?:\d|[ivxl]+\b)")

    @cached_property
    def article(self) -> re.Pattern[str]:
        """The heading of an article of a law, to be matched at the start of a line."""
        return re.compile(rf"{alternatives(self.articles_of_law)} \d")

    @cached_property
    def no_title(self) -> re.Pattern[str]:
        """What programs write where nobody gave a title, to be matched on a whole text."""
        return re.compile(rf"{alternatives(self.programs)} .*|{alternatives(self.untitled)}? ?\d*")

    @cached_property
    def byline(self) -> re.Pattern[str]:
        """The names of authors, to be matched at the start of a line as it is printed."""
        name, joints = r"[A-ZÀ-Ý][\w.'’-]*", alternatives((*self.conjunctions, "&"))
        return re.compile(
            rf"{alternatives(self.bylines)} {name}(?: {name}){{1,4}}(?:$|,| {joints} )", re.ASCII | re.IGNORECASE
        )

    @cached_property
    def unfinished(self) -> re.Pattern[str]:
        """How a title ends that goes on in the next line."""
        words = alternatives((*self.joints, *self.articles))
        return re.compile(rf"(?:(?:^|(?<=[\s'])){words}|[-:,\u2013])$")

    @cached_property
    def goes_on(self) -> re.Pattern[str]:
        """How a line begins that goes on from the one above, to be matched at its start."""
        return re.compile(rf"{alternatives(self.joints)}(?=[\s']|$)")
