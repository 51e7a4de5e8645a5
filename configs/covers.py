"""The words by which the parts of a cover are known, read from `covers.yaml`."""

import re
from functools import cache, cached_property
from pathlib import Path

from configs.citations import Citations
from configs.labels import LabelFinder, Labels, alternatives, fold
from configs.summary_labels import SummaryLabels
from configs.system.yamlfile import ConfigValue, load_yaml
from configs.title_words import TitleWords

COVERS_FILE = Path(__file__).with_name("covers.yaml")


class PrintedLanguage(ConfigValue):
    """A language by its English name, and how covers print it; `alone` ones may stand before a word such as "only"."""

    name: str
    alone: bool = False
    forms: Labels
    abbreviations: tuple[str, ...] = ()


class Covers(ConfigValue):
    """Labels that stand before a colon, headings of lists of contents, under which no cover goes on, and other words.

    `inline` labels are sought inside lines too, just as they are printed here; `salutations` begin lines. What each
    of the others is stands in the file. A pattern is for folded text unless it says otherwise.
    """

    version: str
    subject: Labels
    labels: Labels
    cited: Labels = Labels()
    inline: Labels
    salutations: Labels = Labels()
    contents: Labels
    sender: Labels
    letterhead: Labels
    mail_head: Labels
    date: Labels
    distribution: Labels
    classification: Labels
    original_language: Labels
    only: Labels
    languages: tuple[PrintedLanguage, ...]
    submitted_by: Labels
    drafts: Labels
    revised: Labels
    revised_behind: Labels
    agenda: Labels
    provisional_agendas: Labels
    titles: TitleWords
    citations: Citations
    summary_box: SummaryLabels

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

    @cached_property
    def sender_line(self) -> re.Pattern[str]:
        """A line of the sender, whom the group `who` names."""
        return re.compile(rf"^{alternatives(self.sender)} ?: ?(?P<who>.{{3,150}})$")

    @cached_property
    def letterhead_label(self) -> re.Pattern[str]:
        """A label that only a letter has and its colon, to be matched at the start of a line."""
        return _with_colon(self.letterhead)

    @cached_property
    def mail_label(self) -> re.Pattern[str]:
        """A label of the head of a mail and its colon, to be matched at the start of a line."""
        return _with_colon(self.mail_head)

    @cached_property
    def date_label(self) -> re.Pattern[str]:
        """A label of the day, to be matched at the start of a line."""
        return re.compile(rf"{alternatives(self.date)}\b ?:? ?")

    @cached_property
    def distribution_label(self) -> re.Pattern[str]:
        """A label of the mark on who may read the paper."""
        classes = alternatives(self.classification)
        return re.compile(rf"\b(?:{alternatives(self.distribution)} ?:? ?|{classes} ?: ?)")

    @cached_property
    def distribution_line(self) -> re.Pattern[str]:
        """A label of that mark and its colon, which an abbreviation need not have, to be matched at a line's start."""
        forms = set(map(fold, self.distribution))
        words = [form for form in forms if not form.endswith(".")]
        short = [
            form
            for form in forms - set(words)
            if any(one.startswith(form[:-1]) and len(one) > len(form) for one in words)
        ]
        return re.compile(rf"(?:{alternatives(forms)} ?:|{alternatives(short)}) ?")

    @cached_property
    def language_mark(self) -> re.Pattern[str]:
        """What tells the original language: `names` behind a label, one before "only", or abbreviations behind "O."."""
        alone = [form for one in self.languages if one.alone for form in (*one.forms.en, *one.forms.fr)]
        abbreviations = alternatives(form for one in self.languages for form in one.abbreviations)
        joints = alternatives((",", "/", *self.titles.conjunctions))
        return re.compile(
            rf"\b{alternatives(self.original_language)} ?: ?"
            rf"(?P<names>[^\W\d_]{{3,12}}(?: ?{joints} ?[^\W\d_]{{3,12}}){{0,5}})"
            rf"|\b(?P<only>{alternatives(alone)}) {alternatives(self.only)}\b"
            rf"|(?<!\w)o\. ?(?P<short>{abbreviations}\.?(?: ?/ ?{abbreviations}\.?)?)(?!\w)"
        )

    def language(self, word: str) -> str | None:
        """Return the English name of the language that a folded word of a cover names."""
        return self._languages.get(word)

    @cached_property
    def _languages(self) -> dict[str, str]:
        return {fold(form): one.name for one in self.languages for form in (*one.forms, *one.abbreviations)}

    @cached_property
    def submitted_line(self) -> re.Pattern[str]:
        """A line of those who submit the paper, whom the group `who` names."""
        return re.compile(rf"^{alternatives(self.submitted_by)} ?:? (?:(?:the|la|le) |l')?(?P<who>.{{3,150}})$")

    @cached_property
    def draft(self) -> re.Pattern[str]:
        """A line of `who` submits a draft, and the `draft`: "Australia and Belize: draft resolution"."""
        return re.compile(rf"^(?P<who>.{{3,380}}?) ?\*{{0,3}} ?:[*, ]{{0,8}}{self._draft}[\d *]*$")

    @cached_property
    def sponsored(self) -> re.Pattern[str]:
        """The end of a line of those who submit a draft, with the colon behind them."""
        return re.compile(rf":[*, ]*{self._draft}[\d *]*$")

    @cached_property
    def _draft(self) -> str:
        behind = alternatives(self.revised_behind)
        return rf"(?:{alternatives(self.revised)} )?(?P<draft>{alternatives(self.drafts)}(?: {behind})?)"

    @cached_property
    def agenda_word(self) -> re.Pattern[str]:
        """A word for the agenda."""
        return re.compile(rf"\b{alternatives(self.agenda)}\b")

    @cached_property
    def provisional(self) -> re.Pattern[str]:
        """What calls an agenda one that is not adopted yet."""
        return re.compile(rf"\b{alternatives(self.provisional_agendas)}\b")

    @cached_property
    def salutation(self) -> re.Pattern[str]:
        """What stands before those whom a letter is to, to be matched at the start of folded text."""
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


def _with_colon(labels: Labels) -> re.Pattern[str]:
    return re.compile(rf"{alternatives(labels)} ?: ?")


def _before_colon(labels: tuple[str, ...] | Labels) -> re.Pattern[str]:
    forms = sorted(set(map(fold, labels)), key=len, reverse=True)
    return re.compile(rf"(?:{'|'.join(map(re.escape, forms))})\.? ?: ?")
