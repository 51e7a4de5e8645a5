"""Determines the subject of each sentence: the administration, group or region that it is about, if any.

The words that tell are data (`configs/subjects.yaml`), the names come from the matcher. How they weigh is decided here:

1. What is said is of whom it names: "the Secretariat noted that Nigeria …" speaks of Nigeria; where it names nobody, it
   is the speaker's own. What one administration says of another is nobody's.
2. What stands first in the clause is its subject: a name; words for everybody ("Members", "several countries") or
   an impersonal turn, which make it speak of nobody; words that stand in for a name ("it", "the administration").
   A meeting or its secretariat, and an organisation, give way to a name behind them.
3. Names in a phrase that is aside ("with the support of Japan, …", "such as Kenya") are passed over.
   So are those of a person's office ("…, former President of Niger") and of an agreement ("the Japan–Singapore FTA").
4. Names that are joined ("Kenya and Uganda exchange …") count all.
5. A group that lends something its name ("the ASEAN Single Window") gives way to the country in question. Its members
   ("Member States") are the group, where the headings or the title name one.
6. A stand-in, and a sentence with none of these, is of the one spoken of before in its paragraph (in its passage,
   where that names one country alone), unless another country was named since; else of the one of the headings above,
   the nearest first; else of the author, who submitted the paper; else of the country that the title names; else of the
   one country that its passage names more than once. A heading that names two is of nobody.
7. A rule for traders ("the importer shall lodge …") is nobody's state, whomever it names.
8. The name of a system names nobody (the gazetteer has none), unless a country's name is part of it.
9. An act is its author's, whoever else is meant: what nothing else tells of, in "Customs Code of Senegal" or
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

Subjects: TypeAlias = Mapping[int, tuple[str, ...] | None]
"""Whom the sentences of a passage speak of, by the offset at which each begins: codes or ids, none for nobody.

