"""Subjects of whole documents, learnt from documents that people gave subjects of any vocabulary.

Themes are named by words that a paper uses; subjects are what an indexer says a paper is about, in words of a
vocabulary or not. Nothing here reads files, analyses text or encodes: words and vectors are given.
"""

from extractors.subjects.suggester import Suggester, fit_suggester
from extractors.subjects.values import Described, Subject

__all__ = ["Described", "Subject", "Suggester", "fit_suggester"]
