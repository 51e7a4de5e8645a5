"""Names that a spaCy pipeline finds in the papers and the gazetteer lacks."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import dropwhile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from configs.system.errors import MismatchError, UnavailableError
from extractors.document import Value
from extractors.themes.folding import fold
from extractors.themes.terms import Place
from pipelines.vocabulary.term_candidates import DiscoveryInput, Example, Source, examples, papers

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Span, Token

_ANY_LANGUAGE = "xx"
"""spaCy's code of pipelines for several languages."""
_NO_NAMES = frozenset(
    ["PERSON", "PER", "LANGUAGE", "DATE", "TIME", "PERCENT", "MONEY", "QUANTITY", "ORDINAL", "CARDINAL"]
)
"""Labels of spaCy's pipelines (OntoNotes, WikiNER) for what the gazetteer has no place for."""
_ENTITIES = "doc.ents"
"""What a component that finds names declares that it assigns."""


class Proposal(NamedTuple):
    """A name as it is written most often, its labels in the pipeline, the commonest first, and every place of it."""

    text: str
    labels: tuple[str, ...]
    places: tuple[Place, ...]


@dataclass
class _Name:
    surfaces: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)
    places: list[Place] = field(default_factory=list)


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


def propose(pipeline: "Language", material: DiscoveryInput, *, limit: int = 50) -> tuple[NameCandidate, ...]:
    """Return the names that most papers have and nothing knows, with examples of different documents.

    Only passages in the pipeline's language are read; all of them where it is for several.
    """
    found: list[tuple[str | None, Proposal, Sequence[Source]]] = []
    for language, sources in material.sources.items():
        if pipeline.lang in (language, _ANY_LANGUAGE):
            texts = [passage.text for _, passage in sources]
            names = propose_names(texts, pipeline, material.is_known)
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


def propose_names(texts: Sequence[str], pipeline: "Language", is_known: Callable[[str], bool]) -> list[Proposal]:
    """Return the names that a pipeline finds in texts, in the order in which they first stand, without known ones.

    Written forms that differ in case, accents, marks or an article are one name, which is known where one of them is.
    What runs over the end of a line is none.
    """
    names: dict[str, _Name] = defaultdict(_Name)
    for number, document in enumerate(pipeline.pipe(texts)):
        for span in document.ents:
            if span.label_ in _NO_NAMES or "\n" in span.text or not any(map(str.isalpha, span.text)):
                continue
            shown = _trimmed(span, lambda token: token.is_stop and token.is_lower)
            name = names[" ".join(fold(_trimmed(span, lambda token: token.is_stop).text).split())]
            name.surfaces[" ".join(shown.text.split())] += 1
            name.labels[span.label_] += 1
            name.places.append(Place(number, shown.start_char, shown.end_char))
    return [
        Proposal(_ranked(name.surfaces)[0], _ranked(name.labels), tuple(name.places))
        for name in names.values()
        if not any(map(is_known, name.surfaces))
    ]


def _trimmed(span: "Span", is_aside: "Callable[[Token], bool]") -> "Span":
    """Return a span without the words at its ends that are aside, articles for one; all of it where all words are."""
    kept = list(dropwhile(is_aside, span))
    if not kept:
        return span
    last = next(dropwhile(is_aside, reversed(kept)))
    return span.doc[kept[0].i : last.i + 1]


def _ranked(counts: Counter[str]) -> tuple[str, ...]:
    return tuple(text for text, _ in counts.most_common())