None stands for a rule for traders: whatever it says is no state of anybody.
"""

_Subject: TypeAlias = tuple[str, ...]
_Kind: TypeAlias = Literal["name", "general", "members", "host", "stand-in"]

_OPENING_WORDS = 8
"""Words of a clause within which everybody or a stand-in is its subject."""
_WORDS_ASIDE = 4
"""Words between what opens a phrase that is aside and a name in it."""
_WORDS_TO_DUTY = 6
"""Words between a trader and what the trader has to do: "declarants at the border shall"."""
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
    """A candidate for the subject of a clause, as offsets into the sentence; `id` is that of a name.

    `lends`: a group that stands before a name of something, as in "the ASEAN Single Window".
    """

    kind: _Kind
    start: int
    end: int
    id: str | None = None
    lends: bool = False


@dataclass(slots=True)
class _State:
    """The context of a sentence: the subjects above its passage, and those mentioned before.

    `above` is the one of the headings, the author or the title, `group` the group among those, `only` the one country
    of the passage, `spoken_of` the last one spoken of, `named` the countries that were named since.
    """

    above: str | None = None
    group: str | None = None
    only: str | None = None
    spoken_of: _Subject = ()
    named: frozenset[str] = frozenset()

    def continued(self) -> _Subject:
        """Return the subject of a sentence without a name: None where another country was named in between."""
        if self.spoken_of:
            return self.spoken_of if self.named <= set(self.spoken_of) else ()
        above = self.above or self.only
        return (above,) if above and self.named <= {above} else ()


class SubjectFinder:
    """Finds the subjects of sentences. Not thread-safe, as the matcher is not."""

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
        found: list[Subjects] = []
        for passage in passages:
            above = [headings(heading, passage.language) for heading in reversed(passage.section)]
            named = [one for one in (*above, author, paper) if one]
            group = next((one for one in named if one in self._matcher.groups), None)
            chain = (one for one in (*above, author, None if paper in self._matcher.groups else paper) if one)
            state = _State(next(chain, None), group)
            language = self._languages.get(passage.language or "")
            spoken_of = self._of_passage(passage, language, state) if language else ()
            nobody = (act_of,) if act_of else ()
            found.append({start: nobody if one == () else one for start, one in spoken_of})
        return found

    def _of_passage(
        self, passage: Passage, language: "_Language", state: _State
    ) -> Iterator[tuple[int, _Subject | None]]:
        folded = fold(passage.text)
        countries = language.countries(folded, passage.entities)
        state.only = countries[0] if countries and len(countries) > 1 == len(set(countries)) else None
        before = 0
        for start, end in sentence_spans(passage.text, self._sentences):
            if "\n" in passage.text[before:start] and len(set(countries)) > 1:
                state.spoken_of, state.named = (), frozenset()
            before = end
            entities = [_shifted(one, start) for one in passage.entities if start <= one.start and one.end <= end]
            subject = language.subject(passage.text[start:end], folded[start:end], entities, state)
            yield start, None if language.is_for_traders(folded[start:end]) else subject

    def _only_one(self, text: str, language: str | None) -> str | None:
        """Return the only administration or group in a heading; None for several."""
        named = set(self._named(text, language))
        return named.pop() if len(named) == 1 else None

    def _author_of_act(self, title: str) -> str | None:
        """Return the first name in the title of an act; None for other titles."""
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
        self._and = re.compile(rf"\s*,?\s*(?:(?:{_any(words.joining)})\s+)?(?:(?:{_any(words.of)})[\s']*)?")
        between = rf"(?:\W+\w+){{0,{_WORDS_TO_THAT}}}?\W+"
        self._reporting = re.compile(rf"(?<!\w)(?:{_any(words.reporting)}){between}(?:{_any(words.that)})(?!\w)")
        binding = rf"(?:{_any(words.traders)})(?:\W+\w+){{0,{_WORDS_TO_DUTY}}}?\W+(?:{_any(words.duties)})(?!\w)"
        self._for_traders = re.compile(rf"(?<!\w){binding}|^\W*(?:{_any(words.instructions)})(?!\w)")
        office = rf"(?:{_any(words.offices)})(?:\W+\w+){{0,{_WORDS_ASIDE}}}\W+$"
        self._former = re.compile(rf"(?<!\w)(?:{_any(words.former)})\W+(?:\w+\W+){{0,2}}?{office}")
        self._office = re.compile(rf",\s*(?:\w+\W+)?{office}")

    def is_act(self, title: str) -> bool:
        """Return whether a title begins as that of an act, such as a law or a plan, with a capital letter."""
        starts = (start for _, start, _ in self._acts.find_folded(fold(title)) if title[start].isupper())
        return any(len(_WORD.findall(title, 0, start)) < _OPENING_WORDS for start in starts)

    def is_for_traders(self, folded: str) -> bool:
        """Return whether a sentence is an obligation of traders."""
        rule = self._for_traders.search(folded)
        return rule is not None and len(_WORD.findall(folded, 0, rule.start())) < _OPENING_WORDS

    def is_of_person(self, folded: str, start: int, *, is_speaker: bool = False) -> bool:
        """Return whether the name at `start` belongs to the office of a person; a speaker's counts if held once."""
        forms = (self._former,) if is_speaker else (self._former, self._office)
        return any(form.search(folded, max(0, start - _MOST_OFFICE), start) for form in forms)

    def countries(self, folded: str, entities: Sequence[Entity]) -> list[str]:
        """Return the countries that a folded passage names, each as often; those that stand aside are left out."""
        named = (one for one in entities if one.kind == "country")
        return [one.id for one in named if not self._is_aside(folded, _Cue("name", one.start, one.end))]

    def subject(self, text: str, folded: str, entities: Sequence[Entity], state: _State) -> _Subject:
        """Return the subject of a sentence, which is given folded too, and store it in `state`."""
        cues = self._candidates(text, folded, entities)
        names = {cue.id for cue in cues if cue.id}
        if len(names) == 1 and _is_heading(folded):
            (state.above,), state.spoken_of, state.named = names, (), frozenset()
            return state.continued()
        report = self._reporting.search(folded)
        told = report.end() if report else 0
        before = [cue for cue in cues if cue.start < told]
        speaker = self._clause(folded, before, 0, state, is_speaker=True) if report else ()
        said = [cue for cue in cues if cue.start >= told]
        subject = self._clause(folded, said, told, state, speaker)
        named = frozenset(cue.id for cue in cues if cue.id and not self._is_aside(folded, cue))
        since = frozenset() if named & {*speaker, *subject} else state.named
        state.spoken_of, state.named = speaker or subject, since | (named - self._groups)
        by_another = subject != speaker and any(cue.id in speaker for cue in before)
        return () if by_another else subject

    def _clause(
        self,
        folded: str,
        cues: Sequence[_Cue],
        start: int,
        state: _State,
        speaker: _Subject = (),
        *,
        is_speaker: bool = False,
    ) -> _Subject:
        """Return the subject of the clause that begins at `start`; `speaker` is the reported speaker, if any.

        With `is_speaker` it is the clause that introduces the speaker.
        """
        opened = self._opening_aside(folded, start)
        cues = [cue for cue in cues if cue.start >= opened]
        names = [cue for cue in cues if cue.kind == "name" and not self._is_aside(folded, cue, is_speaker=is_speaker)]
        for cue in cues:
            if cue.kind == "name":
                if cue in names:
                    return self._joined_to(folded, cue, names, speaker or state.continued())
            elif len(_WORD.findall(folded, opened, cue.start)) >= _OPENING_WORDS:
                continue
            elif cue.kind == "stand-in":
                return speaker or state.continued()
            elif cue.kind == "general":
                return ()
            elif cue.kind == "members":
                return (state.group,) if state.group else ()
            else:
                behind = [name for name in names if name.start > cue.start]
                return self._joined_to(folded, behind[0], behind, ()) if behind else ()
        return speaker or state.continued()

    def _joined_to(self, folded: str, name: _Cue, names: Sequence[_Cue], context: _Subject) -> _Subject:
        """Return the subjects for a name and the names joined to it.

        A group that lends something its name stands for the country in question, where there is one in `context`.
        """
        if name.lends and context and self._groups.isdisjoint(context):
            return context
        found, end = [name.id or ""], name.end
        for other in names:
            if other.start > end and self._and.fullmatch(folded, end, other.start):
                found.append(other.id or "")
                end = other.end
        return tuple(dict.fromkeys(found))

    def _candidates(self, text: str, folded: str, entities: Sequence[Entity]) -> list[_Cue]:
        """Return the candidates for the subject, in order; a noun that belongs to an adjacent name is left out."""
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
        """Return whether a noun belongs to a name: "the Customs of Kenya", "la douane kényane", "Kenya's Customs"."""
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
