"""`discover-terms`: what the vocabulary and the gazetteer may lack."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from configs.settings import Settings
from index.filters import EVERY_CLASS
from portal.cli.options import common, filters
from portal.cli.output import console, counted, print_json, styled

if TYPE_CHECKING:
    from pipelines.vocabulary.candidates import Example
    from pipelines.vocabulary.entity_candidates import NameCandidate
    from pipelines.vocabulary.term_candidates import TermCandidate


@click.command(name="discover-terms")
@filters
@click.option(
    "-k", "limit", type=click.IntRange(1, 1000), default=25, show_default=True, help="Terms, and names, to show."
)
@click.option(
    "--names",
    metavar="PIPELINE",
    help="Also list names that this spaCy pipeline (installed, or a folder) finds and the gazetteer does not know.",
)
@common
def discover_terms(
    *, settings: Settings, as_json: bool, filters: tuple[str, ...], limit: int, names: str | None
) -> None:
    """List phrases that the papers use again and again and the vocabulary does not have.

    Best first, with examples and the theme that each is nearest to. In English and French.
    """
    from pipelines.vocabulary import candidates, term_candidates
    from pipelines.vocabulary.entity_candidates import load_pipeline, propose

    pipeline = load_pipeline(names) if names is not None else None
    material = candidates.gather(settings, filters, access_classes=EVERY_CLASS)
    found = term_candidates.discover(settings, material, limit=limit)
    proposed = propose(pipeline, material, limit=limit) if pipeline else None
    if as_json:
        terms = _as_json(found)
        print_json(terms if proposed is None else {"terms": terms, "names": _as_json(proposed)})
        return
    for number, term in enumerate(found, 1):
        _print_term(number, term)
    if proposed is not None:
        console().print(f"Names that the gazetteer does not know, by {names}:")
        for number, name in enumerate(proposed, 1):
            _print_name(number, name)


def _as_json(candidates: "Sequence[TermCandidate | NameCandidate]") -> list[dict[str, Any]]:
    return [one.model_dump(mode="json") for one in candidates]


def _print_term(number: int, term: "TermCandidate") -> None:
    out = console()
    found = f" ({term.language}), {term.score:.1f}, {_counts(term)}"
    out.print(styled(f"{number}. ", (term.term, "bold"), found))
    out.print(f"   nearest theme: {term.theme} {term.similarity:.2f}", style="cyan")
    _print_examples(term)


def _print_name(number: int, name: "NameCandidate") -> None:
    labels = ", ".join(filter(None, [name.language, *name.labels]))
    console().print(styled(f"{number}. ", (name.name, "bold"), f" ({labels}), {_counts(name)}"))
    _print_examples(name)


def _counts(candidate: "TermCandidate | NameCandidate") -> str:
    return f"{counted(candidate.occurrences, 'time')} in {counted(candidate.documents, 'document')}"


def _print_examples(candidate: "TermCandidate | NameCandidate") -> None:
    for example in candidate.examples:
        place = (example.symbol or example.title or example.document, *_place(example))
        console().print(f"   [{', '.join(place)}] … {example.text} …", style="dim")


def _place(example: "Example") -> list[str]:
    places = (("page", example.pages), ("paragraph", example.paragraphs))
    return [f"{name} {', '.join(map(str, numbers))}" for name, numbers in places if numbers]
