"""Judgements on themes, and their application to the themes of a passage."""

from collections.abc import Iterable
from typing import ClassVar, Literal

from extractors.document import Passage, PassageTheme
from extractors.judgements import AnchoredJudgement, Judgement, in_force

_MARK = "theme"
"""What stands in the id of a theme in place of the dimension of a tag."""


class ThemeJudgement(Judgement):
    """What a person said of one theme of a passage, which is quoted whole. The newest judgement on both counts.

    Accepted or set, the passage is about the theme; rejected, it has no such theme, named or not. `label` is the label
    of the theme in the language of the passage; `why` says why the passage is about it.
    """

    is_of_passage: ClassVar[bool] = True

    kind: Literal["theme"] = "theme"
    theme: str
    label: str
    why: str | None = None


def theme_id(passage: str, theme: str) -> str:
    """Return the id by which people name a theme of a passage."""
    return f"{passage}:{_MARK}:{theme}"


def theme_of(name: str) -> str | None:
    """Return the theme's part of such an id; None for every other name."""
    _, _, rest = name.partition(":")
    mark, colon, theme = rest.partition(":")
    return theme if mark == _MARK and colon else None


def themes_as_judged(passage: Passage, placed: Iterable[AnchoredJudgement[ThemeJudgement]]) -> tuple[PassageTheme, ...]:
    """Return the themes of a passage as the judgements on it leave them, in the order of `merged_themes`."""
    newest = {one.judgement.theme: one.judgement for one in in_force(placed)}
    rejected = {theme for theme, judgement in newest.items() if judgement.action == "reject"}
    named = [one for one in passage.themes if one.kind == "named" and one.id not in rejected]
    about = [one for one in passage.themes if one.kind == "about" and one.id not in newest]
    about += [
        PassageTheme(
            id=theme, label=judgement.label, kind="about", confidence=1.0, status="accepted", why=judgement.why
        )
        for theme, judgement in newest.items()
        if theme not in rejected
    ]
    return (*named, *sorted(about, key=lambda one: (-one.confidence, one.id)))
