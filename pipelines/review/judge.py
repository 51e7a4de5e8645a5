"""Review: creates people's judgements on tags and themes, and lists earlier ones."""

import datetime as dt
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from configs.gazetteer import SUBJECTS, load_gazetteer
from configs.maturity import MaturityModel, load_model
from configs.settings import Settings
from configs.system.controls import showable
from configs.system.errors import UsageError
from configs.vocabulary import Vocabulary, load_vocabulary
from extractors.document import Document, MaturityTag, Modality, Passage, PassageTheme, Value
from extractors.judgements import Action, PassageTexts, passage_of
from extractors.maturity.judgements import TagJudgement, is_by_person, subject_in, tag_id
from extractors.themes.judgements import ThemeJudgement, theme_id, theme_of
from index.filters import AccessClasses
from index.judgements.store import AnyJudgement
from index.protocol import Engine
from index.results import PlacedJudgement
from pipelines.access.actors import shown_name
from pipelines.access.keys import LONGEST_NAME
from pipelines.review.themes import known_theme, newest_judgement, theme_judgement


class TagChange(Value):
    """New values for a tag: a field that is given replaces that of the tag, None empties it; others stay."""

    dimension: str | None = None
    level: str | None = None
    modality: Modality | None = None
    subject: str | None = None


NO_CHANGE = TagChange()
_LONGEST_SUBJECT = 500
"""Length limit of a subject, in characters."""


class PendingJudgement(NamedTuple):
    """A judgement that is not stored yet, and the judged tag or theme before it; None for an added one."""

    judgement: AnyJudgement
    judged: MaturityTag | PassageTheme | None


def judgements_for(
    settings: Settings,
    engine: Engine,
    action: Action,
    names: Sequence[str],
    author: str,
    *,
    access_classes: AccessClasses,
    change: TagChange = NO_CHANGE,
    quote: str | None = None,
    theme: str | None = None,
) -> tuple[PendingJudgement, ...]:
    """Return the judgements of a person on tags and themes, in the order of their names.

    A name is the id of a tag or of a theme of a passage; with the action `set` it may be that of a passage, whose words
    in `quote` get a tag, or which gets the theme `theme`. `author` is a stored actor. Raises `UsageError` for an
    unknown name, or one that the reviewer may not see, for a value outside the maturity model or the vocabulary, and
    for an invalid author or subject.
    """
    refuse_nobody(author)
    if change.subject and not _is_name(change.subject, _LONGEST_SUBJECT):
        message = f"'{showable(change.subject[:LONGEST_NAME])}' is no name of an administration"
        raise UsageError(message, f"give a code, or a name of at most {_LONGEST_SUBJECT} characters on one line")
    if theme is not None and (change.model_fields_set or quote is not None):
        raise UsageError(
            "a theme is of a whole passage", "leave out quote and change, or give them in another judgement"
        )
    speaker = _JudgementBuilder(settings, action, author, change, quote, theme)
    return tuple(speaker.judgement_for(engine, name, access_classes) for name in names)


def is_unjudged(known: MaturityTag | PassageTheme) -> bool:
    """Return whether a tag, accepted or not, or a suggested theme has no judgement and can be reviewed."""
    return not is_by_person(known.by) if isinstance(known, MaturityTag) else known.status == "suggested"


def refuse_nobody(author: str) -> None:
    """Raise `UsageError` for an actor without a valid name."""
    named = shown_name(author)
    if not _is_name(named, LONGEST_NAME) or not is_by_person(named):
        raise UsageError(f"'{showable(named[:LONGEST_NAME])}' is no name of a person", "name yourself with --author")


def history(engine: Engine, name: str | None = None, *, access_classes: AccessClasses) -> tuple[PlacedJudgement, ...]:
    """Return the judgements of a tag, a passage or a document by its id, or all of them, newest first.

    Only those of papers that the reader may see; see `Engine.judgements`. Each has the current passage of its words; it
    has no anchor if the words no longer exist.
    """
    judgements = [
        one for one in engine.judgements(access_classes=access_classes) if name is None or _is_about(one, name)
    ]
    return tuple(reversed(judgements))


