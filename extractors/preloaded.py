"""Preloads models and patterns in the server process, so that forked children need not load them.

The language model and the patterns of numbers, bodies and kinds take half a second of each child otherwise; a fork
has them for nothing. This is the one module that works when it is imported.
"""

from configs.bodies import load_bodies
from configs.kinds import load_kinds
from extractors.metadata.describe import describe
from extractors.readers.reading_builder import ReadingBuilder
from extractors.readers.text import add_text

_PAPER = """PC0001E1a
Brussels, 6 May 2019
Article 1. The Committee took note of the report.
1. Le Comité prend note du rapport (Doc. PC0002F1a)."""


def _warm() -> None:
    builder = ReadingBuilder()
    add_text(_PAPER, builder)
    reading = builder.reading("text/plain", properties={"created": "2019-05-06"})
    describe(reading, source="file:///warmed", sha256="", bodies=load_bodies(), kinds=load_kinds())


_warm()
