"""Discovers candidates for the vocabulary and the gazetteer: phrases and names that the papers of a home repeat.

usage: python -m benchmarks.discover_terms [--home HOME] [--names PIPELINE] [--json]
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from configs.settings import Settings
from index.filters import EVERY_CLASS
from portal.cli import app
from portal.cli.options import common, filters
from portal.cli.output import console, counted, print_json, styled

if TYPE_CHECKING:
    from benchmarks.discover_terms.names import NameCandidate
    from pipelines.vocabulary.term_candidates import DiscoveryInput, Example, Source, TermCandidate


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and exit the process as the command line of the product does."""
    app.main(arguments, commands=discover_terms, name="python -m benchmarks.discover_terms")


@click.command(name="discover-terms", context_settings=app.cli.context_settings)
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
    from benchmarks.discover_terms.names import load_pipeline, propose
    from pipelines.vocabulary import term_candidates

    pipeline = load_pipeline(names) if names is not None else None
    material = gather(settings, filters)
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


def gather(settings: Settings, filters: Sequence[str] = ()) -> "DiscoveryInput":
    """Return the indexed passages that meet the filters, boilerplate left out, and what is known.

    Raises `UnavailableError` where there is no index.
    """
    from configs.vocabulary import load_vocabulary
    from pipelines.search.requests import filters_of
    from pipelines.search.service import reader
    from pipelines.vocabulary.term_candidates import DiscoveryInput, known_phrases

    sources: dict[str | None, list[Source]] = defaultdict(list)
    with reader(settings) as engine:
        for document, passages in engine.passages(filters_of(filters, EVERY_CLASS)):
            for passage in passages:
                if passage.is_read:
                    sources[passage.language].append((document, passage))
    vocabulary = load_vocabulary(settings.vocabulary)
    return DiscoveryInput(sources, vocabulary, known_phrases(vocabulary))


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


if __name__ == "__main__":
    main()
