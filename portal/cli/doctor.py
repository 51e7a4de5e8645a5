"""`doctor`: whether everything is there and the parts agree."""

import click
from rich.markup import escape

from configs.settings import Settings
from portal.cli.options import common
from portal.cli.output import console, print_json


@click.command()
@common
def doctor(*, settings: Settings, as_json: bool) -> int:
    """Check that everything is there and agrees.

    Looks at the data files, the encoder, the index and the ledger, and says what to do about what is wrong.
    Exit code 3 where something is.
    """
    from pipelines import health

    findings = health.checks(settings)
    if as_json:
        print_json({"checks": findings})
    else:
        out = console()
        for one in findings:
            out.print(f"{'[green]ok  [/]' if one['ok'] else '[red]FAIL[/]'} {one['name']}: {escape(one['detail'])}")
            if one["remedy"]:
                out.print(f"     {escape(one['remedy'])}", style="yellow")
    return 0 if all(one["ok"] for one in findings) else 3
