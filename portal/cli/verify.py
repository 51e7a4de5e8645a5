"""`verify`: the quotations and references of a text, compared with the papers."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from configs.settings import Settings
from pipelines.access.keys import LOCAL
from pipelines.collection import Collection
from portal.cli.extract import read_here
from portal.cli.options import common
from portal.cli.output import console, print_json, progress_bar, say, styled

if TYPE_CHECKING:
    from pipelines.quotations.texts import Check, PendingCheck
    from pipelines.quotations.verify import Verifier

_SECONDS = 3600
_MANY = 100
"""Quotations and references of which the number is said before: they take some seconds."""
_MEANING = {
    "verified": "the paper says this",
    "repaired": "the paper says this at another place than cited",
    "differs": "the paper says it otherwise",
    "not_found": "no paper says this",
}


@click.command()
@click.argument("file", metavar="FILE|-", type=click.Path(readable=False, path_type=Path, allow_dash=True))
@click.option("--citation", metavar="TEXT", help="Take the whole input as one quotation, cited like this.")
@click.option(
    "--seconds", type=click.IntRange(1), default=_SECONDS, show_default=True, help="Compare for so long at most."
)
@common
def verify(*, settings: Settings, as_json: bool, file: Path, citation: str | None, seconds: int) -> int:
    """Check the quotations and references of a text (DOCX, PDF, TXT, …) against the papers of the home.

    Words in quotation marks are quotations, and the symbol beside them, or in their note, says whence they are. Each is
    verified, repaired (these words stand elsewhere), differs (and how), or is not found; papers that have a newer
    version since, or were withdrawn, are marked. Exit code 1 where a quotation or reference is not verified,
    or was not compared in time.

    \b
    Example:
      echo "The single window went live in 2021." | customs-lens verify - --citation "PC9001E1a, § 2"
    """
    from pipelines.quotations.texts import Check, checks_of_document

    document = read_here(file, settings, text=citation is not None)
    if document.status != "read":
        say(f"{file}: {document.status}: {'; '.join(document.warnings)}")
        return 1
    with Collection(settings) as collection:
        verifier = collection.verifier(LOCAL)
        if citation is not None:
            whole = "\n".join(block.printed for block in document.blocks)
            found, left_out = [Check(kind="quotation", **dict(verifier.verify(whole, citation)))], 0
        else:
            pending = checks_of_document(document)
            found = list(_compared(pending, verifier, seconds))
            left_out = len(pending) - len(found)
    if as_json:
        print_json([one.model_dump(mode="json") for one in found])
    else:
        _print(found)
    if left_out:
        say(f"{file}: {left_out:,} quotations and references were not compared within {seconds:,} seconds: --seconds N")
    return 0 if not left_out and all(one.status == "verified" for one in found) else 1


def _compared(pending: "list[PendingCheck]", verifier: "Verifier", seconds: int) -> "Iterator[Check]":
    """Yield what becomes of each quotation and reference, in their order, as long as there is time."""
    if len(pending) > _MANY:
        say(f"{len(pending):,} quotations and references to compare")
    until = time.monotonic() + seconds
    with progress_bar("comparing") as show:
        for number, one in enumerate(pending):
            if time.monotonic() > until:
                return
            show(number, len(pending), "comparing")
            yield one.verified(verifier)


def _print(found: "list[Check]") -> None:
    out = console()
    if not found:
        out.print("No quotation and no reference was found: quotations stand in quotation marks and have four words.")
    for one in found:
        out.print(styled((one.status.replace("_", " "), "bold"), f"  {' '.join(one.text.split())}"))
        meaning = _MEANING[one.status] if one.kind == "quotation" else None
        state = f" ({one.paper})" if one.paper not in {None, "current"} else ""
        place = f"{one.citation}{state}" if one.citation else None
        for line in filter(None, (meaning, one.difference, place)):
            out.print(styled(f"    {line}"))
