"""Judgements on themes of passages, and suggestions for unknown theme names."""

from difflib import get_close_matches

from configs.system.errors import UsageError
from configs.vocabulary import Concept, Vocabulary
from extractors.document import Document, Passage
from extractors.judgements import Action, PassageTexts
from extractors.themes.judgements import ThemeJudgement, theme_id
from index.filters import AccessClasses
from index.protocol import Engine

_MOST_NEAR = 3
"""Themes that a message about an unknown one names."""
_NEAR = 0.7
"""How alike two names have to be, as `difflib` measures it."""


def theme_judgement(
    document: Document,
    passage: Passage,
    concept: Concept,
    action: Action,
    author: str,
    at: str,
    earlier: ThemeJudgement | None = None,
) -> ThemeJudgement:
    """Return the judgement on a passage's theme; an earlier judgement may have the reason for the theme."""
    why = next((one.why for one in passage.themes if one.id == concept.id and one.kind == "about"), None)
    if why is None and earlier:
        why = earlier.why
    if why is None and action != "reject":
        why = f"{'added' if action == 'set' else 'accepted'} by {author}"
    texts = PassageTexts([one.text for one in document.passages])
    return ThemeJudgement(
        at=at,
        author=author,
        action=action,
        tag=theme_id(passage.id, concept.id),
        document=document.id,
        quote=passage.text,
        offset=texts.offset(document.passages.index(passage), 0),
        theme=concept.id,
        label=concept.name(passage.language or "en"),
        why=why,
    )


def newest_judgement(engine: Engine, name: str, *, access_classes: AccessClasses) -> ThemeJudgement | None:
    """Return the newest judgement on a theme of a passage, by its id, at its current place; None without any."""
    found = [
        one.judgement
        for one in engine.judgements(access_classes=access_classes)
        if isinstance(one.judgement, ThemeJudgement)
        and one.passage
        and theme_id(one.passage, one.judgement.theme) == name
    ]
    return found[-1] if found else None


def known_theme(vocabulary: Vocabulary, theme: str) -> Concept:
    """Return the theme with an id; raises `UsageError` with similar ids if it does not exist."""
    for concept in vocabulary.concepts:
        if concept.id == theme:
            return concept
    near = _near(vocabulary, theme)
    remedy = f"did you mean {' or '.join(near)}? 'customs-lens themes --json' lists them" if near else None
    raise UsageError(
        f"{theme}: is no theme of the vocabulary {vocabulary.id}", remedy or "'customs-lens themes --json' lists them"
    )


def _near(vocabulary: Vocabulary, theme: str) -> list[str]:
    """Return the ids that are written like a name, or whose judgements are, the nearest first."""
    names: dict[str, str] = {}
    for concept in vocabulary.concepts:
        for name in (concept.id, *(label.text for _, label in concept.every_label())):
            names.setdefault(name.casefold().replace(" ", "-"), concept.id)
    found = get_close_matches(theme.casefold().replace(" ", "-"), names, n=_MOST_NEAR * 2, cutoff=_NEAR)
    return list(dict.fromkeys(names[name] for name in found))[:_MOST_NEAR]
