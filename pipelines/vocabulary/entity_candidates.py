"""Names that a spaCy pipeline finds in the papers and the gazetteer lacks."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from configs.system.errors import MismatchError, UnavailableError
from configs.terms import load_terms
from extractors.document import Value
from extractors.entities.proposals import Proposal, propose_names
from pipelines.vocabulary.candidates import Example, Material, Source, examples, papers

if TYPE_CHECKING:
    from spacy.language import Language

_ANY_LANGUAGE = "xx"
"""spaCy's code of pipelines for several languages."""
_ENTITIES = "doc.ents"
"""What a component that finds names declares that it assigns."""


class NameCandidate(Value):
    """A name that the gazetteer may lack, with its labels in the pipeline, the commonest first, and examples.

    `language` is that of the passages, null where it is unknown.
    """

    name: str
    language: str | None
    labels: tuple[str, ...]
    occurrences: int
    documents: int
    examples: tuple[Example, ...]


def load_pipeline(name: str) -> "Language":
    """Return an installed pipeline, or the one in a folder; nothing is downloaded.

    Load it before anything else uses spaCy, which else is imported without torch. Raises `UnavailableError` where there
    is none, `MismatchError` for one that cannot be loaded or finds no names.
    """
    import spacy

    if name not in spacy.util.get_installed_models() and not Path(name).exists():
        raise UnavailableError(
            f"there is no spaCy pipeline {name!r}", "install its package with pip, or give the folder that it is in"
        )
    try:
        pipeline = spacy.load(name)
    except (OSError, ValueError, ImportError, KeyError) as error:
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise MismatchError(
            f"{name} cannot be loaded as a spaCy pipeline: {reason}",
            "give a pipeline that this version of spaCy loads, with all that it needs",
        ) from error
    if not any(_ENTITIES in pipeline.get_pipe_meta(part).assigns for part in pipeline.pipe_names):
        raise MismatchError(
            f"the spaCy pipeline {name} has no component that finds names", "give one with `ner` or `entity_ruler`"
        )
    return pipeline


def propose(pipeline: "Language", material: Material, *, limit: int = 50) -> tuple[NameCandidate, ...]:
    """Return the names that most papers have and nothing knows, with examples of different documents.

    Only passages in the pipeline's language are read; all of them where it is for several.
    """
    left_out = load_terms().not_names
    found: list[tuple[str | None, Proposal, Sequence[Source]]] = []
    for language, sources in material.sources.items():
        if pipeline.lang in (language, _ANY_LANGUAGE):
            texts = [passage.text for _, passage in sources]
            names = propose_names(texts, pipeline, left_out, material.is_known)
            found += [(language, name, sources) for name in names]
    candidates = [_candidate(*one) for one in found]
    return tuple(sorted(candidates, key=lambda one: (-one.documents, -one.occurrences, one.name))[:limit])


def _candidate(language: str | None, name: Proposal, sources: Sequence[Source]) -> NameCandidate:
    return NameCandidate(
        name=name.text,
        language=language,
        labels=name.labels,
        occurrences=len(name.places),
        documents=len(papers(name.places, sources)),
        examples=examples(name.places, sources),
    )
