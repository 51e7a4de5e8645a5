"""Themes in text: a vocabulary compiled once, then one pass for all of its labels.

Nothing here reads files or knows a domain word: labels, contexts and exceptions come with the vocabulary.
"""

from extractors.themes.matcher import LabelMatcher, compile_themes

__all__ = ["LabelMatcher", "compile_themes"]
