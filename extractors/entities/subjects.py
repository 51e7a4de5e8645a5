"""Which administration, group or region each sentence of a document speaks of, if any.

The words that tell are data (`configs/subjects.yaml`), the names come from the matcher. How they weigh is decided here:

1. What is said outranks who says it: "the delegate of Ghana noted that Nigeria …" speaks of Nigeria; where
   what is said names nobody, it is the speaker's own.
2. What stands first in the clause is its subject: a name; words for everybody ("Members", "several countries") or
   an impersonal turn, which make it speak of nobody; words that stand in for a name ("it", "the administration").
   A meeting or its secretariat, and an organisation, give way to a name behind them.
3. Names in a phrase that is aside ("with the support of Japan, …", "such as Kenya") are passed over.
   So are those of a person's office ("…, former President of Niger") and of an agreement ("the Japan–Singapore FTA").
4. Of names that are joined ("Kenya and Uganda exchange …") the first counts.
5. A group that lends something its name ("the ASEAN Single Window") gives way to the country in question. Its members
   ("Member States") are the group, where the headings or the title name one.
6. A stand-in is the one spoken of last, in this passage or the one before under the same heading; else the one of
   the headings above, the nearest first; else the one that submitted the paper; else the only country of the passage.
7. A sentence with none of these goes on about the one spoken of last in its paragraph, else of the headings', else
   of the passage. A heading that names two is of nobody.
8. An act is its author's, whoever else is meant: what nothing else tells of, in "Customs Code of Senegal" or
   "Regulation (EU) …", is Senegal's or the EU's.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal, NamedTuple, TypeAlias

from configs.gazetteer import SUBJECTS
from configs.labels import LabelFinder, fold
from configs.sentences import SentenceRules
from configs.subjects import SubjectConfig, SubjectWords
from extractors.document import Entity, Passage
from extractors.entities.matcher import EntityMatcher
from extractors.text.sentences import sentence_spans

Subjects: TypeAlias = Mapping[int, str | None]
"""What the sentences of a passage speak of, by the offset at which each begins: a code, an id, or None for nobody."""

_Kind: TypeAlias = Literal["name", "general", "members", "host", "stand-in"]

_OPENING_WORDS = 8
"""Words of a clause within which everybody or a stand-in is its subject."""
_WORDS_ASIDE = 4
"""Words between what opens a phrase that is aside and a name in it."""
_WORDS_TO_THAT = 9
"""Words between a reporting verb and the word that opens what is said: "informed the … Committee that"."""
_MOST_HEADING_WORDS = 8
_MOST_OFFICE = 120
"""Characters before a name in which an office is looked for."""
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_LENT = re.compile(r"[ -](?=[A-ZÀ-ÖØ-Þ])")
"""What stands between a group and what bears its name."""
_SENTENCE_END = (".", ";", ":", "!", "?", "…", ",")


class _Cue(NamedTuple):
    """What may be the subject of a clause, as offsets into the sentence; `id` is that of a name.

    `lends`: a group that stands before a name of something, as in "the ASEAN Single Window".
    """

    kind: _Kind
    start: int
    end: int
    id: str | None = None
    lends: bool = False


@dataclass(slots=True)
class _State:
    """Who was spoken of last, in which paragraph, and the one of the headings, of the passage and of the paper."""

    spoken_of: str | None = None
    in_paragraph: bool = False
    heading: str | None = None
    submitted_by: str | None = None
    passage: str | None = None
    group: str | None = None

    def stood_for(self) -> str | None:
        return self.spoken_of or self.heading or self.submitted_by or self._of_passage()

    def continued(self) -> str | None:
        return (self.spoken_of if self.in_paragraph else None) or self.heading or self._of_passage()

    def _of_passage(self) -> str | None:
        """Return the country of the passage, unless its paragraph spoke of nobody just before."""
        return None if self.in_paragraph and self.spoken_of is None else self.passage


class SubjectFinder:
    """Tells of whom sentences speak. Not for several threads at once, as the matcher is not."""

    def __init__(self, config: SubjectConfig, sentences: SentenceRules, matcher: EntityMatcher) -> None:
        self._languages = {code: _Language(words, matcher.groups) for code, words in config.languages.items()}
        self._sentences, self._matcher = sentences, matcher

    def find(
        self, passages: Sequence[Passage], submitted_by: str | None = None, title: str | None = None
    ) -> list[Subjects]:
        """Return the subjects of each passage of one document, whose entities are known.

        `submitted_by` is the name on the cover, `title` that of the paper. In languages without words nothing has a
        subject.
        """
        headings = cache(self._only_one)
        author = headings(submitted_by, None) if submitted_by else None
        paper = headings(title, None) if title else None
        act_of = self._author_of_act(title) if title else None
        state = _State(submitted_by=author)
        section: tuple[str, ...] | None = None
        found: list[Subjects] = []
        for passage in passages:
            if passage.section != section:
                section = passage.section
                named = list(filter(None, (headings(heading, passage.language) for heading in reversed(section))))
                groups = (one for one in (*named, paper) if one in self._matcher.groups)
                state = _State(heading=next(iter(named), None), submitted_by=author, group=next(groups, None))
            language = self._languages.get(passage.language or "")
            spoken_of = self._of_passage(passage, language, state) if language else ()
            found.append({start: one or act_of for start, one in spoken_of})
        return found

    def _of_passage(self, passage: Passage, language: "_Language", state: _State) -> Iterator[tuple[int, str | None]]:
        folded = fold(passage.text)
        state.in_paragraph = False
        state.passage = language.only_country(folded, passage.entities)
        before = 0
        for start, end in sentence_spans(passage.text, self._sentences):
            if "\n" in passage.text[before:start]:
                state.in_paragraph = False
            before = end
            entities = [_shifted(one, start) for one in passage.entities if start <= one.start and one.end <= end]
            yield start, language.subject(passage.text[start:end], folded[start:end], entities, state)

    def _only_one(self, text: str, language: str | None) -> str | None:
        """Return the one administration or group that a heading names; None for several."""
        named = set(self._named(text, language))
        return named.pop() if len(named) == 1 else None

    def _author_of_act(self, title: str) -> str | None:
        """Return whom the title of an act names first; None for a title of anything else."""
        is_act = any(one.is_act(title) for one in self._languages.values())
        return next(self._named(title, None), None) if is_act else None

    def _named(self, text: str, language: str | None) -> Iterator[str]:
        """Yield the administrations and groups that a heading names, without those of persons' offices."""
        folded = fold(text)
        for one in self._matcher.find(text, language):
            of_group = self._matcher.groups_by_instrument.get(one.id) if one.kind == "instrument" else None
            if (one.kind in SUBJECTS or of_group) and not any(
                words.is_of_person(folded, one.start) for words in self._languages.values()
            ):
                yield of_group or one.id


