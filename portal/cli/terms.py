"""`discover-terms`: what the vocabulary may lack."""

from typing import Any

import click
from rich.markup import escape

from configs.settings import Settings
from portal.cli.options import common, filters
from portal.cli.output import console, counted, print_json


@click.command(name="discover-terms")
@filters
@click.option("-k", "limit", type=click.IntRange(1, 1000), default=25, show_default=True, help="Terms to show.")
@common
def discover_terms(*, settings: Settings, as_json: bool, filters: tuple[str, ...], limit: int) -> None:
    """List phrases that the papers use again and again and the vocabulary does not have.

    Best first, with examples and the theme that each is nearest to. In English and French.
    """
    from pipelines import terms

    found = terms.discover(settings, filters, limit=limit)
    if as_json:
        print_json(found)
        return
    for number, term in enumerate(found, 1):
        _print_term(number, term)


def _print_term(number: int, term: dict[str, Any]) -> None:
    out = console()
    counts = f"{counted(term['occurrences'], 'time')} in {counted(term['documents'], 'document')}"
    out.print(f"{number}. [bold]{escape(term['term'])}[/] ({term['language']}), {term['score']:.1f}, {counts}")
    out.print(f"   nearest theme: {term['theme']} {term['similarity']:.2f}", style="cyan")
    for example in term["examples"]:
        place = (example["symbol"] or example["title"] or example["document"], *_place(example))
        out.print(f"   [{escape(', '.join(place))}] … {escape(example['text'])} …", style="dim")


def _place(example: dict[str, Any]) -> list[str]:
    return [f"{name} {', '.join(map(str, example[key]))}" for name, key in _PLACES if example[key]]


_PLACES = (("page", "pages"), ("paragraph", "paragraphs"))
