"""The words that stand before the symbol of another paper."""

import re
from functools import cached_property

from configs.labels import Labels
from configs.system.yamlfile import ConfigValue


class Citations(ConfigValue):
    """Words before symbols; all patterns are for text as it is printed, whatever its case.

    `documents` and `citing` introduce another paper, unless one of `own_documents` stands before a document
    ("informal document"). A paper may be one of the `annexes` to the paper whose symbol follows `annex_links`.
    """

    documents: Labels
    citing: Labels
    own_documents: Labels
    annexes: Labels
    annex_links: Labels

    @cached_property
    def leading_document(self) -> re.Pattern[str]:
        """A word for a document that leads a symbol, to be matched at the start of a text as it is printed."""
        return re.compile(rf"^{_printed(self.documents)}(?:(?<=\.)|(?!\w))\s*(?:no\.?\s*)?", re.IGNORECASE)

    @cached_property
    def after_document(self) -> re.Pattern[str]:
        """A word for a document at the end of a text as it is printed: a number behind it is a symbol."""
        return re.compile(rf"\b{_printed(self.documents)}[ \xa0]{{1,3}}(?:no\.?[ \xa0]{{0,2}}|n° ?)?$", re.IGNORECASE)

    @cached_property
    def citation(self) -> re.Pattern[str]:
        """What introduces another paper, at the end of a text as it is printed."""
        own = "".join(rf"(?<!{re.escape(word)} )" for word in self.own_documents)
        words = rf"{own}\b{_printed(self.documents)}|\b{_printed(self.citing)}"
        return re.compile(rf"(?:{words}|[(\[])[ \xa0:]{{0,3}}$", re.IGNORECASE)

    @cached_property
    def own_annex(self) -> re.Pattern[str]:
        """What calls the paper an annex to the one whose symbol follows, at the end of a text as it is printed."""
        link = rf"\b{_printed(self.annex_links)}[ \xa0]{_printed(self.documents)}[ \xa0]{{0,3}}$"
        return re.compile(rf"\b{_printed(self.annexes)}\b.{{0,20}}{link}", re.IGNORECASE)


def _printed(labels: Labels) -> str:
    forms = sorted(set(labels), key=len, reverse=True)
    return "(?:" + "|".join(map(re.escape, forms)) + ")"