class _Language:
    """The words of one language, compiled."""

    def __init__(self, words: SubjectWords, groups: frozenset[str]) -> None:
        kinds: dict[_Kind, Iterable[str]] = {
            "general": words.general,
            "members": words.members,
            "host": words.hosts,
            "stand-in": words.stand_ins,
        }
        self._groups = groups
        self._cues = LabelFinder((word, kind) for kind, group in kinds.items() for word in group)
        self._aside = LabelFinder((word, None) for word in words.aside)
        self._acts = LabelFinder((word, None) for word in words.acts)
        self._of = re.compile(rf"[\s']*(?:(?:{_any(words.of)})[\s']*)?")
        between = rf"(?:\W+\w+){{0,{_WORDS_TO_THAT}}}?\W+"
        self._reporting = re.compile(rf"(?<!\w)(?:{_any(words.reporting)}){between}(?:{_any(words.that)})(?!\w)")
        office = rf"(?:{_any(words.offices)})(?:\W+\w+){{0,{_WORDS_ASIDE}}}\W+$"
        self._former = re.compile(rf"(?<!\w)(?:{_any(words.former)})\W+(?:\w+\W+){{0,2}}?{office}")
        self._office = re.compile(rf",\s*(?:\w+\W+)?{office}")

    def is_act(self, title: str) -> bool:
        """Return whether a title begins as that of an act, such as a law or a plan, with a capital letter."""
        starts = (start for _, start, _ in self._acts.find_folded(fold(title)) if title[start].isupper())
        return any(len(_WORD.findall(title, 0, start)) < _OPENING_WORDS for start in starts)

    def is_of_person(self, folded: str, start: int, *, is_speaker: bool = False) -> bool:
        """Return whether the name at `start` belongs to the office of a person; a speaker's counts if held once."""
        forms = (self._former,) if is_speaker else (self._former, self._office)
        return any(form.search(folded, max(0, start - _MOST_OFFICE), start) for form in forms)

    def only_country(self, folded: str, entities: Sequence[Entity]) -> str | None:
        """Return the one country that a folded passage names, None for several; who stands aside is not counted."""
        named = {
            one.id
            for one in entities
            if one.kind == "country" and not self._is_aside(folded, _Cue("name", one.start, one.end))
        }
        return named.pop() if len(named) == 1 else None

    def subject(self, text: str, folded: str, entities: Sequence[Entity], state: _State) -> str | None:
        """Return of whom a sentence speaks, which is given folded too, and remember it in `state`."""
        cues = self._found(text, folded, entities)
        names = {cue.id for cue in cues if cue.kind == "name"}
        if len(names) == 1 and _is_heading(folded):
            (state.heading,), state.spoken_of = names, None
            return state.heading
        report = self._reporting.search(folded)
        told = report.end() if report else 0
        before = [cue for cue in cues if cue.start < told]
        speaker = self._clause(folded, before, 0, state, is_speaker=True) if report else None
        said = [cue for cue in cues if cue.start >= told]
        subject = self._clause(folded, said, told, state, speaker)
        state.spoken_of, state.in_paragraph = speaker or subject, True
        return subject

    def _clause(
        self,
        folded: str,
        cues: Sequence[_Cue],
        start: int,
        state: _State,
        speaker: str | None = None,
        *,
        is_speaker: bool = False,
    ) -> str | None:
        """Return of whom a clause speaks that begins at `start`; `speaker` is who says it, where somebody does.

        With `is_speaker` it is the clause that says who speaks.
        """
        opened = self._opening_aside(folded, start)
        cues = [cue for cue in cues if cue.start >= opened]
        names = [cue for cue in cues if cue.kind == "name" and not self._is_aside(folded, cue, is_speaker=is_speaker)]
        for cue in cues:
            if cue.kind == "name":
                if cue in names:
                    return self._country_before(cue, speaker or state.continued())
            elif len(_WORD.findall(folded, opened, cue.start)) >= _OPENING_WORDS:
                continue
            elif cue.kind == "stand-in":
                return speaker or state.stood_for()
            elif cue.kind == "general":
                return None
            elif cue.kind == "members":
                return state.group
            else:
                return next((name.id for name in names if name.start > cue.start), None)
        return speaker or state.continued()

    def _country_before(self, name: _Cue, context: str | None) -> str | None:
        """Return whom a name stands for: the country in question before a group that lends its name."""
        return context if name.lends and context and context not in self._groups else name.id

    def _found(self, text: str, folded: str, entities: Sequence[Entity]) -> list[_Cue]:
        """Return what may be a subject, in order; a noun that belongs to a name beside it is left out."""
        names = [
            _Cue("name", one.start, one.end, one.id, one.id in self._groups and _LENT.match(text, one.end) is not None)
            for one in entities
            if one.kind in SUBJECTS
        ]
        names = [one for one in names if not any(_joined(folded, one, other) for other in names)]
        others = [_Cue("host", one.start, one.end) for one in entities if one.kind == "organisation"]
        taken = [*names, *others]
        for kind, start, end in self._cues.find_folded(folded):
            if any(start < one.end and one.start < end for one in taken):
                continue
            if not any(self._belongs(folded, start, end, name) for name in names):
                others.append(_Cue(kind, start, end))
        return sorted((*names, *others), key=lambda cue: cue.start)

    def _belongs(self, folded: str, start: int, end: int, name: _Cue) -> bool:
        """Tell whether a noun belongs to a name: "the Customs of Kenya", "la douane kényane", "Kenya's Customs"."""
        behind = end <= name.start and self._of.fullmatch(folded, end, name.start)
        return bool(behind) or (name.end <= start and not folded[name.end : start].strip(" '"))

    def _opening_aside(self, folded: str, start: int) -> int:
        """Return where a clause begins behind an opening phrase that is aside, which a comma ends."""
        first = next(self._aside.find_folded(folded[start:]), None)
        if first and not _WORD.search(folded, start, start + first[1]):
            return max(start, folded.find(",", start + first[2]))
        return start

    def _is_aside(self, folded: str, name: _Cue, *, is_speaker: bool = False) -> bool:
        if self.is_of_person(folded, name.start, is_speaker=is_speaker):
            return True
        for _, _, end in self._aside.find_folded(folded[: name.start]):
            between = folded[end : name.start]
            if len(_WORD.findall(between)) <= _WORDS_ASIDE and "," not in between:
                return True
        return False


def _any(words: Iterable[str]) -> str:
    longest_first = sorted(map(fold, words), key=len, reverse=True)
    return "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in longest_first)


def _joined(folded: str, name: _Cue, other: _Cue) -> bool:
    """Tell whether a hyphen alone stands between two names: "the Japan-Singapore agreement" is neither's."""
    return "-" in (folded[name.end : other.start], folded[other.end : name.start])


def _shifted(entity: Entity, by: int) -> Entity:
    return entity.model_copy(update={"start": entity.start - by, "end": entity.end - by})


def _is_heading(sentence: str) -> bool:
    return not sentence.endswith(_SENTENCE_END) and len(_WORD.findall(sentence)) <= _MOST_HEADING_WORDS
