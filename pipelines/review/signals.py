"""Where what is known of a passage disagrees: what its themes say against what its tags say.

A passage is read for themes (named by its words, or by meaning) and for dimensions apart; the vocabulary says which
dimensions a theme belongs to. So each checks the other, at no cost.
"""

from collections.abc import Mapping

from extractors.document import MaturityTag, Passage, PassageTheme

_SILENCE = 0.3
"""How much the absence of a theme or tag counts beside the presence of one: most passages name none."""
_LEVEL_WITHOUT_CLAIM = 0.2
"""Added where a tag has a level and claims nothing: a level is of something that is, is planned or is lacking."""

Dimensions = Mapping[str, tuple[str, ...]]
"""The dimensions of each theme of the vocabulary, the main one first."""


def tag_disagreement(tag: MaturityTag, passage: Passage, dimensions: Dimensions) -> float:
    """Return how much the themes of a passage speak against the confidence of one of its tags, 0 to about 1.

    A theme of the dimension speaks for the tag, so a low confidence disagrees; without any, a high one does a little.
    """
    themes = {one.id for one in passage.themes if one.status != "suggested"}
    speaks_for = any(tag.dimension in dimensions.get(theme, ()) for theme in themes)
    found = 1 - tag.confidence if speaks_for else _SILENCE * tag.confidence
    return found + _LEVEL_WITHOUT_CLAIM * (tag.level is not None and tag.modality is None)


def theme_disagreement(theme: PassageTheme, passage: Passage, dimensions: Dimensions) -> float:
    """Return how much the tags of a passage speak against the confidence of one of its themes, likewise.

    Of a theme that belongs to several dimensions the main one counts.
    """
    accepted = {tag.dimension for tag in passage.maturity if tag.status == "accepted"}
    speaks_for = not accepted.isdisjoint(dimensions.get(theme.id, ())[:1])
    return 1 - theme.confidence if speaks_for else _SILENCE * theme.confidence
