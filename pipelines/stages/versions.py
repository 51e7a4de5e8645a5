"""The stages of a document, and the components of the version of each."""

import hashlib
from collections.abc import Callable
from typing import Literal, TypeAlias, get_args

from configs.bodies import load_bodies
from configs.boilerplate import load_boilerplate
from configs.calendar import load_calendar
from configs.cover_phrases import load_cover_phrases
from configs.covers import load_covers
from configs.gazetteer import load_gazetteer
from configs.kinds import load_kinds
from configs.modality import load_modality
from configs.other_business import load_other_business
from configs.paper_kinds import load_paper_kinds
from configs.proceedings import load_proceedings
from configs.sentences import load_sentence_rules
from configs.stopwords import load_stopwords
from configs.structure import load_structure
from configs.subjects import load_subjects
from configs.system.yamlfile import ConfigValue

Stage: TypeAlias = Literal["read", "tag", "encode", "index"]
STAGES: tuple[Stage, ...] = get_args(Stage)

CODE_VERSIONS: dict[Stage, str] = {"read": "27", "tag": "16", "encode": "1", "index": "6"}
"""A stage's number is raised when it would make something else of the same input."""
_DATA: dict[Stage, tuple[Callable[[], ConfigValue], ...]] = {
    "read": (
        load_bodies,
        load_kinds,
        load_proceedings,
        load_covers,
        load_cover_phrases,
        load_calendar,
        load_structure,
        load_sentence_rules,
    ),
    "tag": (
        load_sentence_rules,
        load_boilerplate,
        load_stopwords,
        load_gazetteer,
        load_subjects,
        load_modality,
        load_other_business,
        load_paper_kinds,
    ),
    "encode": (),
    "index": (load_stopwords, load_gazetteer),
}
"""The data files that each stage works by."""


def stage_version(stage: Stage, *more: str) -> str:
    """Return the version of a stage from its code and data files; `more` are further inputs."""
    data = [*(load().fingerprint for load in _DATA[stage]), *more]
    code = CODE_VERSIONS[stage]
    return f"{code}-{hashlib.sha256(' '.join(data).encode()).hexdigest()[:16]}" if data else code
