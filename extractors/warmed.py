"""Imported by the reading server alone: what every child would have to load or compile again is made here, once.

The language model and the patterns of bodies and kinds take half a second of each child otherwise; a fork
has them for nothing. This is the one module that works when it is imported.
"""

from configs.bodies import load_bodies
from configs.kinds import load_kinds
from extractors.document import Block, Reading
from extractors.metadata import describe

_PAPER = Reading(
    media_type="text/plain",
    blocks=(
        Block(id=0, kind="paragraph", text="The Committee took note of the report. Le Comité prend note du rapport."),
    ),
)

describe(_PAPER, source="file:///warmed", sha256="", bodies=load_bodies(), kinds=load_kinds())
