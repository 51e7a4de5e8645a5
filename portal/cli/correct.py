"""`correct`: what a person knows better of papers than their reader and their sidecar."""

import re
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from configs.settings import Settings
from configs.system.errors import UsageError
from extractors.corrections import CORRECTED_FIELDS
from index.filters import EVERY_CLASS
from portal.cli.options import actor_of, author, common
from portal.cli.output import console, print_json, say
from portal.cli.render.records import record_lines
from portal.cli.search import name_of

if TYPE_CHECKING:
    from extractors.document import Document

_GIVEN = re.compile(r"([a-z_]+)=(.*)", re.DOTALL)
_MOST_CHARACTERS = 1_000_000
"""Of the list of documents on standard input."""


@click.command()
@click.argument("arguments", nargs=-1, required=True, metavar="DOCUMENT... [FIELD=VALUE]...")
@click.option("--undo", metavar="FIELD", multiple=True, help="Take what was corrected in this field back (repeatable).")
@click.option("--yes", is_flag=True, help="Open papers to readers who might not see them before.")
@author
@common
def correct(
    *,
    settings: Settings,
    as_json: bool,
    arguments: tuple[str, ...],
    undo: tuple[str, ...],
    yes: bool,
    author: str | None,
) -> None:
    """Correct what is known of papers: title, date, body, session, symbol, kind, access, version_of.

    What a person says outranks reader and sidecar, in search, filters and facets at once, and outlives every other
    reading, of changed files too. It needs no new reading.

    DOCUMENT is an id, a symbol in any spelling, or a path or URL; - takes one a line from standard input. An empty
    value empties the field. version_of takes the id or symbol of another paper, and parts the document from its
    versions where it is empty.

    \b
    Examples:
      customs-lens correct PC9001E1a date=2019-05-03 title="Report of the 12th meeting"
      customs-lens correct ID ID body=ptc session=201,202
      customs-lens correct ID --undo date
      customs-lens correct ID access=public --yes
    """
    from pipelines.access.keys import LOCAL
    from pipelines.review.corrections import WAITING, CorrectionDesk, correct
    from pipelines.search.service import reader

    given: dict[str, str] = {}
    names: list[str] = []
    for argument in arguments:
        if match := _GIVEN.fullmatch(argument):
            if match[1] in given:
                raise UsageError(f"{match[1]}: is given twice", "give one value")
            given[match[1]] = match[2].strip()
        else:
            names += _listed() if argument == "-" else [argument]
    if not names:
        raise UsageError("no DOCUMENT to correct", "name it by its id, its symbol or its source")
    person = LOCAL.model_copy(update={"actor": actor_of(author), "access_classes": EVERY_CLASS})
    with reader(settings) as engine:
        done = correct(CorrectionDesk(settings, engine, person), names, given, undo=undo, confirmed=yes)
    with reader(settings) as engine:
        found = [engine.document(name, access_classes=EVERY_CLASS) for name in done.documents]
    documents = [one for one in found if one]
    if done.waiting:
        say(WAITING)
    if as_json:
        headers = [one.header() for one in documents]
        print_json(headers[0] if len(headers) == 1 else {"documents": headers})
    else:
        _print(documents, undo)


def _print(documents: Sequence["Document"], undone: Sequence[str]) -> None:
    out = console()
    for document in documents:
        out.print(name_of(document), style="bold")
        for line in record_lines(document, "corrected"):
            out.print(f"   {line}", soft_wrap=True)
        for field in (name for name in CORRECTED_FIELDS if name in undone):
            out.print(f"   {field}: as it was read", soft_wrap=True)
        out.print(f"   id {document.id}", style="dim")


def _listed() -> Iterator[str]:
    """Yield the documents that standard input names, one a line."""
    text = sys.stdin.read(_MOST_CHARACTERS) if sys.stdin else ""
    yield from (line.strip() for line in text.splitlines() if line.strip())
