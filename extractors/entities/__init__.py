"""Administrations, groups, regions, organisations and instruments in text, and whom a sentence speaks of.

Nothing here reads files or knows a name: names and words come with the gazetteer and the words of `configs/`.
"""

from extractors.entities.matcher import EntityMatcher

__all__ = ["EntityMatcher"]
