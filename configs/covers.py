"""Words and patterns that identify the parts of a cover, read from `covers.yaml`."""

import re
from functools import cache, cached_property
from pathlib import Path

from configs.labels import LabelFinder, Labels, alternatives, fold
from configs.system.yamlfile import ConfigValue, load_yaml

COVERS_FILE = Path(__file__).with_name("covers.yaml")


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
        """Default titles of programs, to be matched on a whole text."""
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
        """The end of a title that continues in the next line."""
        words = alternatives((*self.joints, *self.articles))
        return re.compile(rf"(?:(?:^|(?<=[\s'])){words}|[-:,\u2013])$")

    @cached_property
    def goes_on(self) -> re.Pattern[str]:
        """The beginning of a continuation line, to be matched at its start."""
        return re.compile(rf"{alternatives(self.joints)}(?=[\s']|$)")


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
        """Words before a citation of another paper, at the end of a text as it is printed."""
        own = "".join(rf"(?<!{re.escape(word)} )" for word in self.own_documents)
        words = rf"{own}\b{_printed(self.documents)}|\b{_printed(self.citing)}"
        return re.compile(rf"(?:{words}|[(\[])[ \xa0:]{{0,3}}$", re.IGNORECASE)

    @cached_property
    def own_annex(self) -> re.Pattern[str]:
        """Words that make the paper an annex to the one whose symbol follows, at the end of a text as it is printed."""
        link = rf"\b{_printed(self.annex_links)}[ \xa0]{_printed(self.documents)}[ \xa0]{{0,3}}$"
        return re.compile(rf"\b{_printed(self.annexes)}\b.{{0,20}}{link}", re.IGNORECASE)


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
        """Words for an agenda that is not adopted yet."""
        return re.compile(rf"\b{alternatives(self.provisional_agendas)}\b")

    @cached_property
    def salutation(self) -> re.Pattern[str]:
        """Words before the addressees of a letter, to be matched at the start of folded text."""
        return LabelFinder((form, form) for form in self.salutations).pattern

    def is_contents(self, line: str) -> bool:
        """Return whether this line heads a list of contents."""
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


def _printed(labels: Labels) -> str:
    forms = sorted(set(labels), key=len, reverse=True)
    return "(?:" + "|".join(map(re.escape, forms)) + ")"
