"""`doctor`: whether everything is there and the parts agree."""

from typing import TYPE_CHECKING

import click

from configs.settings import Settings
from configs.system.errors import UsageError
from portal.cli.options import common
from portal.cli.output import console, print_json, progress_bar, styled

if TYPE_CHECKING:
    from index.results import Check
    from pipelines.maintenance.repair import Repair


@click.command()
@click.option("--repair", is_flag=True, help="Repair what can be repaired, then check.")
@click.option("--preflight", is_flag=True, help="Check instead whether a run could begin on this machine.")
@common
def doctor(*, settings: Settings, as_json: bool, repair: bool, preflight: bool) -> int:
    """Check that everything is there and agrees.

    Looks at the data files, the encoder, the index, the ledger, the blobs and the judgements, and says what to do
    about what is wrong. Exit code 3 where something is.

    With --preflight it looks at what a run needs: home, disk, memory, temporary folder, clock, text recognition,
    encoder, data files and services.
    """
    from pipelines.ingest.last_runs import DOCTOR, noted_run
    from pipelines.maintenance import health
    from pipelines.maintenance import preflight as before_a_run

    if preflight and repair:
        raise UsageError("--preflight repairs nothing", "give --repair or --preflight")
    repairs = _repaired(settings) if repair else None
    if preflight:
        findings = before_a_run.preflight(settings)
    else:
        with progress_bar("checking") as show, noted_run(settings.home, DOCTOR) as note:
            findings = health.checks(settings, show)
            note.failure = health.failed_checks(findings)
    if as_json:
        print_json(
            {"checks": [one.model_dump(mode="json") for one in findings]}
            | ({} if repairs is None else {"repairs": [one.model_dump(mode="json") for one in repairs]})
        )
    else:
        out = console()
        for one in repairs or ():
            mark = ("done", "green") if one.done else ("LEFT", "red")
            out.print(styled(mark, f" {one.name}: {one.detail}"))
        if repairs == []:
            out.print("There was nothing to repair.")
        for check in findings:
            out.print(styled(_mark(check), f" {check.name}: {check.detail}"))
            if check.remedy:
                out.print(f"     {check.remedy}", style="yellow")
    return 0 if all(one.ok for one in findings) else 3


def _mark(check: "Check") -> tuple[str, str]:
    if not check.ok:
        return ("FAIL", "red")
    return ("warn", "yellow") if check.remedy else ("ok  ", "green")


def _repaired(settings: Settings) -> "list[Repair]":
    from pipelines.maintenance.indices import refuse_shared
    from pipelines.maintenance.repair import repair

    if settings.database:
        refuse_shared(settings, "doctor --repair", "run customs-lens ingest: it makes good what is missing")

    with progress_bar("repairing") as show:
        return repair(settings, progress=show)
