"""Kinds of papers and distribution marks, with the words on covers that identify them."""

import re
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import StringConstraints, model_validator

from configs.labels import Label, LabelFinder, Labels, alternatives, fold
from configs.system.yamlfile import ConfigValue, load_yaml

KINDS_FILE = Path(__file__).with_name("kinds.yaml")

_NUMBER = re.compile(r"\b(?:n[o°]|nr|number|numero)\b\.?|°|\b[\divxl/.-]+\b")
Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]


class Kind(ConfigValue):
    """A kind of paper.

    `cues` are words of its header; `record` marks papers that tell of a meeting that is over, `enacted` those
    whose title tells their date ("Regulation ... of 25 October 2012"), `recitals` acts whose numbers in brackets before
    the first article are those of recitals, `titled` those whose name alone is a whole
    title ("Draft agenda"), `numbered` those that an office issues in a series of numbers ("Circular No. 7/2031").
    The label of a kind is a cue itself if it is known `by_name`. Papers of a kind that never `decides` tell of
    decisions of others; a `part` of another paper is named by its own title. `author` is who draws up such papers
    unless the cover names another. `media_types` make it the kind of all such files, `slides` that of PDF files whose
    pages are slides, `mail` that of pages with the head of a mail.
    """

    id: Id
    label: Label
    cues: Labels = Labels()
    record: bool = False
    enacted: bool = False
    recitals: bool = False
    titled: bool = False
    decides: bool = True
    numbered: bool = False
    by_name: bool = True
    part: bool = False
    slides: bool = False
    mail: bool = False
    author: str | None = None
    media_types: tuple[str, ...] = ()


class Distribution(ConfigValue):
    """A distribution mark and the access class that it means."""

    access: Literal["public", "restricted"]
    marks: Labels


class Kinds(ConfigValue):
    """All kinds of papers, the beginnings of lines that are no titles, and the distribution marks.

    `unions` are the marks in the numbers of their acts, those of one union in several languages together.

    The words that stand around the name of a kind are those of the sentences and titles in which a paper names itself.
    A pattern is for folded text.
    """

    version: str
    kinds: tuple[Kind, ...]
    unions: tuple[tuple[str, ...], ...] = ()
    form_lines: Labels = Labels()
    demonstratives: Labels = Labels()
    submitted: Labels = Labels()
    purposes: Labels = Labels()
    prepositions: Labels = Labels()
    conjunctions: Labels = Labels()
    distributions: tuple[Distribution, ...] = ()

    @model_validator(mode="after")
    def _unique(self) -> Self:
        ids = [kind.id for kind in self.kinds]
        double = {kind for kind in ids if ids.count(kind) > 1}
        if double:
            raise ValueError(f"kind stands twice: {', '.join(sorted(double))}")
        return self

    def get(self, kind_id: str) -> Kind | None:
        """Return the kind with this id."""
        return next((kind for kind in self.kinds if kind.id == kind_id), None)

    def cues_in(self, text: str) -> Iterator[tuple[Kind, int, int]]:
        """Yield the kinds whose cues stand in a header line, in order, with the offsets of the cue."""
        yield from self._cues.find(text)

    def is_mere_number(self, folded: str) -> bool:
        """Return whether only a number follows the name of a kind: "Decision No. 2"."""
        return not _NUMBER.sub("", folded).strip(" .,:;()/-")

    def of_media_type(self, media_type: str) -> Kind | None:
        """Return the kind of files of this type."""
        return next((kind for kind in self.kinds if media_type in kind.media_types), None)

    @property
    def of_slides(self) -> Kind | None:
        """The kind of slides."""
        return next((kind for kind in self.kinds if kind.slides), None)

    @property
    def of_mail(self) -> Kind | None:
        """The kind of messages."""
        return next((kind for kind in self.kinds if kind.mail), None)

    def access(self, mark: str) -> str | None:
        """Return the access class that a distribution mark means."""
        wanted = fold(mark).strip()
        return next((d.access for d in self.distributions if wanted in map(fold, d.marks)), None)

    @cached_property
    def marks(self) -> re.Pattern[str]:
        """The distribution marks, to be sought in folded text."""
        return LabelFinder((mark, d) for d in self.distributions for mark in d.marks).pattern

    @cached_property
    def forms(self) -> re.Pattern[str]:
        """The form lines, to be matched at the start of folded text."""
        return LabelFinder((line, line) for line in self.form_lines).pattern

    @cached_property
    def this(self) -> re.Pattern[str]:
        """Words before the kind by which a paper refers to itself, "in this Guide", with the space after them."""
        return re.compile(rf"\b{alternatives(self.demonstratives)}\s+")

    @cached_property
    def handed_in(self) -> re.Pattern[str]:
        """What follows the form of a paper: "Draft resolution submitted by the Chair"."""
        return re.compile(rf" {alternatives(self.submitted)} ")

    def is_purpose(self, before: str) -> bool:
        """Return whether the folded words before a kind state the purpose of the paper: "For decision"."""
        return before in self._purposes

    @cached_property
    def _purposes(self) -> frozenset[str]:
        return frozenset(f"{fold(word)} " for word in self.purposes)

    @cached_property
    def matter(self) -> re.Pattern[str]:
        """What may follow a kind of one word before the subject of the paper, "Report on", or its number."""
        return re.compile(rf" (?:\(|\d|no\b|n°|{alternatives(self.prepositions)})")

    @cached_property
    def joint(self) -> re.Pattern[str]:
        """Words between two kinds of one paper: "Decisions and ..."."""
        return re.compile(rf",? {alternatives((*self.conjunctions, '&'))} |, ")

    @cached_property
    def _cues(self) -> LabelFinder[Kind]:
        return LabelFinder(
            (cue, kind)
            for kind in self.kinds
            for cue in {fold(cue) for cue in (*(kind.label if kind.by_name else ()), *kind.cues)}
        )


@cache
def load_kinds() -> Kinds:
    """Return the kinds that ship with the product."""
    return load_yaml(KINDS_FILE, Kinds)