class _JudgementBuilder:
    """Creates the judgements of one person at one time."""

    def __init__(
        self, settings: Settings, action: Action, author: str, change: TagChange, quote: str | None, theme: str | None
    ) -> None:
        self._action, self._author, self._change, self._quote = action, author, _coded(change, settings), quote
        self._settings, self._theme = settings, theme
        self._model = load_model(settings.model) if action == "set" else None
        self._at = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
        self._last: Document | None = None

    def judgement_for(self, engine: Engine, name: str, access_classes: AccessClasses) -> PendingJudgement:
        """Return the judgement on one tag, theme or passage."""
        document = self._paper(engine, passage_of(name).rpartition("-")[0], access_classes)
        passages = document.passages if document else ()
        passage = next((one for one in passages if one.id == passage_of(name)), None)
        if document is None or passage is None:
            raise unknown(name)
        if self._theme is not None:
            return PendingJudgement(self._added(document, passage, name, self._theme), None)
        if self._model and name == passage.id:
            return PendingJudgement(self._new(document, passage, self._model), None)
        tag = next((one for one in passage.maturity if one.id == name), None)
        if tag is None and (theme := theme_of(name)):
            known = [one for one in passage.themes if one.id == theme]
            known.sort(key=is_unjudged, reverse=True)
            return PendingJudgement(
                self._of_theme(engine, document, passage, theme, access_classes), next(iter(known), None)
            )
        if tag is None:
            raise unknown(name)
        changed = _changed(tag, self._change, self._model) if self._model else tag
        return PendingJudgement(self._of(document, passage, changed), tag)

    def _paper(self, engine: Engine, name: str, access_classes: AccessClasses) -> Document | None:
        """Return a paper with its passages; the last one is cached, as many names are in one paper."""
        if self._last is None or self._last.id != name:
            self._last = engine.document(name, access_classes=access_classes, full=True)
        return self._last

    def _added(self, document: Document, passage: Passage, name: str, theme: str) -> ThemeJudgement:
        """Return the judgement that adds a theme to a passage."""
        if name != passage.id:
            raise UsageError(f"{name}: is no passage", "give a theme with the id of a passage")
        concept = known_theme(self._vocabulary, theme)
        return theme_judgement(document, passage, concept, self._action, self._author, self._at)

    def _of_theme(
        self, engine: Engine, document: Document, passage: Passage, theme: str, access_classes: AccessClasses
    ) -> ThemeJudgement:
        """Return the judgement on a theme that a passage has, or had before it was rejected."""
        concept = known_theme(self._vocabulary, theme)
        if self._action == "set":
            raise UsageError(f"{theme_id(passage.id, theme)}: a theme has nothing to set", "accept or reject it")
        earlier = None
        if not any(one.id == theme and one.kind == "about" for one in passage.themes):  # otherwise it has a reason
            earlier = newest_judgement(engine, theme_id(passage.id, theme), access_classes=access_classes)
        if earlier is None and theme not in {one.id for one in passage.themes}:
            remedy = "the action 'set' with the passage and the theme gives it this theme"
            raise UsageError(f"{passage.id}: has no theme {theme}", remedy)
        return theme_judgement(document, passage, concept, self._action, self._author, self._at, earlier)

    @cached_property
    def _vocabulary(self) -> Vocabulary:
        return load_vocabulary(self._settings.vocabulary)

    def _new(self, document: Document, passage: Passage, model: MaturityModel) -> TagJudgement:
        """Return the judgement that adds a tag to words of a passage."""
        dimension = self._change.dimension
        if not self._quote or not dimension:
            raise UsageError(f"{passage.id} is a passage", "name a tag, or give a quote and a dimension, or a theme")
        found = PassageTexts([passage.text]).find(self._quote, 0)
        if found is None:
            raise UsageError(f"{passage.id}: does not say '{self._quote}'", "quote words of the passage")
        _, start, end = found
        tag = MaturityTag(
            id=tag_id(passage.id, dimension, start),
            model=model.id,
            model_version=model.version,
            provenance=model.provenance,
            dimension=dimension,
            confidence=1.0,
            confidence_about=1.0,
            status="accepted",
            start=start,
            end=end,
            statement="",
            by=self._author,
        )
        return self._of(document, passage, _changed(tag, self._change, model))

    def _of(self, document: Document, passage: Passage, tag: MaturityTag) -> TagJudgement:
        texts = PassageTexts([one.text for one in document.passages])
        place = document.passages.index(passage)
        return TagJudgement(
            at=self._at,
            author=self._author,
            action=self._action,
            tag=tag.id,
            document=document.id,
            quote=passage.text[tag.start : tag.end],
            offset=texts.offset(place, tag.start),
            model=tag.model,
            model_version=tag.model_version,
            provenance=tag.provenance,
            judged=tag.id.split(":")[1],
            dimension=tag.dimension,
            level=tag.level,
            modality=tag.modality,
            subject=tag.subject,
            statement=tag.statement,
        )


