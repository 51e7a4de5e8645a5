"""`vocabulary`: themes checked, imported and exported."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from configs.settings import Settings
from index.filters import EVERY_CLASS
from portal.cli.export import give_vocabulary
from portal.cli.options import common
from portal.cli.output import console, counted, print_json, say

if TYPE_CHECKING:
    from pipelines.vocabulary.vocabularies import VocabularyCheck

_FILE = click.Path(readable=False, path_type=Path, dir_okay=False)
_BROKEN = 2


@click.group()
def vocabulary() -> None:
    """Check the vocabulary of themes, import one from SKOS, export it."""


@vocabulary.command()
@click.argument("file", metavar="[FILE.yaml]", type=_FILE, required=False)
@click.option("--corpus", is_flag=True, help="Name the labels too that no indexed passage has.")
@common
def check(*, settings: Settings, as_json: bool, file: Path | None, corpus: bool) -> int:
    """Look for labels that clash, that another label finds already, or that find nothing.

    Without FILE.yaml the vocabulary in use is checked. Exit code 2 where it cannot be loaded.
    """
    from pipelines.vocabulary import vocabularies

    found = vocabularies.check(settings, file, access_classes=EVERY_CLASS, corpus=corpus)
    if as_json:
        print_json(found.model_dump(mode="json", exclude_unset=True))
    else:
        _print_check(found)
    return _BROKEN if found.errors else 0


@vocabulary.command(name="import")
@click.argument("file", metavar="FILE.ttl", type=_FILE)
@click.option("--output", metavar="FILE.yaml", type=_FILE, help="Where to write it  [HOME/vocabularies/ID.yaml]")
@common
def import_(*, settings: Settings, as_json: bool, file: Path, output: Path | None) -> None:
    """Make a vocabulary in YAML of one in SKOS.

    FILE.ttl is Turtle. Collections become dimensions; labels of SKOS have no rules, so check what they find.
    """
    from pipelines.vocabulary import vocabularies

    made = vocabularies.import_skos(settings, file, output)
    for note in made.notes:
        say(note)
    if as_json:
        print_json(made.model_dump(mode="json"))
        return
    out = console()
    out.print(f"{counted(made.concepts, 'concept')}, {counted(made.labels, 'label')} in {made.file}")
    out.print(f"To use it, write into settings.yaml: vocabulary: {made.file}")


@vocabulary.command(name="export")
@click.option("--output", metavar="FILE.ttl", type=_FILE, help="Write into this file instead.")
@common
def export_vocabulary(*, settings: Settings, as_json: bool, output: Path | None) -> None:  # noqa: ARG001 - Turtle is Turtle
    """Print the vocabulary in use as SKOS in Turtle."""
    give_vocabulary(settings, "ttl", output)


def _print_check(found: "VocabularyCheck") -> None:
    for error in found.errors:
        say(error.message)
    if found.errors:
        return
    out = console()
    for one in found.findings:
        out.print(f"{found.file}:{one.line}: {one.concept}: {one.message}", soft_wrap=True)
    counts = f"{counted(found.concepts or 0, 'theme')}, {counted(found.labels or 0, 'label')}"
    out.print(f"{found.id} {found.version}: {counts}, {counted(len(found.findings), 'finding')}")
