"""`backup`, `restore` and `rebuild`: what keeps a home with an embedded index for years."""

from pathlib import Path

import click
from rich.filesize import decimal

from configs.settings import Settings
from portal.cli.options import common
from portal.cli.output import console, counted, print_json, progress_bar

_FILE = click.Path(readable=False, path_type=Path, dir_okay=False)


@click.command()
@click.argument("file", metavar="FILE.zip", type=_FILE)
@common
def backup(*, settings: Settings, as_json: bool, file: Path) -> int:
    """Write everything that cannot be rebuilt into one new file.

    That is index, ledger, blobs, judgements, classifiers, settings and vocabularies of the home, and the data
    files in it that settings and sources name. What they name elsewhere, keys and certificates are listed and left out.
    Papers may be ingested meanwhile: the backup holds whole documents, as they were at one moment. Exit code 1 where
    documents, rows or blobs of the home are damaged or missing: each is named, and the file is kept.
    """
    from pipelines.ingest.last_runs import BACKUP, noted_run
    from pipelines.maintenance.backup import backup as write
    from pipelines.maintenance.backup import incomplete_backup
    from pipelines.maintenance.indices import refuse_shared

    refuse_shared(settings, "backup", "take a snapshot of the cluster, and copy the home")

    with progress_bar("backing up") as show, noted_run(settings.home, BACKUP) as note:
        made = write(settings, file, lambda done, total: show(done, total, "backing up"))
        note.failure = incomplete_backup(made)
    if as_json:
        print_json(made.model_dump(mode="json"))
        return 1 if made.damaged else 0
    out = console()
    out.print(
        f"{made.file} ({decimal(made.bytes)}): {counted(made.documents, 'document')}"
        f" with {counted(made.passages, 'passage')}, {counted(made.labels, 'judgement')}.",
        soft_wrap=True,
    )
    for part in made.parts:
        out.print(f"  {part.name}: {counted(part.files, 'file')}, {decimal(part.bytes)}")
    if made.outside or made.variables:
        out.print("Not in it, and needed where it is restored:")
    for one in made.outside:
        out.print(f"  {one.path} ({one.field})", soft_wrap=True)
    for name in made.variables:
        out.print(f"  {name} (a variable of the environment)")
    if made.damaged:
        out.print("Not whole: damaged or missing in the home. Run doctor --repair, then back up again.")
    for what in made.damaged:
        out.print(f"  {what}", soft_wrap=True)
    return 1 if made.damaged else 0


@click.command()
@click.argument("file", metavar="FILE.zip", type=_FILE)
@click.option("--force", is_flag=True, help="Replace what the home holds.")
@common
def restore(*, settings: Settings, as_json: bool, file: Path, force: bool) -> int:
    """Make a home again from a backup.

    The home has to be empty, unless by --force. The backup is unpacked and checked, and the text index and the vectors
    are made; only then does it take the place of what the home holds. A backup that is not whole is repaired as by
    doctor --repair; exit code 1 where something could not be.
    """
    from pipelines.maintenance.indices import refuse_shared
    from pipelines.maintenance.restore import restore as make_again

    refuse_shared(settings, "restore", "restore a snapshot of the cluster")

    with progress_bar("unpacking") as show:
        made = make_again(
            settings,
            file,
            force=force,
            unpacked=lambda done, total: show(done, total, "unpacking"),
            rebuilt=lambda done, total: show(done, total, "rebuilding"),
        )
    if as_json:
        print_json(made.model_dump(mode="json"))
        return 0 if all(one.done for one in made.repairs) else 1
    out = console()
    for one in made.repairs:
        out.print(f"{'repaired' if one.done else 'NOT repaired'}: {one.name}: {one.detail}", soft_wrap=True)
    out.print(
        f"{made.home} holds {counted(made.documents, 'document')} with"
        f" {counted(made.passages, 'passage')} and {counted(made.labels, 'judgement')}, as of {made.made}.",
        soft_wrap=True,
    )
    if made.outside or made.variables:
        out.print("Needed besides, for the backup does not hold it:")
    for needed in made.outside:
        out.print(
            f"  {needed.path} ({needed.field}): {'is there' if needed.is_there else 'is not there'}", soft_wrap=True
        )
    for variable in made.variables:
        out.print(f"  {variable.name} (a variable of the environment): is {'' if variable.is_set else 'not '}set")
    return 0 if all(one.done for one in made.repairs) else 1


@click.command()
@common
def rebuild(*, settings: Settings, as_json: bool) -> None:
    """Make the text index and the vectors again from the store.

    For an index of an older version of the program, or one that doctor finds fault with. Nothing is read or encoded
    again. Searches go on meanwhile.
    """
    from pipelines.maintenance.indices import rebuild as make_again

    with progress_bar("rebuilding") as show:
        counts = make_again(settings, lambda done, total: show(done, total, "rebuilding"))
    if as_json:
        print_json(counts.model_dump(mode="json"))
        return
    what = f"{counted(counts.documents, 'document')} with {counted(counts.passages, 'passage')}"
    console().print(f"Text index and vectors were rebuilt: {what}.", soft_wrap=True)