def _is_name(text: str, longest: int) -> bool:
    return bool(text.strip()) and len(text) <= longest and text.isprintable()


def _coded(change: TagChange, settings: Settings) -> TagChange:
    """Return a change with the code or id of the subject, if the gazetteer has its name."""
    code = load_gazetteer(settings.gazetteer).find(change.subject, SUBJECTS) if change.subject else None
    return change.model_copy(update={"subject": code}) if code else change


def unknown(name: str) -> UsageError:
    """Return the error for a name of nothing that the reviewer may see."""
    return UsageError(f"{name}: there is no such tag, theme or passage", "take an id that 'search --json' shows")


def _changed(tag: MaturityTag, change: TagChange, model: MaturityModel) -> MaturityTag:
    """Return a tag after a change; raises `UsageError` for a dimension or level outside the model."""
    if tag.model != model.id:
        raise UsageError(f"{tag.id}: is a tag of the model {tag.model}, not of {model.id}", "choose it in the settings")
    if not change.model_fields_set:
        raise UsageError(f"{tag.id}: nothing to set", "give a dimension, level, modality or subject")
    if "dimension" in change.model_fields_set and change.dimension is None:
        raise UsageError(f"{tag.id}: a tag has a dimension", "give another one, or reject the tag")
    changed = tag.model_copy(update=change.model_dump(exclude_unset=True))
    levels = [level.id for level in model.levels_of(changed.dimension)]
    if changed.level is not None and changed.level not in levels:
        known = f"its levels are {', '.join(levels)}, or null" if levels else "it has none; leave the level empty"
        raise UsageError(f"the dimension {changed.dimension} has no level {changed.level}", known)
    if changed.claim == "stated":
        return changed
    if change.level or change.subject:
        raise UsageError("a topic has no level and no subject", "give a modality too, or leave them out")
    return changed.model_copy(update={"level": None, "subject": None})


def _is_about(one: PlacedJudgement, name: str) -> bool:
    judgement = one.judgement
    names = {judgement.document, judgement.tag, passage_of(judgement.tag)}
    if one.passage is not None:
        names |= {one.passage, *_names_now(judgement, one.passage, one.start)}
    return name in names


def _names_now(judgement: AnyJudgement, passage: str, start: int) -> tuple[str, ...]:
    """Return the ids of the judged items at the current places of their words."""
    if isinstance(judgement, ThemeJudgement):
        return (theme_id(passage, judgement.theme),)
    dimensions, subject = (judgement.judged, judgement.dimension), subject_in(judgement.tag)
    return tuple(tag_id(passage, dimension, start, subject) for dimension in dimensions)
