"""Administrations, groups, regions, organisations and instruments in text, and whom a sentence speaks of.

The package reads no files and has no names in it: names and words come from the gazetteer and from `configs/`.
"""

from extractors.entities.matcher import EntityMatcher

__all__ = ["EntityMatcher"]
