"""`briefings`: what was gathered in the portal, compared again, as text or as a file."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from configs.settings import Settings
from configs.system.errors import UsageError
from configs.system.files import write_atomically
from configs.system.folders import usual_rights
from pipelines.access.keys import LOCAL
from pipelines.collection import Collection
from portal.cli.options import common
from portal.cli.output import console, counted, print_json, say, styled

if TYPE_CHECKING:
    from pipelines.desk.briefings import CheckedBriefing


@click.command()
@click.argument("name", required=False)
@click.option(
    "--output", type=click.Path(readable=False, path_type=Path, dir_okay=False), help="Write a .docx or .xlsx file."
)
@common
def briefings(*, settings: Settings, as_json: bool, name: str | None, output: Path | None) -> int:
    """List the briefings, or show one with each of its quotations compared again with the papers.

    Exit code 1 where a quotation is not what it was.
    """
    from pipelines.questions.briefing import answer

    with Collection(settings) as collection:
        if name is None:
            listed = collection.briefings.listed(LOCAL)
            if as_json:
                print_json([{"name": one.name, "owner": one.owner, "pins": len(one.pins)} for one in listed])
            for one in () if as_json else listed:
                console().print(f"{one.title}: {counted(len(one.pins), 'pin')}, changed {one.changed:%Y-%m-%d}")
            return 0
        found = answer(collection, name, LOCAL)
    if output:
        _write(found, output)
    if as_json:
        print_json(found.model_dump(mode="json"))
    elif not output:
        _print(found)
    return 1 if found.flagged else 0


def _write(found: "CheckedBriefing", output: Path) -> None:
    import io

    from pipelines.questions.briefing import docx_of, rows_of
    from pipelines.search.cells import write_xlsx

    if output.suffix not in {".docx", ".xlsx"}:
        raise UsageError(f"--output {output}: is no .docx and no .xlsx", "name a file that ends so")
    content = io.BytesIO()
    if output.suffix == ".docx":
        content.write(docx_of(found))
    else:
        write_xlsx(content, "Customs Lens", rows_of(found))
    with usual_rights():
        write_atomically(output, content.getvalue())
    say(f"wrote {output}")


def _print(found: "CheckedBriefing") -> None:
    out = console()
    out.print(styled((found.briefing.short_name, "bold")))
    for one in found.entries:
        out.print(f"{f'[{one.number}] ' if one.number else ''}{one.pin.text}")
        if one.verdict:
            state = f" ({one.verdict.status}, {one.verdict.paper})" if one.is_flagged else ""
            out.print(f"    {one.verdict.citation or one.pin.citation}{state}", style="dim", soft_wrap=True)
