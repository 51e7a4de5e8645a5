"""Topics of whole documents, learnt from documents that people gave topics of any vocabulary.

Themes are named by words that a paper uses; topics are what an indexer says a paper is about, in words of a
vocabulary or not. Nothing here reads files, analyses text or encodes: words and vectors are given.
"""

from benchmarks.topics.suggester import Suggester, fit_suggester
from benchmarks.topics.values import Described, Topic

__all__ = ["Described", "Suggester", "Topic", "fit_suggester"]
