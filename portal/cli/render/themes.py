"""Themes of passages for people: those that are named, and those by meaning with their confidence."""

from collections.abc import Iterator, Sequence

from extractors.document import PassageTheme

ABOUT = "≈"
"""Stands before a theme that a passage is about without naming it."""


def theme_marks(themes: Sequence[PassageTheme]) -> list[str]:
    """Return the accepted themes of a passage on one line: `single-window`, `≈ paperless 0.83`, each theme once."""
    named = {theme.id for theme in themes if theme.kind == "named"}
    about = [theme for theme in themes if theme.id not in named and theme.status == "accepted"]
    return [*sorted(named), *(f"{ABOUT} {theme.id} {share(theme.confidence)}" for theme in about)]


def theme_lines(themes: Sequence[PassageTheme]) -> Iterator[str]:
    """Yield the themes of a passage, a line each: those that are named, then every one by meaning and why."""
    yield from dict.fromkeys(theme.id for theme in themes if theme.kind == "named")
    for theme in themes:
        if theme.kind == "about":
            why = f": {theme.why}" if theme.why else ""
            yield f"{ABOUT} {theme.id} {share(theme.confidence)} {theme.status}{why}"


def share(value: float) -> str:
    """Return a fraction with two digits, as tags have it: `0.83`."""
    return f"{value:.2f}"
