"""Words for agendas, decisions and redactions in papers, read from `proceedings.yaml`."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from configs.labels import LabelFinder, Labels, fold
from configs.system.yamlfile import ConfigValue, load_yaml

PROCEEDINGS_FILE = Path(__file__).with_name("proceedings.yaml")


class Action(Labels):
    """An action that an agenda asks for, with the words of its marks; `id` is what filters name."""

    id: str


class VerbForms(ConfigValue):
    """Forms of one verb: `finite` ones stand alone, participles behind the auxiliary that they stand under."""

    finite: tuple[str, ...] = ()
    participle: dict[str, tuple[str, ...]] = Field(default={})

    def __iter__(self) -> Iterator[str]:  # type: ignore[override]  # forms, not fields
        """Give every form."""
        yield from self.finite
        for forms in self.participle.values():
            yield from forms


class DecisionVerb(ConfigValue):
    """A verb of decisions; `id` is what filters name, and several verbs may share one.

    Some ask somebody for something (`asks`; a chair who does it `politely` may only give the floor). Some decide only
    in the operative paragraphs of a resolution (`operative`) or of a declaration in the first person (`jointly`). The
    passive of some counts whoever it is about (`of_anybody`) or if it is about a body (`of_bodies`). What those decide
    that ask or plan (`plans`) may have a deadline.
    """

    id: str
    lemma: str
    asks: bool = False
    politely: bool = False
    operative: bool = False
    jointly: bool = False
    of_anybody: bool = False
    of_bodies: bool = False
    plans: bool = False
    en: VerbForms = VerbForms()
    fr: VerbForms = VerbForms()


@dataclass(frozen=True)
class Form:
    """A printed form of a verb: whether it stands alone, and the auxiliaries (folded) that it follows."""

    verb: DecisionVerb
    finite: bool
    auxiliaries: frozenset[str]


class Columns(ConfigValue):
    """Headers of the columns of an agenda table."""

    item: Labels
    title: Labels
    paragraphs: Labels
    actions: Labels


class Deadlines(ConfigValue):
    """Words of deadlines."""

    until: Labels = Labels()
    at: Labels = Labels()
    towards: Labels = Labels()
    parts: Labels = Labels()
    coming: Labels = Labels()
    meetings: Labels = Labels()
    events: Labels = Labels()
    within: Labels = Labels()
    units: Labels = Labels()
    counts: Labels = Labels()
    urgent: Labels = Labels()
    periods: Labels = Labels()


class AddresseeWords(ConfigValue):
    """Words around the addressees of decisions."""

    people: Labels = Labels()
    no_infinitives: Labels = Labels()
    clitics: Labels = Labels()
    infinitive_endings: Labels = Labels()
    behind: Labels = Labels()
    relatives: Labels = Labels()
    same: Labels = Labels()
    passives: Labels = Labels()
    phrases: Labels = Labels()
    prepositions: Labels = Labels()
    objects: Labels = Labels()


class Proceedings(ConfigValue):
    """All words of agendas, decisions, references and redactions, with the patterns made of them."""

    version: str
    actions: tuple[Action, ...]
    columns: Columns
    agenda_titles: Labels
    agenda_openings: Labels
    agenda_words: Labels
    item_words: Labels
    item_links: Labels
    ranges: Labels
    number_joints: Labels
    mark_separators: Labels
    decisions: tuple[DecisionVerb, ...]
    actors: Labels
    loose_actors: Labels = Labels()
    chairs: Labels = Labels()
    conclusions: Labels = Labels()
    statements: Labels = Labels()
    speakers: Labels = Labels()
    pronouns: Labels
    auxiliaries: dict[str, tuple[str, ...]]
    passives: Labels
    subjects: Labels
    asked: Labels = Labels()
    past_passives: Labels = Labels()
    adverbs: Labels
    conjunctions: Labels
    articles: Labels
    speaker_articles: Labels
    chair_articles: Labels
    agents: Labels
    manners: Labels
    that: Labels
    requests: Labels
    impersonal: Labels
    pluperfects: dict[str, str]
    subordinates: Labels
    openers: Labels
    name_prepositions: Labels
    possessives: Labels
    adjective_endings: Labels
    recalls: Labels
    floor_verbs: Labels = Labels()
    chair_pronouns: Labels = Labels()
    questions: Labels = Labels()
    followers: Labels = Labels()
    so_agreed: Labels = Labels()
    proposals: Labels = Labels()
    modals: Labels = Labels()
    conditions: Labels = Labels()
    duties: Labels = Labels()
    decision_labels: Labels = Labels()
    directive_words: Labels = Labels()
    us: Labels = Labels()
    declarers: Labels = Labels()
    duty_endings: Labels = Labels()
    preamble_endings: Labels = Labels()
    preamble_words: Labels = Labels()
    reminders: Labels = Labels()
    idioms: Labels = Labels()
    addressees: AddresseeWords = AddresseeWords()
    deadlines: Deadlines = Deadlines()
    decision_words: Labels
    deciding_bodies: Labels
    cited_paragraphs: Labels
    cited_annexes: Labels
    citing_links: Labels
    cited_joints: Labels
    cited_articles: Labels
    others_links: Labels
    redactions: Labels
    shadings: Labels = Labels()

    @model_validator(mode="after")
    def _unique(self) -> Self:
        for name, ids in (
            ("action", [action.id for action in self.actions]),
            ("decision", [verb.lemma for verb in self.decisions]),
        ):
            double = {one for one in ids if ids.count(one) > 1}
            if double:
                raise ValueError(f"{name} stands twice: {', '.join(sorted(double))}")
        named = {name for verb in self.decisions for forms in (verb.en, verb.fr) for name in forms.participle}
        if unknown := named - set(self.auxiliaries):
            raise ValueError(f"unknown auxiliary: {', '.join(sorted(unknown))}")
        return self

    def action(self, words: str) -> str | None:
        """Return the id of the action that a mark's words (or an id) name: `for decision`, `To take note`."""
        return self._actions.get(re.sub("^(?:for|to|pour) ", "", _plain(words)))

    def decision(self, words: str) -> str | None:
        """Return the id of the decision that a form of its verb (or an id) names: `endorse`, `took-note`."""
        return self._decisions.get(_plain(words))

    def column(self, cell: str) -> Literal["item", "title", "paragraphs", "actions"] | None:
        """Return which column of an agenda table a cell heads."""
        return self._columns.get(_plain(cell))

    def is_agenda_title(self, line: str) -> bool:
        """Return whether this line is the title of an agenda."""
        return _plain(line) in self._agenda_titles

    def opens_agenda(self, title: str) -> bool:
        """Return whether an item with this title is the first of an agenda."""
        return f"{_plain(title)} ".startswith(self._agenda_openings)

    @cached_property
    def verbs(self) -> LabelFinder[tuple[Form, ...]]:
        """A finder for forms of decision verbs; forms that several verbs share are grouped."""
        alone: dict[str, list[DecisionVerb]] = defaultdict(list)
        behind: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        named = {verb.lemma: verb for verb in self.decisions}
        for verb in self.decisions:
            for forms in (verb.en, verb.fr):
                for form in forms.finite:
                    alone[fold(form)].append(verb)
                for auxiliary, participles in forms.participle.items():
                    for participle in participles:
                        behind[fold(participle)][verb.lemma].update(map(fold, self.auxiliaries[auxiliary]))
        return LabelFinder(
            (
                printed,
                tuple(
                    Form(named[lemma], named[lemma] in alone[printed], frozenset(behind[printed][lemma]))
                    for lemma in dict.fromkeys([*(verb.lemma for verb in alone[printed]), *behind[printed]])
                ),
            )
            for printed in sorted({*alone, *behind})
        )

    @cached_property
    def redaction_marks(self) -> tuple[str, ...]:
        """The marks of redaction, folded."""
        return tuple(map(fold, (*self.redactions, *self.shadings)))

    @cached_property
    def shading_notes(self) -> tuple[str, ...]:
        """The marks of redaction for shaded text."""
        return tuple(map(fold, self.shadings))

    @cached_property
    def _actions(self) -> dict[str, str]:
        return {_plain(form): action.id for action in self.actions for form in (action.id, *action)}

    @cached_property
    def _decisions(self) -> dict[str, str]:
        return {_plain(form): verb.id for verb in self.decisions for form in (verb.id, verb.lemma, *verb.en, *verb.fr)}

    @cached_property
    def _columns(self) -> dict[str, Literal["item", "title", "paragraphs", "actions"]]:
        columns = self.columns
        names: dict[str, Literal["item", "title", "paragraphs", "actions"]] = {}
        names.update((_plain(form), "actions") for form in columns.actions)
        names.update((_plain(form), "paragraphs") for form in columns.paragraphs)
        names.update((_plain(form), "title") for form in columns.title)
        names.update((_plain(form), "item") for form in columns.item)
        return names

    @cached_property
    def _agenda_openings(self) -> tuple[str, ...]:
        return tuple(f"{_plain(opening)} " for opening in self.agenda_openings)

    @cached_property
    def _agenda_titles(self) -> frozenset[str]:
        return frozenset(map(_plain, self.agenda_titles))


@cache
def load_proceedings() -> Proceedings:
    """Return the words that ship with the product; raises `ConfigError` where the file does not validate."""
    return load_yaml(PROCEEDINGS_FILE, Proceedings)


def _plain(words: str) -> str:
    return " ".join(re.sub(r"[^\w'°/]+", " ", fold(words)).split())
