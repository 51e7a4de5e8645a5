"""Themes in text: a vocabulary compiled once, then one pass for all of its labels.

The package reads no files and has no domain words in it: labels, contexts and exceptions come from the vocabulary.
"""

from extractors.themes.matcher import LabelMatcher, compile_themes

__all__ = ["LabelMatcher", "compile_themes"]
